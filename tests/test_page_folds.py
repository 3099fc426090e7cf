"""Behind every key figure, total and material variance of the pages stands where it comes from; one that cannot be traced fails here."""

from __future__ import annotations

import html
import re
from decimal import Decimal
from functools import cache

import pytest
from bs4 import BeautifulSoup

from aop_lib.load import load
from aop_lib.plan.figure_keys import ALIGNMENT_KEY, amount_key, key_of, metric_key
from aop_lib.plan.team_page import members
from aop_lib.plan.variance import line_variances, material
from aop_lib.plan.variance_review import adverse
from aop_lib.report import numbers
from aop_lib.report.behind import behind
from aop_lib.report.folds import Teller, with_folds
from aop_lib.stages import STAGES
from aop_lib.store import frame_file, read_frame

REAL = re.compile(r"sha256 [0-9a-f]{64}|\.(yml|csv|xlsx|md):\d+|a database: no file to hash")
STORIES = {stage.name: next(name for name in stage.writes if name.endswith("_story")) for stage in STAGES}
PAGES = [f"reports/{name}.html" for name in STORIES]
STATEMENTS = {
    "Cash flow by quarter", "Cash flow by month", "Balance sheet by quarter", "Balance sheet by month", "Deferred revenue", "ARR bridge by quarter",
    "P&L by kind of cost",
}  # fmt: skip
TABLES = {
    "plan": STATEMENTS | {
        "ARR bridge by segment", "ARR bridge by product", "Budget by line", "P&L by quarter", "Drivers beside the budget", "Scenarios by line", "Versions by line",
        "P&L, actual against plan", "Operating expenses by team", "Operating profit by entity",
    },
    "review": STATEMENTS | {"Outlook by line", "Budget by line", "P&L, actual against plan", "Operating expenses by team", "Operating profit by entity"},
}  # fmt: skip
# The P&L month by month, and tables of amounts in several currencies: rows above a total are its parts, control totals tie them.
OTHER_TABLES = ("P&L by month", "Results from entities", "Balance sheet from entities", "Targets by", "Targets of", "Headcount")
ROUNDED, HALF_A_THOUSAND = ("ARR bridge by segment", "ARR bridge by product"), Decimal(500)


@pytest.fixture(scope="module", params=["plan", "review"])
def cycle(request, cycles):
    folder = getattr(cycles, request.param)
    return request.param, load(cycles.params / "demo" / ("fy2027.yml" if request.param == "plan" else "fy2027_q1.yml")), folder


class Page:
    """A page as it was parsed, with its figures by key and its parts by id."""

    def __init__(self, text: str) -> None:
        self.soup = BeautifulSoup(text, "html.parser")
        self.keys = {each["data-key"]: each for each in self.soup.find_all("details", attrs={"data-key": True})}
        self.ids = {each["id"]: each for each in self.soup.find_all(id=True)}
        self.folds = self.soup.find_all("details", class_="from")


@cache
def read_page(file) -> Page:
    return Page(file.read_text(encoding="utf-8"))


def page_of(folder, name: str) -> Page:
    return read_page(folder / name)


def frame(folder, name: str):
    return read_frame(frame_file(folder, name), name)


def tree_of(page: Page, key: str):
    """The tree behind a key; a figure that stands twice is told once and referred to."""
    return page.keys[key].find("ul").find("li") if key in page.keys else None


def told(page: Page, node):
    """A part as it is told, here or above."""
    again = next((link for link in node.find_all("a", recursive=False) if link["href"].startswith("#part-")), None)
    return page.ids[again["href"][1:]] if again else node


def parts_of(page: Page, node) -> list:
    return [each for each in (told(page, node).find("ul", recursive=False) or []) if each.name == "li"]


def exact_of(node) -> Decimal | None:
    return Decimal(node["data-exact"]) if node.has_attr("data-exact") else None


