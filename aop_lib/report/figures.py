"""Figures: a drawing of matplotlib as a pair of inline SVGs, wide and narrow, in the colours and the font of the page."""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Callable
from html import escape
from io import StringIO
from typing import Any

from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

WIDE, NARROW = 720, 340
TEXT_SIZE, NOTE_SIZE = 13, 12

LIGHT = {
    "page": "#faf9f6", "surface": "#ffffff", "ink": "#17202a", "ink2": "#47525e", "ink3": "#626c77", "rule": "#d8d5cd", "soft": "#ebe8e1",
    "actual": "#2c3845", "prior": "#b7bec6", "good": "#0b5fa5", "bad": "#b3430a", "goodf": "#2b7fc4", "badf": "#d9641e",
    "band1": "#dfe5eb", "band2": "#b4c0cc", "hatch": "#9aa8b5", "q1": "#d3d7db", "q2": "#e2e4e7", "q3": "#f0f0f0",
    "h1": "#fbebdf", "h2": "#f7d3b8", "h3": "#f0b387", "h4": "#e8955b", "h5": "#df7f3c", "hink": "#17202b",
}  # fmt: skip
"""The light palette by token. Every colour is unique, so that a drawing's colours can be given back to the page; `hink` is ink but for its last digit."""

TOKEN = {colour: f"var(--{token})" for token, colour in LIGHT.items()}

RC: dict[str, Any] = {
    "figure.dpi": 72,  # one unit of the drawing is one pixel of the page
    "figure.facecolor": "none",
    "savefig.transparent": True,
    "font.family": "DejaVu Sans",  # comes with matplotlib: measured alike on every machine; the page shows its own font
    "font.size": TEXT_SIZE,
    "text.color": LIGHT["ink"],
    "text.parse_math": False,
    "text.usetex": False,
    "hatch.color": LIGHT["hatch"],
    "hatch.linewidth": 1.2,
    "path.simplify": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "report",
    "svg.image_inline": True,
}
NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


def figure_html(draw: Callable[[bool], Figure], alt: str, key: str) -> str:
    """Returns a `<figure>` of two inline SVGs, one for wide pages (720 px) and one for phones (340 px); the page shows one of them.

    Args:
        draw: Returns the drawing; is told whether it is the narrow one. One unit of the drawing is one pixel.
        alt: What the figure finds, for readers who do not see it.
        key: What tells this figure from all others of a page; the same key and drawing give the same bytes.
    """
    pair = (_svg(draw, is_narrow, alt, key) for is_narrow in (False, True))
    return f"<figure>{''.join(pair)}</figure>"


def _svg(draw: Callable[[bool], Figure], is_narrow: bool, alt: str, key: str) -> str:
    name = "nar" if is_narrow else "wide"
    with rc_context(RC), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # the page's font has what the measuring font lacks
        drawing = _written(draw(is_narrow))
    prefix = f"f{hashlib.sha256(f'{key}|{alt}|{name}|{drawing}'.encode()).hexdigest()[:10]}"
    return _opened(_cleaned(drawing, prefix), name, alt)


def _written(figure: Figure) -> str:
    stream = StringIO()
    FigureCanvasSVG(figure).print_svg(stream, metadata=NO_METADATA)
    return stream.getvalue()


def _cleaned(svg: str, prefix: str) -> str:
    """Returns the SVG without prolog, comments, metadata, style sheet and font names; ids prefixed, colours as tokens."""
    svg = re.sub(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", "", svg, flags=re.DOTALL)
    used = set(re.findall(r'(?:url\(|href=")#([^")]+)', svg))
    svg = re.sub(r"<[^<>]*>", lambda tag: _tag(tag.group(), prefix, used), svg)
    svg = re.sub(r">\s+<", "><", svg).replace("<defs></defs>", "").strip()
    return re.sub(r"</?g>", "", svg)


def _tag(tag: str, prefix: str, used: set[str]) -> str:
    tag = re.sub(r'\sid="([^"]*)"', lambda found: f' id="{prefix}-{found[1]}"' if found[1] in used else "", tag)
    tag = re.sub(r"#[0-9a-f]{6}\b", lambda found: TOKEN.get(found.group(), found.group()), tag)
    tag = re.sub(r"url\(#", f"url(#{prefix}-", tag)
    tag = re.sub(r'(?:xlink:)?href="#', f'href="#{prefix}-', tag)
    tag = re.sub(r'\s+transform="(?:rotate\(-0 [^)]*\)|translate\(0 0\))"', "", tag)
    tag = re.sub(r"font-family:[^;\"]*;?\s*", "", tag)
    tag = re.sub(r"font:\s*((?:\d+ |bold |normal )*)([\d.]+px)[^;\"]*", _font, tag)
    tag = tag.replace("font-weight: 700", "font-weight: 650").replace("font-weight: bold", "font-weight: 650")
    return re.sub(r"\s+", " ", tag)


def _font(found: re.Match[str]) -> str:
    weight = found[1].strip()
    return f"font-size: {found[2]}" + (f"; font-weight: {weight}" if weight and weight != "normal" else "")


def _opened(svg: str, name: str, alt: str) -> str:
    box = re.search(r'viewBox="([^"]*)"', svg)
    if box is None:
        raise ValueError("a drawing without a viewBox")
    opening = f'<svg class="{name}" viewBox="{box[1]}" width="100%" role="img" aria-label="{escape(alt)}" stroke-linejoin="round">'
    return opening + re.sub(r"^<svg[^>]*>", "", svg)
