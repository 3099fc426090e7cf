"""The snapshot: every source of a company read once, as of the cycle's cut, into the canonical frames."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.errors import InputRefusedError
from aop_lib.frames import conformed
from aop_lib.load import Params
from aop_lib.periods import add_months, month_spine
from aop_lib.sources import checks, ledger_checks, totals
from aop_lib.sources.accounts import STATISTICAL, accounts_frame, lines_frame
from aop_lib.sources.codes import account_codes, entity_codes, metric_codes, team_codes
from aop_lib.sources.declared import mapping_faults, mappings
from aop_lib.sources.kpi_readings import kpi_readings_frame
from aop_lib.sources.ledger import GRAIN, PLACE, Posted, imported_budget_frame, ledger_frame, out_of_balance, posted
from aop_lib.sources.opportunities import opportunities_frame
from aop_lib.sources.partners import partner_findings, workbook_findings
from aop_lib.sources.people import people_frame, people_history
from aop_lib.sources.presets import Mapping
from aop_lib.sources.rates import average_rates, closing_rates, held_rates, rates_frame
from aop_lib.sources.rows import Judged, code_tables, judged
from aop_lib.sources.subscriptions import mrr_frame, subscriptions_frame
from aop_lib.sources.version_checks import version_findings
from aop_lib.sources.warehouse import Warehouse, warehouse

if TYPE_CHECKING:
    from ibis.expr.types import Table


@dataclass(frozen=True)
class Read:
    """Everything that was read and judged, still in the warehouse.

    Attributes:
        store: The loaded tables.
        accounts: The account tree.
        judged: The judged rows of every source and frame.
        codes: How sources name entities, teams and accounts.
    """

    store: Warehouse
    accounts: pd.DataFrame
    judged: list[Judged]
    codes: dict[str, Table]

    def of(self, layout: str) -> list[Judged]:
        """Returns the judged rows of one layout, in the order of company.yml."""
        return [each for each in self.judged if each.layout == layout]


def snapshot(params: Params) -> dict[str, pd.DataFrame]:
    """Returns the canonical frames of every source, as of the cycle's cut.

    Nothing later than the cut is in them; it is counted. Nothing is dropped: what cannot be used is in `quarantine`.

    Args:
        params: The cycle; its company declares the sources.

    Returns:
        sources, accounts, lines, teams, ledger, rates, mrr, subscriptions, people, people_history, opportunities, imported_budget, quarantine,
        control_totals and source_findings, each conformed to its contract.

    Raises:
        InputRefusedError: If a preset, file or column is missing, a file cannot be read, or a check that is an `error` finds something.
        DataLateError: If nothing is wrong but that the last closed month has not arrived.
        UnknownRateError: If an amount is in a currency without a rate for its month.
    """
    sources = mappings(params)
    faults = mapping_faults(params, sources)
    if faults:
        raise InputRefusedError(faults)
    read = _read(params, sources)
    reporting = params.company.reporting_currency
    rates = rates_frame(read.store, read.of("rates"), params)
    ledgers = [posted(read.store, each, read.accounts, GRAIN) for each in read.of("ledger")]
    people = people_frame(read.store, read.of("people"), params)
    account = _accounted(params, read, ledgers, rates, people)
    budgets = _budgets(read)
    budget_months = {month for parts in budgets.values() for part in parts for month in part.rows["month"]}
    ledger = ledger_frame(ledgers, average_rates(rates), reporting)
    first = ledger["month"].min() if len(ledger) else None
    months = month_spine(first if first is not None else params.last_closed, add_months(params.last_closed, 1))
    return {
        "accounts": read.accounts,
        "lines": lines_frame(params),
        "teams": teams_frame(params),
        "rates": rates,
        "ledger": ledger,
        "imported_budget": imported_budget_frame(budgets, held_rates(rates, budget_months, params.last_closed), reporting, params.calendar),
        "mrr": mrr_frame(read.store, read.of("subscriptions"), closing_rates(rates), params, first),
        "subscriptions": subscriptions_frame(read.store, read.of("subscriptions"), params),
        "people": people,
        "kpi_readings": kpi_readings_frame(read.store, read.of("kpis")),
        "people_history": people_history(read.store, read.of("people"), read.codes, people, months),
        "opportunities": opportunities_frame(read.store, read.of("opportunities"), closing_rates(rates), params),
        **account,
    }


def teams_frame(params: Params) -> pd.DataFrame:
    """Returns the team tree of company.yml, conformed to `teams`."""
    names = {owner.id: owner.name for owner in params.company.owners}
    rows = [
        {"team": each.id, "name": each.name, "parent": each.parent or "", "owner": each.owner, "owner_name": names.get(each.owner, ""), "position": position}
        for position, each in enumerate(params.company.teams)
    ]
    return conformed("teams", pd.DataFrame(rows, columns=["team", "name", "parent", "owner", "owner_name", "position"]))


def _read(params: Params, sources: list[Mapping]) -> Read:
    store = warehouse(params, sources)
    codes = code_tables(store, {"entity": entity_codes(params), "team": team_codes(params), "metric": metric_codes(params)})
    trees = [judged(store, each, "accounts", params, codes) for each in _with(sources, "accounts")] if not params.company.accounts else []
    accounts = accounts_frame(params, store, trees)
    codes |= code_tables(store, {"account": account_codes(params, accounts["account"])})
    statistical = set(accounts.loc[accounts["type"] == STATISTICAL, "account"])
    rows = [
        judged(store, each, layout, params, codes, _money_only(layout, statistical))
        for layout in ("ledger", "budget", "rates", "subscriptions", "people", "opportunities", "kpis")
        for each in _with(sources, layout)
    ]
    return Read(store, accounts, trees + rows, codes)


def _with(sources: list[Mapping], layout: str) -> list[Mapping]:
    return [each for each in sources if each.preset is not None and layout in each.preset.frames]


def _money_only(layout: str, statistical: Collection[str]) -> Collection[str]:
    return statistical if layout in {"ledger", "budget"} else ()


def _budgets(read: Read) -> dict[str, list[Posted]]:
    budgets: dict[str, list[Posted]] = {}
    for each in read.of("budget"):
        part = posted(read.store, each, read.accounts, [*PLACE, "currency"])
        budgets.setdefault(each.mapped.source.budget or each.mapped.source.name, []).append(part)
    return budgets


def _accounted(params: Params, read: Read, ledgers: list[Posted], rates: pd.DataFrame, people: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Returns sources, quarantine, control_totals and source_findings: the account of what was read.

    Raises:
        InputRefusedError, DataLateError: If a check that stops the run found something; nothing has been used then.
    """
    counts = [totals.counted(read.store, each) for each in read.judged]
    identities = totals.amount_checks(counts)
    rated = {str(currency): set(own["month"]) for currency, own in rates.groupby("currency")}
    found = list(checks.row_findings(params, read.store, counts, rated))
    found += [finding for each in read.judged for finding in partner_findings(read.store, each, params)]
    found += workbook_findings(read.store)
    found += [finding for each in read.of("people") for finding in version_findings(read.store, each, people, params)]
    for mapped in {each.judged.mapped.source.name: each.judged.mapped for each in counts}.values():
        own = [each for each in counts if each.judged.mapped is mapped]
        spare = totals.left_out(read.store, mapped, own)
        identities += totals.row_checks(read.store, mapped, own, spare)
        found += checks.left_out_findings(mapped.source.name, spare)
    for part, each in zip(ledgers, [each for each in counts if each.judged.layout == "ledger"], strict=True):
        is_balanced = each.judged.mapped.source.checks.get("balance") != "off"
        identities += _ledger_checks(part, each, is_balanced=is_balanced)
        found += ledger_checks.ledger_findings(part, read.accounts)
        if is_balanced and ledger_checks.has_documents(each.judged):
            documents, wrong = ledger_checks.documents(read.store, each.judged)
            identities.append((f"{part.source}: documents that balance, of {documents:,}", Decimal(documents - wrong), Decimal(documents)))
            found += ledger_checks.document_findings(read.store, each.judged) if wrong else ()
    settled = checks.settled(params, found)
    checks.refuse(settled)
    return {
        "sources": totals.sources_frame(counts),
        "quarantine": totals.quarantine_frame(read.store, counts),
        "control_totals": totals.control_totals_frame(identities),
        "source_findings": checks.findings_frame(settled),
    }


def _ledger_checks(part: Posted, counted: totals.Counted, *, is_balanced: bool) -> list[tuple[str, Decimal, Decimal]]:
    """Returns the identities of a ledger; a source whose `balance` is off, such as a list of bills, has one side and no trial balance."""
    held = (f"{part.source}: the ledger holds the rows that were used", counted.net, part.net)
    if not is_balanced:
        return [held]
    months, entities = part.rows["month"].nunique(), part.rows["entity"].nunique()
    apart = sum((abs(row["difference"]) for row in out_of_balance(part)), Decimal(0))
    return [held, (f"{part.source}: the trial balance is zero in each of {months} months and {entities} entities", apart, Decimal(0))]
