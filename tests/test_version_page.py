"""A version's page: all of that version, to the cent, and nothing of any other; made by a process that holds nothing else."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from decimal import Decimal
from html import unescape

import pytest

from aop_lib import apart, audience
from aop_lib.display import displayed, scale_of
from aop_lib.load import load
from aop_lib.money import total
from aop_lib.plan.profit_and_loss import line_totals
from aop_lib.plan.version_page import QUARTERS, quarter_rows, shown_quarters, version_extract
from aop_lib.plan.versions import change_words
from aop_lib.plan.wording import amount_text
from aop_lib.store import frame_file, read_frame


@pytest.fixture(scope="module")
def demo(cycles):
    folder = cycles.plan
    params = load(cycles.params / "demo" / "fy2027.yml")
    frames = {name: read_frame(frame_file(folder, name), name) for name in (*audience.FRAMES, "budget", "overlay_paths", "people", "teams")}
    return params, frames, (folder / "reports" / "investor.html").read_text()


def investor(params):
    return next(each for each in params.versions if each.id == "investor")


def told(page):
    """The page's text as it is read, its pictures' texts included, blanks made one."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<style.*?</style>", "", page, flags=re.DOTALL)).replace("\u00a0", " "))


def internal_figures(params, frames):
    """Every figure of the internal P&L that the investor version does not have: by line, quarter and year, exact and as a reader is told it."""
    sides = [quarter_rows(params, frames["versions"].query(f"version == '{each}'"), frames["accounts"], frames["lines"]) for each in ("internal", "investor")]
    values = [{Decimal(each) for name in (*QUARTERS, "year") for each in side[name]} for side in sides]
    own, displayed_too = values[0] - values[1], shown_quarters(sides[1], "USD")
    both = values[1] | {Decimal(each) for name in (*QUARTERS, "year") for each in displayed_too[name]}
    texts = {f"{each:,.2f}" for each in own} | {amount_text(each).replace("\u00a0", " ") for each in own}
    return texts - {amount_text(each).replace("\u00a0", " ") for each in both}


def test_nothing_of_the_internal_version_is_on_the_page_nor_in_its_extract(demo):
    params, frames, page = demo
    version = investor(params)
    extract = json.dumps(version_extract(params, version, frames) | {"facts": audience.version_facts(params, params.folder, version)}, ensure_ascii=False)
    figures = internal_figures(params, frames)
    assert len(figures) > 40
    texts = [version.reason, *(each.why for each in version.changes), *(each.why for each in version.goals)]
    texts += [change_words(params, each, frames["accounts"]).replace("\u00a0", " ") for each in version.changes]
    texts += [each.statement for each in params.goals.goals] + ["29.0 M", "29,000,000", "Internal", "internal"]
    for visible in (told(page), told(extract)):
        assert [each for each in [*figures, *texts] if re.search(rf"(?<![\d,.]){re.escape(each)}(?![\d,.]*\d)", visible)] == []


def test_no_team_no_person_no_salary_and_no_way_to_other_pages(demo):
    params, frames, page = demo
    text = told(page)
    teams = [each.name for each in params.company.teams if each.name not in {line.name for line in params.company.lines} | {params.company.name}]
    assert [each for each in teams if re.search(rf"\b{re.escape(each)}\b", text)] == []
    assert [each.name for each in params.company.owners if each.name in text] == []
    assert [each for each in set(frames["people"]["person"]) if re.search(rf"(?<!\d){re.escape(each)}(?!\d)", text)] == []
    assert "href" not in re.sub(r'href="#[^"]*"', "", page)


def test_the_page_holds_the_version_by_quarter_to_the_cent_and_displayed_sums_add_up(demo):
    params, frames, page = demo
    amounts = frames["versions"].query("version == 'investor'")
    rows = quarter_rows(params, amounts, frames["accounts"], frames["lines"])
    assert [sum(Decimal(row[name]) for name in QUARTERS) for row in rows.to_dict("records")] == [Decimal(each) for each in rows["year"]]
    assert total(rows.loc[rows["style"] == "", "year"]) == total(line_totals(amounts, frames["accounts"], frames["lines"], ())["amount"])
    shown, text = shown_quarters(rows, "USD"), told(page)
    for row in rows.to_dict("records"):
        assert f"{row['year']:,.2f}" in text
    scale = scale_of([each for name in (*QUARTERS, "year") for each in rows[name]], "USD")
    steps = {name: [Decimal(each) / scale.unit for each in shown[name]] for name in (*QUARTERS, "year")}
    assert displayed(shown, "year", scale) == steps["year"]
    assert [sum(parts) for parts in zip(*(steps[name] for name in QUARTERS), strict=True)] == steps["year"]
    assert max(abs(Decimal(a) - Decimal(b)) for a, b in zip(shown["year"], rows["year"], strict=True)) <= 4 * scale.unit


def test_the_page_tells_the_chosen_goals_in_their_own_words_and_the_chosen_metrics(demo):
    params, _, page = demo
    text = told(page)
    for goal in investor(params).goals:
        assert goal.statement in text
    for metric in investor(params).kpis:
        assert params.metrics[metric].label in text
    assert "Investor plan" in text


def test_the_process_that_makes_the_page_opens_no_file_but_its_extract(demo, tmp_path):
    params, frames, page = demo
    version = investor(params)
    extract = version_extract(params, version, frames) | {"facts": audience.version_facts(params, params.folder, version)}
    (tmp_path / "extract.json").write_text(json.dumps(extract), encoding="utf-8")
    watched = tmp_path / "watched.py"
    watched.write_text(
        "import sys, os\n"
        "opened = []\n"
        "sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == 'open' else None)\n"
        "from aop_lib.version_process import main\n"
        "main()\n"
        "data = [each for each in opened if each.endswith(('.parquet', '.json', '.yml', '.yaml', '.csv', '.ipynb')) and 'site-packages' not in each]\n"
        "data = [each for each in data if not os.path.basename(each).startswith('fontlist-')]\n"
        "print(sorted(set(os.path.basename(each) for each in data)))\n"
        "print([name for name in sys.modules if name.startswith(('aop_lib.sources', 'aop_lib.plan', 'aop_lib.load'))])\n"
    )
    where = {"PYTHONPATH": str(apart.CODE.parent), "PATH": os.environ["PATH"], "HOME": str(tmp_path), "MPLCONFIGDIR": str(tmp_path / "mpl")}
    done = subprocess.run([sys.executable, watched], cwd=tmp_path, env=where, capture_output=True, text=True, check=True)
    files, modules = done.stdout.splitlines()[-2:]
    assert files == "['extract.json']"
    assert modules == "[]"
    assert (tmp_path / "page.html").read_text().count("<section") == page.count("<section")


def test_text_of_a_file_reaches_the_page_as_text(demo):
    params, frames, _ = demo
    version = investor(params)
    hostile = "<script>alert(1)</script>"
    goals = [version.goals[0].model_copy(update={"statement": hostile})]
    extract = version_extract(params, version.model_copy(update={"goals": goals}), frames) | {"facts": audience.version_facts(params, params.folder, version)}
    page = apart.pages_apart({"page": extract}, "aop_lib.version_process")["page"]
    assert hostile not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_cycle_without_readers_has_no_page_apart(cycles, tmp_path):
    params = load(cycles.params / "demo" / "fy2027_q1.yml")
    shutil.copytree(cycles.review / "frames", tmp_path / "frames")
    assert audience.write_version_pages(params, tmp_path) == []
