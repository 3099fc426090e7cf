"""What charts promise: escaped text, the page's colours, two sizes, the same bytes every time, labels that add up."""

import re
from decimal import Decimal
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pandas as pd
import pytest

from aop_lib.report import charts, charts_marks
from aop_lib.report.figures import LIGHT, figure_html

PAYLOAD = '<script>alert("x")</script> & $\\frac{1}{2}$ #17202a --> ]]>'
YEAR = list(pd.date_range("2026-10-01", periods=12, freq="MS"))


def money(*values):
    return [Decimal(each) for each in values]


def bridge_steps(label="New business later", actual=564_000):
    rows = [("Plan", "total", "", 720_000), (label, "step", "Revenue", -178_000), ("Hires later", "step", "People", 22_000), ("Actual", "total", "", actual)]
    frame = pd.DataFrame(rows, columns=["step", "kind", "group", "amount"])
    return frame.assign(amount=money(*frame["amount"]))


def series(**values):
    rows = [(month, name, Decimal(each)) for name, each_month in values.items() for month, each in zip(YEAR, each_month, strict=False)]
    return pd.DataFrame(rows, columns=["month", "series", "value"])


def all_charts(label):
    goals = pd.DataFrame({"label": [label, "Later"], "sub": [label, ""], "share": [Decimal("1.4"), None], "status": ["bad", ""], "text": [label, "none yet"]})
    asked = pd.DataFrame({"label": [label, "b"], "value": money(900, 100), "part": [Decimal(400), None], "note": [label, ""]})
    due = pd.DataFrame({"what": [label, "Undated"], "owner_name": [label, ""], "due": [pd.Timestamp("2027-02-03"), None], "status": ["late", "planned"]})
    table = pd.DataFrame([money(3, 0), [None, Decimal(5)]], index=[label, "b"], columns=["c", label])
    return {
        "bridge": charts.bridge(bridge_steps(label), "USD", alt=label),
        "months": charts.months(series(actual=[3, 4], plan=[2] * 12), label, alt=label, last_closed=YEAR[1]),
        "lines": charts.lines(series(actual=[3, 4], **{label: [2] * 12}), "USD", alt=label, last_closed=YEAR[1]),
        "bullets": charts.bullets(goals, alt=label),
        "ranked": charts.ranked(asked, label, alt=label),
        "timeline": charts.timeline(due, YEAR, alt=label, today=pd.Timestamp("2027-01-15")),
        "heatmap": charts.heatmap(table, "count", alt=label),
        "compare": charts.compare(pd.DataFrame({"label": [label], "value": money(900), "reference": money(1000)}), "USD", alt=label),
    }


def svgs(html):
    return [ET.fromstring(each) for each in re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL)]  # noqa: S314 - our own output


def texts(html, which=0):
    return [each.text for each in svgs(html)[which].iter("text")]


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.names, self.labels, self.ids = set(), [], []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.names.add(tag)
        self.labels += [found["aria-label"]] if "aria-label" in found else []
        self.ids += [found["id"]] if "id" in found else []
        assert not [name for name in found if name.startswith("on")]


@pytest.mark.parametrize("name", ["bridge", "months", "lines", "bullets", "ranked", "timeline", "heatmap", "compare"])
def test_text_from_data_stays_text_in_every_chart(name):
    html = all_charts(PAYLOAD)[name].html
    tags = Tags()
    tags.feed(html)
    assert tags.names <= {"figure", "svg", "path", "text", "use", "defs", "pattern", "rect", "clippath"}
    assert tags.labels == [PAYLOAD, PAYLOAD]
    assert any("<script>" in (each or "") for each in texts(html))


@pytest.mark.parametrize("name", ["bridge", "months", "lines", "bullets", "ranked", "timeline", "heatmap", "compare"])
def test_every_chart_comes_wide_and_narrow_in_the_colours_of_the_page(name):
    html = all_charts("label")[name].html
    wide, narrow = svgs(html)
    assert (wide.get("class"), narrow.get("class")) == ("wide", "nar")
    assert [each.get("viewBox").split()[2] for each in (wide, narrow)] == ["720", "340"]
    assert {each.get("width") for each in (wide, narrow)} == {"100%"}
    drawn = re.sub(r">[^<]*<", "><", html).lower().replace(charts_marks.DARK_INK, "")
    assert not re.findall(r"(?<!url\()#[0-9a-f]{6}\b", drawn)
    assert set(re.findall(r"var\(--(\w+)\)", drawn)) <= set(LIGHT)
    assert "font-family" not in html
    assert "<!--" not in html
    assert "<style" not in html
    assert "metadata" not in html


