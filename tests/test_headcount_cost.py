"""What requested people cost: an independent reckoning month by month, closed forms, rules of starts and ends, and the lines that come of it."""

from __future__ import annotations

import calendar
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aop_lib import frames
from aop_lib.errors import UnknownRateError
from aop_lib.params.headcount import HeadcountRules
from aop_lib.periods import add_months, month_of
from aop_lib.plan.headcount import headcount
from aop_lib.plan.people_cost import people_frames, with_sellers
from aop_lib.plan.recruiting import expected_effect, recruiting_findings, seller_capacity
from aop_lib.plan.role_cost import Role, role_flows
from aop_lib.plan.role_time import Span, is_here, month_share, presence
from tests import small_company as small

CENT = Decimal("0.01")
RULES = {
    "locations": [
        {"id": "here", "currency": "USD", "burden": "7.5 %",
         "taxes": [{"name": "pension", "rate": "6.2 %", "base": "150000"}, {"name": "health", "rate": "1.45 %", "on": ["pay", "bonus", "commission"]},
                   {"name": "monthly", "rate": "3 %", "base": "8000", "period": "month"}],
         "per_head": [{"name": "laptop", "amount": "2000", "when": "once"}, {"name": "plan", "amount": "710.55", "when": "monthly"}]},
        {"id": "there", "currency": "EUR", "taxes": [{"name": "social", "rate": "20.5 %"}]},
    ],
    "accounts": [{"teams": ["building"], "pay": "6000", "bonus": "6010"}, {"pay": "6000", "bonus": "6010", "commission": "6100"}],
    "bonus": [{"levels": ["senior"], "share": "8 %"}],
    "commission": [{"roles": ["seller"], "share": "9 %"}],
    "merit": [{"rate": "3.5 %", "start": "2027-04", "started_before": "2027-01-01"}, {"rate": "2 %", "start": "2028-02"}],
}  # fmt: skip


def rules(**changes):
    return HeadcountRules.model_validate({**RULES, **changes})


def role(own, start, end=None, pay="120000", level="senior", name="builder", quota=None, **changes):
    place = own.location(changes.pop("location", "here"))
    return Role(Span(start, end), Decimal(pay), level, name, place, own.accounts[1], Decimal(quota) if quota else None, **changes)


def rounded(value):
    return Decimal(value).quantize(CENT, rounding=ROUND_HALF_EVEN)


def oracle(own, asked, last):
    """The same by plain days and dictionaries: (year, month) to component to amount, of one person."""
    found, taxed, place, year, month = {}, {}, asked.location, asked.span.start.year, asked.span.start.month
    age, once = 0, False
    while (year, month) <= (last.year, last.month):
        days = [date(year, month, 1) + timedelta(days=number) for number in range(calendar.monthrange(year, month)[1])]
        held = [day for day in days if day >= asked.span.start and (asked.span.end is None or day < asked.span.end)]
        share = (Decimal(len(held)), Decimal(len(days)))
        raised = asked.pay
        for rise in own.merit:
            if date(year, month, 1) >= rise.start.date() and asked.span.start < (rise.started_before or rise.start.date()):
                raised *= 1 + rise.rate
        exact = raised * share[0] / (12 * share[1])
        plain, paid = rounded(asked.pay * share[0] / (12 * share[1])), rounded(exact)
        bonus = rounded(exact * (Decimal("0.08") if asked.level == "senior" else 0))
        ramped = min(Decimal(1), Decimal(age) / asked.ramp_months) if asked.ramp_months else Decimal(1)
        sold = (asked.quota or 0) * ramped * asked.attainment * share[0] / (12 * share[1])
        commission = rounded(sold * Decimal("0.09")) if asked.role == "seller" else Decimal(0)
        parts = {"pay": plain, "merit": paid - plain, "bonus": bonus, "commission": commission, "burden": rounded(exact * place.burden), "tax": Decimal(0)}
        for tax in place.taxes:
            amount = sum({"pay": paid, "bonus": bonus, "commission": commission}[each] for each in tax.on)
            if tax.base is None:
                subject = amount
            elif tax.period == "month":
                subject = min(amount, tax.base)
            else:
                before = taxed.get((tax.name, year), Decimal(0))
                subject = min(before + amount, tax.base) - min(before, tax.base)
                taxed[tax.name, year] = before + amount
            parts["tax"] += rounded(subject * tax.rate)
        parts["per head"] = Decimal(0)
        for cost in place.per_head:
            if cost.when == "once" and held and not once:
                parts["per head"] += cost.amount
            if cost.when == "monthly" and days[-1] in held:
                parts["per head"] += cost.amount
        once = once or bool(held)
        found[year, month] = {name: amount for name, amount in parts.items() if amount}
        year, month, age = (year + 1, 1, age + 1) if month == 12 else (year, month + 1, age + 1)
    return {key: parts for key, parts in found.items() if parts}


