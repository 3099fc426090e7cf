"""Every page states how the metrics that it shows are read, in a section or in its foot."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from aop_lib.load import load
from aop_lib.plan.metric_words import reached_switches, switch_sentences
from aop_lib.report.stated import Reading, statements, visible

PAGES = ["index.html", *(f"reports/{name}.html" for name in (
    "00_single_source", "01_goal_setting", "02_team_requests", "03_consolidation", "04_scenarios", "05_variance_review"))]  # fmt: skip
STORIES = {
    "reports/00_single_source.html": ["source_story"], "reports/01_goal_setting.html": ["goal_story"], "reports/02_team_requests.html": ["request_story"],
    "reports/03_consolidation.html": ["budget_story"], "reports/04_scenarios.html": ["scenario_story"], "reports/05_variance_review.html": ["variance_story"],
    "index.html": [],
}  # fmt: skip


@pytest.fixture(scope="module", params=["plan", "review", "adventureworks"])
def published(request, cycles):
    folder = getattr(cycles, request.param)
    files = {"plan": cycles.params / "demo" / "fy2027.yml", "review": cycles.params / "demo" / "fy2027_q1.yml"}
    own = Path(__file__).parent / "real" / "adventureworks" / "fy2011.yml"
    return load(files.get(request.param, own)), folder


def shown_metrics(params, folder: Path, page: str, text: str) -> set[str]:
    """The metrics that a page shows: of its key figures, of its goals, and every one whose label stands on it."""
    labels = {metric.label: name for name, metric in params.metrics.items()}
    found = {name for label, name in labels.items() if re.search(rf"(?<!\w){re.escape(label)}(?!\w)", text)}
    for story in STORIES[page]:
        rows = pd.read_parquet(folder / "frames" / f"{story}.parquet")
        found |= {labels[label] for label in rows.loc[rows["kind"] == "figure", "label"] if label in labels}
    if page == "reports/01_goal_setting.html" or (page == "reports/05_variance_review.html" and params.is_review):
        found |= set(pd.read_parquet(folder / "frames" / "goals.parquet")["metric"])
    return found


@pytest.mark.parametrize("page", PAGES)
def test_each_page_states_every_switch_of_each_metric_that_it_shows(published, page):
    params, folder = published
    text = visible((folder / page).read_text(encoding="utf-8"))
    missing = {
        (metric, sentence)
        for metric in shown_metrics(params, folder, page, text)
        for sentence in switch_sentences(params, reached_switches(params, [metric]))
        if sentence not in text
    }
    assert missing == set()


def test_the_demo_shows_metrics_with_switches_beyond_the_first_page(cycles):
    for page in ("index.html", "reports/01_goal_setting.html"):
        assert "signed and not yet live at the close do not count" in visible((cycles.plan / page).read_text(encoding="utf-8"))


READINGS = [
    Reading("New ARR", (), ("Returns count as new.", "Signed ones do not count.")),
    Reading("Cash & more", ("CASH",), ("At the close.",)),
    Reading("Heads", (), ()),
]


def test_a_metric_that_is_not_shown_states_nothing_and_one_that_is_shown_states_each_switch():
    assert statements(["<p>Renewed ARRs and Heads</p>"], READINGS) == []
    found = statements(["<b>New\n ARR</b> and <i>Cash &amp; more</i>"], READINGS)
    assert [(each.text, each.labels) for each in found] == [
        ("Returns count as new.", ("New ARR",)), ("Signed ones do not count.", ("New ARR",)), ("At the close.", ("Cash & more",)),
    ]  # fmt: skip


def test_what_a_section_states_is_not_said_again_and_another_name_counts():
    found = statements(["<p>new ARR</p><details>Returns count as new.</details>", "CASH"], READINGS)
    assert [each.text for each in found] == ["Signed ones do not count.", "At the close."]
