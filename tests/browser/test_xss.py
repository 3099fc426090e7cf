"""Hostile text ends as visible text or as nothing: no execution, no request, no navigation, nothing after it hidden."""

from __future__ import annotations

import importlib.util
import re
import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import chromium
import nbformat
import pandas as pd
import pytest
from cycles import Silent
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from aop_lib.report import charts, html, tables
from aop_lib.report.blocks import Facts, folded, headline, note, section
from aop_lib.report.variance_table import Sides, variance_table
from aop_lib.run import run

HOSTILE = Path(__file__).parent.parent.parent.parent / "shared" / "hostile"
NOTEBOOKS = sorted((HOSTILE / "xss").glob("*.ipynb"))
COMPANY = Path(__file__).parent.parent / "hostile" / "company"
FACTS = Facts("Acme", "fy2027", "FY2027", "January to December 2027", "internal", "draft", "September 2026", "15 October 2026", "USD", stage_title="Hostile")
AFTER = "This stands after the hostile text"
PAYLOAD_BEGINS = re.compile(r"<img src=x onerror|<script>console\.log")  # pandas cuts long cells
OWN_PAGE = re.compile(r"(\.\./){0,2}(reports/)?(teams/)?[0-9a-z_]+\.html")
CSP = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')

AS_TEXT = {
    "df_repr_cell", "df_repr_colname", "df_repr_index", "df_to_html_escape_false", "display_html_fstring", "gt_cell", "gt_colname", "gt_fmt_markdown", "gt_header",
    "gt_source_note", "gt_spanner", "md_cell_script", "styler_colname", "styler_default", "styler_format_escape",
}  # fmt: skip
"""Where the payload is data that is shown; elsewhere it is code, a stream, a widget or part of a picture, and nothing need be shown."""

EVERYTHING = r"""
document.querySelectorAll('a[href]').forEach(each => { if (new RegExp(arguments[0]).test(each.getAttribute('href'))) each.removeAttribute('href') });
for (const e of document.querySelectorAll('body *')) {
  for (const kind of ['mouseover', 'mouseenter', 'mousemove', 'focus', 'pointerdown', 'mousedown', 'mouseup', 'click'])
    e.dispatchEvent(new (kind === 'focus' ? FocusEvent : MouseEvent)(kind, {bubbles: true, cancelable: true, view: window}));
}
document.querySelectorAll('details').forEach(each => each.open = true);
"""
SEEN = r"""
const e = [...document.querySelectorAll('h2')].find(each => each.textContent.includes(arguments[0]));
if (!e) return 'gone';
e.scrollIntoView({block: 'center'});
const box = e.getBoundingClientRect(), top = document.elementFromPoint(box.left + 5, box.top + box.height / 2);
return e.checkVisibility({opacityProperty: true, visibilityProperty: true}) && (top === e || e.contains(top)) ? 'seen' : 'hidden';
"""


def block_cell(block):
    data, metadata = block._repr_mimebundle_()
    return new_code_cell("shown", execution_count=1, outputs=[new_output("display_data", data=data, metadata=metadata)])


@pytest.fixture(scope="session")
def executed() -> dict[str, nbformat.NotebookNode]:
    """Every hostile notebook as executed, all in one kernel, between a first screen and a last section of ours."""
    sources = {file.stem: nbformat.read(file, as_version=4) for file in NOTEBOOKS}
    together = new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})
    for name, notebook in sources.items():
        together.cells += [new_code_cell("%matplotlib inline")] if name.startswith("mpl_") else []
        for cell in notebook.cells:
            cell.metadata["from"] = name
            together.cells.append(cell)
    NotebookClient(together, allow_errors=True, timeout=120).execute()
    first = block_cell(headline(FACTS, pd.DataFrame({"kind": ["message"], "text": ["Hostile text"], "position": [0], "amount": [0]})))
    found = {}
    for name in sources:
        own = [cell for cell in together.cells if cell.metadata.get("from") == name]
        found[name] = new_notebook(cells=[first, *own, block_cell(section(AFTER, "What", note("And this below it")))], metadata=together.metadata)
    return found