def test_the_same_data_gives_the_same_bytes():
    first, second = ({name: block.html for name, block in all_charts("label").items()} for _ in range(2))
    assert first == second


def test_ids_of_different_figures_never_meet_and_every_reference_finds_its_target():
    html = "".join(block.html for block in all_charts("label").values()) + charts.months(series(estimate=[3, 5]), "USD", alt="label").html
    tags = Tags()
    tags.feed(html)
    assert len(tags.ids) == len(set(tags.ids))
    assert set(re.findall(r'(?:url\(|href=")#([^")]+)', html)) <= set(tags.ids)


def test_no_text_leaves_the_sheet():
    for name, block in all_charts("a label of some length that has to end somewhere").items():
        for drawing in svgs(block.html):
            width = float(drawing.get("viewBox").split()[2])
            for text in drawing.iter("text"):
                size = float(re.search(r"font-size: ([\d.]+)px", text.get("style"))[1])
                needed = charts_marks.text_width(text.text, size) * 0.9
                anchor = re.search(r"text-anchor: (\w+)", text.get("style"))
                shift = {"end": needed, "middle": needed / 2}.get(anchor[1] if anchor else "start", 0)
                start = float(text.get("x")) - shift
                assert start > -4, (name, text.text)
                assert start + needed < width + 4, (name, text.text)


def year_of_plans(label="Campaign", page_due="2027-04-30"):
    rows = [
        ("page", "Product", "Page is live", page_due, "", ""),
        ("ads", "Marketing", label, "2027-04-23", "page", ""),
        ("leads", "Marketing", "Leads", "2027-01-31", "", "monthly"),
    ]
    frame = pd.DataFrame(rows, columns=["milestone", "group", "what", "due", "depends_on", "rhythm"]).assign(owner_name="", status="planned")
    ticks = pd.DataFrame({"milestone": "leads", "due": pd.date_range("2026-10-31", periods=12, freq="ME"), "status": ["done"] * 3 + ["planned"] * 9})
    return charts.timeline(frame, YEAR, alt="x", today=pd.Timestamp("2027-02-15"), occurrences=ticks)


def test_a_year_of_team_plans_is_grouped_and_an_order_turned_around_has_the_colour_of_bad_news():
    for which in (0, 1):
        shown = texts(year_of_plans().html, which)
        assert [each for each in shown if each in {"Product", "Marketing"}] == ["Product", "Marketing"]
        assert "Leads · monthly" in shown
    assert "var(--badf)" in year_of_plans().html.lower()
    assert "var(--badf)" not in year_of_plans(page_due="2027-04-20").html.lower()


def test_a_name_from_a_plan_stays_text_in_the_timeline():
    assert "<script>" not in year_of_plans(PAYLOAD).html


def test_a_bridge_shows_steps_that_add_up_to_the_difference_of_its_totals():
    steps = bridge_steps()
    steps["amount"] = money(720_400, -178_450, 22_449, 564_399)
    shown = texts(charts.bridge(steps, "USD", alt="x").html)
    assert "720" in shown
    assert "564" in shown
    assert {"(178)", "+22", "(156)"} <= set(shown)


def test_a_bridge_into_a_loss_starts_its_totals_at_zero_on_the_same_axis():
    html = charts.bridge(bridge_steps(actual=564_000).assign(amount=money(-100_000, -178_000, 22_000, -256_000)), "USD", alt="x").html
    assert {"(100)", "(256)", "(178)", "+22", "(156)"} <= set(texts(html))
    assert html.count("var(--surface)") == 2


def test_a_bridge_names_its_totals_where_the_frame_does_not():
    steps = bridge_steps()
    steps.loc[[0, 3], "step"] = ""
    shown = texts(charts.bridge(steps, "USD", alt="x", start="Base", end="Outlook").html)
    assert {"Base", "Outlook"} <= set(shown)


def test_estimates_are_hatched_and_plans_outlined():
    html = charts.months(series(estimate=[3000, 5000]), "USD", alt="x").html
    assert "pattern" in html
    outlined = charts.months(series(plan=[3000, 5000]), "USD", alt="x").html
    assert "pattern" not in outlined
    assert "fill: var(--surface); stroke: var(--actual)" in outlined


