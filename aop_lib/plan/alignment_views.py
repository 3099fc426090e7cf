"""What pages say about alignment: the heatmap of teams, tests by money at stake, the register of assumptions, AOP beside budget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.plan import story as stories
from aop_lib.plan.alignment import COMPANY_NAME, both_owners, by_stake, side_names
from aop_lib.plan.alignment_rows import ACROSS, COMPANY, MET, MISSED, SAME_GROUP, UNTOLD
from aop_lib.plan.assumptions import GOAL, REQUEST
from aop_lib.plan.figure_keys import ALIGNMENT_KEY
from aop_lib.plan.owners import owner_name, team_name
from aop_lib.plan.wording import amount_text, counted, listed, value_text

if TYPE_CHECKING:
    from aop_lib.load import Params

RULES = {"at_least": "at least", "at_most": "at most", "equal": "equal to"}
RELATIONS = {SAME_GROUP: "Teams of one group", ACROSS: "Teams of different groups", COMPANY: "A team and the company"}
HOW = "each cell counts the tests between two teams that are missed; crossed out: no test joins them; one between several teams stands in each of their cells"
SOURCES = "Limits stand in alignment.yml and allocation.yml, targets in goals.yml; capacity and pipeline are those of the driver model."
NEEDS = (
    "Needs: what initiatives and requests cost beyond the base, at most. Gets: what was approved, and what teams pay from their own budget. "
    "Heads: planned of needed; needed counts undecided requests and the loads of alignment.yml. Targets: those without enough work are open."
)
Row = Mapping[Any, Any]


def pair_table(params: Params, found: pd.DataFrame) -> pd.DataFrame:
    """Returns a wide frame team by team of the tests that are missed, only of teams that miss one; missing where no test joins two.

    Args:
        params: Names of teams.
        found: The frame `alignment`.
    """
    missed: Counter[tuple[str, str]] = Counter()
    for row in found[found["status"] != UNTOLD].to_dict("records"):
        for other in row["other"].split() or [""]:
            for pair in {(row["team"], other), (other, row["team"])}:
                missed[pair] += row["status"] == MISSED
    teams = [each.id for each in params.company.teams]
    troubled = [each for each in ("", *teams) if any(count for (team, _), count in missed.items() if team == each)]
    named = [team_name(params, each) if each else COMPANY_NAME for each in troubled]
    return pd.DataFrame([[missed.get((row, column)) for column in troubled] for row in troubled], index=named, columns=named)


def test_view(params: Params, found: pd.DataFrame, status: str) -> pd.DataFrame:
    """Returns tests of one outcome as rows of a table, the most money first: label, proposal, sides, left, right, gap, amount, owner, why.

    Args:
        params: Names of teams.
        found: The frame `alignment`.
        status: `met`, `missed` or `cannot be told`.
    """
    rows = by_stake(found[found["status"] == status]).to_dict("records")
    columns = ["label", "proposal", "sides", "left", "right", "gap", "amount", "owner", "why"]
    return pd.DataFrame([_test_row(params, row) for row in rows], columns=columns)


def _test_row(params: Params, row: Row) -> dict[str, Any]:
    return {
        "label": row["name"], "proposal": row["proposal"], "sides": side_names(params, row), "left": _side(row, "left"),
        "right": f"{RULES[row['rule']]} {_side(row, 'right')}" if not pd.isna(row["right"]) and row["unit"] != "days" else _side(row, "right"),
        "gap": "" if pd.isna(row["gap"]) or row["status"] == MET else shown(row["gap"], row["unit"]), "amount": row["amount"],
        "owner": both_owners(row), "why": row["why"],
    }  # fmt: skip


def _side(row: Row, side: str) -> str:
    value, what = row[side], str(row[f"{side}_what"])
    return what if pd.isna(value) or row["unit"] == "days" else f"{shown(value, row['unit'])}: {what}"


def shown(value: Any, unit: str) -> str:
    """Returns a figure of a test in the words of its unit; days count as days."""
    return counted(int(value), "day") if unit == "days" else value_text(Decimal(value), unit)


def alignment_finding(params: Params, found: pd.DataFrame) -> str:
    """Returns in one sentence how many tests are missed, what is at stake, and between whom most of it is."""
    told, missed = found[found["status"] != UNTOLD], by_stake(found[found["status"] == MISSED])
    if missed.empty:
        return f"All {counted(len(told), 'test')} of alignment that can be told are met" if len(told) else "No test of alignment can be told yet"
    first = missed.iloc[0].to_dict()
    head = f"{len(missed)} of {counted(len(told), 'test')} of alignment {'is' if len(missed) == 1 else 'are'} missed"
    stake = f"{amount_text(first['amount'])}, " if first["amount"] else ""
    return f"{head}; most hangs on “{first['name']}”: {stake}{side_names(params, first)}"


def with_alignment(params: Params, story: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Returns the budget's first screen with the tests of alignment: a key figure and a line.

    Args:
        params: Names of teams.
        story: The frame `budget_story`.
        found: The frame `alignment`.
    """
    told, missed = int((found["status"] != UNTOLD).sum()), int((found["status"] == MISSED).sum())
    if not told:
        return story
    status = "watch" if missed else "good"
    figure = stories.figure("Tests of alignment missed", f"of {told} that can be told", "count", Decimal(missed), status=status, explains=ALIGNMENT_KEY)
    before: list[stories.Row] = [{str(name): value for name, value in row.items()} for row in story.to_dict("records")]
    return stories.story_frame("budget_story", [*before, figure, stories.line(alignment_finding(params, found))])


