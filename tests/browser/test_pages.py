"""Every page of the real cycles opens from disk without a fault, can be read by everyone, and adds up as displayed."""

from __future__ import annotations

import re
from pathlib import Path

import chromium
import displayed
import pytest

from aop_lib.report.blocks import stylesheet
from aop_lib.stages import STAGES

CYCLES = ("plan", "review", "adventureworks")
SURFACES = ("page", "surface")
TEXTS = ("ink", "ink2", "ink3", "good", "bad")
AA, AA_LARGE = 4.5, 3.0
TEAMS = 2  # they are alike; the others are opened once, narrow
NO_FIGURE = re.compile(
    r"(?<![A-Za-z])(?:nan|NaN|inf|None(?! of)|NaT|null|undefined|<NA>|Timestamp|Decimal\()(?![A-Za-z])[^\n]*|\{\{|\{%|Traceback[^\n]*|<IPython[^\n]*"
)
CONTRASTS = r"""
const rgb = text => (text.match(/[\d.]+/g) || []).map(Number);
const light = ([r, g, b]) => { const f = v => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 }; return .2126 * f(r) + .7152 * f(g) + .0722 * f(b) };
const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] > .99) return c } return [255, 255, 255] };
const found = new Set();
for (const e of document.querySelectorAll('body, body *')) {
  if (e.closest('svg,[aria-hidden=true],.skip') || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.checkVisibility()) continue;
  const style = getComputedStyle(e), size = parseFloat(style.fontSize), [one, two] = [light(rgb(style.color)), light(behind(e))].sort((a, b) => b - a);
  const ratio = (one + .05) / (two + .05), least = size >= 24 || size >= 18.66 && style.fontWeight >= 700 ? 3 : 4.5;
  if (ratio < least) found.add(`${e.localName}.${e.className} ${ratio.toFixed(2)}: ${e.textContent.trim().slice(0, 40)}`);
}
return [...found];
"""


def pages(folder: Path) -> list[Path]:
    """The pages of a published cycle; all of them are there."""
    names = ["index.html", *(f"reports/{stage.name}.html" for stage in STAGES)]
    found = sorted(each.relative_to(folder).as_posix() for each in folder.rglob("*.html"))
    assert [each for each in names if each not in found] == []
    others = [each for each in found if not each.startswith("reports/teams/")]
    return [folder / each for each in (*others, *[each for each in found if each not in others][:TEAMS])]


@pytest.mark.parametrize("width", chromium.WIDTHS)
@pytest.mark.parametrize("name", CYCLES)
def test_every_page_opens_from_disk_without_a_fault(cycles, driver, name, width):
    folder = getattr(cycles, name)
    assert {str(page.relative_to(folder)): found for page in pages(folder) if (found := chromium.page_faults(driver, page, width))} == {}


@pytest.mark.parametrize("name", CYCLES)
def test_every_team_s_page_opens_on_a_phone(cycles, driver, name):
    own = sorted((getattr(cycles, name) / "reports" / "teams").glob("*.html"))
    assert len(own) >= 7
    assert {page.name: found for page in own if (found := chromium.page_faults(driver, page, min(chromium.WIDTHS)))} == {}


@pytest.mark.parametrize("scheme", chromium.SCHEMES)
@pytest.mark.parametrize("name", CYCLES)
def test_every_text_on_every_page_can_be_read_against_what_is_behind_it(cycles, driver, name, scheme):
    folder, found = getattr(cycles, name), {}
    for page in pages(folder):
        for width in chromium.WIDTHS:
            chromium.looks(driver, width, scheme)
            driver.get(page.as_uri())
            driver.execute_script(chromium.UNFOLDED)
            found[str(page.relative_to(folder)), width] = [*driver.execute_script(CONTRASTS), *driver.execute_script(chromium.OVERFLOW)]
    assert {page: faults for page, faults in found.items() if faults} == {}


@pytest.mark.parametrize("name", CYCLES)
def test_every_sum_in_every_table_is_the_sum_of_what_is_displayed(cycles, driver, name):
    folder, tables = getattr(cycles, name), []
    for page in pages(folder):
        driver.get(page.as_uri())
        tables += [(page.name, table) for table in driver.execute_script(displayed.TABLES)]
    known = displayed.known_directions([table for _, table in tables])
    found = {(page, table["label"]): faults for page, table in tables if (faults := displayed.faults(table, known))}
    assert found == {}
    assert sum(bool(row["style"]) for _, table in tables for row in table["rows"]) > 10, "there are sums to check"