def gaps(page: Page, node) -> list[str]:
    """Breakdowns whose parts do not add up to what they are parts of."""
    found, parts = [], parts_of(page, node)
    for name in dict.fromkeys(each["data-part"] for each in parts if each.has_attr("data-part")):
        total = sum((exact_of(each) for each in parts if each.get("data-part") == name), Decimal(0))
        if total != exact_of(node):
            found.append(f"its parts by {name} add up to {total}, not {exact_of(node)}")
    return [*found, *(text for each in parts for text in gaps(page, each))]


def is_real(page: Page, node) -> bool:
    """Whether a tree ends in a file with its hash, a parameter with its line, or a request."""
    own = told(page, node)
    links = [page.ids.get(link["href"][1:]) for link in own.find_all("a", class_="at", recursive=False)]
    here = [own.find("span", class_="at", recursive=False), *links]
    return any(REAL.search(each.get_text(" ")) for each in here if each is not None) or any(is_real(page, each) for each in parts_of(page, node))


def troubles(page: Page, key: str, shown: Decimal) -> list[str]:
    """Why a figure is not traced: no tree, another value behind it, parts that do not add up, or nothing real at its end."""
    node = tree_of(page, key) if key else None
    if node is None:
        return [f"{key or 'a figure without a key'}: nothing stands behind it"]
    found = [] if exact_of(node) == shown else [f"{key}: behind it stands {exact_of(node)}, shown is {shown}"]
    found += [f"{key}: {text}" for text in gaps(page, node)]
    sides = [each for each in parts_of(page, node) if each.has_attr("data-exact") and not each.has_attr("data-part")] if "," in key else [node]
    return [*found, *(f"{key}: {each.get_text(' ')[:60]} leads to nothing" for each in sides if not is_real(page, each))]


def figures(folder, story: str) -> list:
    own = frame(folder, story)
    return own[own["kind"] == "figure"].sort_values("position").head(5).to_dict("records")


def shown_tiles(page: Page) -> list[str]:
    return [each.get_text(" ", strip=True) for each in page.soup.find_all(class_="big")]


def tile_text(row) -> str:
    return " ".join(each for each in numbers.value_text(Decimal(row["value"]), row["unit"]) if each)


def test_every_key_figure_of_every_stage_leads_to_files_parameters_or_requests(cycle):
    _, _, folder = cycle
    for stage, story in STORIES.items():
        page, own = page_of(folder, f"reports/{stage}.html"), figures(folder, story)
        assert own
        assert [text for row in own for text in troubles(page, row["explains"], Decimal(row["value"]))] == []
        assert shown_tiles(page) == [tile_text(row) for row in own]


def test_the_index_traces_its_key_figures_too(cycle):
    kind, _, folder = cycle
    page, own = page_of(folder, "index.html"), figures(folder, "budget_story" if kind == "plan" else "variance_story")
    assert [text for row in own for text in troubles(page, row["explains"], Decimal(row["value"]))] == []


def marked_rows(page: Page):
    """Tables with rows that stand out: name, label of the row, its exact figures, and what is told behind the table: label to key."""
    for table in page.soup.find_all("table"):
        after = table.parent.find_next_sibling()
        keys = {}
        if after is not None and "from" in after.get("class", []):
            keys = {each.find("summary").get_text(): each["data-key"] for each in after.find_all("details", recursive=False)}
            keys |= {each.find("a").get_text(): each["data-key"] for each in after.find_all("p", class_="again")}
        for row in table.select("tbody tr.total, tbody tr.sub, tbody tr.result"):
            exact = [amount(cell["title"]) for cell in row.select("td[title]") if amount(cell["title"]) is not None]
            label = row.find("th").find(string=True)
            yield table, str(label), exact, keys


def amount(text: str) -> Decimal | None:
    digits = text.replace(",", "").replace("\xa0", "").replace("+", "")
    is_negative = digits.startswith("(")
    digits = digits.strip("()")
    return Decimal(digits) * (-1 if is_negative else 1) if re.fullmatch(r"\d+\.\d{2}", digits) else None


