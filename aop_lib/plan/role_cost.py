"""What one person in a role costs by month: pay, merit, bonus, commission, burden, taxes up to their wage bases, costs per head."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from aop_lib.money import CENT, cents, split
from aop_lib.periods import add_months, months_between
from aop_lib.plan.role_time import Presence, Span, is_here, month_share, presence, ramp

if TYPE_CHECKING:
    import pandas as pd

    from aop_lib.params.headcount import Attrition, HeadCost, HeadcountRules, Location, PeopleAccounts, Tax

PAY, MERIT, BONUS, COMMISSION, BURDEN, TAX, HEAD, VACANCY = "pay", "merit", "bonus", "commission", "burden", "tax", "per head", "vacancy"
COMPONENTS = (PAY, MERIT, BONUS, COMMISSION, BURDEN, TAX, HEAD, VACANCY)
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Role:
    """One role as its cost depends on it; amounts of one person, in the location's currency.

    Attributes:
        span: From when to when.
        pay: Yearly, full time.
        level: As headcount.yml names it under bonus.
        role: As headcount.yml names it under bonus and commission, and drivers.yml under sellers.
        location: Where it is employed.
        accounts: The accounts that its team costs on.
        quota: Yearly; None of those who do not sell.
        ramp_months: Until a seller is worth a full quota.
        attainment: Of quota, as a fraction.
        attrition: Of its team; None where nobody is expected to leave.
    """

    span: Span
    pay: Decimal
    level: str
    role: str
    location: Location
    accounts: PeopleAccounts
    quota: Decimal | None = None
    ramp_months: Decimal = Decimal(0)
    attainment: Decimal = Decimal(1)
    attrition: Attrition | None = None


@dataclass(frozen=True)
class Flow:
    """One amount of one person in a month, rounded once to the cent; item tells taxes and costs per head apart."""

    month: pd.Timestamp
    component: str
    item: str
    account: str
    currency: str
    amount: Decimal


def role_flows(rules: HeadcountRules, role: Role, last: pd.Timestamp) -> list[Flow]:
    """Returns what one person in a role costs, month by month from its start.

    Defined as::

        pay         yearly pay / 12 * share of the month                       see `month_share`
        merit       pay * (product of (1 + rate) of the rises until then - 1)       of those who started before the rise's day
        bonus       (pay + merit) * bonus share of the level
        commission  share * quota / 12 * ramp * attainment * share of the month, or share * (pay + merit); capitalised, it is
                    spread evenly over the months from its own on
        burden      (pay + merit) * burden of the location
        tax         rate * what of the month's taxed pay lies below the base; a yearly base counts from January
        per head    once in the first month that counts, or in each month on whose last day the role is held
        vacancy     -(1 - here) * all of these + hired * what is paid once, per account; only where attrition is budgeted as expected

    Each flow is rounded once, half to even; taxes are those of the rounded parts they fall on.

    Args:
        rules: headcount.yml.
        role: The role.
        last: The last month that is wanted.

    Returns:
        Flows other than zero, from the month of the start: earlier months than those wanted are there because a wage base needs them.
    """
    months = role.span.months(last)
    parts = [_paid(rules, role, month) for month in months]
    flows = [*_payroll(role, months, parts), *_commissions(rules, role, months, parts, last), *_burdens(role, months, parts)]
    flows += [*_taxes(role, months, parts), *_heads(rules, role, months)]
    vacant = _vacancies(role, months, flows) if role.attrition and role.attrition.cost == "expected" else ()
    return [each for each in (*flows, *vacant) if each.amount]


def capacity(role: Role, month: pd.Timestamp, rule: str) -> Decimal:
    """Returns what one person in a role can sell in a month, in the role's currency, exact.

    Defined as::

        quota / 12 * ramp(months since the start) * attainment * share of the month
    """
    if role.quota is None or month < role.span.first_month:
        return Decimal(0)
    share = month_share(rule, role.span, month)
    reached = ramp(months_between(role.span.first_month, month), role.ramp_months)
    return role.quota * reached * role.attainment * share.numerator / (12 * share.denominator)


def expected_capacity(role: Role, month: pd.Timestamp, rule: str, expected: Presence) -> Decimal:
    """Returns what one chair can sell in a month where people leave and those who replace them ramp anew; see `capacity`."""
    if role.quota is None:
        return Decimal(0)
    share = month_share(rule, role.span, month)
    reached = sum((part * ramp(age, role.ramp_months) for age, part in expected.cohorts), Decimal(0))
    return role.quota * reached * role.attainment * share.numerator / (12 * share.denominator)


@dataclass(frozen=True)
class _Paid:
    """What a month's flows rest on: base pay and rises, rounded; commission as earned; the year's taxed parts."""

    pay: Decimal
    merit: Decimal
    exact: Decimal
    bonus: Decimal
    commission: Decimal


def _paid(rules: HeadcountRules, role: Role, month: pd.Timestamp) -> _Paid:
    share = month_share(rules.inside_month, role.span, month)
    pay, exact = _part(role.pay, share), _part(role.pay * risen(rules, role.span, month), share)
    bonus = cents(exact * rules.bonus_of(role.level, role.role))
    found = rules.commission_of(role.role)
    earned = ZERO
    if found:
        base = exact if found.of == PAY else capacity(role, month, rules.inside_month)
        earned = cents(base * found.share)
    return _Paid(cents(pay), cents(exact) - cents(pay), exact, bonus, earned)


def risen(rules: HeadcountRules, span: Span, month: pd.Timestamp) -> Decimal:
    """Returns by which factor pay has risen until a month: the product of (1 + rate) of the rises that the role is part of."""
    factor = Decimal(1)
    for rise in rules.merit:
        if rise.start <= month and span.start < (rise.started_before or rise.start.date()):
            factor *= 1 + rise.rate
    return factor


def _part(yearly: Decimal, share: Fraction) -> Decimal:
    return yearly * share.numerator / (12 * share.denominator)


def _payroll(role: Role, months: Sequence[pd.Timestamp], parts: Sequence[_Paid]) -> Iterator[Flow]:
    currency = role.location.currency
    for month, paid in zip(months, parts, strict=True):
        yield Flow(month, PAY, "", role.accounts.pay, currency, paid.pay)
        yield Flow(month, MERIT, "", role.accounts.pay, currency, paid.merit)
        yield Flow(month, BONUS, "", role.accounts.of("bonus"), currency, paid.bonus)


def _commissions(rules: HeadcountRules, role: Role, months: Sequence[pd.Timestamp], parts: Sequence[_Paid], last: pd.Timestamp) -> Iterator[Flow]:
    account, currency = role.accounts.of("commission"), role.location.currency
    if rules.commission_cost == "expensed":
        yield from (Flow(month, COMMISSION, "", account, currency, paid.commission) for month, paid in zip(months, parts, strict=True))
        return
    summed: dict[pd.Timestamp, Decimal] = {}
    for month, paid in zip(months, parts, strict=True):
        for number, amount in enumerate(split(paid.commission, [1] * rules.amortised_months, CENT)):
            later = add_months(month, number)
            if later <= last:
                summed[later] = summed.get(later, ZERO) + amount
    yield from (Flow(month, COMMISSION, "", account, currency, amount) for month, amount in summed.items())


def _burdens(role: Role, months: Sequence[pd.Timestamp], parts: Sequence[_Paid]) -> Iterator[Flow]:
    account, currency = role.accounts.of("benefits"), role.location.currency
    yield from (Flow(month, BURDEN, "", account, currency, cents(paid.exact * role.location.burden)) for month, paid in zip(months, parts, strict=True))


def _taxes(role: Role, months: Sequence[pd.Timestamp], parts: Sequence[_Paid]) -> Iterator[Flow]:
    for tax in role.location.taxes:
        account = tax.account or role.accounts.of("taxes")
        earlier: dict[int, Decimal] = {}
        for month, paid in zip(months, parts, strict=True):
            taxed = _taxed(tax, paid)
            below = _below(tax, month.year, taxed, earlier.get(month.year, ZERO))
            earlier[month.year] = earlier.get(month.year, ZERO) + taxed
            yield Flow(month, TAX, tax.name, account, role.location.currency, cents(below * tax.rate))


def _taxed(tax: Tax, paid: _Paid) -> Decimal:
    known = {"pay": paid.pay + paid.merit, "bonus": paid.bonus, "commission": paid.commission}
    return sum((known[each] for each in tax.on), ZERO)


def _below(tax: Tax, year: int, taxed: Decimal, earlier: Decimal) -> Decimal:
    """Returns what of a month's taxed pay lies below the wage base."""
    base = tax.base_of(year)
    if base is None:
        return taxed
    return min(taxed, base) if tax.period == "month" else max(ZERO, min(taxed, base - earlier))