@pytest.mark.parametrize("name", CYCLES)
def test_the_index_leads_to_every_page_and_every_page_back(cycles, name):
    folder = getattr(cycles, name)
    index = (folder / "index.html").read_text()
    named = re.findall(r'<li><a href="([^"]+)"><h3>', index)
    assert named[: len(STAGES)] == [f"reports/{stage.name}.html" for stage in STAGES]
    assert sorted(named) == sorted(each.relative_to(folder).as_posix() for each in folder.rglob("*.html") if each.parent != folder)
    alone = {"reports/investor.html"}  # its readers are led to no other page
    led = {page.relative_to(folder).as_posix(): 'index.html">All pages' in page.read_text() for page in folder.rglob("*.html") if page.parent != folder}
    assert {page for page, leads in led.items() if not leads} <= alone


@pytest.mark.parametrize("name", CYCLES)
def test_no_page_shows_a_figure_that_is_none(cycles, driver, name):
    seen = {}
    for page in pages(getattr(cycles, name)):
        driver.get(page.as_uri())
        driver.execute_script(chromium.UNFOLDED)
        text = driver.execute_script(
            "return document.body.innerText + [...document.querySelectorAll('svg text')].map(each => '\\n' + each.textContent).join('')"
        )
        seen[page.name] = NO_FIGURE.findall(text)
    assert {page: words for page, words in seen.items() if words} == {}


def tokens(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z0-9]+):\s*(#[0-9a-f]{3,6})\b", css))


def palettes() -> dict[str, dict[str, str]]:
    """The colours by token in light and dark, as the stylesheet gives them."""
    light, dark = stylesheet().split("prefers-color-scheme:dark", 1)
    first = tokens(light)
    return {"light": first, "dark": {**first, **tokens(dark.split("\n}", 1)[0])}}


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(each * 2 for each in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_as_the_guidelines_do():
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#fff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("scheme", chromium.SCHEMES)
def test_every_text_colour_reaches_aa_on_every_surface(scheme):
    palette = palettes()[scheme]
    ratios = {(text, ground): round(contrast(palette[text], palette[ground]), 2) for text in TEXTS for ground in SURFACES}
    heat = {("hink", f"h{level}"): round(contrast(palette["hink"], palette[f"h{level}"]), 2) for level in range(1, 5)}
    heat["strongest", "h5"] = round(contrast("#10151b" if scheme == "dark" else palette["hink"], palette["h5"]), 2)
    assert {pair: ratio for pair, ratio in {**ratios, **heat}.items() if ratio < AA} == {}


@pytest.mark.parametrize("scheme", chromium.SCHEMES)
def test_marks_that_carry_meaning_stand_out_from_the_page(scheme):
    palette = palettes()[scheme]
    assert [mark for mark in ("actual", "goodf", "badf") if contrast(palette[mark], palette["surface"]) < AA_LARGE] == []


def test_a_page_with_faults_is_found_out(driver, tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        "<!DOCTYPE html><html><head><title>x</title></head><body><h1>x</h1><h3 id='a'>y</h3><p id='a' style='width:3000px' onclick='1'>z</p><svg></svg>"
        "<a href='https://evil.example/'>out</a><a href='#b'>b</a><a href='gone.html'>c</a><script>console.log('here')</script><img src='x.png'></body></html>"
    )
    told = "\n".join(chromium.page_faults(driver, page, 360))
    for part in ("Content-Security-Policy", "a <script>", "id a twice", "has onclick", "leads to https://evil.example/", "#b, which is not there", "gone.html",
                 "an image without a name", "svg without a name", 'h3 "y" after h1', "wider than", "console: ", "request: "):  # fmt: skip
        assert part in told


def test_a_sum_that_is_one_off_is_found_out():
    table = {"is_variance": False, "heads": ["Team", "Asked, k USD"], "rows": [{"style": "", "cells": ["A", "1"]}, {"style": "", "cells": ["B", "(3)"]}]}
    table["rows"].append({"style": "total", "cells": ["All", "(2)"]})
    assert displayed.faults(table, {}) == []
    table["rows"][-1]["cells"][1] = "(1)"
    assert len(displayed.faults(table, {})) == 1