def summed(flows):
    found = {}
    for each in flows:
        parts = found.setdefault((each.month.year, each.month.month), {})
        parts[each.component] = parts.get(each.component, Decimal(0)) + each.amount
    return found


DAYS = st.dates(date(2026, 1, 1), date(2028, 6, 30))


@settings(max_examples=80, deadline=None)
@given(start=DAYS, length=st.none() | st.integers(1, 900), pay=st.integers(1, 40_000_000), level=st.sampled_from(["senior", "junior"]),
       name=st.sampled_from(["seller", "builder"]), quota=st.none() | st.integers(100, 90_000_000), ramp=st.integers(0, 9),
       attained=st.integers(0, 150), place=st.sampled_from(["here", "there"]), last=st.sampled_from(["2027-06", "2027-12", "2028-09"]))  # fmt: skip
def test_every_part_of_every_month_is_what_a_plain_reckoning_finds(start, length, pay, level, name, quota, ramp, attained, place, last):
    own, end = rules(), start + timedelta(days=length) if length else None
    seller = {"ramp_months": Decimal(ramp), "attainment": Decimal(attained) / 100}
    asked = role(own, start, end, Decimal(pay) / 100, level, name, Decimal(quota) / 100 if quota else None, location=place, **seller)
    assume(start <= month_of(last).date())
    assert summed(role_flows(own, asked, month_of(last))) == oracle(own, asked, month_of(last))


@settings(max_examples=30, deadline=None)
@given(first=st.integers(1, 12), start=st.dates(date(2026, 2, 1), date(2027, 6, 30)), pay=st.integers(90_000, 400_000))
def test_a_wage_base_starts_again_in_january_whatever_month_the_fiscal_year_starts_in(first, start, pay):
    params = company(fiscal_year_start=str(first))
    people = asked_people(("hire", "full", "selling", "2", start, None, str(pay)))
    cost = costed(params, people)[0]
    own = params.headcount
    reckoned = oracle(own, role(own, start, None, str(pay), level=""), params.year_months[-1])
    months = {(month.year, month.month): month for month in params.year_months}
    found = {}
    for row in cost.to_dict("records"):
        found.setdefault((row["month"].year, row["month"].month), {}).setdefault(row["component"], Decimal(0))
        found[row["month"].year, row["month"].month][row["component"]] += row["amount_local"]
    assert found == {key: {name: 2 * amount for name, amount in parts.items()} for key, parts in reckoned.items() if key in months}


@settings(max_examples=30, deadline=None)
@given(pay=st.integers(1, 500_000), base=st.integers(1, 500_000))
def test_a_tax_over_a_calendar_year_is_its_rate_times_the_lesser_of_pay_and_base(pay, base):
    own = rules(locations=[{"id": "here", "currency": "USD", "taxes": [{"name": "tax", "rate": "6.2 %", "base": str(base)}]}], merit=[])
    flows = role_flows(own, role(own, date(2027, 1, 1), pay=str(pay), level=""), month_of("2027-12"))
    paid = sum(each.amount for each in flows if each.component == "pay")
    taxes = [each.amount for each in flows if each.component == "tax"]
    assert abs(sum(taxes, Decimal(0)) - Decimal("0.062") * min(paid, Decimal(base))) <= CENT * Decimal("0.5") * 12


def test_the_published_social_security_tax_of_a_full_base_is_reached_to_the_cent():
    own = rules(locations=[{"id": "here", "currency": "USD", "taxes": [{"name": "OASDI", "rate": "6.2 %", "base": "184500"}]}], merit=[])
    flows = role_flows(own, role(own, date(2026, 1, 1), pay="240000", level=""), month_of("2026-12"))
    taxes = [each.amount for each in flows if each.component == "tax"]
    assert sum(taxes) == Decimal("11439.00")  # 184,500 × 6.2 %, the most an employer paid per person in 2026
    assert taxes == [Decimal("1240.00")] * 9 + [Decimal("279.00")]


