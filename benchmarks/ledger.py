"""How fast a Parquet ledger becomes totals by team, account and month: against the bare DuckDB query, against pandas, against one new month.

    python benchmarks/ledger.py [--lines N] [--rounds N] [--big]

Every way adds up the same lines, which are made first, in a temporary folder that is deleted in the end. Ratios are medians
over rounds that take turns; memory is the peak of a process that does nothing else. `--big` makes five times as many lines as
well and shows that memory stays.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PART = 10_000_000
MONTHS = 36
BYTES_PER_LINE = 24
NEW_MONTH = "2026-01-01"
COMPANY = """name: Lines
reporting_currency: USD
currencies: [USD]
owners: [{{id: ada, name: Ada}}]
entities: [{{id: us, name: US, currency: USD}}, {{id: de, name: DE, currency: USD}}]
teams:
{teams}lines: [{{id: costs, name: Costs, type: opex}}]
accounts:
{accounts}sources:
  - {{name: books, preset: canonical, kind: parquet, where: lake, lines: summed, currency: USD, checks: {{balance: 'off', volume: 'off'}}}}
"""
COLUMNS = ["entity", "team", "account", "date", "currency", "amount"]
KEYS = ["team", "account", "month", "entity", "currency"]

LINES = """COPY (
  SELECT CASE WHEN team < 30 THEN 'us' ELSE 'de' END AS entity, 'team_' || team AS team, (4000 + 10 * account)::VARCHAR AS account,
         {day} AS date, CASE WHEN team < 30 THEN 'USD' ELSE 'EUR' END AS currency, 'Vendor ' || vendor AS vendor,
         CAST(cents AS DECIMAL(15, 0)) * 0.01::DECIMAL(3, 2) AS amount
  FROM (SELECT hash(i) % 40 AS team, hash(i + 1) % 60 AS account, (hash(i + 2) % 1096)::INTEGER AS day, hash(i + 3) % 2000 AS vendor,
               (hash(i + 4) % 10000000)::BIGINT - 2000000 AS cents FROM range({first}, {last}) AS lines(i))
) TO '{file}' (FORMAT parquet)"""
BARE = """SELECT team, account, date_trunc('month', date) AS month, entity, currency, count(*) AS lines, sum(amount) AS amount
FROM read_parquet(?) GROUP BY ALL ORDER BY ALL"""


def make(folder: Path, lines: int) -> None:
    """Writes lines of 2023 to 2025 in no order, in parts of ten million, and those of one more month."""
    import duckdb

    history = folder / "history"
    history.mkdir(parents=True)
    connection = duckdb.connect()
    for part, first in enumerate(range(0, lines, PART)):
        file = history / f"part{part:03d}.parquet"
        connection.execute(LINES.format(day="DATE '2023-01-01' + day", first=first, last=min(first + PART, lines), file=file))
    month = LINES.format(day=f"DATE '{NEW_MONTH}' + day % 31", first=lines, last=lines + lines // MONTHS, file=folder / "new.parquet")
    connection.execute(month)


def bare(folder: Path) -> Any:
    """Returns what DuckDB makes of the lines by itself."""
    import duckdb

    return duckdb.connect().execute(BARE, [[str(file) for file in sorted((folder / "history").iterdir())]]).to_arrow_table()


def ours(folder: Path) -> Any:
    """Returns the totals without the checks around them."""
    from aop_lib.sources.ledger_totals import ledger_files, ledger_shape, opened, totals_query

    files = ledger_files(folder / "history", "history")
    query = totals_query(ledger_shape(files), "calendar")
    with opened(files) as connection:
        return connection.execute(query).to_arrow_table()


def checked(folder: Path) -> Any:
    """Returns the totals, every check included."""
    from aop_lib.sources.ledger_totals import ledger_totals

    return ledger_totals(folder / "history")


def cycle_file(folder: Path) -> Path:
    """Writes a company whose ledger these lines are, and returns its cycle's file."""
    company = folder / "company"
    if not company.exists():
        (company / "lake" / "ledger").mkdir(parents=True)
        for file in (folder / "history").iterdir():
            os.link(file, company / "lake" / "ledger" / file.name)
        teams = "".join(f"  - {{id: team_{each}, name: Team {each}, owner: ada}}\n" for each in range(40))
        accounts = "".join(f"  - {{account: '{4000 + 10 * each}', name: Account {each}, type: opex, line: costs}}\n" for each in range(60))
        (company / "company.yml").write_text(COMPANY.format(teams=teams, accounts=accounts))
        (company / "fy2026.yml").write_text("kind: plan\ncycle: fy2026\nlast_closed_month: 2025-12\n")
    return company / "fy2026.yml"


