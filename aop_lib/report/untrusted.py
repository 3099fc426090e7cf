"""What comes from elsewhere reaches a page as harmless HTML or as text: an allow-list, and a second look at our own blocks."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from typing import Any

import bleach
import mistune
from markupsafe import Markup, escape

TAGS = frozenset(["table", "thead", "tbody", "tfoot", "tr", "th", "td", "p", "b", "strong", "em", "i", "ul", "ol", "li", "br", "pre", "code", "span", "div"])
ATTRIBUTES = {"*": ["colspan", "rowspan"]}
STYLE = re.compile(r"<style.*?</style\s*>", re.DOTALL | re.IGNORECASE)
NEVER = frozenset(
    [
        "script",
        "iframe",
        "object",
        "embed",
        "link",
        "meta",
        "base",
        "form",
        "input",
        "button",
        "style",
        "foreignobject",
        "animate",
        "set",
        "img",
        "video",
        "audio",
    ]
)
ADDRESSES = frozenset(["href", "xlink:href", "src", "action", "formaction", "data", "srcset", "poster"])


def sanitised(html: str) -> Markup:
    """Returns HTML of unknown origin with allow-listed tags alone; every other tag becomes visible text.

    A stylesheet that a library puts before its table is dropped; within a table nothing is, so that no row can hide others.
    """
    before, table, rest = html.partition("<table")
    return Markup(bleach.clean(STYLE.sub("", before) + table + rest, tags=TAGS, attributes=ATTRIBUTES, strip=False))  # noqa: S704 - cleaned


def is_harmless(html: str) -> bool:
    """Returns whether a block holds no script, no handler, no foreign address: true of every block that we make."""
    look = _Look()
    look.feed(html)
    look.close()
    return look.is_harmless


class _Look(HTMLParser):
    """Looks at each tag once; names and addresses are compared after entities are resolved."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.is_harmless = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes a tag that never stands in a block, a handler, or an address that leads out of the page."""
        handlers = any(name.startswith("on") for name, _ in attrs)
        foreign = any(name in ADDRESSES and not (value or "").startswith("#") for name, value in attrs)
        reaches_out = any(name == "style" and "url(" in (value or "").lower().replace("url(#", "") for name, value in attrs)
        if tag in NEVER or handlers or foreign or reaches_out:
            self.is_harmless = False


def prose_html(markdown: str) -> Markup:
    """Returns a notebook's prose: raw HTML in it is shown as text, links and images as their words."""
    return Markup(_prose()(markdown))  # noqa: S704 - the renderer escapes


@cache
def _prose() -> Any:
    return mistune.create_markdown(renderer=_Prose(escape=True), plugins=["table"])


class _Prose(mistune.HTMLRenderer):
    """Markdown without anything that leads out of the page."""

    def link(self, text: str, url: str, title: str | None = None) -> str:
        """The words of a link."""
        del url, title
        return text

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """The words of an image."""
        del url, title
        return str(escape(text))

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        """A heading inside a fold is a bold line."""
        del level, attrs
        return f"<p><b>{text}</b></p>\n"