def test_a_role_of_a_full_year_costs_twelve_times_its_month():
    own = rules(locations=[{"id": "here", "currency": "USD", "burden": "22 %"}], merit=[])
    flows = role_flows(own, role(own, date(2027, 1, 1), pay="116000"), month_of("2027-12"))
    months = summed(flows)
    assert len(months) == 12
    assert all(parts == months[2027, 1] for parts in months.values())
    assert months[2027, 1] == {"pay": Decimal("9666.67"), "bonus": Decimal("773.33"), "burden": Decimal("2126.67")}


@settings(max_examples=30, deadline=None)
@given(start=DAYS, first=st.integers(1, 400), second=st.integers(1, 400), pay=st.integers(1, 300_000))
def test_a_role_split_into_two_that_follow_one_another_costs_the_same_pay(start, first, second, pay):
    own, last = rules(merit=[]), month_of("2030-12")
    middle, end = start + timedelta(days=first), start + timedelta(days=first + second)
    whole, one, two = (summed(role_flows(own, role(own, *days, pay=str(pay)), last)) for days in ((start, end), (start, middle), (middle, end)))
    for month, parts in whole.items():
        halves = [each[month].get("pay", Decimal(0)) for each in (one, two) if month in each]
        assert abs(sum(halves, Decimal(0)) - parts["pay"]) <= (CENT if len(halves) == 2 else 0)


def test_a_rise_is_for_those_who_started_before_its_day():
    own = rules(locations=[{"id": "here", "currency": "USD"}], bonus=[])
    before, after = (role(own, day, pay="120000") for day in (date(2026, 12, 31), date(2027, 1, 1)))
    assert summed(role_flows(own, before, month_of("2027-05")))[2027, 4] == {"pay": Decimal("10000.00"), "merit": Decimal("350.00")}
    assert summed(role_flows(own, after, month_of("2027-05")))[2027, 4] == {"pay": Decimal("10000.00")}
    assert summed(role_flows(own, before, month_of("2028-02")))[2028, 2]["merit"] == Decimal("557.00")  # 10,000 × 1.035 × 1.02 − 10,000


@pytest.mark.parametrize(
    ("rule", "shares"),
    [("days", ["17/31", "1", "9/30"]), ("full", ["1", "1", "1"]), ("half", ["1/2", "1", "1/2"]), ("next", ["0", "1", "1"])],
)
def test_a_start_and_an_end_inside_a_month_count_by_the_rule(rule, shares):
    span = Span(date(2027, 8, 15), date(2027, 11, 10))
    months = [month_of(each) for each in ("2027-08", "2027-09", "2027-11")]
    assert [month_share(rule, span, month) for month in months] == [Fraction(each) for each in shares]
    assert [is_here(span, month) for month in months] == [True, True, False]
    assert month_share(rule, span, month_of("2027-12")) == 0


def test_commission_that_is_capitalised_is_spread_to_the_cent_over_its_months():
    own = rules(commission_cost="capitalised", amortised_months="7")
    asked = role(own, date(2027, 1, 1), date(2027, 3, 1), quota="100000.01", name="seller")
    spread = [each for each in role_flows(own, asked, month_of("2028-12")) if each.component == "commission"]
    earned = [each for each in role_flows(rules(), asked, month_of("2028-12")) if each.component == "commission"]
    assert sum(each.amount for each in spread) == sum(each.amount for each in earned)
    assert {each.month for each in spread} == {add_months(month_of("2027-01"), number) for number in range(8)}


def test_who_leaves_is_replaced_after_the_months_that_it_takes_and_ramps_anew():
    leaving = HeadcountRules.model_validate({"attrition": [{"share": "12 %", "replaced": "50 %", "months": "2"}]}).attrition[0]
    found = presence(leaving, [add_months(month_of("2027-01"), number) for number in range(4)])
    assert [each.here for each in found] == [Decimal(1), Decimal("0.99"), Decimal("0.9801"), Decimal("0.970299") + Decimal("0.005")]
    assert found[3].cohorts == ((3, Decimal("0.970299")), (0, Decimal("0.005")))
    nobody = HeadcountRules.model_validate({"attrition": [{"share": "0"}]}).attrition[0]
    assert {each.here for each in presence(nobody, [month_of("2027-01"), month_of("2028-01")])} == {Decimal(1)}


