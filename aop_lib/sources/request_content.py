"""What a round of a request says: a digest of its parts, and the same item by item, so that rounds can be compared."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.frames import conformed, empty
from aop_lib.periods import month_text

if TYPE_CHECKING:
    from aop_lib.sources.requests import AskedOption, AskedRequest

STANDING = ("kind", "goal", "submitted_by", "submitted_on")
WORDS = ("title", "why", "effect", "evidence")
PLACES = ("where",)  # where something stands in a file is no part of what it says
EMPTY: tuple[object, ...] = ("", [], {}, None, 0)


def content_digest(asked: AskedRequest) -> str:
    """Returns what a round of a request says as one digest a part: `standing=… words=… amounts=… effects=…`.

    What is empty is left out, so that a field that requests did not have when they were decided changes nothing.
    """
    options = {each.id: _plain(each) for each in asked.options}
    effects = {name: option.pop("effects", None) for name, option in options.items()}
    parts: dict[str, Any] = {
        "standing": {name: _plain(getattr(asked, name)) for name in ("team", *STANDING)},
        "words": {name: _plain(getattr(asked, name)) for name in WORDS},
        "amounts": options,
        "effects": [{name: each for name, each in effects.items() if each}, _plain(asked.assumptions)],
    }
    return " ".join(f"{part}={_short(value)}" for part, value in parts.items())


def _short(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        told = {each.name: _plain(getattr(value, each.name)) for each in fields(value) if each.name not in PLACES}
        return {name: each for name, each in told.items() if each not in EMPTY}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date | pd.Timestamp) else value


def content_frame(rounds: Iterable[AskedRequest]) -> pd.DataFrame:
    """Returns the frame `request_contents`: what each round of a request that came more than once says, item by item.

    Args:
        rounds: Every round that was read, of every request.
    """
    listed = sorted(rounds, key=lambda each: (each.request, each.round))
    times = Counter(each.request for each in listed)
    rows = [
        {"request": each.request, "team": each.team, "round": each.round, "position": position, **row}
        for each in listed
        if times[each.request] > 1
        for position, row in enumerate(_rows(each))
    ]
    if not rows:
        return empty("request_contents")
    frame = pd.DataFrame(rows)
    return conformed("request_contents", frame.assign(month=pd.to_datetime(frame["month"])))


def _rows(asked: AskedRequest) -> Iterator[dict[str, Any]]:
    for name in (*WORDS, *STANDING):
        value = getattr(asked, name)
        yield _row("words" if name in WORDS else "standing", name, str(value) if value is not None else "")
    for each in asked.assumptions:
        yield _row("claims", f"{each.metric} {each.about}", f"{each.value.normalize():f}")
    for option in asked.options:
        if option.heads:
            yield _row("heads", "heads", str(option.heads), option.id)
        for line in option.lines:
            item = {"month": line.month, "amount": line.amount, "currency": line.currency}
            yield _row("amounts", f"{line.account} {line.cost_centre}", " ".join(each for each in (line.vendor, line.comment) if each), option.id) | item
        yield from _people(option)
        for effect in option.effects:
            what = " ".join(each for each in (effect.what, effect.place) if each)
            yield _row("claims" if effect.kind == "metric" else "effects", what, _effect(effect), option.id)


def _people(option: AskedOption) -> Iterator[dict[str, Any]]:
    for each in getattr(option, "people", ()):
        told = [f"{name} {value}" for name, value in _plain(each).items() if name not in {"role", "level"}]
        yield _row("people", " ".join(part for part in (each.role, each.level) if part), ", ".join(told), option.id)


def _effect(effect: Any) -> str:
    if effect.kind == "metric":
        return f"{effect.value.normalize():f}"
    change = " ".join([*([f"× {effect.scale.normalize():f}"] if effect.scale != 1 else []), *([f"+ {effect.value.normalize():f}"] if effect.value else [])])
    months = [month_text(pd.Timestamp(each)) for each in (effect.start, effect.end) if each is not None]
    return f"{change or 'nothing'}{' from ' + ' to '.join(months) if months else ''}{': ' + effect.why if effect.why else ''}"


def _row(part: str, item: str, text: str, option: str = "") -> dict[str, Any]:
    return {"part": part, "option": option, "item": item, "text": text, "currency": "", "month": pd.NaT, "amount": Decimal("0.00")}
