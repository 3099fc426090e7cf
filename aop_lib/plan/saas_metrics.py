"""What the metrics of the catalogue were, month by month, from the snapshot: measured where they can be, else by their formulas.

A metric without the data it needs is not in `kpis`: nothing is estimated here; `metric_status` says what is missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import money
from aop_lib.catalogue import formulas
from aop_lib.frames import conformed, empty
from aop_lib.periods import add_months, month_spine
from aop_lib.plan.arr_bridge import Movement, arr_bridge, bridge_metrics, bridge_tie, levels, movements, product_tie
from aop_lib.plan.committed import committed_arr, is_signing_known, signed_not_live, with_signed
from aop_lib.plan.formula_values import Evaluation
from aop_lib.plan.handed_kpis import handed_rows
from aop_lib.plan.live_book import Live, is_whole, live_book
from aop_lib.plan.metric_status import metric_status
from aop_lib.plan.pipeline import bookings, bookings_target, open_pipeline, year_coverage
from aop_lib.plan.results import cash_metrics, results
from aop_lib.plan.retention import cohorts, retention
from aop_lib.switches import Switches

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.plan.live_book import Rates

Frames = Mapping[str, pd.DataFrame]
Row = tuple[str, str, pd.Timestamp, Decimal]
SCALE = Decimal("0.0000000001")


@dataclass(frozen=True)
class Book:
    """The recurring business: its live book, what moved in it and the bridge.

    Attributes:
        live: The live book.
        moves: What every customer did.
        bridge: The frame `arr_bridge`.
        whole: Whether the book begins with the first customer.
    """

    live: Live
    moves: list[Movement]
    bridge: pd.DataFrame
    whole: bool


def metric_frames(params: Params, frames: Frames) -> dict[str, pd.DataFrame]:
    """Returns kpis, arr_bridge, product_bridge, cohorts, metric_status, and control_totals with the bridge's own.

    Args:
        params: Catalogue, switches, calendar, goals and the cut.
        frames: The canonical frames of the snapshot.
    """
    reporting, switches = params.company.reporting_currency, params.company.switches
    found = recurring_book(frames, params.last_closed, reporting, switches)
    rows = [*_measured(frames, found, params.last_closed, reporting, switches)]
    rows += [*year_coverage(frames["opportunities"], params.year_months, params.last_closed), *bookings_target(params)]
    told = {metric for metric, *_ in [*rows, *computed(evaluation_of(params, kpi_frame(rows)), kpi_frame(rows), params.last_closed)]}
    rows += handed_rows(params, frames["kpi_readings"], told)
    measured = kpi_frame(rows)
    evaluation = evaluation_of(params, measured)
    products = product_bridge(found, frames, reporting, switches)
    return {
        "kpis": kpi_frame([*rows, *computed(evaluation, measured, params.last_closed)]),
        "arr_bridge": found.bridge,
        "product_bridge": products,
        "cohorts": cohorts(found.live, _closing(frames), reporting, params.calendar, whole=found.whole),
        "metric_status": metric_status(params, evaluation),
        "control_totals": _with_ties(frames["control_totals"], found.bridge, products),
    }


def kpi_actuals(frames: Frames, last_closed: pd.Timestamp, reporting: str, switches: Switches | None = None) -> pd.DataFrame:
    """Returns the actuals of every metric that the snapshot measures, conformed to `kpis`.

    Args:
        frames: mrr, subscriptions, rates, ledger, accounts, lines, people and opportunities of stage 00.
        last_closed: The last closed month; nothing later is told.
        reporting: The reporting currency.
        switches: How metrics are read; the defaults without them.

    Returns:
        metric, team (empty for the company), month, value in the metric's unit. Heads, revenue and operating expenses also
        per team that has them; a metric that needs a year of history starts a year after its data.
    """
    chosen = switches or Switches()
    return kpi_frame([*_measured(frames, recurring_book(frames, last_closed, reporting, chosen), last_closed, reporting, chosen)])


def recurring_book(frames: Frames, last_closed: pd.Timestamp, reporting: str, switches: Switches) -> Book:
    """Returns the recurring business through the last month that is closed and observed; with `carr`, what is signed and not yet live counts."""
    mrr = committed_mrr(frames, last_closed, reporting) if switches.carr else frames["mrr"]
    live = live_book(mrr, last_closed, switches.subscriptions_observed_through)
    whole = is_whole(mrr, frames["ledger"])
    moves = list(movements(live, _closing(frames), reporting, switches.reactivation_window_months, whole=whole))
    return Book(live, moves, arr_bridge(live, moves, whole=whole), whole)


def committed_mrr(frames: Frames, last_closed: pd.Timestamp, reporting: str) -> pd.DataFrame:
    """Returns the frame `mrr` with what is signed and not yet live at each month's close."""
    first = frames["ledger"]["month"].min() if len(frames["ledger"]) else None
    return with_signed(frames["mrr"], signed_not_live(frames["subscriptions"], _closing(frames), reporting, last_closed, first))


