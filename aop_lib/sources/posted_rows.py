"""Rows of a source behind an amount: read again, judged as the snapshot judged them, each with its file and line."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd

from aop_lib.load import Params
from aop_lib.sources.accounts import STATISTICAL
from aop_lib.sources.codes import account_codes, entity_codes, team_codes
from aop_lib.sources.declared import mappings
from aop_lib.sources.exports import LINE
from aop_lib.sources.kinds import table_files
from aop_lib.sources.presets import Mapping, export_of
from aop_lib.sources.rows import CANONICAL, Judged, as_month, code_tables, judged
from aop_lib.sources.warehouse import Warehouse, warehouse

COLUMNS = ["source", "file", "line", "row", "entity", "team", "account", "month", "currency", "vendor", "amount"]


@dataclass(frozen=True)
class Wanted:
    """Which rows are asked for.

    Attributes:
        sources: Names of the sources that are read.
        accounts: Accounts.
        teams: Teams; every team where it is empty.
    """

    sources: frozenset[str]
    accounts: frozenset[str]
    teams: frozenset[str] = frozenset()


def posted_rows(params: Params, accounts: pd.DataFrame, wanted: Wanted) -> pd.DataFrame:
    """Returns the rows of ledger sources that count for accounts and teams, as the snapshot judged them.

    Args:
        params: The cycle, with its cut.
        accounts: The frame `accounts`.
        wanted: Which rows.

    Returns:
        source, file, line (of that file; of a database its row), row (as the preset names it), entity, team, account, month, currency,
        vendor, amount (natural sign, in `currency`, exact), in the order of the file.

    Raises:
        InputRefusedError: If a source cannot be read.
    """
    sources = [each for each in mappings(params) if each.source.name in wanted.sources and "ledger" in each.known.frames]
    if not sources:
        return pd.DataFrame(columns=COLUMNS)
    store = warehouse(params, sources)
    pairs = {"entity": entity_codes(params), "team": team_codes(params), "account": account_codes(params, accounts["account"])}
    codes = code_tables(store, pairs)
    statistical = set(accounts.loc[accounts["type"] == STATISTICAL, "account"])
    signs = dict(zip(accounts["account"], accounts["debit_sign"].astype(int), strict=True))
    found = [record for each in sources for record in _records(store, judged(store, each, "ledger", params, codes, statistical), wanted, signs, params)]
    return pd.DataFrame(found, columns=COLUMNS)


def frame_files(params: Params) -> dict[tuple[str, str], list[str]]:
    """Returns, for each source and canonical frame, the files that it is read from, called as the manifest calls them; none for a database."""
    found: dict[tuple[str, str], list[str]] = {}
    for each in mappings(params):
        for layout, frame in each.known.frames.items():
            tables = dict.fromkeys([frame.table, *(join.table for join in frame.joins)])
            files = [name for table in tables for name in _file_names(params, each, table)]
            found[each.source.name, CANONICAL.get(layout, layout)] = list(dict.fromkeys(files))
    return found


def _records(store: Warehouse, read: Judged, wanted: Wanted, signs: dict[str, int], params: Params) -> list[dict[str, Any]]:
    used = read.used.filter(read.used.account.isin(sorted(wanted.accounts)))
    used = used.filter(used.team.isin(sorted(wanted.teams))) if wanted.teams else used
    frame = read.mapped.frame("ledger")
    files = _file_names(params, read.mapped, frame.table)
    columns = ["entity", "team", "account", "month", "currency", "vendor", "amount", "row", LINE]
    found = []
    for record in store.records(used.order_by(LINE).select(*columns)):
        sign = (signs[record["account"]] or 1) if frame.signs == "debit" else 1
        place = {"source": read.mapped.source.name, "file": files[0] if len(files) == 1 else "", "line": int(record.pop(LINE))}
        found.append({**record, **place, "month": as_month(record["month"]), "amount": Decimal(record["amount"]) * sign})
    return found


def _file_names(params: Params, mapped: Mapping, table: str) -> list[str]:
    source, place = mapped.source, params.folder / mapped.source.where
    if place.is_file():
        return [source.name]
    export = export_of(source, params.folder, mapped.known.tables[table])
    return [f"{source.name}/{file.relative_to(export.base).as_posix()}" for file in table_files(export) if file.is_relative_to(export.base)]