def snapshot(folder: Path) -> Any:
    """Returns the ledger of the snapshot that `aop run` takes: added up, mapped, checked, quarantined and proven."""
    from aop_lib.load import load
    from aop_lib.sources.snapshot import snapshot as taken

    return taken(load(cycle_file(folder)))["ledger"]


def new_month(folder: Path) -> Any:
    """Returns the stored totals with one more month, every check included."""
    import pandas as pd

    from aop_lib.sources.ledger_store import stored_totals, with_new_month

    return with_new_month(stored_totals(folder / "store"), folder / "new.parquet", pd.Timestamp(NEW_MONTH))


def exact_pandas(folder: Path) -> Any:
    """Returns the same from pandas in exact decimals."""
    import pandas as pd

    return _grouped(pd.read_parquet(folder / "history", columns=COLUMNS, dtype_backend="pyarrow"))


def float_pandas(folder: Path) -> Any:
    """Returns the same from pandas in floats, which are not exact."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = pq.read_table(folder / "history", columns=COLUMNS)
    for name, kind in (("amount", pa.float64()), ("date", pa.timestamp("us"))):
        rows = rows.set_column(rows.schema.get_field_index(name), name, rows[name].cast(kind))
    return _grouped(rows.to_pandas())


def _grouped(rows: Any) -> Any:
    import pandas as pd

    rows["month"] = pd.to_datetime(rows["date"]).dt.to_period("M").dt.to_timestamp()
    return rows.groupby(KEYS, sort=True)["amount"].sum().reset_index()


WAYS: dict[str, Callable[[Path], Any]] = {way.__name__: way for way in (bare, ours, checked, snapshot, new_month, exact_pandas, float_pandas)}


def turns(folder: Path, rounds: int) -> dict[str, Any]:
    """Returns seconds and processor seconds per way, taking turns after a round that warms up, and whether the totals are proven."""
    from aop_lib.sources.ledger_store import store_totals

    store_totals(checked(folder), folder / "store")
    ways = ("bare", "ours", "checked", "snapshot", "new_month")
    taken: dict[str, list[float]] = {name: [] for name in ways}
    worked: dict[str, list[float]] = {name: [] for name in ways}
    for name in ways * (rounds + 1):
        began, busy = time.perf_counter(), time.process_time()
        WAYS[name](folder)
        taken[name].append(time.perf_counter() - began)
        worked[name].append(time.process_time() - busy)
    without_first = {kind: {name: values[1:] for name, values in each.items()} for kind, each in (("seconds", taken), ("busy", worked))}
    return {**without_first, **proofs(folder)}


def proofs(folder: Path) -> dict[str, bool]:
    """Returns whether ours equals the bare query, and the new month the whole ledger added up again."""
    from aop_lib.sources.ledger_store import control_differences, control_totals_by_month
    from aop_lib.sources.ledger_totals import ledger_totals

    every = folder / "all"
    every.mkdir()
    for file in (*(folder / "history").iterdir(), folder / "new.parquet"):
        os.link(file, every / file.name)
    whole, grown, made, plain = ledger_totals(every), new_month(folder), ours(folder), bare(folder)
    controls = control_differences(control_totals_by_month(grown), control_totals_by_month(whole))
    return {"same": made.equals(plain.cast(made.schema)), "new_month_proven": not controls and grown.equals(whole)}


def once(name: str, folder: Path) -> dict[str, float]:
    """Returns seconds and the peak of memory in MB of one way in this process, its libraries imported before."""
    import duckdb  # noqa: F401
    import pandas as pd  # noqa: F401

    if name == "ours":
        import ibis

        ibis.duckdb.connect().disconnect()
    began = time.perf_counter()
    WAYS[name](folder)
    return {"seconds": time.perf_counter() - began, "peak": peak()}


def peak() -> float:
    """Returns the peak of this process's memory in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # what getrusage says includes the process that started this one
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)


def child(*arguments: object) -> Any:
    """Returns what a process of its own reports."""
    command = [sys.executable, __file__, "--child", *map(str, arguments)]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    return json.loads(done.stdout)