def test_months_stand_under_the_axis_and_a_phone_shows_fewer_of_them():
    html = charts.months(series(actual=range(1, 13)), "count", alt="x").html
    names = {f"{month:%b}" for month in YEAR}
    wide, narrow = ([each for each in texts(html, which) if each in names] for which in (0, 1))
    assert len(wide) == 12
    assert 4 <= len(narrow) < 12
    assert {"2026", "2027"} <= set(texts(html, 1))


def test_a_line_chart_says_when_its_axis_is_cut_and_only_then():
    cut = charts.lines(series(actual=[45_000_000, 46_000_000, 47_000_000]), "USD", alt="x").html
    whole = charts.lines(series(actual=[1_000_000, 26_000_000, 47_000_000]), "USD", alt="x").html
    assert "axis cut: starts at 44" in cut
    assert "axis cut" not in whole
    assert "47.0 Actual" in cut


def test_differences_between_scenarios_follow_the_direction_of_the_metric():
    rows = pd.DataFrame({"label": ["Base", "High"], "value": money(100, 130), "reference": money(100, 100)})
    assert {"base", "+30"} <= set(texts(charts.compare(rows, "USD", alt="x").html))
    told = pd.DataFrame({"label": ["Base", "Less"], "value": money(2_397_332, 1_448_571), "reference": money(2_397_332, 2_397_332), "gap": money(0, -948_761)})
    assert {"base", "(949)", "1,449", "2,397"} <= set(texts(charts.compare(told, "USD", alt="x").html))  # the effect as tables and titles tell it
    assert "(30)" in texts(charts.compare(rows, "USD", alt="x", direction=-1).html)


def test_trouble_is_top_left_in_a_heatmap():
    table = pd.DataFrame([money(1, 2), money(3, 9)], index=["calm", "stormy"], columns=["left", "right"])
    shown = [each for each in texts(charts.heatmap(table, "count", alt="x").html) if each in {"1", "2", "3", "9"}]
    assert shown == ["9", "3", "2", "1"]
    kept = [each for each in texts(charts.heatmap(table, "count", alt="x", is_sorted=False).html) if each in {"1", "2", "3", "9"}]
    assert kept == ["1", "2", "3", "9"]


def test_a_heatmap_too_wide_for_a_phone_goes_on_below():
    table = pd.DataFrame([money(*range(10))], index=["row"], columns=[f"c{each}" for each in range(10)])
    html = charts.heatmap(table, "count", alt="x").html
    assert [texts(html, which).count("row") for which in (0, 1)] == [1, 2]
    assert all(f"c{each}" in texts(html, 1) for each in range(10))


def test_charts_never_change_the_frames_they_are_given():
    steps, figures = bridge_steps(), series(actual=[1, 2], plan=[2, 2])
    copies = steps.copy(deep=True), figures.copy(deep=True)
    charts.bridge(steps, "USD", alt="x")
    charts.months(figures, "USD", alt="x")
    charts.lines(figures, "USD", alt="x")
    pd.testing.assert_frame_equal(steps, copies[0])
    pd.testing.assert_frame_equal(figures, copies[1])


def test_money_columns_of_the_library_draw_like_decimals():
    from aop_lib import money as exact

    steps = bridge_steps()
    typed = steps.assign(amount=steps["amount"].astype(exact.MONEY))
    assert charts.bridge(typed, "USD", alt="x").html == charts.bridge(steps, "USD", alt="x").html


def test_empty_frames_draw_an_empty_figure_not_an_error():
    assert svgs(charts.months(series(), "USD", alt="x").html)
    assert svgs(charts.lines(series(), "USD", alt="x").html)
    assert svgs(charts.ranked(pd.DataFrame({"label": [], "value": []}), "USD", alt="x").html)


def test_labels_are_spread_without_leaving_their_room():
    assert charts_marks.spread([10, 12, 50], 16, 0, 60) == [10, 26, 50]
    assert charts_marks.spread([58, 59], 16, 0, 60) == [44, 60]


def test_a_drawing_is_told_whether_it_is_narrow():
    told = []

    def draw(is_narrow):
        told.append(is_narrow)
        return charts_marks.sheet(is_narrow, 20).figure

    figure_html(draw, "x", "key")
    assert told == [False, True]


def test_the_notation_of_a_series_follows_whole_words_of_its_name():
    names = ["Actual", "FY2026 estimate", "prior", "Last year", "Internal plan", "Explanation", "fy2026_budget"]
    assert [charts_marks.form_of(each, "other") for each in names] == ["actual", "estimate", "prior", "prior", "plan", "other", "plan"]
