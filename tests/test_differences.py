"""Differences between two plans: antisymmetric, additive, none between a plan and itself, in words that say what moved."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_company import ACCOUNTS, LINES, TEAMS, amounts

from aop_lib import frames
from aop_lib.money import sums
from aop_lib.plan.difference_words import difference_text, printable, profit_sentence
from aop_lib.plan.differences import Change, Plan, differences, operating_profits
from aop_lib.plan.overlays import ROW

BASE = {"accounts": ACCOUNTS, "lines": LINES, "teams": TEAMS}
ROWS = st.lists(
    st.tuples(st.sampled_from(["selling", "building"]), st.sampled_from(["4000", "4090", "5000", "6000", "8000", "9000"]), st.sampled_from(["2027-01", "2027-02"]),
              st.decimals(-10_000, 10_000, places=2)), max_size=8)  # fmt: skip


def plan(*rows, **more):
    held = {name: more.pop(name) for name in list(more) if name in {"goals", "targets", "driver_values", "request_status"}}
    return Plan("USD", sums(amounts(*rows), ROW), {**BASE, **held}, **more)


def effects(found):
    own = found[found["kind"].isin(["result", "line", "team"])]
    return {(row.kind, row.what, row.where): (row.difference, row.effect) for row in own.itertuples()}


def keyed(found):
    return {(row.kind, row.what, row.where): (row.a, row.b, row.difference, row.effect, row.direction) for row in found.itertuples()}


def goals(target="120", owner="Sal Sorrel", goal="win"):
    row = {
        "goal": goal, "statement": "Win customers", "objective": "grow", "weight": 0.5, "metric": "customers", "metric_name": "Customers", "unit": "count",
        "direction": 1, "additive": True, "start": Decimal(0), "target": Decimal(target), "deadline": pd.Timestamp("2027-12-31"), "owner": "sal",
        "owner_name": owner, "latest": Decimal(0), "latest_month": pd.Timestamp("2026-09-01"), "status": "planned",
    }  # fmt: skip
    return frames.conformed("goals", pd.DataFrame([row]))


def targets(*values):
    rows = [("win", "customers", "selling", pd.Timestamp(f"2027-{month:02d}-01"), Decimal(value), 1, "") for month, value in enumerate(values, start=1)]
    return frames.conformed("targets", pd.DataFrame(rows, columns=["goal", "metric", "team", "month", "value", "level", "parent"]))


def drivers(value, unit="pct"):
    row = {
        "driver": "churn_rate", "place": "smb", "since": "", "label": "Churn", "scope": "segment", "unit": unit, "value": Decimal(value), "basis": "told",
        "estimate": None, "window": "", "observations": 0, "error": None, "source": "", "owner": "",
    }  # fmt: skip
    return frames.conformed("driver_values", pd.DataFrame([row]))


def asked(decision, approved):
    row = {
        "request": "hire", "team": "selling", "title": "A hire", "goal": "win", "asked": Decimal(500), "heads": 1, "decision": decision, "option": "full",
        "approved": Decimal(approved), "decided_by": "Ada", "decided_on": pd.Timestamp("2026-10-01"), "reason": "yes",
    }  # fmt: skip
    return frames.conformed("request_status", pd.DataFrame([row]))


FULL = plan(
    ("selling", "4000", "2027-01", "1000"), ("building", "6000", "2027-01", "400"), goals=goals(), targets=targets("5", "10"), driver_values=drivers("0.012"),
    request_status=asked("approved", "500"), changes=(Change("Sales: 5.0 % less", "v.yml:6", Decimal(-50)),), parameters={"drivers.yml window_months": ("d.yml:1", "3")},
)  # fmt: skip
OTHER = plan(
    ("selling", "4000", "2027-01", "900"), ("building", "6000", "2027-01", "350"), goals=goals("130", "Bea Birch"), targets=targets("6", "12"),
    driver_values=drivers("0.015"), request_status=asked("rejected", "0"), parameters={"drivers.yml window_months": ("e.yml:2", "6"), "cycle seed": ("c.yml:3", "1")},
)  # fmt: skip


@settings(max_examples=30)
@given(ROWS, ROWS, ROWS)
def test_differences_add_up_along_a_way_and_turn_their_sign_with_it(a, b, c):
    left, middle, right = plan(*a), plan(*b), plan(*c)
    first, second, whole = effects(differences(left, middle)), effects(differences(middle, right)), effects(differences(left, right))
    none = (Decimal(0), Decimal(0))
    for key in first.keys() | second.keys() | whole.keys():
        steps = [one + other for one, other in zip(first.get(key, none), second.get(key, none), strict=True)]
        assert tuple(steps) == whole.get(key, none)
    back = effects(differences(right, left))
    assert back == {key: (-difference, -effect) for key, (difference, effect) in whole.items()}
    profits = operating_profits(left, right)
    lines = [effect for (kind, _, _), (_, effect) in whole.items() if kind == "line"]
    teams = [effect for (kind, _, _), (_, effect) in whole.items() if kind == "team"]
    assert sum(lines, Decimal(0)) == sum(teams, Decimal(0)) == profits[1] - profits[0]


@given(ROWS)
@settings(max_examples=10)
def test_a_plan_does_not_differ_from_itself(rows):
    own = plan(*rows)
    assert differences(own, own).empty
    assert difference_text(differences(own, own), ("a", "b"), operating_profits(own, own)).endswith("no difference")


def test_a_full_plan_does_not_differ_from_itself_and_every_kind_turns_around():
    assert differences(FULL, FULL).empty
    moved = replace(OTHER, parameters={key: (FULL.parameters.get(key, place)[0], text) for key, (place, text) in OTHER.parameters.items()})
    there, back = keyed(differences(FULL, moved)), keyed(differences(moved, FULL))
    turned = {"good": "bad", "bad": "good", "": ""}
    assert {key: (b, a, None if gap is None else -gap, -effect, turned[way]) for key, (a, b, gap, effect, way) in there.items()} == back
    assert {key[0] for key in there} == {"result", "line", "team", "change", "request", "goal", "target", "driver", "parameter"}


def test_each_difference_says_what_moved_from_where_to_where_and_whether_that_is_good():
    found = keyed(differences(FULL, OTHER))
    assert found["line", "Sales", "sales"] == ("1,000.00", "900.00", Decimal(-100), Decimal(-100), "bad")
    assert found["line", "People", "people"] == ("400.00", "350.00", Decimal(-50), Decimal(50), "good")
    assert found["result", "Operating profit", "the year"] == ("600.00", "550.00", Decimal(-50), Decimal(-50), "bad")
    assert found["team", "Building, People", "building/people"][3] == Decimal(50)
    assert found["change", "Sales: 5.0 % less", "v.yml:6"] == ("made", "", Decimal(50), Decimal(50), "good")
    assert found["request", "A hire", "hire"] == ("approved, full, 500.00", "rejected, full, 0.00", Decimal(-500), Decimal(500), "good")
    assert found["goal", "Win customers: target", "win.target"] == ("120", "130", Decimal(10), Decimal(0), "good")
    assert found["goal", "Win customers: owner", "win.owner"][:2] == ("Sal Sorrel", "Bea Birch")
    assert found["target", "Customers: target of Selling", "win/customers/selling"][:3] == ("10", "12", Decimal(2))
    assert found["driver", "Churn, smb", "churn_rate.smb"][:3] == ("1.20 %", "1.50 %", Decimal("0.003"))
    assert found["parameter", "drivers.yml window_months", "e.yml:2"][:2] == ("3", "6")
    assert found["parameter", "cycle seed", "c.yml:3"][:2] == ("", "1")


def test_the_largest_effect_on_operating_profit_comes_first_then_what_has_none():
    found = differences(FULL, OTHER)
    body = found[found["kind"] != "result"]
    sizes = [abs(each) for each in body["effect"]]
    assert sizes == sorted(sizes, reverse=True)
    assert body["kind"].iloc[0] == "request"
    assert body["kind"].iloc[-1] == "parameter"


def test_a_target_of_the_year_is_made_from_its_months_as_the_metric_says():
    sides = [replace(each, aggregates={"customers": "sum"}) for each in (FULL, OTHER)]
    assert keyed(differences(*sides))["target", "Customers: target of Selling", "win/customers/selling"][:2] == ("15", "18")


def test_a_goal_that_one_side_has_alone_is_told_and_a_frame_that_one_side_lacks_is_not_compared():
    other = replace(FULL, frames={**FULL.frames, "goals": goals(goal="keep")})
    assert [(row.what, row.a, row.b) for row in differences(FULL, other).itertuples()] == [("Win customers", "", "set"), ("Win customers", "set", "")]
    without = replace(FULL, frames={name: frame for name, frame in FULL.frames.items() if name != "driver_values"})
    assert differences(without, FULL).empty


def test_the_text_shows_twenty_and_counts_the_rest():
    many = plan(*[("selling", "4000", "2027-01", "1")], parameters={f"drivers.yml key{number:02d}": (f"d.yml:{number}", "1") for number in range(30)})
    found = differences(plan(("selling", "4000", "2027-01", "1")), many)
    short, full = (difference_text(found, ("a", "b"), (Decimal(1), Decimal(1)), is_all=each) for each in (False, True))
    assert "10 smaller differences not shown; --all shows every one" in short
    assert "not shown" not in full
    assert len(full.splitlines()) == len(short.splitlines()) + 10 - 2


@pytest.mark.parametrize(
    ("here", "there", "sentence"),
    [
        ("2400000", "2280000", "Operating profit: 120 k lower in B, 2.28 M against 2.40 M (5.0 %)"),
        ("-100", "900", "Operating profit: 1.0 k higher in B, 900 against −100"),
        ("5", "5", "Operating profit is the same, 5"),
    ],
)
def test_operating_profit_is_told_in_a_sentence(here, there, sentence):
    assert profit_sentence(Decimal(here), Decimal(there)).replace("\u00a0", " ") == sentence


def test_no_text_of_a_file_steers_the_terminal():
    assert printable("red \x1b[31m text\nnext") == "red  [31m text next"
