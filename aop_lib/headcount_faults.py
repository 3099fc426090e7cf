"""Names and figures in headcount.yml that cannot be: every one is a fault with its line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from aop_lib.errors import Fault, nearest
from aop_lib.periods import MONTH_PATTERN

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.yamlfile import Document, Path_

Check = Iterator[Fault]
ACCOUNTS = ("pay", "bonus", "commission", "taxes", "benefits")
OF_TEAMS = ("accounts", "attrition", "recruiting")
OWNED = ("locations", "bonus", "commission", "merit", "attrition", "recruiting")


def faults(params: Params, documents: Mapping[str, Document]) -> list[Fault]:
    """Returns a fault for each name of headcount.yml that leads nowhere and each figure that cannot be; none without it."""
    document = documents.get("headcount")
    if document is None:
        return []
    checks = (_names, _accounts, _shares, _counts, _hires, _twice)
    return [fault for check in checks for fault in check(params, document)]


def _unknown(document: Document, path: Path_, name: str | None, known: Collection[str], what: str) -> Check:
    if name is not None and name not in known:
        choice = f"one of {', '.join(sorted(known))}" if 0 < len(known) <= 12 else f"a known {what}"
        yield Fault(document.where(path), repr(name), f"{choice}{nearest(name, known)}")


def _names(params: Params, document: Document) -> Check:
    rules, teams, owners = params.headcount, {each.id for each in params.company.teams}, {each.id for each in params.company.owners}
    for key in OF_TEAMS:
        for index, rule in enumerate(getattr(rules, key)):
            for place, team in enumerate(rule.teams):
                yield from _unknown(document, (key, index, "teams", place), team, teams, "team of company.yml")
    for key in OWNED:
        for index, told in enumerate(getattr(rules, key)):
            yield from _unknown(document, (key, index, "owner"), told.owner, owners, "owner of company.yml")
    currencies = {params.company.reporting_currency, *params.company.currencies, *(each.currency for each in params.company.entities)}
    for index, location in enumerate(rules.locations):
        yield from _unknown(document, ("locations", index, "currency"), location.currency, currencies, "currency of company.yml")
        for place, cost in enumerate(location.per_head):
            yield from _unknown(document, ("locations", index, "per_head", place, "currency"), cost.currency, currencies, "currency of company.yml")


def _accounts(params: Params, document: Document) -> Check:
    known = {each.account for each in params.company.accounts}
    if not known:
        return
    for index, rule in enumerate(params.headcount.accounts):
        for key in ACCOUNTS:
            yield from _unknown(document, ("accounts", index, key), getattr(rule, key), known, "account of company.yml")
    for index, location in enumerate(params.headcount.locations):
        for key in ("taxes", "per_head"):
            for place, told in enumerate(getattr(location, key)):
                yield from _unknown(document, ("locations", index, key, place, "account"), told.account, known, "account of company.yml")


def _shares(params: Params, document: Document) -> Check:
    rules = params.headcount
    shares: list[tuple[Path_, Decimal]] = [(("bonus", index, "share"), each.share) for index, each in enumerate(rules.bonus)]
    shares += [(("commission", index, "share"), each.share) for index, each in enumerate(rules.commission)]
    for index, leaving in enumerate(rules.attrition):
        shares += [(("attrition", index, "share"), leaving.share), (("attrition", index, "replaced"), leaving.replaced)]
    for index, location in enumerate(rules.locations):
        shares += [(("locations", index, "taxes", place, "rate"), tax.rate) for place, tax in enumerate(location.taxes)]
    yield from (Fault(document.where(path), str(value), "0 to 100 %") for path, value in shares if not 0 <= value <= 1)
    for index, location in enumerate(rules.locations):
        if location.burden < 0:
            yield Fault(document.where(("locations", index, "burden")), str(location.burden), "0 or more")
    for index, rise in enumerate(rules.merit):
        if not -1 < rise.rate <= 1:
            yield Fault(document.where(("merit", index, "rate")), str(rise.rate), "more than -100 %, at most 100 %")


def _counts(params: Params, document: Document) -> Check:
    rules = params.headcount
    if rules.amortised_months < 1:
        yield Fault(document.where(("amortised_months",)), str(rules.amortised_months), "1 or more months")
    for index, leaving in enumerate(rules.attrition):
        if leaving.months < 0:
            yield Fault(document.where(("attrition", index, "months")), str(leaving.months), "0 or more months")
    for index, location in enumerate(rules.locations):
        for place, tax in enumerate(location.taxes):
            yield from _bases(document, ("locations", index, "taxes", place), {"base": tax.base} if tax.base is not None else {}, tax.bases)


def _hires(params: Params, document: Document) -> Check:
    for index, hiring in enumerate(params.headcount.recruiting):
        for month, heads in hiring.months.items():
            if not MONTH_PATTERN.fullmatch(month):
                yield Fault(document.where(("recruiting", index, "months", month)), repr(month), "a month as YYYY-MM")
            if heads < 0:
                yield Fault(document.where(("recruiting", index, "months", month)), str(heads), "0 or more heads")
        if hiring.heads < 0:
            yield Fault(document.where(("recruiting", index, "heads")), str(hiring.heads), "0 or more heads")


def _bases(document: Document, path: Path_, base: Mapping[str, Decimal], bases: Mapping[str, Decimal]) -> Check:
    for name, amount in base.items():
        if amount <= 0:
            yield Fault(document.where((*path, name)), str(amount), "more than 0")
    for year, amount in bases.items():
        if not (year.isascii() and year.isdigit() and len(year) == 4):
            yield Fault(document.where((*path, "bases", year)), repr(year), "a calendar year such as 2027")
        if amount <= 0:
            yield Fault(document.where((*path, "bases", year)), str(amount), "more than 0")


def _twice(params: Params, document: Document) -> Check:
    ids = Counter(each.id for each in params.headcount.locations)
    yield from (
        Fault(document.where(("locations", index)), f"the location {each.id!r} twice", "each id once", "rename one of them")
        for index, each in enumerate(params.headcount.locations)
        if ids[each.id] > 1
    )
    for index, location in enumerate(params.headcount.locations):
        for key in ("taxes", "per_head"):
            names = Counter(each.name for each in getattr(location, key))
            for place, each in enumerate(getattr(location, key)):
                if names[each.name] > 1:
                    yield Fault(document.where(("locations", index, key, place)), f"{each.name!r} twice", "each name once in a location", "rename one of them")
