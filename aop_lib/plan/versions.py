"""Versions of the plan: the internal one beside those for other readers, line by line, with the reason of every difference."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import frames, money
from aop_lib.params.drivers import Change, Overlay, Version
from aop_lib.params.model import MOVED
from aop_lib.plan.budget import control_totals
from aop_lib.plan.carry_forward import PLACE
from aop_lib.plan.driver_words import driver_text
from aop_lib.plan.overlays import changes_of, driver_effects, laid, overlaid
from aop_lib.plan.owners import first_owner
from aop_lib.plan.profit_and_loss import OPERATING, line_totals, profit, result_of
from aop_lib.plan.views import statement_view
from aop_lib.plan.wording import amount_text, counted, listed, month_name, percent_text

if TYPE_CHECKING:
    from aop_lib.load import Params

INTERNAL = "internal"
SOURCES = (
    "Each version is the budget with the changes of versions/<id>.yml laid over it, in their order, each amount rounded once to the cent. Changes of drivers "
    "move P&L lines by what the driver model makes of them; what a line is moved by is handed down to its rows in proportion to the budget."
)


def plan_versions(params: Params) -> tuple[Version, ...]:
    """Returns the versions of the plan in the cycle's order; the internal one is the budget itself where the cycle names none."""
    if any(each.version == INTERNAL for each in params.versions):
        return params.versions
    own = Version(version=INTERNAL, name="Internal", reason="The budget itself.", owner=first_owner(params), changes=[])
    return (own, *params.versions)


def versions(params: Params, budget: pd.DataFrame, accounts: pd.DataFrame, paths: pd.DataFrame | None = None) -> pd.DataFrame:
    """Returns the budget of every version, exact to the cent: the frame `versions`, natural sign.

    Args:
        params: The versions of the cycle.
        budget: The frame `budget`.
        accounts: The account tree.
        paths: The frame `overlay_paths`; None where no version moves a driver.
    """
    base = money.sums(budget, [*PLACE, "month"])
    found = [laid(params, base, each, accounts, paths).assign(version=each.id) for each in plan_versions(params)]
    return frames.conformed("versions", pd.concat(found, ignore_index=True))


