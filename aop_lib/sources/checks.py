"""The circuit breaker: what the checks found before anything is used, and whether company.yml lets that stop the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import pandas as pd

from aop_lib.errors import DataLateError, Fault, InputRefusedError
from aop_lib.frames import FRAMES, conformed, empty
from aop_lib.load import Params
from aop_lib.money import cents
from aop_lib.sources.declared import CHECKS
from aop_lib.sources.rows import Judged
from aop_lib.sources.totals import Counted
from aop_lib.sources.warehouse import Warehouse

SHOWN = 20
NAMED = 3


@dataclass(frozen=True)
class Finding:
    """What one check found in one source.

    Attributes:
        check: One of `declared.CHECKS`.
        source: The source's name.
        severity: `error` stops the run, `warning` is to be looked at, `note` is good to know; company.yml may say otherwise per source.
        where: The source, and the place in it.
        what: The fault in one sentence; it names the first rows.
        expected: The rule; that of `CHECKS` where it is empty.
        found: What stands there.
        amount: What is at stake, as the source writes it.
    """

    check: str
    source: str
    severity: str
    where: str
    what: str
    expected: str = ""
    found: str = ""
    amount: Decimal = Decimal(0)

    @property
    def fault(self) -> Fault:
        """The same as a line of the list that stops a run."""
        return Fault(self.where, self.found or self.what, self.expected or CHECKS[self.check])


def settled(params: Params, findings: Iterable[Finding]) -> list[Finding]:
    """Returns the findings with the severity that company.yml gives their check in their source; those that are `off` are left out."""
    levels = {source.name: source.checks for source in params.company.sources}
    told = [replace(each, severity=levels[each.source].get(each.check, each.severity)) for each in findings]
    return [each for each in told if each.severity != "off"]


def refuse(settled_findings: Sequence[Finding]) -> None:
    """Stops the run, with one list, where a finding is an `error`.

    Args:
        settled_findings: What `settled` returned.

    Raises:
        DataLateError: If nothing is wrong but that the last closed month has not arrived.
        InputRefusedError: If anything else stops the run; what is late is listed with it.
    """
    stops = [each for each in settled_findings if each.severity == "error"]
    if stops and all(each.check == "freshness" for each in stops):
        raise DataLateError(each.fault for each in stops)
    if stops:
        raise InputRefusedError(each.fault for each in stops)


def findings_frame(settled_findings: Sequence[Finding]) -> pd.DataFrame:
    """Returns what `settled` returned as rows, conformed to `source_findings`."""
    rows = [
        {"severity": each.severity, "topic": each.check, "where": each.where, "what": each.what, "expected": each.expected or CHECKS[each.check],
         "found": each.found, "owner": "", "amount": cents(each.amount)}
        for each in settled_findings
    ]  # fmt: skip
    return conformed("source_findings", pd.DataFrame(rows, columns=list(FRAMES["source_findings"].columns))) if rows else empty("source_findings")


def named_rows(rows: Sequence[str], count: int) -> str:
    """Returns the first rows of a fault by name: `line 5, line 9 and 3 more`."""
    shown = ", ".join(rows[:NAMED])
    left = count - min(len(rows), NAMED)
    return f"{shown} and {left:,} more" if left else shown


def rows_text(count: int) -> str:
    """Returns `1 row`, `2 rows`, `1,204 rows`."""
    return f"{count:,} row{'' if count == 1 else 's'}"


def later_findings(counts: Iterable[Counted]) -> Iterator[Finding]:
    """Yields, per source and frame, how many rows came after the cycle's cut."""
    for each in counts:
        if each.rows["later"]:
            source, frame = each.judged.mapped.source.name, each.judged.frame
            what = f"{rows_text(each.rows['later'])} of {frame} came after the cycle's cut and {'is' if each.rows['later'] == 1 else 'are'} not used"
            yield Finding("later", source, "note", source, what, found=rows_text(each.rows["later"]))


def left_out_findings(source: str, spare: dict[str, int]) -> Iterator[Finding]:
    """Yields one finding per table with rows that no frame takes."""
    for table, rows in spare.items():
        if rows:
            what = f"{rows_text(rows)} of {table} {'is' if rows == 1 else 'are'} not what the preset looks for"
            yield Finding("left_out", source, "note", source, what, found=rows_text(rows))


def join_findings(judged: Judged) -> Iterator[Finding]:
    """Yields the keys of a preset's joins that find more than one partner; with them an amount would count twice."""
    for each in judged.fan_out:
        what = f"a join of {judged.frame} finds {each.found}; each row counts once, with the first of them"
        yield Finding("joins", judged.mapped.source.name, "error", each.where, what, each.expected, each.found)


def row_findings(params: Params, store: Warehouse, counts: Sequence[Counted], rated: dict[str, set[pd.Timestamp]]) -> Iterator[Finding]:
    """Yields what is wrong with rows, in the order in which it matters: joins, rows set aside, duplicates, currencies, freshness, volume, gaps of KPIs.

    Args:
        params: The cycle.
        store: The loaded tables.
        counts: The judged rows of every source and frame, counted.
        rated: The months with a rate into the reporting currency, by currency.
    """
    from aop_lib.sources import history_checks, kpi_checks, row_checks

    yield from later_findings(counts)
    for each in counts:
        yield from join_findings(each.judged)
        yield from row_checks.quarantine_findings(store, each, params.metrics)
        yield from row_checks.duplicate_findings(store, each.judged)
        yield from row_checks.currency_findings(params, store, each.judged, rated)
        yield from history_checks.freshness_findings(params, store, each)
        yield from history_checks.volume_findings(params, store, each.judged)
        yield from kpi_checks.kpi_findings(params, store, each.judged)
