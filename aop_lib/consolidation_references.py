"""Accounts, teams and weights under `consolidation:` of company.yml that cannot be: every one is a fault with its line."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from aop_lib.errors import Fault, nearest

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.company import Intercompany
    from aop_lib.yamlfile import Document, Path_

Check = Iterator[Fault]
HERE = ("consolidation",)
BALANCES = {"asset", "liability", "equity"}
SIDES = ("left", "right")


def faults(params: Params, document: Document) -> Check:
    """Yields a fault for each account, team or owner that leads nowhere, each account eliminated twice, each service whose costs end nowhere.

    Accounts are checked where company.yml lists them; where a source brings them, what a name does not find has no amount.

    Args:
        params: The company.
        document: company.yml.
    """
    yield from _translation(params, document)
    yield from _pairs(params, document)
    yield from _services(params, document)
    yield from _endless(params, document)


def _unknown(document: Document, path: Path_, name: str | None, known: Collection[str], what: str) -> Check:
    if name is not None and name not in known:
        choice = f"one of {', '.join(sorted(known))}" if 0 < len(known) <= 12 else f"a known {what}"
        yield Fault(document.where(path), repr(name), f"{choice}{nearest(name, known)}")


def _translation(params: Params, document: Document) -> Check:
    types = {each.account: each.type for each in params.company.accounts}
    account, path = params.company.consolidation.translation_account, (*HERE, "translation_account")
    if types and account is not None:
        yield from _unknown(document, path, account, types, "account")
        if types.get(account, "equity") != "equity":
            yield Fault(document.where(path), f"{account!r} of type {types[account]}", "an account of type equity")


def _pairs(params: Params, document: Document) -> Check:
    types = {each.account: each.type for each in params.company.accounts}
    owners = {each.id for each in params.company.owners}
    seen: dict[str, str] = {}
    ids: set[str] = set()
    for index, pair in enumerate(params.company.consolidation.intercompany):
        here = (*HERE, "intercompany", index)
        if pair.id in ids:
            yield Fault(document.where((*here, "id")), f"{pair.id!r} twice", "each name once")
        ids.add(pair.id)
        yield from _unknown(document, (*here, "owner"), pair.owner, owners, "owner")
        yield from _sides(document, here, pair, types)
        for side, position, account in _accounts(pair):
            if account in seen:
                yield Fault(document.where((*here, side, position)), f"{account!r} again, as in {seen[account]}", "each account on one side of one pair")
            seen.setdefault(account, f"{side} of {pair.id}")


def _sides(document: Document, here: Path_, pair: Intercompany, types: Mapping[str, str]) -> Check:
    for side in SIDES:
        if not getattr(pair, side):
            yield Fault(document.where((*here, side)), "no account", "one account or more")
    kinds = {account: types[account] in BALANCES for _, _, account in _accounts(pair) if account in types}
    for side, position, account in _accounts(pair) if types else ():
        yield from _unknown(document, (*here, side, position), account, types, "account")
        if account in kinds and kinds[account] != next(iter(kinds.values())):
            found = f"{account!r} of type {types[account]} against {', '.join(sorted({types[each] for each in kinds if each != account}))}"
            yield Fault(document.where((*here, side, position)), found, "balances against balances, results against results")


def _accounts(pair: Intercompany) -> Iterator[tuple[str, int, str]]:
    for side in SIDES:
        yield from ((side, position, account) for position, account in enumerate(getattr(pair, side)))


def _services(params: Params, document: Document) -> Check:
    groups, teams = {each.parent for each in params.company.teams}, {each.id for each in params.company.teams}
    services = [each.team for each in params.company.consolidation.shared_costs]
    for index, service in enumerate(params.company.consolidation.shared_costs):
        here = (*HERE, "shared_costs", index)
        if service.team in services[:index]:
            yield Fault(document.where((*here, "team")), f"{service.team!r} twice", "each team once")
        weights = {} if service.by == "heads" else service.by
        places: list[tuple[Path_, str]] = [((*here, "team"), service.team), *(((*here, "by", team), team) for team in weights)]
        for path, team in places:
            yield from _unknown(document, path, team, teams, "team")
            if team in teams and team in groups:
                yield Fault(document.where(path), f"{team!r}, a group of teams", "a team")
        for team, weight in weights.items():
            if weight < 0:
                yield Fault(document.where((*here, "by", team)), str(weight), "zero or more")


def _endless(params: Params, document: Document) -> Check:
    """Yields a fault for each service whose costs end with no team outside the services."""
    rules = params.company.consolidation
    order = [each.team for each in rules.shared_costs]
    ending = {each.team for each in rules.shared_costs if each.by == "heads"}
    uses = {
        each.team: {team for team, weight in each.by.items() if weight > 0 and _hands_on(rules.method, order, each.team, team)}
        for each in rules.shared_costs
        if each.by != "heads"
    }
    while more := {service for service, used in uses.items() if used & ending or used - set(order)} - ending:
        ending |= more
    for index, service in enumerate(order):
        if service not in ending:
            found = f"{service!r}, used by nobody outside the services" if uses.get(service) else f"{service!r}, used by nobody"
            yield Fault(document.where((*HERE, "shared_costs", index, "by")), found, "a weight above zero for a team whose costs are not handed on")


def _hands_on(method: str, order: list[str], service: str, team: str) -> bool:
    if team not in order:
        return True
    return team != service and (method == "reciprocal" or (method == "step_down" and order.index(team) > order.index(service)))