def adds_up(table, exact: list[Decimal]) -> bool:
    """Whether a last row is the sum of the rows above it."""
    rows = [row for row in table.select("tbody tr") if not {"total", "result"} & set(row.get("class", []))]
    sums = [amount(cell["title"]) for row in rows for cell in row.select("td.num[title]")[:1]]
    return bool(exact) and sum((each for each in sums if each is not None), Decimal(0)) == exact[0]


def test_every_total_of_the_profit_and_loss_is_traced_and_every_other_one_adds_up_from_the_rows_above(cycle):
    kind, _, folder = cycle
    traced = set()
    for name in PAGES:
        page = page_of(folder, name)
        for table, label, exact, keys in marked_rows(page):
            called = table["aria-label"]
            if label in keys:
                first = exact_of(tree_of(page, keys[label]))
                rounded = [abs(each - first) <= HALF_A_THOUSAND for each in exact if called in ROUNDED]  # a table of steps that are cut to add up
                assert first in exact or any(rounded), (name, called, label, first, exact)
                assert troubles(page, keys[label], first) == []
                traced.add(called)
            elif not called.endswith(", exact") and not called.startswith(OTHER_TABLES):
                assert adds_up(table, exact) or not exact, (name, called, label, exact)
    assert TABLES[kind] - traced == set()


def test_every_material_variance_is_traced_to_both_sides(cycle):
    _, params, folder = cycle
    page = page_of(folder, "reports/05_variance_review.html")
    rows, accounts, lines = (frame(folder, name) for name in ("variances", "accounts", "lines"))
    by_line = material(line_variances(rows, accounts, lines), params.company.materiality).assign(team="")
    worst = adverse(params, rows, accounts, lines)
    assert len(by_line) > 2
    for table in (by_line, worst[worst["budget"] != 0]):
        for row in table.to_dict("records"):
            key = amount_key(row["line"], "actual", "planned", team=row["team"])
            assert troubles(page, key, Decimal(row["actual"])) == []
            actual, planned = (exact_of(each) for each in parts_of(page, tree_of(page, key)))
            assert (actual, planned) == (row["actual"], row["budget"])


def test_a_figure_that_cannot_be_traced_is_found(cycle):
    _, _, folder = cycle
    text, key = (folder / "reports/04_scenarios.html").read_text(encoding="utf-8"), amount_key("operating_profit", "budget")
    sound = Page(text)
    value = exact_of(tree_of(sound, key))
    assert troubles(sound, key, value) == []
    assert "shown is" in troubles(sound, key, value + 1)[0]
    assert "nothing stands behind" in troubles(sound, "", value)[0]
    assert "nothing stands behind" in troubles(Page(text.replace(f'data-key="{key}"', "")), key, value)[0]
    layer = tree_of(sound, key).select_one('[data-part="layer"]')["data-exact"]
    spoiled = Page(text.replace(f'data-exact="{layer}"', 'data-exact="1.00"'))
    assert "add up" in " ".join(troubles(spoiled, key, value))
    bare = Page(re.sub(r"sha256 [0-9a-f]{64}|\.yml:\d+", "", text))
    assert "leads to nothing" in " ".join(troubles(bare, key, value))


def test_a_key_without_an_explanation_is_told_as_such_and_found():
    page = Page(with_folds(f"<main>{behind([('Revenue', 'amount nothing sides=budget')])}</main>", Teller(lambda _: None)))
    assert "cannot be traced" in page.soup.get_text()
    assert troubles(page, "amount nothing sides=budget", Decimal(1)) == ["amount nothing sides=budget: nothing stands behind it"]


def test_no_figure_of_a_published_page_is_left_untraced(cycle):
    _, _, folder = cycle
    for file in sorted(folder.rglob("*.html")):
        text = file.read_text(encoding="utf-8")
        assert 'class="lost"' not in text, file.name
        assert "data-figures" not in text, file.name
        assert "<script" not in text, file.name