def opened(driver, page: Path) -> list[str]:
    """Opens a page, touches everything on it, and returns what it did: console messages of scripts, dialogs, requests, navigations, windows."""
    chromium.looks(driver, 1400)
    chromium.logs(driver)
    driver.get(page.as_uri())
    driver.execute_script(EVERYTHING, f"^{OWN_PAGE.pattern}$")
    told = chromium.logs(driver, page)
    moved = [] if driver.current_url.partition("#")[0] == page.as_uri() else [f"moved to {driver.current_url}"]
    return [*told, *moved, *(["a second window"] if len(driver.window_handles) > 1 else [])]


def of(notebook, kind) -> list:
    return [output for cell in notebook.cells[1:-1] for output in cell.get("outputs", []) if output.output_type == kind]


@pytest.mark.skipif(not NOTEBOOKS, reason="needs ../shared/hostile/xss")
@pytest.mark.parametrize("name", [file.stem for file in NOTEBOOKS])
def test_a_hostile_notebook_ends_as_visible_text_or_nothing(executed, driver, tmp_path, name):
    notebook = executed[name]
    if name.startswith("gt_") and not importlib.util.find_spec("great_tables"):
        pytest.skip("needs great_tables (of the dev requirements): pip install great_tables")
    assert [error["evalue"] for error in of(notebook, "error")] == [], "it did what it was written for"
    page = tmp_path / "page.html"
    page.write_text(html.page(notebook, FACTS, home=""), encoding="utf-8")
    assert opened(driver, page) == []
    text = driver.execute_script("return document.body.innerText")
    assert PAYLOAD_BEGINS.search(text) if name in AS_TEXT else True
    assert driver.execute_script(SEEN, AFTER) == "seen"


@pytest.mark.skipif(not NOTEBOOKS, reason="needs ../shared/hostile/xss")
def test_escaping_holds_without_the_policy(executed, driver, tmp_path):
    told = {}
    for name, notebook in executed.items():
        page = tmp_path / f"{name}.html"
        text, count = CSP.subn("", html.page(notebook, FACTS, home=""))
        assert count == 1
        page.write_text(text, encoding="utf-8")
        told[name] = opened(driver, page)
    assert {name: faults for name, faults in told.items() if faults} == {}


PAYLOADS = {
    "script": "<script>console.log('PWN:script')</script>",
    "image": "<img src=x onerror=\"console.log('PWN:image')\">",
    "beacon": '<img src="https://evil.example/b.png">',
    "svg": "<svg onload=\"console.log('PWN:svg')\"><a href=\"javascript:console.log('PWN:a')\"><text y=20>x</text></a></svg>",
    "link": "<a href=\"javascript:console.log('PWN:link')\">x</a>",
    "attribute": "\" onmouseover=\"console.log('PWN:attribute')\" x='",
    "style": "</style><style>body{display:none}</style>",
    "comment": "<!-- all that follows",
    "textarea": "</title><textarea>",
    "template": "{{ 7 * 7 }}{% raw %}",
    "refresh": '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
    "markdown": "[x](javascript:console.log(1)) ![x](https://evil.example/c.png) | a | b |",
    "math": "$\\href{javascript:console.log('PWN:math')}{x}$ </g></svg><script>console.log('PWN:math')</script>",
}


@pytest.mark.parametrize("name", [name for name in PAYLOADS if name not in {"style", "comment", "textarea", "template", "markdown", "refresh"}])
def test_the_policy_holds_without_escaping(driver, tmp_path, name):
    page = tmp_path / "page.html"
    shown = html.page(new_notebook(cells=[block_cell(section(AFTER, "HERE"))]), FACTS, home="")
    page.write_text(shown.replace("HERE", PAYLOADS[name]), encoding="utf-8")
    told = opened(driver, page)
    assert [each for each in told if "console-api" in each or "moved" in each or "window" in each or "dialog" in each] == []
    assert [each for each in told if each.startswith("request: ") and not _blocked(told)] == []


def _blocked(told: list[str]) -> bool:
    return any("csp" in each for each in told if each.startswith("failed request"))


