"""Blocks and pages: only blocks are trusted, everything else is text or nothing, and the same notebook gives the same bytes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from aop_lib.report import charts, html
from aop_lib.report.blocks import Block, Facts, anchor, folded, headline, note, section, stylesheet
from aop_lib.report.html import StageEntry
from aop_lib.report.untrusted import is_harmless, prose_html, sanitised

ROOT = Path(__file__).parent.parent
FACTS = Facts(
    "Acme & Sons", "fy2027", "FY2027", "January to December 2027", "internal", "draft", "September 2026", "15 October 2026", "USD", stage_title="Budget"
)
SECRET = "hunter2-XYZZY"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def story(message="Revenue is 2.1 % under plan", lines=0, decisions=0) -> pd.DataFrame:
    common = {
        "label": "",
        "unit": "USD",
        "value": Decimal(0),
        "reference": Decimal(0),
        "reference_label": "",
        "direction": 1,
        "status": "",
        "owner": "Ada Ash",
        "prepared_by": "",
        "due": "1 Dec",
        "amount": Decimal(0),
    }
    rows = [{**common, "kind": "message", "position": 0, "text": message}]
    rows.append(
        {
            **common,
            "kind": "figure",
            "position": 1,
            "text": "March 2027",
            "label": "Revenue",
            "value": Decimal(12_000_000),
            "reference": Decimal(12_500_000),
            "reference_label": "plan",
            "status": "watch",
        }
    )
    rows += [{**common, "kind": "line", "position": place, "text": f"{message}, line {place}"} for place in range(lines)]
    rows += [
        {**common, "kind": "decision", "position": place, "text": "why", "label": f"Decide {place}", "amount": Decimal(1000 * place)}
        for place in range(decisions)
    ]
    return pd.DataFrame(rows)


def cell(*blocks: Block, source: str = "shown", **more):
    outputs = [new_output("display_data", data=data, metadata=meta) for data, meta in (block._repr_mimebundle_() for block in blocks)]
    return new_code_cell(source, execution_count=1, outputs=[*outputs, *more.get("outputs", [])], metadata=more.get("metadata", {}))


def page(*cells, facts: Facts = FACTS, home: str = "../index.html", **metadata) -> str:
    return html.page(new_notebook(cells=list(cells), metadata=metadata), facts, home)


def shown(data: dict, metadata: dict | None = None, kind: str = "display_data") -> str:
    """What a page shows of one output."""
    more = {"execution_count": 1} if kind == "execute_result" else {}
    text = page(cell(outputs=[new_output(kind, data=data, metadata=metadata or {}, **more)]))
    return text[text.index('<main id="main">') : text.index("</main>")]


# blocks


def test_a_block_marks_itself_in_metadata_which_data_cannot_do():
    data, metadata = note("Nothing")._repr_mimebundle_()
    assert data == {"text/html": '<div class="aop"><p class="nothing">Nothing</p></div>', "text/plain": "Nothing"}
    assert metadata == {"text/html": {"aop": True}}


def test_the_first_screen_brings_its_stylesheet_to_jupyter_and_only_it():
    data, metadata = headline(FACTS, story())._repr_mimebundle_()
    assert data["text/html"].startswith(f"<style>{stylesheet()}</style>")
    assert metadata["text/html"]["title"] == "Revenue is 2.1 % under plan"
    assert "<style>" not in section("Finding", "what")._repr_mimebundle_()[0]["text/html"]


def test_every_text_of_a_block_is_escaped():
    text = "<b onclick=x>\"'&"
    for block in (
        note(text),
        folded(text),
        section(text, text, note(text), comments=[text], how=text, sources=text),
        headline(replace(FACTS, company=text), story(text)),
    ):
        assert "<b onclick" not in block.html
        assert "&lt;b onclick=x&gt;" in block.html


def test_a_tile_tells_its_difference_in_the_direction_that_is_better():
    text = re.sub(r"<[^>]+>|[ \n]+", " ", headline(FACTS, story()).html)
    for part in ("12.0", "M USD", "▼", "(0.5)", "(4.0\u00a0%)", "against plan 12.5", "Watch"):
        assert part in text


def test_decisions_are_counted_in_words_and_their_stakes_add_up():
    text = headline(FACTS, story(decisions=3)).html
    assert "Three decisions are asked, 3,000 USD at stake" in text
    assert '<section class="dec"' not in headline(FACTS, story()).html


@pytest.mark.parametrize(
    ("finding", "found"), [("Cash lasts 14.5 months", "s-cash-lasts-14-5-months"), ("«Ärger»", "s-rger"), ("", "s-"), ("A" * 200, "s-" + "a" * 60)]
)
def test_an_anchor_is_letters_and_digits_of_its_finding(finding, found):
    assert anchor(finding) == found


# what a page takes from a notebook


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("<table><tr><td colspan='2'>a</td></tr></table>", '<td colspan="2">a</td>'),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("<p onclick=x style='color:red' class=y>a</p>", "<p>a</p>"),
        ("<a href='javascript:x'>a</a>", "&lt;a href="),
        ("<img src=x onerror=y>", "&lt;img src="),
        ("<style>body{display:none}</style><p>a</p>", "<p>a</p>"),
        ("<scr<style></style>ipt>x</script>", "&lt;script&gt;x"),
        ("<b>not closed", "<b>not closed</b>"),
        ("</div></main><p>a", "<p>a</p>"),
        ("<svg><title><style><img src=x onerror=y>", "&lt;svg&gt;"),
    ],
)
def test_html_of_unknown_origin_keeps_its_tables_and_nothing_that_acts(given, kept):
    clean = str(sanitised(given))
    assert kept in clean
    assert not re.search(r"<(?!/?(?:table|thead|tbody|tr|t[hd]|p|b|div|span)\b)[a-z!/]", clean)
    assert "</div></main>" not in clean


@pytest.mark.parametrize(
    ("markdown", "made"),
    [
        ("<script>x</script>", "&lt;script&gt;"),
        ("a <b onclick=y>b</b>", "&lt;b onclick=y&gt;"),
        ("[words](javascript:x)", "<p>words</p>"),
        ("![words](https://evil.example/x.png)", "<p>words</p>"),
        ("<https://evil.example/>", "<p>https://evil.example/</p>"),
        ("# Heading", "<p><b>Heading</b></p>"),
        ("`<i>`", "<code>&lt;i&gt;</code>"),
        ("[x]: https://evil.example\n\n[x]", "<p>x</p>"),
        ("$\\href{javascript:x}{y}$", "$\\href{javascript:x}{y}$"),
    ],
)
def test_prose_shows_raw_html_as_text_and_leads_nowhere(markdown, made):
    text = str(prose_html(markdown))
    assert made in text
    assert "<a" not in text
    assert "<img" not in text
    assert "href=" not in text


def test_html_that_only_looks_like_a_block_is_not_trusted():
    text = shown({"text/html": '<div class="aop"><script>x</script><h2 onclick=y>z</h2></div>'})
    assert "&lt;script&gt;" in text
    assert "<h2 onclick" not in text


def test_text_is_shown_as_text():
    assert '<pre class="plain">&lt;b&gt;</pre>' in shown({"text/plain": "<b>"}, kind="execute_result")


def test_a_picture_is_shown_with_its_name_and_nothing_else_of_its_metadata():
    text = shown({"image/png": PIXEL + "\n", "text/plain": "<Figure>"}, {"image/png": {"alt": '"><script>', "note": SECRET}})
    assert f'<img src="data:image/png;base64,{PIXEL}" alt="&#34;&gt;&lt;script&gt;">' in text
    assert SECRET not in text


@pytest.mark.parametrize(
    "data",
    [
        {"application/javascript": "x"},
        {"application/vnd.jupyter.widget-view+json": {"model_id": "x"}, "text/plain": SECRET},
        {"image/svg+xml": f"<svg>{SECRET}</svg>"},
        {"image/png": f"{PIXEL}\"onerror='{SECRET}'"},
        {"text/latex": SECRET},
    ],
)
def test_scripts_widgets_and_foreign_drawings_are_not_shown(data):
    assert SECRET not in shown(data)


def test_no_code_stream_error_tag_parameter_or_widget_state_reaches_a_page():
    outputs = [
        new_output("stream", name="stdout", text=SECRET),
        new_output("stream", name="stderr", text=SECRET),
        new_output("error", ename=SECRET, evalue=SECRET, traceback=[SECRET]),
        new_output("display_data", data={"text/html": "<p>shown</p>"}, metadata={"text/html": {"note": SECRET}, SECRET: SECRET}),
    ]
    planted = cell(
        section("A finding", "what"), source=f"key = '{SECRET}'  # {SECRET}", outputs=outputs, metadata={"tags": [SECRET], "papermill": {"x": SECRET}}
    )
    text = page(
        new_markdown_cell("Prose", metadata={"tags": [SECRET]}), cell(headline(FACTS, story())), planted,
        papermill={"parameters": {"key": SECRET}, "output_path": SECRET}, widgets={"application/vnd.jupyter.widget-state+json": {"state": {"x": {"value": SECRET}}}}, title=SECRET,
    )  # fmt: skip
    assert SECRET not in text
    assert "<p>shown</p>" in text


# a page as a whole


def test_the_policy_stands_first_and_the_title_says_who_when_and_what():
    text = page(cell(headline(FACTS, story("Costs < plan"))))
    assert re.search(
        r"<head>\s*<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:\">", text
    )
    assert "<title>Acme &amp; Sons, FY2027: Costs &lt; plan</title>" in text


def test_a_page_without_a_first_screen_still_has_a_title():
    assert "<title>Acme &amp; Sons, FY2027: Budget</title>" in page(cell(note("x")))


def test_contents_lead_to_every_section_even_where_findings_are_equal_or_have_no_letters():
    findings = ["All ties", "All ties", "Decisions", "Лишь буквы", "年"]
    text = page(cell(headline(FACTS, story(decisions=1))), *(cell(section(each, "what", note("x"))) for each in findings))
    told = re.findall(r'<li><a href="#([^"]+)">([^<]+)</a></li>', text)
    assert [finding for _, finding in told] == findings
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    for place, finding in told:
        assert re.search(rf'<section id="{place}" aria-labelledby="h{place}" class="pb">\s*<h2 id="h{place}">{finding}</h2>', text)


def test_few_sections_need_no_contents():
    assert 'class="toc"' not in page(cell(section("One", "x")), cell(section("Two", "x")))
    assert 'class="toc"' in page(*(cell(section(each, "x")) for each in ("One", "Two", "Three")))


def test_prose_folds_into_the_section_it_leads_to():
    text = page(new_markdown_cell("We *sum*."), cell(section("One", "x")), cell(section("Two", "x")))
    first, second = text[text.index('id="s-one"') : text.index('id="s-two"')], text[text.index('id="s-two"') :]
    assert "<summary>How this was worked out</summary><p>We <em>sum</em>.</p>" in first
    assert "How this was worked out" not in second


def test_the_foot_says_what_the_page_stands_on():
    facts = replace(FACTS, baseline="abc123def456", assumptions=("Travel: growth 3 %",), status="frozen")
    foot = page(cell(note("x")), facts=facts).partition("<footer>")[2]
    for part in ("fy2027", "internal", "September 2026", "15 October 2026", "frozen", "sha256 abc123def456", "Travel: growth 3 %"):
        assert part in foot


def test_the_status_is_that_of_the_moment_the_page_is_made():
    text = page(cell(headline(FACTS, story())), facts=replace(FACTS, status="frozen \\1 \\g<0>"))
    assert '<span class="chip">Frozen \\1 \\g&lt;0&gt;</span>' in text
    assert '<span class="chip">Draft</span>' not in text


# the index


def entries(*titles: str) -> list[StageEntry]:
    return [StageEntry(title, title, f"{title} says so", f"reports/{title}.html", place) for place, title in enumerate(titles)]


def test_the_index_says_what_the_cycle_decided_in_at_most_ten_lines():
    stories = {f"stage{number}_story": story(f"Stage {number}", lines=5) for number in range(6)}
    text = html.index(FACTS, entries("a"), stories)
    lines = re.findall(r"<li>(Stage \d, line \d)</li>", text)
    assert len(lines) == 10
    assert {line for line in lines if line.endswith("line 0")} == {f"Stage {number}, line 0" for number in range(6)}
    assert lines == sorted(lines)
    assert "in 10 lines" in text


def test_the_index_leads_with_the_budget_in_a_plan_and_with_the_variances_in_a_review():
    stories = {"budget_story": story("The budget"), "variance_story": story("The variances")}
    assert "<h1>The budget</h1>" in html.index(FACTS, entries("a"), stories)
    assert "<h1>The variances</h1>" in html.index(replace(FACTS, is_review=True), entries("a"), stories)


def test_the_index_asks_for_a_few_decisions_its_own_stage_and_the_largest_amounts_first():
    text = html.index(FACTS, entries("a"), {"goal_story": story("Goals", decisions=9), "budget_story": story("Budget", decisions=3)})
    asked = re.findall(r'<div class="dw"><h3>Decide (\d)</h3>', text)
    assert asked == ["2", "1", "0", "8", "7"][: html.MOST_ASKED]
    assert html.MOST_ASKED <= 5


def test_the_index_links_every_page_and_counts_its_findings():
    text = html.index(FACTS, entries("a", "b", "c"), {"budget_story": story()})
    assert re.findall(r'href="(reports/[^"]+)"', text) == ["reports/a.html", "reports/b.html", "reports/c.html"]
    assert re.findall(r'class="count">([^<]+)<', text) == ["1 finding", "2 findings"]


# the same bytes

PROGRAM = """
import sys
from decimal import Decimal
import pandas as pd
sys.path.insert(0, {tests!r})
import test_report_pages as own
from aop_lib.report import charts
steps = pd.DataFrame({{"step": ["Plan", "Hires", "Actual"], "kind": ["total", "step", "total"], "group": ["", "People", ""], "amount": [Decimal(9), Decimal(-2), Decimal(7)]}})
asked = pd.DataFrame({{"label": ["a", "b"], "value": [Decimal(900), Decimal(100)], "part": [Decimal(400), None], "note": ["", ""]}})
blocks = [own.headline(own.FACTS, own.story(lines=2, decisions=2)), own.section("One", "x", charts.bridge(steps, "USD", alt="a"), charts.ranked(asked, "USD", alt="b"))]
print(own.page(*map(own.cell, blocks)) + own.html.index(own.FACTS, own.entries("a"), {{"budget_story": own.story(lines=3)}}))
"""


def test_the_same_notebook_gives_the_same_bytes_everywhere(tmp_path):
    made = []
    for place, (seed, zone, locale) in enumerate([("1", "Asia/Tokyo", "C"), ("77", "America/Los_Angeles", "C.UTF-8")]):
        folder = tmp_path / str(place)
        folder.mkdir()
        changed = {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
        command = [sys.executable, "-c", PROGRAM.format(tests=str(ROOT / "tests"))]
        made.append(subprocess.run(command, cwd=folder, env={**os.environ, **changed}, capture_output=True, check=True).stdout)
    assert made[0] == made[1]
    assert made[0].count(b"<svg") > 4


@pytest.mark.parametrize(
    "html",
    [
        "<p>x</p><script>1</script>", '<p onclick="x()">x</p>', '<a href="javascript:x()">x</a>', '<a href="&#106;avascript:x">x</a>', '<img src="x">',
        "<svg><foreignObject></foreignObject></svg>", '<p style="background:url(http://evil.example)">x</p>', '<a href="//evil.example">x</a>', "<style>*{}</style>",
    ],
)  # fmt: skip
def test_a_block_that_somebody_forged_is_not_trusted(html):
    assert not is_harmless(html)


def test_blocks_that_we_make_are_harmless():
    text = "<script>alert(1)</script> onclick=x javascript:x"
    bars = charts.ranked(pd.DataFrame({"label": [text], "value": [Decimal(1)]}), "USD", alt=text)
    made = [headline(FACTS, story(text, decisions=2)), section(text, text, bars, comments=[text], how=text, sources=text), folded(text, bars), note(text)]
    assert all(is_harmless(block.html) for block in made)


def test_a_stylesheet_in_a_cell_hides_no_row():
    given = "<style>th {}</style><table><tr><td>&lt;a</td></tr><tr><td><style></td></tr><tr><td>kept</td></tr><tr><td></style></td></tr></table>"
    clean = str(sanitised(given))
    assert "th {}" not in clean
    assert "kept" in clean
