"""Codes that sources use for entities, teams, accounts and metrics, and what they mean here: an exact match or none, never a guess."""

from __future__ import annotations

from collections.abc import Iterable

from aop_lib.errors import Fault
from aop_lib.load import Params


def entity_codes(params: Params) -> list[tuple[str, str]]:
    """Returns (code, entity): each entity by its id, its name and its codes."""
    return _pairs((each.id, [each.id, each.name, *each.codes]) for each in params.company.entities)


def team_codes(params: Params) -> list[tuple[str, str]]:
    """Returns (code, team): each team by its id, its name, its codes and its cost centres."""
    return _pairs((each.id, [each.id, each.name, *each.codes, *each.cost_centres]) for each in params.company.teams)


def metric_codes(params: Params) -> list[tuple[str, str]]:
    """Returns (code, metric): each metric of the catalogue by its id and its label; a label that two metrics share means neither."""
    labels = [metric.label for metric in params.metrics.values()]
    return _pairs((name, [name, *([metric.label] if labels.count(metric.label) == 1 else [])]) for name, metric in params.metrics.items())


def account_codes(params: Params, accounts: Iterable[str]) -> list[tuple[str, str]]:
    """Returns (code, account): each account by its number and, where company.yml lists it, its codes.

    Args:
        params: Company with its accounts.
        accounts: Every account of the tree.
    """
    listed = [(each.account, [each.account, *each.codes]) for each in params.company.accounts]
    return _pairs([*((account, [account]) for account in accounts), *listed])


def code_faults(params: Params) -> list[Fault]:
    """Returns a fault for each code of company.yml that means two things."""
    company = next((name for name in params.files if name.endswith("company.yml")), "company.yml")
    faults = []
    for what, pairs in (("entities", entity_codes(params)), ("teams", team_codes(params)), ("accounts", account_codes(params, ()))):
        meanings: dict[str, set[str]] = {}
        for code, name in pairs:
            meanings.setdefault(code, set()).add(name)
        faults += [
            Fault(company, f"the code {code!r} for the {what} {' and '.join(sorted(names))}", "a code that means one of them")
            for code, names in meanings.items()
            if len(names) > 1
        ]
    return faults


def _pairs(entries: Iterable[tuple[str, list[str]]]) -> list[tuple[str, str]]:
    return sorted({(code, name) for name, codes in entries for code in codes})