def version_totals(params: Params, versions: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Returns the year of every version by P&L line, zeros included: the frame `version_totals`."""
    found = line_totals(versions, accounts, lines, ["version"])
    spine = pd.DataFrame([(each.id, line) for each in plan_versions(params) for line in lines["line"]], columns=["version", "line"])
    full = spine.merge(found, on=["version", "line"], how="left", validate="one_to_one")
    return frames.conformed("version_totals", full.assign(amount=money.zero_filled(full["amount"])))


def version_ties(
    params: Params, versions: pd.DataFrame, totals: pd.DataFrame, budget: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame
) -> pd.DataFrame:
    """Returns that a version without changes is the budget, and that each version's lines are its accounts added up."""
    checks = []
    for each in plan_versions(params):
        own = versions[versions["version"] == each.id]
        if not each.changes:
            checks.append((f"{each.id} version = budget", money.total(own["amount"]), money.total(budget["amount"])))
        by_line = result_of(totals[totals["version"] == each.id], lines).operating_profit
        checks.append((f"{each.id} version: operating profit of lines = of accounts", by_line, profit(own, accounts, lines)))
    return control_totals(checks)


def change_effects(
    overlays: Sequence[Overlay], params: Params, budget: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame, paths: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Returns what each change of each overlay does to each line, one after the other, so that all of one sum to its difference from the budget.

    Defined as::

        amount = line under the changes up to this one - line under those before it        moved drivers come last, together
        effect = direction * amount of the lines that make operating profit, else 0

    Args:
        overlays: Versions or scenarios; what the version that a scenario starts from changes comes first.
        params: The tree of teams, the planned year.
        budget: The frame `budget`.
        accounts: The account tree.
        lines: The P&L lines.
        paths: The frame `overlay_paths`.

    Returns:
        overlay, position, what and why in words, line, amount (natural), effect (money, favourable positive); lines that a change leaves are left out.
    """
    base = money.sums(budget, [*PLACE, "month"])
    rows = [row for each in overlays for row in _steps(params, each, base, (accounts, lines), paths)]
    frame = pd.DataFrame(rows, columns=["overlay", "position", "what", "why", "line", "amount"]).merge(lines[["line", "type", "direction"]], on="line")
    effect = [a * d if t in OPERATING else Decimal(0) for a, d, t in zip(frame["amount"], frame["direction"], frame["type"], strict=True)]
    typed = frame.assign(effect=money.money_series(effect, index=frame.index), amount=money.money_series(frame["amount"], index=frame.index))
    ordered = typed.sort_values(["overlay", "position"], kind="stable", ignore_index=True)
    return ordered[["overlay", "position", "what", "why", "line", "amount", "effect"]]


def _steps(
    params: Params, overlay: Overlay, base: pd.DataFrame, tree: tuple[pd.DataFrame, pd.DataFrame], paths: pd.DataFrame | None
) -> list[tuple[str, int, str, str, str, Decimal]]:
    accounts, lines = tree
    amounts, drivers = ([each for each in changes_of(params, overlay) if (each.driver is None) is is_amount] for is_amount in (True, False))
    stages = [(overlaid(params, base, amounts[:count], accounts), amounts[count - 1]) for count in range(1, len(amounts) + 1)]
    rows, before = [], _by_line(base, accounts, lines)
    for position, (rows_after, change) in enumerate(stages):
        after = _by_line(rows_after, accounts, lines)
        told = (overlay.id, position, change_words(params, change, accounts), change.why)
        rows += [(*told, line, after[line] - before.get(line, Decimal(0))) for line in after if after[line] != before.get(line, Decimal(0))]
        before = after
    effects = driver_effects(paths, overlay.id, params.year_months) if paths is not None and drivers else None
    if effects is not None and len(effects):
        told = (overlay.id, len(stages), "; ".join(change_words(params, each, accounts) for each in drivers), ". ".join(each.why for each in drivers))
        rows += [(*told, str(line), money.total(own["amount"])) for line, own in effects.groupby("line", sort=True)]
    return rows


def _by_line(amounts: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> dict[str, Decimal]:
    found = line_totals(amounts, accounts, lines, ())
    return dict(zip(found["line"], found["amount"], strict=True))


def change_words(params: Params, change: Change, accounts: pd.DataFrame) -> str:
    """Returns a change in words: `Recruiting: 30.0 % less from July 2027`, `Churn a month, by MRR, smb: plus 0.10 %`."""
    names = {line.id: line.name for line in params.company.lines} | {team.id: team.name for team in params.company.teams}
    names |= dict(zip(accounts["account"], accounts["name"], strict=True))
    spec = MOVED[change.driver] if change.driver else None
    places = [names.get(each, each) for each in (change.account, change.line, change.team, change.segment) if each]
    place = ", ".join([*([spec.label] if spec else []), *places]) or "Everything"
    moves = [] if change.scale == 1 and change.by else [_scaled(change.scale)]
    if change.by and spec:
        moves.append(f"{'plus' if change.by > 0 else 'minus'} {driver_text(abs(change.by), spec.unit)}")
    months = "".join(f" {word} {month_name(month)}" for word, month in (("from", change.start), ("before", change.end)) if month is not None)
    return f"{place}: {' and '.join(moves)}{months}"


def _scaled(scale: Decimal) -> str:
    if scale == 1:
        return "unchanged"
    return "none" if scale == 0 else f"{percent_text(abs(scale - 1))} {'more' if scale > 1 else 'less'}"


def version_view(params: Params, totals: pd.DataFrame, effects: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Returns the second version beside the first, by P&L line with the reasons under each name, ready for a variance table.

    Args:
        params: The versions.
        totals: The frame `version_totals`.
        effects: What `change_effects` returned.
        lines: The P&L lines.
    """
    first, second = _pair(params)
    wide = lines[["line"]]
    for name, version in (("actual", second), ("plan", first)):
        known = _amounts_of(totals, version.id)
        wide = wide.assign(**{name: money.money_series((known.get(line, Decimal(0)) for line in wide["line"]), index=wide.index)})
    view = statement_view(wide, lines, {"actual": "actual", "plan": "plan"}, (f"version:{second.id}", f"version:{first.id}"))
    own = effects[effects["overlay"].isin([first.id, second.id])]
    names = dict(zip(lines["line"], lines["name"], strict=True))
    why = {names[line]: "; ".join(dict.fromkeys(rows["why"])) for line, rows in own.groupby("line", sort=True)}
    return view.assign(why=[why.get(label, "") if style == "" else "" for label, style in zip(view["label"], view["style"], strict=True)])


def _pair(params: Params) -> tuple[Version, Version]:
    found = plan_versions(params)
    return found[0], found[min(1, len(found) - 1)]


def _amounts_of(totals: pd.DataFrame, version: str) -> dict[str, Decimal]:
    own = totals[totals["version"] == version]
    return dict(zip(own["line"], own["amount"], strict=True))


def compared_names(params: Params) -> tuple[str, str]:
    """Returns the names of the two versions that are compared: the second and the first."""
    first, second = _pair(params)
    return second.name, first.name


def all_versions(params: Params, totals: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    """Returns the P&L with one money column per version: label, style, direction and the versions' ids."""
    wide = lines[["line"]]
    for each in plan_versions(params):
        known = _amounts_of(totals, each.id)
        wide = wide.assign(**{each.id: money.money_series((known.get(line, Decimal(0)) for line in wide["line"]), index=wide.index)})
    names = [each.id for each in plan_versions(params)]
    return statement_view(wide, lines, {name: name for name in names}, [f"version:{name}" for name in names])


def changes_view(params: Params, effects: pd.DataFrame) -> pd.DataFrame:
    """Returns the changes of all versions for a table, in their order: name (of the version), what, why, effect on operating profit."""
    names = {each.id: each.name for each in plan_versions(params)}
    keys = ["overlay", "position", "what", "why"]
    summed = money.sums(effects, keys, "effect") if len(effects) else effects[[*keys, "effect"]]
    return summed.assign(name=[names[each] for each in summed["overlay"]])


def version_texts(params: Params, totals: pd.DataFrame, lines: pd.DataFrame) -> list[str]:
    """Returns each version but the first in a sentence: its operating profit, and how far it lies from the first one's."""
    found = plan_versions(params)
    profits = {each.id: result_of(totals[totals["version"] == each.id], lines).operating_profit for each in found}
    return [f"The {each.name.lower()} version plans an operating profit of {_beside(profits[each.id], profits[found[0].id], found[0])}" for each in found[1:]]


def _beside(here: Decimal, there: Decimal, first: Version) -> str:
    if here == there:
        return f"{amount_text(here)}, as the {first.name.lower()} one"
    return f"{amount_text(here)}, {amount_text(abs(here - there))} {'above' if here > there else 'below'} the {first.name.lower()} one"


def version_finding(params: Params, totals: pd.DataFrame, lines: pd.DataFrame) -> str:
    """Returns the heading of the versions: how far they lie apart, or that there is one alone."""
    texts = version_texts(params, totals, lines)
    return texts[0] if texts else "The plan has one version, the budget itself"


def changes_finding(params: Params, effects: pd.DataFrame) -> str:
    """Returns how many changes the versions make, and the one that moves operating profit most."""
    view = changes_view(params, effects)
    if view.empty:
        return "No version differs from the budget"
    most = max(view.to_dict("records"), key=lambda row: (abs(row["effect"]), row["what"]))
    places = listed([each.partition(":")[0] for each in str(most["what"]).split("; ")])
    side = "add" if "; " in str(most["what"]) else "adds"
    verb = side if most["effect"] > 0 else side.replace("add", "take")
    return f"{counted(len(view), 'change')}; {places} {verb} most, {amount_text(abs(most['effect']))}"
