"""Names, units and ranges in the model section of drivers.yml: every one that does not fit is a fault with its line."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from aop_lib.errors import Fault, nearest
from aop_lib.params.model import DRIVERS

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.params.drivers import DriverValue
    from aop_lib.yamlfile import Document, Path_

Check = Iterator[Fault]
MODEL = ("model",)


def driver_faults(params: Params, document: Document) -> Check:
    """Yields a fault for each driver with a foreign unit, a place it has none for, a value out of its range, or a name that leads nowhere."""
    model = params.drivers.model
    if not 3 <= model.window_months <= 60:
        yield Fault(document.where((*MODEL, "window_months")), str(model.window_months), "3 to 60 months")
    for name in ("receivables", "deferred", "payables", "fixed_assets"):
        for index, account in enumerate(getattr(model.balances, name)):
            yield from _account(params, document, (*MODEL, "balances", name, index), account)
    for index, follow in enumerate(model.follows):
        yield from _account(params, document, (*MODEL, "follows", index, "account"), follow.account)
        if follow.account in [each.account for each in model.follows[:index]]:
            yield Fault(document.where((*MODEL, "follows", index)), f"{follow.account!r} twice", "each account once")
        if follow.account in {each.account for each in params.company.accounts if not each.line}:
            yield Fault(document.where((*MODEL, "follows", index, "account")), repr(follow.account), "an account that adds into a P&L line")
    for index, value in enumerate(model.told):
        yield from _value(params, document, (*MODEL, "told", index), value)
    yield from _shares(params, document)


def _value(params: Params, document: Document, path: Path_, value: DriverValue) -> Check:
    spec = DRIVERS[value.driver]
    unit = params.company.reporting_currency if spec.unit == "currency" else spec.unit
    if value.unit != unit:
        yield Fault(document.where((*path, "unit")), repr(value.unit), f"{unit!r}, the unit of {value.driver}")
    if not spec.low <= value.value <= spec.high:
        yield Fault(document.where((*path, "value")), str(value.value), f"{spec.low:g} to {spec.high:g} for {value.driver}")
    for place in ("segment", "line", "account"):
        if getattr(value, place) is not None and place != spec.scope:
            told = f"no {place}" if spec.scope == "company" else f"a {spec.scope}, or none for all of them"
            yield Fault(document.where((*path, place)), f"the {place} {getattr(value, place)!r}", f"{told}: {value.driver} is told per {spec.scope}")
    if spec.is_steady and (value.start or value.end):
        yield Fault(document.where(path), f"{value.driver} with a month", f"no start or end: {value.driver} is the same in every month")
    if value.start and value.end and value.end <= value.start:
        yield Fault(document.where((*path, "end")), f"{value.end:%Y-%m}", f"a month after {value.start:%Y-%m}")
    yield from _known(document, (*path, "line"), value.line, {each.id for each in params.company.lines}, "line")
    yield from _known(document, (*path, "owner"), value.owner, {each.id for each in params.company.owners}, "owner")
    if spec.scope == "account" and value.account is not None:
        yield from _known(document, (*path, "account"), value.account, {each.account for each in params.drivers.model.follows}, "account of follows")


def _shares(params: Params, document: Document) -> Check:
    """Yields a fault where more than all of a segment's MRR is told to be billed in advance."""
    told = [(index, each) for index, each in enumerate(params.drivers.model.told) if each.driver in {"annual_share", "quarterly_share"}]
    for place in sorted({each.segment or "" for _, each in told}):
        best = {each.driver: (index, each.value) for index, each in sorted(told, key=lambda pair: pair[1].segment is not None) if each.segment in {None, place}}
        if (whole := sum(value for _, value in best.values())) > 1:
            where = document.where((*MODEL, "told", max(index for index, _ in best.values())))
            yield Fault(where, f"annual_share + quarterly_share = {whole}{f' for {place}' if place else ''}", "1 at most: what is left is billed monthly")


def _account(params: Params, document: Document, path: Path_, account: str) -> Check:
    if params.company.accounts:
        yield from _known(document, path, account, {each.account for each in params.company.accounts}, "account")


def _known(document: Document, path: Path_, name: str | None, known: Collection[str], what: str) -> Check:
    if name is not None and name not in known:
        choice = f"one of {', '.join(sorted(known))}" if 0 < len(known) <= 12 else f"a known {what}"
        yield Fault(document.where(path), repr(name), f"{choice}{nearest(name, known)}")
