"""Pay in the books, by entity and department, exactly as the people and their pay say.

Defined as, per person and month, each rounded half to even to the cent::

    salary        yearly base pay ÷ 12 × calendar days employed ÷ days of the month
    bonus         yearly target bonus ÷ 12 × the same days; paid in March of the next year
    payroll tax   US: 1.45 % of salary, and 6.2 % of the salary of the calendar year up to the year's wage base
                  Germany: 20.5 % of the month's salary up to the month's ceiling; both paid in the next month
    benefits      a fixed amount for everyone employed on the last day of the month
    department    where the person is on the last day of the month or of employment
    commission    per sales department: 9 % of the yearly value that new and added seats began to pay in the month; paid in the next month
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from make.billing import SALES_DEPARTMENT, Sales
from make.books import ACCRUED, CASH, ENTITIES, PAYROLL_TAX, Journal, Line, cents, journal
from make.departments import BY_NUMBER, DEPARTMENTS
from make.months import END, FIRST, WARM_UP, first_day, last_day, month_of_year, workday, year_of
from make.staff import Person, salary_of

ACCOUNTS = {  # salaries, bonus, payroll tax, benefits
    "cost": ("5100", "5110", "5120", "5130"),
    "sales": ("6010", "6020", "6040", "6050"),
    "research": ("7010", "7020", "7040", "7050"),
    "admin": ("8010", "8020", "8040", "8050"),
}
COMMISSION_ACCOUNT = "6030"
COMMISSION_RATE = Decimal("0.09")
SOCIAL_SECURITY, MEDICARE = Decimal("0.062"), Decimal("0.0145")
WAGE_BASE = {2023: 160200, 2024: 168600, 2025: 176100, 2026: 184500, 2027: 190800}
GERMAN_RATE, GERMAN_CEILING = Decimal("0.205"), {2023: 7300, 2024: 7550, 2025: 8050, 2026: 8450, 2027: 8700}
BENEFITS = {"us": {2023: 590, 2024: 610, 2025: 640, 2026: 675, 2027: 710}, "de": {2023: 85, 2024: 85, 2025: 90, 2026: 90, 2027: 95}}


def payroll_tax(entity: str, year: int, salary: Decimal, earlier: Decimal) -> Decimal:
    """Returns the employer's tax on a month's salary.

    Args:
        entity: us or de.
        year: Calendar year.
        salary: The month's salary.
        earlier: Salary of the same calendar year before this month.
    """
    if entity == "de":
        return cents(min(salary, Decimal(GERMAN_CEILING[year])) * GERMAN_RATE)
    taxed = max(Decimal(0), min(salary, WAGE_BASE[year] - earlier))
    return cents(taxed * SOCIAL_SECURITY + salary * MEDICARE)


def payroll_costs(people: list[Person]) -> dict[tuple[str, str, int], list[Decimal]]:
    """Returns salaries, bonus, payroll tax and benefits by entity, department and month."""
    costs: dict[tuple[str, str, int], list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 4)
    for person in people:
        earlier, year = Decimal(0), 0
        for number in range(WARM_UP, END):
            if year != year_of(number):
                earlier, year = Decimal(0), year_of(number)
            day = min(last_day(number), person.end or last_day(number))
            if day < first_day(number) or day < person.start:
                continue
            pay = person.pay_at(day)
            salary = salary_of(person, number, pay.base)
            parts = [salary, salary_of(person, number, pay.bonus), payroll_tax(person.entity, year, salary, earlier), _benefits(person, number)]
            key = (person.entity, person.department(day), number)
            costs[key] = [had + part for had, part in zip(costs[key], parts, strict=True)]
            earlier += salary
    return costs


def _benefits(person: Person, number: int) -> Decimal:
    return Decimal(BENEFITS[person.entity][year_of(number)] if person.employed(last_day(number)) else 0)


def commission(sales: Sales, entity: str, number: int) -> Decimal:
    """Returns the commission of a month's bookings."""
    return cents(sales.bookings[entity, "", number] * COMMISSION_RATE) if number >= FIRST - 1 else Decimal(0)


def payroll_journals(people: list[Person], sales: Sales) -> Iterator[Journal]:
    """Yields pay runs, accruals and payments of every month since the warm-up."""
    costs = payroll_costs(people)
    for number in range(WARM_UP, END):
        for entity in ENTITIES:
            for department in DEPARTMENTS:
                parts = costs.get((entity, department.number, number))
                if parts:
                    yield from _pay_run(entity, department.number, number, parts)
            yield from _commission(sales, entity, number)
            yield from _payments(costs, sales, entity, number)


def _pay_run(entity: str, department: str, number: int, parts: list[Decimal]) -> Iterator[Journal]:
    salary, bonus, tax, benefits = parts
    name = BY_NUMBER[department].name
    labels = ("Salaries", "Target bonus", "Employer taxes", "Benefits")
    lines = [Line(account, part, department, memo=label) for account, part, label in zip(ACCOUNTS[BY_NUMBER[department].function], parts, labels, strict=True)]
    lines += [
        Line(CASH, -(salary + benefits), memo="Net pay and benefits"),
        Line(ACCRUED, -bonus, memo="Bonus accrued"),
        Line(PAYROLL_TAX, -tax, memo="Employer taxes due"),
    ]
    return journal(entity, workday(last_day(number)), "Journal", f"Payroll {name}", lines)


def _commission(sales: Sales, entity: str, number: int) -> Iterator[Journal]:
    amount = commission(sales, entity, number)
    lines = [Line(COMMISSION_ACCOUNT, amount, SALES_DEPARTMENT[entity], memo="Commission on bookings"), Line(ACCRUED, -amount, memo="Commission accrued")]
    return journal(entity, last_day(number), "Journal", "Sales commission", lines)


def _payments(costs: dict[tuple[str, str, int], list[Decimal]], sales: Sales, entity: str, number: int) -> Iterator[Journal]:
    tax = sum((parts[2] for (owner, _, when), parts in costs.items() if owner == entity and when == number - 1), Decimal(0))
    day = workday(first_day(number) + timedelta(days=9))
    yield from journal(entity, day, "Journal", "Employer taxes paid", [Line(PAYROLL_TAX, tax, memo="Employer taxes"), Line(CASH, -tax, memo="Employer taxes")])
    owed = commission(sales, entity, number - 1)
    yield from journal(
        entity,
        workday(first_day(number) + timedelta(days=14)),
        "Journal",
        "Commission paid",
        [Line(ACCRUED, owed, memo="Commission"), Line(CASH, -owed, memo="Commission")],
    )
    if month_of_year(number) == 3:
        bonus = sum((parts[1] for (owner, _, when), parts in costs.items() if owner == entity and year_of(when) == year_of(number) - 1), Decimal(0))
        lines = [Line(ACCRUED, bonus, memo="Bonus of last year"), Line(CASH, -bonus, memo="Bonus of last year")]
        yield from journal(entity, workday(first_day(number) + timedelta(days=19)), "Journal", "Bonus paid", lines)
