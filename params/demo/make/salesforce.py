"""The CRM's export: accounts, users with their roles, and opportunities with a history row for each stage, valid in [start, end)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from make.customers import Phase
from make.layouts import write_export
from make.months import EXPORTED, stamp
from make.pipeline import STAGES, Deal, deals
from make.staff import Person

Row = dict[str, object]
OPEN = "9999-12-31 23:59:59"
SYNCED = {"_fivetran_synced": stamp(EXPORTED)}
ROLES = {"us": ("00ELk0000000NAAAA", "Sales North America", "210"), "de": ("00ELk0000000EMAAA", "Sales EMEA", "220")}


def write_salesforce(folder: Path, phases: list[Phase], people: list[Person]) -> None:
    """Writes the five files."""
    found = deals(phases)
    sellers = {entity: _sellers(people, department) for entity, (_, _, department) in ROLES.items()}
    accounts = {deal.account: f"001Lk{index:010d}AAA" for index, deal in enumerate(found)}
    owners = {deal.id: _owner(deal, sellers[deal.entity], index) for index, deal in enumerate(found)}
    write_export(folder, "salesforce/sf_user_role_data.csv", map(_role, ROLES), {**SYNCED, "_fivetran_deleted": "false", "_fivetran_active": "true"})
    write_export(
        folder,
        "salesforce/sf_user_data.csv",
        (_user(each, entity) for entity in ROLES for each in sellers[entity]),
        {**SYNCED, "_fivetran_deleted": "false", "_fivetran_active": "true"},
    )
    write_export(folder, "salesforce/sf_account_data.csv", _accounts(found, accounts, owners), {**SYNCED, "_fivetran_active": "true"})
    write_export(
        folder,
        "salesforce/sf_opportunity_data.csv",
        (_state(deal, len(deal.stages) - 1, accounts, owners) for deal in found),
        {**SYNCED, "_fivetran_active": "true"},
    )
    write_export(folder, "salesforce/sf_opportunity_history_data.csv", (row for deal in found for row in _history(deal, accounts, owners)), SYNCED)


def _sellers(people: list[Person], department: str) -> list[Person]:
    return [
        each
        for each in people
        if (each.departments[0][1] == department and "Account Executive" in each.title)
        or each.title == ("VP Sales, EMEA" if department == "220" else "VP Sales, North America")
    ]


def _owner(deal: Deal, sellers: list[Person], index: int) -> Person:
    """Returns who has the deal: a seller who was here when it was created."""
    here = [each for each in sellers if each.employed(deal.stages[0][0].date())]
    return here[index % len(here)]


def user_id(person: Person) -> str:
    """Returns the CRM's id of a person."""
    return f"005Lk{person.code:010d}AAA"


def _role(entity: str) -> Row:
    key, name, _ = ROLES[entity]
    return {"id": key, "name": name, "developer_name": name.replace(" ", "_"), "may_forecast_manager_share": "false"}


def _user(person: Person, entity: str) -> Row:
    first, family = person.name.split(" ", 1)
    return {
        "id": user_id(person),
        "name": person.name,
        "first_name": first,
        "last_name": family,
        "title": person.title,
        "employee_number": person.code,
        "department": ROLES[entity][1],
        "user_role_id": ROLES[entity][0],
        "is_active": "false" if person.end and person.end <= EXPORTED.date() else "true",
        "user_type": "Standard",
        "username": f"{first}.{family}@larkfield.example".lower(),
        "email": f"{first}.{family}@larkfield.example".lower(),
    }


def _accounts(found: list[Deal], accounts: dict[str, str], owners: dict[str, Person]) -> Iterator[Row]:
    """One account per customer or prospect; account_number is Stripe's customer id, type the segment."""
    for deal in {deal.account: deal for deal in found}.values():
        country = "Germany" if deal.entity == "de" else "United States"
        yield {
            "id": accounts[deal.account],
            "account_number": deal.customer.id if deal.customer.id.startswith("cus_") else "",
            "name": deal.customer.name,
            "billing_country": country,
            "industry": "Field Service",
            "is_deleted": "false",
            "owner_id": user_id(owners[deal.id]),
            "type": deal.customer.segment,
        }


def _state(deal: Deal, index: int, accounts: dict[str, str], owners: dict[str, Person]) -> Row:
    stage = deal.stages[index][1]
    probability, forecast = STAGES[stage]
    closed, close = stage.startswith("Closed"), _close(deal, index)
    return {
        "account_id": accounts[deal.account],
        "amount": deal.amount,
        "close_date": stamp(close),
        "created_date": stamp(deal.stages[0][0]),
        "fiscal_quarter": (close.month + 2) // 3,
        "fiscal_year": close.year,
        "forecast_category": forecast,
        "id": deal.id,
        "is_closed": "true" if closed else "false",
        "is_deleted": "false",
        "is_won": "true" if stage == "Closed Won" else "false",
        "name": deal.name,
        "owner_id": user_id(owners[deal.id]),
        "probability": probability,
        "stage_name": stage,
        "type": deal.kind,
    }


def _close(deal: Deal, index: int) -> date:
    """Returns the close date as it was known then: while open, a date that had not yet passed."""
    if deal.stages[index][1].startswith("Closed"):
        return deal.expected
    return max(deal.expected, (deal.stages[index][0] + timedelta(days=21)).date())


def _history(deal: Deal, accounts: dict[str, str], owners: dict[str, Person]) -> Iterator[Row]:
    starts: list[datetime] = [moment for moment, _ in deal.stages]
    for index in range(len(starts)):
        last = index == len(starts) - 1
        validity = {
            "_fivetran_active": "true" if last else "false",
            "_fivetran_start": stamp(starts[index]),
            "_fivetran_end": OPEN if last else stamp(starts[index + 1]),
        }
        yield {**validity, **_state(deal, index, accounts, owners)}
