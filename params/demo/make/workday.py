"""The HR system's export: workers, positions and organisations, with history rows that are valid in [start, end)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from hashlib import md5
from pathlib import Path

from make.books import CURRENCY
from make.departments import DEPARTMENTS, GROUPS
from make.layouts import write_export
from make.months import EXPORTED, moment, stamp
from make.staff import Pay, Person

Row = dict[str, object]
OPEN = "9999-12-31 23:59:59"
SYNCED = {"_fivetran_deleted": "false", "_fivetran_synced": stamp(EXPORTED)}
COMPANIES = {"us": "Larkfield, Inc.", "de": "Larkfield GmbH"}
PLACES = {"us": "Denver", "de": "Berlin"}
ROOT = "Larkfield"


def key(text: str) -> str:
    """Returns an id of 32 hexadecimal digits, as Workday has them."""
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def write_workday(folder: Path, people: list[Person]) -> None:
    """Writes the six files."""
    write_export(folder, "workday/workday_organization_data.csv", _organizations(people), SYNCED)
    write_export(folder, "workday/workday_job_profile_data.csv", _profiles(people), SYNCED)
    write_export(folder, "workday/workday_position_data.csv", map(_position, people), SYNCED)
    write_export(folder, "workday/workday_worker_history_data.csv", (row for each in people for row in _worker(each)), SYNCED)
    write_export(folder, "workday/workday_worker_position_history_data.csv", (row for each in people for row in _worker_position(each)), SYNCED)
    write_export(
        folder,
        "workday/workday_worker_position_organization_history_data.csv",
        (row for each in people for row in _memberships(each)),
        {"_fivetran_synced": stamp(EXPORTED)},
    )


def _organizations(people: list[Person]) -> Iterator[Row]:
    managers = {each.name: key(f"worker {each.code}") for each in people}
    yield _organization(ROOT, "SUPERVISORY", "", managers["Maren Okafor"], "", "Company")
    for group, leader in GROUPS.items():
        yield _organization(group, "SUPERVISORY", "", managers[leader], ROOT, "Division")
    for team, group in {each.team: each.group for each in DEPARTMENTS}.items():
        leader = next(each.leader[1] for each in DEPARTMENTS if each.team == team and each.leader)
        yield _organization(team, "SUPERVISORY", "", managers[leader], group, "Department")
    for each in DEPARTMENTS:
        yield _organization(each.name, "COST_CENTER", f"CC{each.number}", "", "", "Cost_Center")
    for name in COMPANIES.values():
        yield _organization(name, "COMPANY", "", "", "", "Company")


def _organization(name: str, kind: str, code: str, manager: str, above: str, sub_type: str) -> Row:
    return {
        "id": key(f"{kind} {name}"),
        "availability_date": "2019-01-01 08:00:00",
        "code": code,
        "inactive": "false",
        "include_manager_in_name": "false",
        "include_organization_code_in_name": "false",
        "last_updated_date_time": "2023-01-09 08:00:00",
        "manager_id": manager,
        "name": name,
        "organization_code": code or f"{kind}_{name.replace(' ', '_')}",
        "staffing_model": "Position Management" if kind == "SUPERVISORY" else "",
        "sub_type": sub_type,
        "superior_organization_id": key(f"SUPERVISORY {above}") if above else "",
        "top_level_organization_id": key(f"SUPERVISORY {ROOT}") if kind == "SUPERVISORY" else "",
        "type": kind,
    }


def _profiles(people: list[Person]) -> Iterator[Row]:
    for title, level in sorted({(each.title, each.level) for each in people}):
        yield {
            "id": key(f"profile {title}"),
            "critical_job": "false",
            "effective_date": "2019-01-01",
            "inactive": "false",
            "include_job_code_in_name": "false",
            "job_profile_code": title.replace(" ", "_"),
            "management_level": level,
            "public_job": "true",
            "title": title,
            "work_shift_required": "false",
        }


def _position(person: Person) -> Row:
    """The approved position: earliest_hire_date is the start that was planned."""
    team = next(each.team for each in DEPARTMENTS if each.number == person.departments[0][1])
    return {
        "id": key(f"position {person.code}"),
        "availability_date": person.planned,
        "available_for_hire": "false",
        "closed": "false",
        "critical_job": "false",
        "earliest_hire_date": person.planned,
        "effective_date": person.planned,
        "hiring_freeze": "false",
        "job_posting_title": person.title,
        "position_code": f"P-{person.code}",
        "position_time_type_code": "Full_time",
        "supervisory_organization_id": key(f"SUPERVISORY {team}"),
        "work_shift_required": "false",
        "worker_for_filled_position_id": key(f"worker {person.code}"),
        "worker_type_code": "EE",
    }


def _moment(day: date) -> datetime:
    return moment(day.year, day.month, day.day)


def _versions(person: Person) -> list[tuple[datetime, Pay, bool]]:
    """Returns what was known from when: the contract, each change of pay on its day, and the leaving from the notice on."""
    known = [(person.known, person.pay[0], False)] + [(_moment(pay.since), pay, False) for pay in person.pay[1:]]
    if person.gave_notice:
        known = [version for version in known if version[0] <= person.gave_notice] + [
            (person.gave_notice, [p for p in person.pay if _moment(p.since) <= person.gave_notice or p is person.pay[0]][-1], True)
        ]
        known += [(_moment(pay.since), pay, True) for pay in person.pay[1:] if _moment(pay.since) > person.gave_notice]
    return known


def _validity(starts: list[datetime], index: int) -> Row:
    last = index == len(starts) - 1
    return {
        "_fivetran_active": "true" if last else "false",
        "_fivetran_start": stamp(starts[index]),
        "_fivetran_end": OPEN if last else stamp(starts[index + 1]),
    }


def _worker(person: Person) -> Iterator[Row]:
    versions = _versions(person)
    starts = [version[0] for version in versions]
    for index, (_, pay, leaving) in enumerate(versions):
        left = (
            {
                "terminated": "true",
                "termination_date": person.end,
                "end_employment_date": person.end,
                "termination_last_day_of_work": person.end,
                "pay_through_date": person.end,
                "resignation_date": person.gave_notice.date() if person.gave_notice else "",
                "primary_termination_category": person.reason,
                "termination_involuntary": "true" if person.reason.endswith("Involuntary") else "false",
            }
            if leaving
            else {"terminated": "false"}
        )
        yield {**_validity(starts, index), **_worker_facts(person, pay), **left}


def _worker_facts(person: Person, pay: Pay) -> Row:
    currency, effective = CURRENCY[person.entity], max(pay.since, person.start)
    first, family = person.name.lower().split(" ", 1)
    return {
        "id": key(f"worker {person.code}"),
        "active": "true",
        "active_status_date": person.start,
        "annual_currency_summary_currency": currency,
        "annual_currency_summary_frequency": "Annual",
        "annual_currency_summary_primary_compensation_basis": pay.base + pay.bonus,
        "annual_currency_summary_total_base_pay": pay.base,
        "annual_currency_summary_total_salary_and_allowances": pay.base,
        "annual_summary_currency": currency,
        "annual_summary_frequency": "Annual",
        "annual_summary_primary_compensation_basis": pay.base + pay.bonus,
        "annual_summary_total_base_pay": pay.base,
        "annual_summary_total_salary_and_allowances": pay.base,
        "company_service_date": person.start,
        "compensation_effective_date": effective,
        "continuous_service_date": person.start,
        "employee_compensation_currency": currency,
        "employee_compensation_frequency": "Annual",
        "employee_compensation_primary_compensation_basis": pay.base + pay.bonus,
        "employee_compensation_total_base_pay": pay.base,
        "employee_compensation_total_salary_and_allowances": pay.base,
        "first_day_of_work": person.start,
        "has_international_assignment": "false",
        "hire_date": person.start,
        "hire_reason": "Hire_Employee_New_Hire_Fill_Vacancy",
        "hire_rescinded": "false",
        "original_hire_date": person.start,
        "rehire": "false",
        "retired": "false",
        "seniority_date": person.start,
        "user_id": f"{first[0]}{family}",
        "worker_code": person.code,
    }


def _worker_position(person: Person) -> Iterator[Row]:
    starts = [person.known, *([person.gave_notice] if person.gave_notice else [])]
    for index in range(len(starts)):
        yield {
            **_validity(starts, index),
            "position_id": key(f"position {person.code}"),
            "worker_id": key(f"worker {person.code}"),
            "business_site_summary_location": PLACES[person.entity],
            "business_site_summary_name": PLACES[person.entity],
            "business_title": person.title,
            "critical_job": "false",
            "default_weekly_hours": "40",
            "effective_date": person.start,
            "employee_type": "Regular",
            "end_date": person.end if index else "",
            "end_employment_date": person.end if index else "",
            "exclude_from_head_count": "false",
            "full_time_equivalent_percentage": "100",
            "is_primary_job": "true",
            "job_exempt": "true",
            "job_profile_id": key(f"profile {person.title}"),
            "management_level_code": person.level,
            "paid_fte": "1",
            "scheduled_weekly_hours": "40",
            "start_date": person.start,
            "work_shift_required": "false",
            "working_fte": "1",
        }


def _memberships(person: Person) -> Iterator[Row]:
    starts = [person.known, *(_moment(since) for since, _ in person.departments[1:])]
    for index, (_, number) in enumerate(person.departments):
        department = next(each for each in DEPARTMENTS if each.number == number)
        organizations = (("SUPERVISORY", department.team), ("COST_CENTER", department.name), ("COMPANY", COMPANIES[person.entity]))
        for position, (kind, name) in enumerate(organizations):
            yield {
                **_validity(starts, index),
                "index": position,
                "position_id": key(f"position {person.code}"),
                "worker_id": key(f"worker {person.code}"),
                "organization_id": key(f"{kind} {name}"),
                "used_in_change_organization_assignments": "TRUE" if position == 0 else "FALSE",
            }