def register_view(params: Params, assumptions: pd.DataFrame, *, is_compared: bool) -> pd.DataFrame:
    """Returns assumptions as rows of a table: label, who, month, value, state; requests first.

    Args:
        params: Names, tolerance.
        assumptions: The frame `assumptions`.
        is_compared: Whether those that can be compared are shown, or the others.
    """
    own = assumptions[assumptions["compared"] == is_compared]
    place = own["kind"].map({REQUEST: 0, GOAL: 1}).fillna(2)
    rows = own.assign(place=place).sort_values(["place", "label", "month", "team", "item"], kind="stable").to_dict("records")
    listed_rows = [
        {
            "label": row["label"], "who": _who(params, row), "month": row["month"], "value": value_text(Decimal(row["value"]), row["unit"]),
            "state": _state(params, row, assumptions), "source": _source(row),
        }
        for row in rows
    ]  # fmt: skip
    return pd.DataFrame(listed_rows, columns=["label", "who", "month", "value", "state", "source"])


def _who(params: Params, row: Row) -> str:
    team = team_name(params, row["team"]) if row["team"] else COMPANY_NAME
    return f"{team}, {owner_name(params, row['owner'])}" if row["owner"] else f"{team}, nobody answers"


def _source(row: Row) -> str:
    if row["kind"] in {REQUEST, GOAL}:
        return f"{row['kind']} {row['item']}"
    return str(row["source"]) or "[assumed]"


def _state(params: Params, row: Row, assumptions: pd.DataFrame) -> str:
    """Returns with whom an assumption agrees or differs: only what shares key and month is compared."""
    same = assumptions[
        assumptions["compared"] & (assumptions["key"] == row["key"]) & (assumptions["month"] == row["month"]) & (assumptions["item"] != row["item"])
    ]
    if not row["compared"] or same.empty:
        return ""
    off = [abs(Decimal(each) - row["value"]) > params.alignment.tolerance * abs(row["value"]) for each in same["value"]]
    return "differs" if any(off) else "agrees"


def register_finding(params: Params, assumptions: pd.DataFrame, apart: pd.DataFrame) -> str:
    """Returns in one sentence how many assumptions there are and where teams differ.

    Args:
        params: Names of teams.
        assumptions: The frame `assumptions`.
        apart: Rows of the test of assumptions, as `difference_view` takes them.
    """
    differ = [row for row in apart.to_dict("records") if row["status"] == MISSED]
    counts = f"{counted(len(assumptions), 'assumption')} of {counted(len(set(assumptions['team']) - {''}), 'team')}"
    if not differ:
        return f"{counts}, none contradicts another"
    said = [f"{side_names(params, row)} on {shown(row['left'], row['unit'])} and {shown(row['right'], row['unit'])}" for row in differ]
    return f"{counts}; these count on different figures: {listed(said, 3)}"


def difference_view(params: Params, apart: pd.DataFrame) -> pd.DataFrame:
    """Returns where teams count on different figures, teams of one group before teams of different groups before the company.

    Args:
        params: Names of teams.
        apart: Rows of the test of assumptions.

    Returns:
        relation, label, proposal, left, right, amount, owner.
    """
    rows = [
        _test_row(params, row) | {"relation": title, "label": f"{side_names(params, row)}: {row['name'].split(':')[0]}"}
        for relation, title in RELATIONS.items()
        for row in by_stake(apart[(apart["relation"] == relation) & (apart["status"] == MISSED)]).to_dict("records")
    ]
    return pd.DataFrame(rows, columns=["relation", "label", "proposal", "left", "right", "amount", "owner"])


def needs_view(params: Params, needs: pd.DataFrame) -> pd.DataFrame:
    """Returns AOP and budget side by side in the order of the largest gap: name, why, targets, needed, given, gap, budget, heads (texts).

    Args:
        params: Names of teams.
        needs: The frame `team_needs`.
    """
    ordered = needs.assign(lack=-needs["heads_needed"] + needs["heads_given"]).sort_values(
        ["gap", "lack", "team"], ascending=[False, True, True], kind="stable"
    )
    return ordered.assign(
        name=[team_name(params, each) for each in ordered["team"]],
        aims=[f"{targets} ({short} open)" if short else f"{targets}" for targets, short in zip(ordered["targets"], ordered["open_targets"], strict=True)],
        people=[f"{given} of {wanted}" for given, wanted in zip(ordered["heads_given"], ordered["heads_needed"], strict=True)],
    )


def needs_finding(params: Params, needs: pd.DataFrame) -> str:
    """Returns in one sentence what the work of all teams needs, what the budget gives, and who lacks most."""
    needed, given = (sum((Decimal(each) for each in needs[column]), Decimal(0)) for column in ("needed", "given"))
    head = f"The work behind the targets needs {amount_text(needed)} beyond the base, the budget gives {amount_text(given)}"
    short = needs[needs["gap"] > 0].sort_values(["gap", "team"], ascending=[False, True], kind="stable").to_dict("records")
    lacks = [f"{team_name(params, row['team'])} lacks {amount_text(row['gap'])}" for row in short]
    return f"{head}; {listed(lacks, 3)}" if short else head