def product_bridge(book: Book, frames: Frames, reporting: str, switches: Switches) -> pd.DataFrame:
    """Returns the ARR bridge by product; its movements are the company's, of the kind that they are for the customer."""
    moves = list(movements(book.live, _closing(frames), reporting, switches.reactivation_window_months, whole=book.whole, by="product"))
    return arr_bridge(book.live, moves, whole=book.whole, by="product")


def _measured(frames: Frames, book: Book, last_closed: pd.Timestamp, reporting: str, switches: Switches) -> Iterator[Row]:
    yield from levels(book.live)
    if is_signing_known(frames["subscriptions"]):
        yield from committed_arr(live_book(committed_mrr(frames, last_closed, reporting), last_closed, switches.subscriptions_observed_through))
    yield from bridge_metrics(book.bridge, book.moves)
    yield from retention(book.live, _closing(frames), reporting)
    yield from results(frames["ledger"], frames["accounts"], frames["lines"], switches)
    yield from cash_metrics(frames["ledger"], frames["accounts"], switches)
    yield from heads(frames["people_history"])
    yield from base_pay(frames["people_history"], _closing(frames), reporting)
    yield from open_pipeline(frames["opportunities"], last_closed)
    yield from bookings(frames["opportunities"], last_closed)


def kpi_frame(rows: list[Row]) -> pd.DataFrame:
    """Returns rows (metric, team, month, value) as the frame `kpis`, at its scale."""
    if not rows:
        return empty("kpis")
    found = pd.DataFrame(rows, columns=["metric", "team", "month", "value"])
    return conformed("kpis", found.assign(value=[value.quantize(SCALE) for value in found["value"]]))


def evaluation_of(params: Params, kpis: pd.DataFrame) -> Evaluation:
    """Returns the evaluation of the catalogue over the company's own figures.

    Args:
        params: Catalogue and switches.
        kpis: The frame `kpis`; rows of teams do not enter.
    """
    measured: dict[str, dict[pd.Timestamp, Decimal]] = {}
    own = kpis[kpis["team"] == ""]
    for metric, month, value in zip(own["metric"], own["month"], own["value"], strict=True):
        measured.setdefault(metric, {})[month] = value
    labels = {name: metric.label for name, metric in params.metrics.items()}
    return Evaluation(formulas(params.metrics, params.company.switches), measured, labels)


def computed(evaluation: Evaluation, measured: pd.DataFrame, last_closed: pd.Timestamp) -> list[Row]:
    """Returns the metrics that are not measured, by their formulas, in every month in which they have a value."""
    known = set(measured["metric"])
    months = month_spine(measured["month"].min(), add_months(last_closed, 1)) if len(measured) else []
    found = ((name, month, evaluation.value(name, month)) for name in evaluation.formulas if name not in known for month in months)
    return [(name, "", month, value) for name, month, value in found if isinstance(value, Decimal)]


def heads(history: pd.DataFrame) -> Iterator[Row]:
    """Yields heads per month, company and teams: people employed on the month's last day, each in the team of that day.

    Args:
        history: The frame `people_history`.
    """
    for month in sorted(set(history["month"])):
        here = history[history["month"] == month]
        yield "heads", "", month, Decimal(len(here))
        yield from (("heads", team, month, Decimal(count)) for team, count in sorted(Counter(here["team"]).items()) if team)


def base_pay(history: pd.DataFrame, closing: Rates, reporting: str) -> Iterator[Row]:
    """Yields the yearly base pay of everybody employed on each month's last day, for the company alone: pay of few people is nobody's business.

    Defined as::

        base_pay = sum(salary * closing rate of its currency)     no month without the rates that it needs

    Args:
        history: The frame `people_history`.
        closing: Closing rate of each (currency, month).
        reporting: The reporting currency.
    """
    for month in sorted(set(history["month"])):
        here = history[history["month"] == month]
        rates = {currency: Decimal(1) if currency == reporting else closing.get((currency, month)) for currency in set(here["currency"])}
        known = {currency: Decimal(rate) for currency, rate in rates.items() if rate is not None}
        if len(known) == len(rates):
            paid = (Decimal(salary) * known[currency] for salary, currency in zip(here["salary"], here["currency"], strict=True))
            yield "base_pay", "", month, sum(paid, Decimal(0))


def _closing(frames: Frames) -> Rates:
    rates = frames["rates"]
    return dict(zip(zip(rates["currency"], rates["month"], strict=True), rates["close"], strict=True))


def _with_ties(control_totals: pd.DataFrame, bridge: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    if not len(bridge):
        return control_totals
    found = [bridge_tie(bridge), product_tie(bridge, products)]
    rows = pd.DataFrame([{"check": check, "left": left, "right": right, "difference": left - right, "ties": left == right} for check, left, right in found])
    rows = rows.astype(dict.fromkeys(("left", "right", "difference"), money.MONEY))
    return pd.concat([control_totals, rows], ignore_index=True) if len(control_totals) else rows
