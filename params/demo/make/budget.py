"""The budget of FY2026 as finance kept it in a sheet: made in autumn 2025 from the third quarter of 2025 and what was then believed."""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

from make.books import CURRENCY, ENTITIES, GROUP_INCOME, RATE_DIFFERENCE, Journal
from make.layouts import write_table
from make.months import label, month, month_of_year

COLUMNS = ["entity", "team", "account", "month", "amount", "currency"]
TEAMS = {
    "110": "executive",
    "120": "finance",
    "130": "people",
    "210": "sales_na",
    "220": "sales_emea",
    "230": "marketing",
    "310": "product",
    "320": "engineering",
    "325": "engineering",
    "330": "platform",
    "410": "customer_success",
    "420": "support",
}
SEASONAL = {
    "4110",
    "5510",
    "6030",
    "6110",
    "6120",
    "8140",
    "8150",
    "6210",
    "7210",
    "8210",
    "5120",
    "6040",
    "7040",
    "8040",
}  # as in the same month of the year before
MONTHLY_GROWTH = {"4010": Decimal("1.024"), "4020": Decimal("1.030"), "5010": Decimal("1.016"), "5020": Decimal("1.016"), "5030": Decimal("1.016")}
PEOPLE = {"5100", "5110", "5130", "6010", "6020", "6050", "7010", "7020", "7050", "8010", "8020", "8050"}
Amounts = dict[tuple[str, str, str, int], Decimal]


def write_budget(folder: Path, journals: list[Journal]) -> None:
    """Writes budget_fy2026.csv: natural sign, revenue and cost both positive, in the entity's currency."""
    booked = _booked(journals)
    keys = sorted(
        {key[:3] for key, amount in booked.items() if month(2025, 1) <= key[3] <= month(2025, 9) and amount}, key=lambda key: (ENTITIES.index(key[0]), *key[1:])
    )
    rows = [
        {"entity": entity, "team": team, "account": account, "month": label(number), "amount": amount, "currency": CURRENCY[entity]}
        for entity, team, account in keys
        for number in range(month(2026, 1), month(2027, 1))
        if (amount := _budgeted(booked, entity, team, account, number))
    ]
    write_table(folder / "budget_fy2026.csv", COLUMNS, rows)


def _booked(journals: list[Journal]) -> Amounts:
    booked: Amounts = defaultdict(Decimal)
    for each in journals:
        for line in each.lines:
            if line.account >= "4" and line.account != RATE_DIFFERENCE:
                sign = -1 if line.account[0] == "4" or line.account[:2] == "90" or line.account == GROUP_INCOME else 1
                booked[each.entity, TEAMS[line.department], line.account, each.month] += sign * line.amount
    return booked


def _budgeted(booked: Amounts, entity: str, team: str, account: str, number: int) -> Decimal:
    """Returns a budgeted amount, rounded to ten.

    Defined as::

        seasonal accounts   the month a year before (October to December: two years before, 10 % more) × 1.06
        growing accounts    mean of July to September 2025, compounding monthly
        people              mean × 1.09: the merit round and the hires that were approved
        others              mean × 1.03
    """
    mean = sum((booked[entity, team, account, each] for each in range(month(2025, 7), month(2025, 10))), Decimal(0)) / 3
    if account in SEASONAL:
        known = number - 12 if month_of_year(number) <= 9 else number - 24
        base = booked[entity, team, account, known] * (Decimal("1.06") if known == number - 12 else Decimal("1.166"))
    elif account in MONTHLY_GROWTH:
        base = mean * MONTHLY_GROWTH[account] ** (number - month(2025, 8))
    else:
        base = mean * Decimal("1.09" if account in PEOPLE else "1.03")
    return (base / 10).quantize(Decimal(1), rounding=ROUND_HALF_EVEN) * 10