def test_texts_of_files_stand_escaped_behind_figures():
    node = {
        "label": "<b>x</b>",
        "value": "<script>1</script>",
        "how": "",
        "place": "<i>",
        "exact": "",
        "breakdown": "",
        "name": "",
        "source": ["", ""],
        "parts": [],
        "is_whole": True,
    }
    page = with_folds(f"<main>{behind([('<img src=x>', 'metric <x>')])}</main>", Teller(lambda _: {**node, "is_cut": False, "asked": ""}))
    assert "<script" not in page
    assert "<img" not in page
    assert "<b>x" not in page
    assert "<img src=x>" in html.unescape(page)


def test_a_team_sees_behind_its_figures_its_own_rows_alone(cycle):
    _, params, folder = cycle
    status, requests, stories = frame(folder, "request_status"), frame(folder, "requests"), 0
    for team in [each.id for each in params.company.teams]:
        mine = members(params, team)
        page = page_of(folder, f"reports/teams/{team}.html")
        folds = page.folds
        text = " ".join(each.get_text(" ") for each in folds)
        stories += len(folds)
        assert len(page.keys) >= len(shown_tiles(page)), team
        for key in page.keys:
            assert gaps(page, tree_of(page, key)) == [], (team, key)
        others = status[~status["team"].isin(mine)]
        assert [title for title in others["title"] if title in text] == [], team
        asked = {row["where"].partition(":")[0] for row in requests[requests["team"].isin(mine)].to_dict("records")}
        assert {each.partition(":")[0].strip(",;") for each in re.findall(r"params/\S+", text)} <= asked, team
        assert not re.search(r"exports/|company\.yml|drivers\.yml|decisions\.yml|aop explain", text), team
    assert stories


def test_a_team_s_folds_hold_the_values_that_its_page_shows(cycle):
    _, params, folder = cycle
    costs = (
        frame(folder, "budget").merge(frame(folder, "accounts")[["account", "line"]], on="account").merge(frame(folder, "lines")[["line", "type"]], on="line")
    )
    costs = costs[costs["type"].isin(["cost_of_revenue", "opex"])]
    for team in [each.id for each in params.company.teams]:
        page = page_of(folder, f"reports/teams/{team}.html")
        expected = sum(costs.loc[costs["team"].isin(members(params, team)), "amount"], Decimal(0))
        assert [key for key in page.keys if key in {"own budget", "own spent", "own approved"} and not is_real(page, tree_of(page, key))] == [], team
        assert exact_of(tree_of(page, "own budget")) == expected, team


def test_investors_see_behind_their_figures_the_quarters_of_their_page_and_no_file(cycles):
    params, folder = load(cycles.params / "demo" / "fy2027.yml"), cycles.plan
    page = page_of(folder, "reports/investor.html")
    assert len(page.keys) == len(shown_tiles(page))
    text = " ".join(each.get_text(" ") for each in page.folds)
    assert not re.search(r"\.yml|\.csv|sha256|aop explain|params/", text)
    said = " ".join(metric.definition for metric in params.metrics.values())
    assert [team.name for team in params.company.teams if team.name in text and team.name not in said] == []
    assert all(gaps(page, tree_of(page, key)) == [] for key in page.keys)
    exact = page.soup.find("table", attrs={"aria-label": "P&L by quarter, exact"})
    year = next(row for row in exact.select("tbody tr") if row.find("th").get_text(strip=True) == "Operating profit")
    assert exact_of(tree_of(page, "own operating_profit")) == amount(year.select("td")[-1].get_text(strip=True))


def test_a_key_reads_back_as_it_was_written():
    for text in (amount_key("opex", "actual", "planned", team="sales"), metric_key("arr", "2026-09", since="2025-10"), ALIGNMENT_KEY):
        assert key_of(text).text == text
