"""How metrics are read, stated on every page that shows them: what the page's own sections do not say stands in its foot."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape

TAGS = re.compile(r"<style\b.*?</style>|<[^>]*>", re.DOTALL)
BLANKS = re.compile(r"\s+")


@dataclass(frozen=True)
class Reading:
    """How one metric is read at this company.

    Attributes:
        label: What readers call it.
        names: What else a page may call it, such as `ARR`.
        sentences: Its switches in words, those of its formula included.
    """

    label: str
    names: tuple[str, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Statement:
    """One switch in words, and the metrics of a page that stand on it."""

    text: str
    labels: tuple[str, ...]


def statements(html: Iterable[str], readings: Iterable[Reading]) -> list[Statement]:
    """Returns the switches of every metric that a page names and whose sections do not state them, in the catalogue's order.

    Args:
        html: The parts of the page.
        readings: How each metric of the catalogue is read.
    """
    text = visible(" ".join(html))
    found: dict[str, list[str]] = {}
    for each in readings:
        if each.sentences and _is_named(each, text):
            for sentence in each.sentences:
                if visible(sentence) not in text:
                    found.setdefault(sentence, []).append(each.label)
    return [Statement(sentence, tuple(labels)) for sentence, labels in found.items()]


def visible(html: str) -> str:
    """Returns the text that a reader sees of HTML, every run of blanks one blank."""
    return BLANKS.sub(" ", unescape(TAGS.sub(" ", html)))


def _is_named(reading: Reading, text: str) -> bool:
    lower = f"{reading.label[:1].lower()}{reading.label[1:]}"
    words = "|".join(re.escape(each) for each in (reading.label, lower, *reading.names))
    return re.search(rf"(?<!\w)(?:{words})(?!\w)", text) is not None
