"""What every page of a cycle says of it: who, when, as of when, on which plan it stands, what nobody has sourced yet."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from aop_lib.baseline import is_frozen
from aop_lib.load import Params
from aop_lib.manifest import frozen_hash, inputs
from aop_lib.params.drivers import Rule
from aop_lib.places import project_root
from aop_lib.plan.driver_words import driver_text
from aop_lib.plan.metric_words import reached_switches, switch_sentences
from aop_lib.plan.restatements import made_since
from aop_lib.plan.wording import percent_text
from aop_lib.report.blocks import Facts
from aop_lib.report.stated import Reading
from aop_lib.store import frame_file, read_frame

UNHEARD = {"missing", "refused"}


def cycle_facts(params: Params, folders: tuple[Path, ...], title: str = "") -> Facts:
    """Returns what every page says about its cycle.

    Args:
        params: The cycle's parameters.
        folders: Where its frames lie, the first one that has a frame wins; stages that have not run are not awaited.
        title: The page's name among the pages of the cycle.
    """
    months = params.review_months if params.is_review else params.year_months
    return Facts(
        company=params.company.name,
        cycle=params.id,
        label=params.label,
        period=" to ".join(dict.fromkeys(f"{month:%B %Y}" for month in (months[0], months[-1]))),
        version="internal",
        status=status(params, folders),
        last_closed=f"{params.last_closed:%B %Y}",
        as_of=_day(params.as_of),
        currency=params.company.reporting_currency,
        baseline=baseline(params),
        assumptions=assumptions(params, folders),
        stage_title=title,
        is_review=params.is_review,
        readings=readings(params),
    )


def baseline(params: Params) -> str:
    """Returns the hash of the frozen plan that a review stands on, and how often it was restated since; empty where there is none."""
    frozen, since = frozen_hash(params, params.cycle.baseline or "-")[:12], len(made_since(params))
    return f"{frozen}, restated {'once' if since == 1 else f'{since} times'}" if frozen and since else frozen


def readings(params: Params) -> tuple[Reading, ...]:
    """Returns how each metric of the catalogue is read here: its switches in words, those of its formula included."""
    return tuple(
        Reading(metric.label, () if "_" in name else (name.upper(),), tuple(switch_sentences(params, reached_switches(params, [name]))))
        for name, metric in params.metrics.items()
    )


def status(params: Params, folders: tuple[Path, ...]) -> str:
    """Returns `frozen` for a plan as it was approved, `provisional` where a team was not heard, else `draft`."""
    if is_frozen(params, asdict(inputs(params, project_root() / "notebooks", []))):
        return "frozen"
    file = _first(folders, "submissions")
    heard = not file or UNHEARD.isdisjoint(read_frame(file, "submissions")["state"])
    return "draft" if heard else "provisional"


def assumptions(params: Params, folders: tuple[Path, ...]) -> tuple[str, ...]:
    """Returns each rule of drivers.yml that has no source, in words, in the file's order, then each driver of the model and figure of headcount.yml."""
    names = {line.id: line.name for line in params.company.lines} | {team.id: team.name for team in params.company.teams}
    names |= {account.account: account.name for account in params.company.accounts}
    if file := _first(folders, "accounts"):
        accounts = read_frame(file, "accounts")
        names |= dict(zip(accounts["account"], accounts["name"], strict=True))
    file = _first(folders, "driver_values")
    values = read_frame(file, "driver_values") if file else None
    assumed = values[values["basis"] == "assumed"].to_dict("records") if values is not None else []
    return (
        *(_in_words(rule, names) for rule in params.drivers.rules if not rule.source),
        *(_driver_in_words(each, names) for each in assumed),
        *_of_people(params),
    )


def _of_people(params: Params) -> tuple[str, ...]:
    return tuple(f"{each.label}: {driver_text(each.value, each.unit)}" for each in params.headcount.figures() if not each.told.source)


def _driver_in_words(row: dict[Hashable, Any], names: dict[str, str]) -> str:
    place = names.get(row["place"], str(row["place"]).replace("_", " "))
    return f"{row['label']}{f', {place}' if place else ''}: {driver_text(row['value'], row['unit'])}"


def _in_words(rule: Rule, names: dict[str, str]) -> str:
    place = ", ".join(names.get(each, each) for each in (rule.account, rule.line, rule.team) if each) or "Everything without a rule of its own"
    growth = [f"{percent_text(rate)} growth{per}" for rate, per in ((rule.growth, ""), (rule.monthly_growth, " a month")) if rate]
    return f"{place}: {', '.join([rule.method.replace('_', ' '), *growth])}"


def _first(folders: tuple[Path, ...], name: str) -> Path | None:
    return next((file for folder in folders if (file := frame_file(folder, name)).is_file()), None)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
