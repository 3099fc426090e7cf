"""How fast entities become one group: books of 500 teams, 300 accounts and 36 months against the bare DuckDB query over the same rows.

    python benchmarks/consolidation.py [--teams N] [--accounts N] [--months N] [--rounds N]

The bare query converts and adds up; ours also translates balances to the close, finds the translation difference, and eliminates what
entities hold against one another. Both take the same Arrow columns; ratios are medians over rounds that take turns.
"""

from __future__ import annotations

import argparse
import statistics
import time
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import duckdb
import pandas as pd

from aop_lib.params.company import Consolidation, Intercompany
from aop_lib.plan.consolidation import group_books

CURRENCIES = {"us": "USD", "de": "EUR", "uk": "GBP", "jp": "JPY"}
ROWS = """SELECT ['us', 'de', 'uk', 'jp'][1 + team % 4] AS entity, 'team_' || team AS team, (1000 + account)::VARCHAR AS account,
       (DATE '2024-01-01' + to_months(month))::TIMESTAMP AS month, ['USD', 'EUR', 'GBP', 'JPY'][1 + team % 4] AS currency, '' AS vendor,
       ((hash(team * 1000003 + account * 101 + month) % 2000000)::BIGINT - 1000000)::DECIMAL(18, 0) * 0.01::DECIMAL(3, 2) AS local
FROM range({teams}) AS t(team), range({accounts}) AS a(account), range({months}) AS m(month)"""
LEDGER = """SELECT entity, team, account, month, currency, vendor, local::DECIMAL(18, 2) AS amount_local,
       (local * rate)::DECIMAL(18, 2) AS amount FROM rows JOIN average USING (currency)"""
BARE = """SELECT entity, account, month, currency, sum(amount_local)::DECIMAL(18, 2) AS amount_local, sum(amount)::DECIMAL(18, 2) AS amount
FROM ledger GROUP BY ALL ORDER BY ALL"""


def made(teams: int, accounts: int, months: int) -> dict[str, Any]:
    """Returns a ledger, its account tree, rates and parameters."""
    connection = duckdb.connect()
    average = pd.DataFrame({"currency": list(CURRENCIES.values()), "rate": [1.0, 1.1, 1.25, 0.0066]})
    connection.register("average", average)
    connection.execute(f"CREATE TEMP TABLE rows AS {ROWS.format(teams=teams, accounts=accounts, months=months)}")
    ledger = connection.execute(LEDGER.replace("rate)", "rate::DECIMAL(8, 4))")).to_arrow_table().to_pandas(types_mapper=pd.ArrowDtype)
    codes = [str(1000 + each) for each in range(accounts)]
    kinds = [("asset", "liability", "equity", "revenue", "opex", "opex")[each % 6] for each in range(accounts)]
    tree = pd.DataFrame({"account": codes, "type": kinds, "debit_sign": [1 if kind in {"asset", "opex"} else -1 for kind in kinds]})
    spine = pd.date_range("2024-01-01", periods=months, freq="MS")
    foreign = [currency for currency in CURRENCIES.values() if currency != "USD"]
    closes = [(currency, month, Decimal(100 + place) / 100) for currency in foreign for place, month in enumerate(spine)]
    rates = pd.DataFrame(closes, columns=["currency", "month", "close"])
    pair = Intercompany(id="loans", name="Loans", left=[codes[0]], right=[codes[1]])
    company = SimpleNamespace(consolidation=Consolidation(intercompany=[pair]), reporting_currency="USD")
    return {"ledger": ledger, "accounts": tree, "rates": rates, "params": SimpleNamespace(company=company)}


def bare(held: dict[str, Any]) -> Any:
    """Returns what DuckDB adds up by itself."""
    with duckdb.connect() as connection:
        connection.register("ledger", held["ledger"])
        return connection.execute(BARE).to_arrow_table()


def ours(held: dict[str, Any]) -> Any:
    """Returns the books of the group, layer by layer."""
    return group_books(held["params"], held["ledger"], held["accounts"], held["rates"])


def main(given: argparse.Namespace) -> None:
    """Prints the ratio with its aim."""
    held = made(given.teams, given.accounts, given.months)
    taken: dict[str, list[float]] = {"bare": [], "ours": []}
    for _ in range(given.rounds + 1):
        for name, way in (("bare", bare), ("ours", ours)):
            began = time.perf_counter()
            way(held)
            taken[name].append(time.perf_counter() - began)
    ratio = statistics.median(mine / theirs for mine, theirs in zip(taken["ours"][1:], taken["bare"][1:], strict=True))
    print(f"{len(held['ledger']):,} rows of {given.teams} teams, {given.accounts} accounts, {given.months} months, medians of {given.rounds} rounds")
    print(f"  {'books of the group / bare DuckDB query':62} {ratio:7.2f}   (aim: 3 or less)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("teams", 500), ("accounts", 300), ("months", 36), ("rounds", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    main(parser.parse_args())