@pytest.mark.skipif(not NOTEBOOKS, reason="needs ../shared/hostile/xss")
def test_a_page_that_executes_is_found_out(executed, driver, tmp_path):
    page = tmp_path / "default.html"
    page.write_text(HTMLExporter(template_name="basic").from_notebook_node(executed["display_html_fstring"])[0], encoding="utf-8")
    assert any("PWN:display_html_fstring" in each for each in opened(driver, page))


def hostile_text(text: str, name: str) -> str:
    """A single-quoted YAML text with the payload in it."""
    return "'" + f"{text} {PAYLOADS[name]}".replace("'", "''") + "'"


@pytest.fixture(scope="session")
def hostile_cycle(tmp_path_factory) -> Path:
    """The pages of a company whose names, goals, requests, comments and files are all hostile."""
    home = tmp_path_factory.mktemp("hostile") / "company"
    shutil.copytree(COMPANY, home)
    company = (home / "company.yml").read_text()
    for text, name in (("Hostile Input Ltd", "image"), ("Sam Sales", "script"), ("Head of Sales", "svg"), ("Operating expenses", "style"), ("Software", "comment"), ("Travel", "attribute"), ("Engineering", "template")):  # fmt: skip
        company = re.sub(
            rf"name: {text}$|title: {text}$",
            lambda found, text=text, name=name: f"{found[0].split(':')[0]}: {hostile_text(text, name)}",
            company,
            flags=re.MULTILINE,
        )
    company = company.replace("name: Sales\n", f"name: {hostile_text('Sales', 'math')}\n")
    (home / "company.yml").write_text(company)
    (home / "goals.yml").write_text(
        f"""objectives:
  - id: grow
    statement: {hostile_text("Grow", "textarea")}
goals:
  - id: spend
    statement: {hostile_text("Spend", "beacon")}
    objective: grow
    weight: 1
    kpi: operating_profit
    start: 0
    target: 0
    deadline: 2026-12-31
    owner: sam
    milestones:
      - id: m1
        what: {hostile_text("Page", "link")}
        due: 2026-02-15
        owner: sam
        measure: {hostile_text("live", "markdown")}
""",
        encoding="utf-8",
    )
    rows = [
        f'sales,CC100,6000,2026-{month:02d},100.00,USD,"{comment}"'
        for month, comment in enumerate([each.replace('"', '""') for each in PAYLOADS.values()], 1)
        if month < 13
    ]
    (home / "requests" / "sales" / "<img src=x onerror=alert(1)>.csv").write_text(
        "team,cost_centre,account,month,amount,currency,comment\n" + "\n".join(rows) + "\n", encoding="utf-8"
    )
    wrong = f'sales,CC100,"{PAYLOADS["image"]}",2026-01,1.00,USD,x\n'.replace('<img src=x onerror="', '<img src=x onerror=""').replace("')\">", '\')"">')
    (home / "requests" / "engineering" / "<svg onload=alert(2)>.csv").write_text(
        "team,cost_centre,account,month,amount,currency,comment\n" + wrong, encoding="utf-8"
    )
    return run(home / "fy2026.yml", outputs=home.parent / "outputs", progress=Silent()).folder


def test_hostile_names_end_as_visible_text_on_every_page(hostile_cycle, driver):
    pages = sorted(hostile_cycle.rglob("*.html"))
    assert len(pages) > 6
    texts, told = [], {}
    for page in pages:
        told[page.name] = [*chromium.page_faults(driver, page, 360), *opened(driver, page)]
        assert driver.execute_script(SEEN, "About this page") == "seen"
        driver.execute_script(chromium.UNFOLDED)
        texts.append(
            driver.execute_script("return document.body.innerText + [...document.querySelectorAll('svg text')].map(each => '\\n' + each.textContent).join('')")
        )
    assert {name: faults for name, faults in told.items() if faults} == {}
    everything = "\n".join(texts)
    assert [name for name in ("image", "script", "svg", "style", "template", "math", "beacon") if PAYLOADS[name] not in everything] == []
    assert "<img src=x onerror=alert(1)>.csv" in everything
    assert "<svg onload=alert(2)>.csv" in everything


