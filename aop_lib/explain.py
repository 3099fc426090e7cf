"""What `aop explain` tells, read from where it lies: a published cycle, its manifest, its parameters and the sources themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from aop_lib.diff import reference
from aop_lib.errors import Fault, InputRefusedError, nearest
from aop_lib.explained_places import written_places
from aop_lib.load import Params, load
from aop_lib.manifest import flat, inputs, manifest
from aop_lib.periods import month_of, month_text
from aop_lib.places import project_root
from aop_lib.plan.amount_explanation import TOTALS, Chosen, actual_node, budget_node, chosen_total
from aop_lib.plan.explanation import Known, Node, Scope, explanation_text, with_files
from aop_lib.plan.metric_explanation import measured_teams, metric_node
from aop_lib.plan.trees import team_ancestry
from aop_lib.plan.wording import counted
from aop_lib.sources.posted_rows import COLUMNS, Wanted, frame_files, posted_rows
from aop_lib.store import frame_file, read_frame

FRAMES = (
    "accounts", "lines", "teams", "sources", "ledger", "rates", "mrr", "subscriptions", "people", "opportunities", "kpi_readings", "kpis", "arr_bridge",
    "requests", "budget",
)  # fmt: skip
SIDES = ("budget", "actual")
LARGEST = 200_000_000


@dataclass(frozen=True)
class Asked:
    """What a reader wants explained.

    Attributes:
        metric: A metric of the catalogue, a total, line or account of the P&L, or `budget` or `actual` with a line or account.
        team: A team or group; empty for the company.
        month: `2027-03`; empty for the planned year, and the last closed month of what is measured.
        line: A line or total of the P&L, with `budget` or `actual`.
        account: An account, with `budget` or `actual`.
    """

    metric: str
    team: str = ""
    month: str = ""
    line: str = ""
    account: str = ""


def explained(params_file: Path, asked: Asked, outputs: Path | None = None) -> str:
    """Returns where a figure of a published cycle comes from, as a tree in text.

    Args:
        params_file: The cycle's file.
        asked: Which figure.
        outputs: Where cycles are published; `outputs` of the project by default.

    Raises:
        InputRefusedError: If nothing is published of the cycle, or it has no such metric, team or month.
    """
    side = reference(str(params_file), Path(outputs or project_root() / "outputs"))
    if side.params is None or side.overlay:
        raise InputRefusedError([Fault(side.text, "no parameters of a cycle, or a version of it", "a cycle's file")])
    known = published(side.params, side.folder)
    return explanation_text(with_files(known, explanation(known, asked)), side.notes)


def explanation(known: Known, asked: Asked) -> Node:
    """Returns the tree of a figure: the amount in budget and actual, or the metric, or both where a name is both.

    Args:
        known: The published cycle.
        asked: Which figure.

    Raises:
        InputRefusedError: If the cycle has no such metric, team or month.
    """
    name = asked.line or asked.account or asked.metric
    chosen = chosen_total(known, name)
    _hold_names(known, asked, name, chosen)
    month, teams = _month(known, asked), _teams(known.params, asked.team)
    amounts = _amounts(known, asked, chosen, month, teams) if chosen else []
    parts = [*amounts, *_measured(known, asked, month, has_amounts=bool(amounts))]
    if not parts:
        raise InputRefusedError([Fault("--month", asked.month, _months_expected(known))])
    where = f", {asked.team}" if asked.team else ""
    return parts[0] if len(parts) == 1 and not chosen else Node(f"{chosen.label if chosen else name}{where}", parts=tuple(parts))


def published(params: Params, folder: Path) -> Known:
    """Returns everything that explanations of a published cycle are told from.

    Args:
        params: The cycle.
        folder: Where it is published.
    """
    frames = {name: read_frame(frame_file(folder, name), name) for name in FRAMES}
    read = manifest(folder)["inputs"]
    ran, now = read["sources"], flat({"sources": inputs(params, params.folder, ()).sources})
    files = {
        key: tuple(f"{name}  sha256 {ran.get(name, 'unknown')}{'' if ran.get(name) == now.get(name) else ', changed since the run'}" for name in names)
        for key, names in frame_files(params).items()
    }
    planned = planned_cycle(params)
    places = written_places(params, planned, frames["requests"], read["submissions"])
    return Known(params, planned, frames, places, files, pd.DataFrame(columns=COLUMNS))


def planned_cycle(params: Params) -> Params:
    """Returns the cycle in which the budget was made: the frozen plan's own, where its file still lies beside the review's."""
    file = params.folder / f"{params.cycle.baseline or params.id}.yml"
    return load(file) if params.is_review and file.is_file() else params


def _hold_names(known: Known, asked: Asked, name: str, chosen: Chosen | None) -> None:
    accounts, lines = known.frames["accounts"], known.frames["lines"]
    totals = [*TOTALS, *lines["line"], *accounts["account"]]
    faults = []
    if (asked.line or asked.account) and asked.metric not in SIDES:
        faults.append(Fault("METRIC", repr(asked.metric), "budget or actual, where a line or an account is named"))
    elif asked.metric in SIDES and not (asked.line or asked.account):
        faults.append(Fault("METRIC", repr(asked.metric), "a line or an account beside it: --line L or --account A"))
    elif chosen is None and name not in known.params.metrics:
        faults.append(
            Fault("METRIC", repr(name), f"a metric of the catalogue, or a total, line or account of the P&L{_near(name, [*known.params.metrics, *totals])}")
        )
    elif asked.metric in SIDES and chosen is None:
        faults.append(Fault("METRIC", repr(name), f"a total, line or account of the P&L{_near(name, totals)}"))
    ids = [team.id for team in known.params.company.teams]
    if asked.team and asked.team not in ids:
        faults.append(Fault("--team", repr(asked.team), f"a team of company.yml{_near(asked.team, ids)}"))
    if faults:
        raise InputRefusedError(faults)


def _near(name: str, known: Iterable[str]) -> str:
    names = sorted(set(known))
    return nearest(name, names) or f": {', '.join(names[:40])}{' …' if len(names) > 40 else ''}"


def _month(known: Known, asked: Asked) -> pd.Timestamp | None:
    try:
        return month_of(asked.month) if asked.month else None
    except ValueError:
        raise InputRefusedError([Fault("--month", repr(asked.month), _months_expected(known))]) from None


def _months_expected(known: Known) -> str:
    params, first = known.params, known.frames["ledger"]["month"].min()
    closed = f"a closed month, {month_text(first)} to {month_text(params.last_closed)}" if len(known.frames["ledger"]) else "a closed month"
    return f"{closed}, or for a budget one of {month_text(params.year_months[0])} to {month_text(params.year_months[-1])}"


def _teams(params: Params, team: str) -> frozenset[str]:
    return frozenset(each for each, above in team_ancestry(params).items() if team in above) if team else frozenset()


def _amounts(known: Known, asked: Asked, chosen: Chosen, month: pd.Timestamp | None, teams: frozenset[str]) -> list[Node]:
    params, held = known.params, set(known.frames["ledger"]["month"])
    planned = [each for each in params.year_months if month in {None, each}]
    recent = params.review_months if params.is_review else [params.last_closed]
    closed = [each for each in ([month] if month is not None else recent) if each in held]
    told = _with_posted(known, chosen, teams) if chosen.is_account else known
    nodes = []
    if planned and asked.metric != "actual" and len(known.frames["budget"]):
        nodes.append(budget_node(told, chosen, Scope(asked.team, teams, tuple(planned))))
    if closed and asked.metric != "budget":
        nodes.append(actual_node(told, chosen, Scope(asked.team, teams, tuple(closed))))
    return nodes


def _with_posted(known: Known, chosen: Chosen, teams: frozenset[str]) -> Known:
    """Returns what is known with the rows of the sources that post to one account, or the reason why they were not read again."""
    sources = known.frames["sources"]
    names = frozenset(sources.loc[sources["frame"] == "ledger", "source"])
    account, params = str(chosen.accounts["account"].iloc[0]), known.params
    here = f"filter: account {account}{', team ' + ' or '.join(sorted(teams)) if teams else ''}"
    files = [each for name in names for each in known.files.get((name, "ledger"), ())]
    if changed := [each.partition("  ")[0] for each in files if each.endswith("changed since the run")]:
        return replace(known, unread=f"{', '.join(changed)} changed since the run, so its rows are not those of this figure; {here}")
    if (size := sum(_size(params, name) for name in names)) > LARGEST:
        return replace(known, unread=f"{size:,} bytes are not read again; {here}")
    if databases := [name for name in names if not known.files.get((name, "ledger"))]:
        return replace(known, unread=f"{', '.join(databases)}: a database, not asked again; {here}")
    rows = posted_rows(params, known.frames["accounts"], Wanted(names, frozenset({account}), teams))
    return replace(known, posted=rows)


def _size(params: Params, source: str) -> int:
    place = next(params.folder / each.where for each in params.company.sources if each.name == source)
    files: Collection[Path] = [place] if place.is_file() else [each for each in place.rglob("*") if each.is_file()]
    return sum(file.stat().st_size for file in files)


def _measured(known: Known, asked: Asked, month: pd.Timestamp | None, *, has_amounts: bool) -> list[Node]:
    """Returns the metric of the catalogue, where the name is one that is measured there."""
    params, at = known.params, month if month is not None else known.params.last_closed
    if asked.metric not in params.metrics or at > params.last_closed:
        return []
    known_teams = measured_teams(known, asked.metric)
    if asked.team and asked.team not in known_teams:
        if has_amounts:
            return []
        expected = f"no team, or one that {params.metrics[asked.metric].label} is measured for: {', '.join(known_teams) or counted(0, 'team')}"
        raise InputRefusedError([Fault("--team", repr(asked.team), expected)])
    return [metric_node(known, asked.metric, at, asked.team)]