def test_attrition_that_the_budget_counts_on_takes_off_what_empty_chairs_do_not_cost():
    own = rules(locations=[{"id": "here", "currency": "USD", "per_head": [{"name": "laptop", "amount": "1000", "when": "once"}]}], bonus=[], merit=[],
                attrition=[{"share": "12 %", "months": "1", "cost": "expected"}])  # fmt: skip
    flows = role_flows(own, role(own, date(2027, 1, 1), attrition=own.attrition[0]), month_of("2027-03"))
    assert [(each.month.month, each.amount) for each in flows if each.component == "vacancy"] == [(2, Decimal("-100.00")), (3, Decimal("-89.00"))]


def company(fiscal_year_start="1", headcount=None, **changes):
    base = small.params(company={"fiscal_year_start": fiscal_year_start}, **changes)
    return replace(base, headcount=headcount or rules())


def asked_people(*rows):
    """(request, option, team, people, start, end, pay) and, where told, further columns."""
    told = []
    for position, (request, option, team, people, start, end, pay, *more) in enumerate(rows):
        plain = {"role": "builder", "level": "", "currency": "USD", "location": "here", "cost_centre": "CC", "quota": None, "backfills": "", "where": "file:1"}
        names = {"request": request, "option": option, "team": team, "position": position, "people": int(people), "pay": Decimal(pay)}
        told.append({**plain, **names, "start": pd.Timestamp(start), "end": pd.NaT if end is None else pd.Timestamp(end), **(more[0] if more else {})})
    return frames.conformed("request_people", pd.DataFrame(told).astype({"end": "datetime64[us]"}))


def costed(params, people, lines=None, rates=None):
    asked = {
        "request_people": people,
        "request_lines": frames.empty("request_lines") if lines is None else lines,
        "request_effects": frames.empty("request_effects"),
    }
    found = people_frames(params, asked, {} if rates is None else rates)
    return found["request_people_cost"], found["request_lines"]


def test_lines_are_the_parts_summed_to_the_cent_and_hold_the_heads_of_their_month():
    people = asked_people(("hire", "full", "selling", "2", "2027-03-10", None, "90000"), ("hire", "full", "selling", "1", "2027-06-01", "2027-09-16", "60000"))
    stated = small.request_lines(("hire", "full", "selling", "6100", "2027-02", "500", "USD", 3))
    cost, lines = costed(company(), people, stated)
    assert sum(lines["amount"]) == sum(cost["amount"]) + 500
    heads = lines.groupby("month")["heads"].agg(["min", "max"])
    assert list(heads["min"]) == list(heads["max"]) == [0, 2, 2, 2, 3, 3, 3, 2, 2, 2, 2]
    by_part = cost.groupby(["position", "account", "month"])["amount"].sum()
    assert set(by_part) == set(lines.loc[lines["account"] != "6100", "amount"])


def test_pay_in_another_currency_is_converted_once_and_a_missing_rate_is_never_one():
    params = company()
    people = asked_people(("hire", "full", "selling", "1", "2027-11-01", None, "60000", {"currency": "EUR", "location": "there"}))
    rate = {("EUR", month): Decimal("1.0873") for month in params.year_months}
    cost, _ = costed(params, people, rates=rate)
    assert [rounded(each * Decimal("1.0873")) for each in cost["amount_local"]] == list(cost["amount"])
    with pytest.raises(UnknownRateError):
        costed(params, people)