def page_of(payload: str) -> str:
    """A page of every kind of block with the payload wherever text can stand."""
    money = [Decimal("1200.00"), Decimal("-800.00")]
    rows = pd.DataFrame({"label": [payload, "Rest"], "why": payload, "style": "", "direction": 1, "actual": money, "plan": money[::-1]})
    wanted = pd.DataFrame({"team": [payload, "Rest"], "vendor": [f"{payload} Ltd", "Rest"], "state": [payload, "late"], "comment": payload, "amount": money})
    steps = pd.DataFrame(
        {"step": ["Plan", payload, "Actual"], "kind": ["total", "step", "total"], "group": ["", payload, ""], "amount": [Decimal(9), Decimal(-2), Decimal(7)]}
    )
    found = pd.DataFrame(
        {"severity": ["error"], "where": payload, "what": payload, "expected": payload, "found": payload, "owner": payload, "amount": money[:1]}
    )
    ties = pd.DataFrame({"check": [payload], "left": money[:1], "right": money[:1], "ties": [True]})
    blocks = [
        headline(facts_of(payload), story(payload), pd.DataFrame({"label": payload, "month": pd.to_datetime(["2026-01-01", "2026-02-01"]), "value": money})),
        section(f"Finding {payload}", payload, note(payload), folded(payload, note(payload)), comments=[payload], how=payload, sources=payload),
        section(payload, payload, note(payload), how=payload),
        tables.amounts(
            wanted,
            [
                tables.Column("team", payload, why="comment"),
                tables.Column("vendor", payload),
                tables.Column("state", payload, "status"),
                tables.Column("amount", payload, "money"),
            ],
            payload,
            "USD",
            total=payload,
        ),
        tables.amounts(wanted.head(0), [], payload, "USD", empty=payload),
        tables.findings(found, "USD"),
        tables.control_totals(ties, "USD"),
        variance_table(rows, Sides(payload, payload, payload, ""), payload, "USD", payload),
        charts.bridge(steps, "USD", alt=payload, start=payload, end=payload),
        charts.ranked(pd.DataFrame({"label": [payload, "b"], "value": money, "part": [Decimal(400), None], "note": [payload, ""]}).head(1), "USD", alt=payload),
    ]
    return html.page(new_notebook(cells=[new_markdown_cell(payload), *map(block_cell, blocks)], metadata={"title": payload}), facts_of(payload), home="")


def facts_of(text: str) -> Facts:
    return replace(
        FACTS,
        company=text,
        cycle=text,
        label=text,
        period=text,
        status=text,
        last_closed=text,
        as_of=text,
        baseline=text,
        assumptions=(text,),
        stage_title=text,
    )


def story(text: str) -> pd.DataFrame:
    common = {
        "text": text,
        "label": text,
        "owner": text,
        "prepared_by": text,
        "due": text,
        "reference_label": text,
        "status": "good",
        "direction": 1,
        "unit": "USD",
    }
    kinds = [("message", 0), ("figure", 1), ("decision", 2), ("line", 3)]
    return pd.DataFrame(
        [{**common, "kind": kind, "position": place, "value": Decimal(5), "reference": Decimal(4), "amount": Decimal(7)} for kind, place in kinds]
    )


@pytest.mark.parametrize("name", PAYLOADS)
def test_every_block_shows_hostile_text_as_text(driver, tmp_path, name):
    payload = PAYLOADS[name]
    index = html.index(facts_of(payload), [html.StageEntry("00", payload, payload, "page.html", 2)], {"a_story": story(payload)})
    page = tmp_path / "page.html"
    for text, least in ((page_of(payload), 35), (index, 10)):
        page.write_text(text, encoding="utf-8")
        assert chromium.page_faults(driver, page, 1400) == []
        assert opened(driver, page) == []
        assert driver.execute_script("return document.body.innerText").count(payload) >= least
        assert " ".join(payload.split()) in driver.title
        assert driver.execute_script(SEEN, "About this page") == "seen"
