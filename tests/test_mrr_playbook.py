"""The recurring business of 55 real customers: the bridge, month by month, against what was worked out from the same file by others."""

from __future__ import annotations

import csv
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from aop_lib.load import load
from aop_lib.periods import add_months, month_of, month_text
from aop_lib.plan import saas_metrics
from aop_lib.sources.snapshot import snapshot

HERE = Path(__file__).parent
DATA = HERE.parent.parent / "shared" / "data" / "mrr_playbook"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the subscriptions are read from ../shared/data/mrr_playbook, which is not here")

MOVES = {"new": "new", "reactivation": "reactivation", "upgrade": "expansion", "downgrade": "contraction", "churn": "churn"}
LAST = "2019-12"


@pytest.fixture(scope="module")
def params():
    return load(HERE / "real" / "mrr_playbook" / "fy2021.yml")


@pytest.fixture(scope="module")
def frames(params):
    read = snapshot(params)
    return read | saas_metrics.metric_frames(params, read)


def bridge(frames) -> dict[str, dict[str, Decimal]]:
    found: dict[str, dict[str, Decimal]] = {}
    for row in frames["arr_bridge"].itertuples():
        found.setdefault(month_text(row.month), {})[row.movement] = row.amount / 12
    return found


def expected() -> dict[str, dict[str, Decimal]]:
    with (DATA / "expected_monthly_bridge.csv").open() as file:
        rows = {row["date_month"][:7]: row for row in csv.DictReader(file)}
    told = {
        month: {"opening": Decimal(row["opening"]), "closing": Decimal(row["closing"])} | {ours: Decimal(row[theirs]) for theirs, ours in MOVES.items()}
        for month, row in rows.items()
        if month <= LAST
    }
    return {**told, "2017-12": dict.fromkeys(["opening", "closing", *MOVES.values()], Decimal(0))}


def test_the_bridge_of_every_observed_month_is_what_others_found(frames):
    found = bridge(frames)
    wanted = expected()
    assert sorted(found) == sorted(wanted)
    assert {month: {kind: found[month][kind] for kind in row} for month, row in wanted.items()} == wanted
    assert all(row["currency"] == row["transfer"] == 0 for row in found.values())


def test_a_month_without_any_customer_is_a_month(frames):
    assert set(bridge(frames)["2017-12"].values()) == {Decimal(0)}
    kpis = frames["kpis"].set_index(["metric", "month"])["value"]
    assert kpis["customers", month_of("2017-12")] == 0
    assert ("arpa", month_of("2017-12")) not in kpis.index


def test_months_after_the_last_observed_one_are_unobserved_and_no_churn(frames, params):
    assert params.last_closed == month_of("2020-02")
    assert frames["kpis"]["month"].max() == frames["arr_bridge"]["month"].max() == month_of(LAST)
    status = frames["metric_status"].set_index("metric")
    assert status.loc["churned_arr", "status"] == "no data"
    assert status.loc["churned_arr", "switches"].startswith("Subscriptions are observed through December 2019; later months are unobserved.")


def test_over_their_lifetime_the_movements_and_customers_add_up_to_what_is_known(params):
    """Lifetime totals count the end of the data as churn, so here nothing is declared about what was observed."""
    switches = params.company.switches.model_copy(update={"subscriptions_observed_through": None})
    whole = replace(params, company=params.company.model_copy(update={"switches": switches}))
    read = snapshot(whole)
    book = saas_metrics.recurring_book(read, whole.last_closed, "USD", switches)
    told: dict[str, tuple[int, Decimal]] = {}
    for move in book.moves:
        count, amount = told.get(move.kind, (0, Decimal(0)))
        told[move.kind] = (count + 1, amount + move.amount)
    assert told == {"new": (55, 2295), "reactivation": (3, 150), "expansion": (30, 660), "contraction": (27, -555), "churn": (58, -2550)}
    ends = {month_text(move.month) for move in book.moves if move.kind == "churn" and move.month > month_of(LAST)}
    assert ends == {"2020-01", "2020-02"}


def test_the_control_total_of_the_bridge_ties(frames):
    row = frames["control_totals"].iloc[-2]
    assert row["check"] == "ARR: the opening and the movements of 28 months lead to the closing"
    assert (row["left"], row["ties"]) == (12 * Decimal(1255), True)


def test_with_a_window_of_no_months_every_return_is_a_new_customer(params, frames):
    books = [
        saas_metrics.recurring_book(frames, params.last_closed, "USD", params.company.switches.model_copy(update={"reactivation_window_months": window}))
        for window in (None, 0)
    ]
    (new, back), (only_new, never) = ([sum(move.amount for move in book.moves if move.kind == kind) for kind in ("new", "reactivation")] for book in books)
    assert (back, never, only_new) == (150, 0, new + 150)


def test_net_and_gross_retention_are_not_the_lazy_ones(frames):
    """Lazy NRR and GRR from the bridge of 2019, beside what the customers of December 2018 pay in December 2019."""
    rows = bridge(frames)
    year = [rows[month_text(add_months(month_of("2019-01"), index))] for index in range(12)]
    total = {kind: sum(row[kind] for row in year) for kind in ("expansion", "contraction", "churn", "reactivation", "new")}
    start = rows["2018-12"]["closing"]
    lazy_nrr = (start + total["expansion"] + total["contraction"] + total["churn"]) / start
    lazy_grr = (start + total["contraction"] + total["churn"]) / start
    found = frames["kpis"].set_index(["metric", "month"])["value"]
    mrr = {}
    for row in frames["mrr"].itertuples():
        mrr.setdefault(month_text(row.month), {})[row.customer] = row.amount
    then, now = mrr["2018-12"], mrr["2019-12"]
    assert found["nrr", month_of(LAST)] == pytest.approx(sum(now.get(each, 0) for each in then) / sum(then.values()), abs=Decimal("1e-9"))
    assert found["grr", month_of(LAST)] == pytest.approx(sum(min(now.get(each, 0), then[each]) for each in then) / sum(then.values()), abs=Decimal("1e-9"))
    assert abs(found["nrr", month_of(LAST)] - lazy_nrr) > Decimal("0.05")
    assert abs(found["grr", month_of(LAST)] - lazy_grr) > Decimal("0.05")