def _heads(rules: HeadcountRules, role: Role, months: Sequence[pd.Timestamp]) -> Iterator[Flow]:
    first = next((month for month in months if month_share(rules.inside_month, role.span, month)), None)
    for cost in role.location.per_head:
        for month in months:
            if (month == first) if cost.when == "once" else is_here(role.span, month):
                yield Flow(month, HEAD, cost.name, _head_account(role, cost), cost.currency or role.location.currency, cost.amount)


def _head_account(role: Role, cost: HeadCost) -> str:
    return cost.account or role.accounts.of("benefits")


def _vacancies(role: Role, months: Sequence[pd.Timestamp], flows: Sequence[Flow]) -> Iterator[Flow]:
    if role.attrition is None:
        return
    expected = dict(zip(months, presence(role.attrition, months), strict=True))
    last = expected[months[-1]]
    once = {each.name for each in role.location.per_head if each.when == "once"}
    parts: dict[tuple[pd.Timestamp, str, str], Decimal] = {}
    for flow in flows:
        if not (flow.component == HEAD and flow.item in once):
            key = (flow.month, flow.account, flow.currency)
            parts[key] = parts.get(key, ZERO) - flow.amount * (1 - expected.get(flow.month, last).here)
    for key, amount in _anew(role, expected).items():
        parts[key] = parts.get(key, ZERO) + amount
    yield from (Flow(month, VACANCY, f"{account} {currency}", account, currency, cents(amount)) for (month, account, currency), amount in parts.items())


def _anew(role: Role, expected: Mapping[pd.Timestamp, Presence]) -> dict[tuple[pd.Timestamp, str, str], Decimal]:
    """Returns what is paid once for those who replace others, by month, account and currency."""
    found: dict[tuple[pd.Timestamp, str, str], Decimal] = {}
    for cost in role.location.per_head:
        if cost.when == "once":
            for month, each in expected.items():
                key = (month, _head_account(role, cost), cost.currency or role.location.currency)
                found[key] = found.get(key, ZERO) + each.hired * cost.amount
    return found


def vacancy(role: Role, flows: Sequence[Flow], months: Sequence[pd.Timestamp]) -> list[Flow]:
    """Returns what attrition is expected to take off a role's cost, whether or not the budget counts on it.

    Args:
        role: The role.
        flows: What `role_flows` returned for it.
        months: The months of the role, from its first to the last that is wanted.
    """
    full = [each for each in flows if each.component != VACANCY]
    return list(_vacancies(role, months, full))