def in_child(task: str, *arguments: str) -> None:
    """Does a task and prints what it reports."""
    folder = Path(arguments[0])
    if task == "make":
        make(folder, int(arguments[1]))
    found = turns(folder, int(arguments[1])) if task == "turns" else once(task, folder) if task in WAYS else None
    print(json.dumps(found))


def line(what: str, value: float, aim: str) -> None:
    """Prints one result."""
    print(f"  {what:62} {value:7.2f}   (aim: {aim})", flush=True)


def ratio(one: list[float], other: list[float]) -> float:
    """Returns the median of the ratios, round by round."""
    return statistics.median(left / right for left, right in zip(one, other, strict=True))


def measured(folder: Path, lines: int, rounds: int) -> float:
    """Prints what is measured on the ledger and its new month; returns the peak of memory in MB."""
    child("make", folder, lines)
    found = child("turns", folder, rounds)
    seconds, busy = found["seconds"], found["busy"]
    print(f"{lines:,} lines in {len(list((folder / 'history').iterdir()))} file(s), medians of {rounds} rounds")
    line("ours / bare DuckDB query", ratio(seconds["ours"], seconds["bare"]), "1.10 or less")
    line("the same in processor time, which neighbours disturb less", ratio(busy["ours"], busy["bare"]), "1.10 or less")
    line("ours with every check / bare DuckDB query", ratio(seconds["checked"], seconds["bare"]), "checks counted apart")
    line("the snapshot of `aop run`, every check and frame / bare query", ratio(seconds["snapshot"], seconds["bare"]), "checks counted apart")
    line("whole history / stored totals and one new month, both checked", ratio(seconds["checked"], seconds["new_month"]), "10 or more")
    print(f"  the same as the bare query: {found['same']}; new month proven equal to the whole: {found['new_month_proven']}")
    print(f"  peak memory of the snapshot in MB: {child('snapshot', folder)['peak']:.0f}")
    return float(child("ours", folder)["peak"])


def against_pandas(folder: Path, rounds: int) -> None:
    """Prints time and memory against pandas, each in a process of its own, taking turns."""
    names = ("ours", "exact_pandas", "float_pandas")
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for name in names * rounds:
        runs[name].append(child(name, folder))
    seconds = {name: [each["seconds"] for each in found] for name, found in runs.items()}
    peaks = {name: statistics.median(each["peak"] for each in found) for name, found in runs.items()}
    line("pandas, exact / ours", ratio(seconds["exact_pandas"], seconds["ours"]), "7 or more")
    line("pandas in floats, not exact / ours", ratio(seconds["float_pandas"], seconds["ours"]), "for comparison")
    line("peak memory, ours / pandas, exact", peaks["ours"] / peaks["exact_pandas"], "0.25 or less")
    line("peak memory, ours / pandas in floats", peaks["ours"] / peaks["float_pandas"], "0.25 or less")
    print("  peaks in MB: " + ", ".join(f"{name} {value:.0f}" for name, value in peaks.items()))


def main(lines: int, rounds: int, *, big: bool) -> None:
    """Prints every ratio with its aim."""
    needed = lines * BYTES_PER_LINE * (6 if big else 1)
    with tempfile.TemporaryDirectory(prefix="ledger_benchmark_") as name:
        free = shutil.disk_usage(name).free
        if free < needed * 1.2:
            raise SystemExit(f"{name}: {free / 1e9:.1f} GB free, about {needed * 1.2 / 1e9:.1f} GB needed; use fewer --lines")
        folder = Path(name)
        small = measured(folder / "once", lines, rounds)
        against_pandas(folder / "once", max(1, rounds // 2))
        if big:
            large = measured(folder / "five", 5 * lines, max(1, rounds // 2))
            line("peak memory at five times the lines / at once", large / small, "1.1 or less: it does not grow")
            print(f"  peaks in MB: {small:.0f} at {lines:,} lines, {large:.0f} at {5 * lines:,}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=PART, help="how many lines the ledger has")
    parser.add_argument("--rounds", type=int, default=7, help="how often the ways take turns")
    parser.add_argument("--big", action="store_true", help="measure five times as many lines as well")
    return parser.parse_args()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        in_child(*sys.argv[2:])
    else:
        given = _arguments()
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the folder is deleted then as well
        main(given.lines, given.rounds, big=given.big)