def test_planned_heads_count_starts_by_month_and_no_one_twice_once_they_are_employed():
    plan = company(
        decisions=[{"request": "hire", "decision": "approve", "option": "full", "by": "ceo", "on": "2026-10-01", "why": "good"}], cycle={"as_of": "2026-10-15"}
    )
    people = asked_people(("hire", "full", "selling", "1", "2027-02-01", None, "90000"), ("hire", "full", "selling", "2", "2027-08-01", None, "60000"))
    _, lines = costed(plan, people)
    status = pd.DataFrame({"request": ["hire"], "option": ["full"], "decision": ["approved"]})
    nobody = frames.empty("people")
    counted = headcount(plan, nobody, lines, status)
    approved = dict(zip(counted["month"], counted["approved"], strict=True))
    assert [approved[month] for month in plan.year_months] == [0] + [1] * 6 + [3] * 5
    later = replace(small.review(), headcount=plan.headcount)
    counted = headcount(later, nobody, lines, status)
    approved = dict(zip(counted["month"], counted["approved"], strict=True))
    assert [approved[month] for month in later.year_months] == [0] * 7 + [2] * 5


def test_hires_beyond_what_can_be_recruited_in_a_month_are_found_with_their_requests():
    params = company(
        headcount=rules(recruiting=[{"heads": "2", "months": {"2027-05": "5"}, "source": "two recruiters"}, {"teams": ["building"], "heads": "1"}])
    )
    people = asked_people(("hire", "full", "selling", "3", "2027-02-08", None, "90000"), ("more", "full", "building", "2", "2027-05-01", None, "60000"),
                          ("no", "full", "selling", "9", "2027-07-01", None, "60000"))  # fmt: skip
    status = pd.DataFrame({"request": ["hire", "more", "no"], "option": ["full", "", ""], "decision": ["approved", "undecided", "rejected"],
                           "team": ["selling", "building", "selling"], "title": ["Hire", "More", "No"]})  # fmt: skip
    found = recruiting_findings(params, people, status)
    assert [(row["where"], row["expected"], row["found"]) for row in found] == [
        ("February 2027", "2 heads, source: two recruiters", "3 heads: Hire 3"),
        ("May 2027, Building", "1 head, source: [assumed]", "2 heads: More 2"),
    ]


def test_sellers_of_a_request_reach_the_driver_model_in_the_month_they_start_unless_it_states_them():
    params = company(drivers={"model": {"sellers": [{"role": "seller", "segments": ["large", "small"]}]}})
    people = asked_people(("hire", "full", "selling", "1", "2027-02-08", "2027-10-01", "90000", {"role": "seller", "quota": Decimal(600000)}))
    effects = with_sellers(params, frames.empty("request_effects"), people)
    told = [(row["what"], row["place"], row["value"], f"{row['start']:%Y-%m}") for row in effects.to_dict("records")]
    assert told == [("rep_starts", "large", Decimal("0.5"), "2027-02"), ("rep_starts", "small", Decimal("0.5"), "2027-02"),
                    ("rep_leavers", "large", Decimal("0.5"), "2027-10"), ("rep_leavers", "small", Decimal("0.5"), "2027-10")]  # fmt: skip
    assert with_sellers(params, effects, people).equals(effects)


def test_capacity_of_sellers_is_quota_by_ramp_by_attainment_and_less_where_people_leave():
    told = [{"driver": "ramp_months", "unit": "months", "value": "4"}, {"driver": "attainment", "unit": "pct", "value": "80 %"}]
    params = company(headcount=rules(attrition=[{"share": "12 %", "months": "3"}]), drivers={"model": {"told": told}})
    people = asked_people(("hire", "full", "selling", "2", "2027-03-01", None, "90000", {"role": "seller", "quota": Decimal(600000)}))
    full = seller_capacity(params, people, is_expected=False)
    assert [full[month] for month in params.year_months[:8]] == [0, 0, 0, 20_000, 40_000, 60_000, 80_000, 80_000]
    less = seller_capacity(params, people, is_expected=True)
    assert less[params.year_months[3]] == Decimal(19800)
    assert all(less[month] <= full[month] for month in params.year_months)


def test_the_expected_effect_of_leavers_is_told_beside_a_budget_that_holds_every_chair():
    params = company(headcount=rules(attrition=[{"share": "12 %", "months": "3"}]))
    people = asked_people(("hire", "full", "selling", "1", "2027-01-01", None, "120000"))
    cost, _ = costed(params, people)
    assert "vacancy" not in set(cost["component"])
    effect = expected_effect(params, people, {})
    assert effect < 0
    counting = company(headcount=rules(attrition=[{"share": "12 %", "months": "3", "cost": "expected"}]))
    assert sum(costed(counting, people)[0]["amount"]) - sum(cost["amount"]) == effect
