"""Notebooks as executed become pages: only blocks are trusted, everything else is shown as text or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Any

import pandas as pd
from jinja2 import Environment
from markupsafe import Markup
from nbconvert.exporters.templateexporter import TemplateExporter
from nbformat import NotebookNode

from aop_lib.report.blocks import Facts, environment, headline, rendered, stylesheet
from aop_lib.report.stated import statements
from aop_lib.report.untrusted import is_harmless, prose_html, sanitised

OWN = re.compile(r'(?:<style>.*?</style>)?<div class="aop">(?P<html>.*)</div>', re.DOTALL)
CHIP = re.compile(r'<span class="chip">[^<]*</span>')
MOST_ASKED = 5
SILENT = frozenset(["application/javascript", "application/vnd.jupyter.widget-view+json"])
IMAGES = ("image/png", "image/jpeg")
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+")


@dataclass(frozen=True)
class TeamEntry:
    """One team's page on the index.

    Attributes:
        id: The team.
        name: Its name.
        message: Its page's title.
        href: Where it lies, from the index.
    """

    id: str
    name: str
    message: str
    href: str


@dataclass(frozen=True)
class StageEntry:
    """A stage on the index.

    Attributes:
        name: `05_variance_review`.
        title: What readers call it.
        message: What its page says.
        href: Its page, relative to the index.
        findings: How many findings it has.
    """

    name: str
    title: str
    message: str
    href: str
    findings: int = 0


@dataclass(frozen=True)
class _Parts:
    """What a notebook gives to its page."""

    title: str
    first: Markup
    body: Markup
    contents: list[dict[str, str]]


class PageExporter(TemplateExporter):
    """nbconvert with our own template and escaping on: no theme, no script, no host."""

    template_file = "page.html.j2"
    file_extension = ".html"
    output_mimetype = "text/html"

    def _create_environment(self) -> Environment:
        return environment()

    @property
    def template(self) -> Any:
        """Our page template."""
        return environment().get_template("page.html.j2")

    def from_notebook_node(self, nb: NotebookNode, resources: dict[str, Any] | None = None, **_: Any) -> tuple[str, dict[str, Any]]:
        """Returns the page of a notebook and its resources; `resources["facts"]` says which cycle it is."""
        found = dict(resources or {})
        parts = _parts(nb.cells)
        facts: Facts = found["facts"]
        html = self.template.render(
            title=f"{facts.company}, {facts.label}: {parts.title or facts.stage_title}",
            style=Markup(stylesheet()),  # noqa: S704 - our own file
            facts=facts,
            home=found.get("home", ""),
            first=with_status(parts.first, facts),
            contents=parts.contents,
            body=parts.body,
            statements=statements([parts.first, parts.body], facts.readings),
        )
        return html, found


@cache
def exporter() -> PageExporter:
    """Returns the one exporter of this process."""
    return PageExporter()


def page(notebook: NotebookNode, facts: Facts, home: str = "../index.html") -> str:
    """Returns a stage's page: self-contained, without scripts, without code.

    Args:
        notebook: As executed.
        facts: The cycle, and the page's name.
        home: Where the index lies; empty for a page that stands alone.
    """
    html, _ = exporter().from_notebook_node(notebook, {"facts": facts, "home": home})
    return str(html)


def with_status(first: Markup, facts: Facts) -> Markup:
    """Returns a first screen whose status is that of the moment the page is made, not of the moment its notebook ran."""
    chip = Markup('<span class="chip">{}</span>').format(facts.status.capitalize())
    return Markup(CHIP.sub(lambda _: str(chip), str(first), count=1))  # noqa: S704 - a block with one word replaced


def index(
    facts: Facts, stages: Sequence[StageEntry], stories: Mapping[str, pd.DataFrame], trends: pd.DataFrame | None = None, teams: Sequence[TeamEntry] = ()
) -> str:
    """Returns the cycle's index: its message, key figures, decisions, at most ten lines, a card for each stage.

    Args:
        facts: The cycle.
        stages: Its pages in order.
        stories: The `*_story` frame of each stage by name; the last stage that has figures gives the message and figures.
        trends: History of key figures.
        teams: The pages of teams, in the order of company.yml.
    """
    story = _leading(facts, stories)
    first = headline(replace(facts, stage_title="The cycle at a glance"), story, trends, in_all=len(_asked(stories)))
    body = rendered("index.html.j2", lines=_ten(stories), stages=stages, teams=teams)
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            title=f"{facts.company}, {facts.label}: {first.text}",
            style=Markup(stylesheet()),  # noqa: S704 - our own file
            facts=facts,
            home="",
            first=Markup(first.html),  # noqa: S704 - rendered with escaping on
            contents=[],
            body=Markup(body),  # noqa: S704 - rendered with escaping on
            statements=statements([first.html, body], facts.readings),
        )
    )


def _leading(facts: Facts, stories: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The index speaks with the stage that decides: the budget in a plan cycle, the variances in a review."""
    speaks = ["variance_story", "budget_story"] if facts.is_review else ["budget_story", "variance_story"]
    names = [name for name in speaks if name in stories] or list(stories)[-1:]
    own = stories[names[0]]
    decisions = _asked(stories)
    decisions = decisions.assign(other=decisions["story"] != names[0]).drop(columns="story")
    order: list[int] = sorted(range(len(decisions)), key=lambda row: (bool(decisions["other"].iloc[row]), -Decimal(decisions["amount"].iloc[row]), row))
    ranked = decisions.iloc[order[:MOST_ASKED]].drop(columns="other")
    return pd.concat([own[own["kind"] != "decision"], ranked.assign(position=range(len(ranked)))], ignore_index=True)


def _asked(stories: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The decisions of all stages with their story's name; what two stages ask of the same person is asked once."""
    found = [each[each["kind"] == "decision"].assign(story=name) for name, each in stories.items()]
    return pd.concat(found, ignore_index=True).drop_duplicates(["label", "owner"], keep="last", ignore_index=True)


def _ten(stories: Mapping[str, pd.DataFrame]) -> list[str]:
    """Every stage's first line, then the second ones, until there are ten, in the order of the stages; what a card says is not said twice."""
    told = pd.concat([each[each["kind"] == "line"].assign(stage=place) for place, each in enumerate(stories.values())], ignore_index=True)
    said = {text.rstrip(".") for each in stories.values() for text in each.loc[each["kind"] == "message", "text"]}
    chosen = told[~told["text"].str.rstrip(".").isin(said)].sort_values(["position", "stage"], kind="stable").head(10)
    return [text.rstrip(".") for text in chosen.sort_values(["stage", "position"], kind="stable")["text"]]


def _parts(cells: Iterable[NotebookNode]) -> _Parts:
    first, body, title = Markup(""), [], ""
    contents: list[dict[str, str]] = []
    prose: list[str] = []
    for cell in cells:
        if cell.cell_type == "markdown":
            prose.append(cell.source)
        elif cell.cell_type == "code":
            for output in cell.get("outputs", []):
                meta = output.get("metadata", {}).get("text/html", {})
                html = _shown(output)
                if meta.get("aop") and meta.get("title") and not first:
                    first, title = html, str(meta["title"])
                    continue
                if meta.get("anchor"):
                    here = _free(str(meta["anchor"]), {"s-decisions", *(each["anchor"] for each in contents)})
                    html = _moved(html, str(meta["anchor"]), here)
                    contents.append({"anchor": here, "finding": str(meta["finding"])})
                body.append(_with_method(html, prose) if meta.get("anchor") else html)
                prose = [] if meta.get("anchor") else prose
    body.append(Markup("") if contents else _method(prose))
    return _Parts(title, first, Markup("\n").join(each for each in body if each), contents)


def _free(anchor: str, taken: set[str]) -> str:
    """Returns the anchor, numbered where another section of the page has it already."""
    return next(each for each in (anchor, *(f"{anchor}-{number}" for number in range(2, len(taken) + 3))) if each not in taken)


def _moved(html: Markup, anchor: str, here: str) -> Markup:
    """Returns a section under another anchor; anchors are letters, digits and hyphens."""
    opening = rf'<section id="{anchor}" aria-labelledby="h{anchor}" class="pb">\n<h2 id="h{anchor}">'
    moved = f'<section id="{here}" aria-labelledby="h{here}" class="pb">\n<h2 id="h{here}">'
    return html if anchor == here else Markup(re.sub(opening, moved, str(html), count=1))  # noqa: S704 - a block with its own id replaced


def _with_method(html: Markup, prose: Sequence[str]) -> Markup:
    text = str(html)
    if not prose or not text.endswith("</section>"):
        return html + _method(prose)
    return Markup(text.removesuffix("</section>")) + _method(prose) + Markup("</section>")  # noqa: S704 - the block, opened and closed again


def _method(prose: Sequence[str]) -> Markup:
    if not prose:
        return Markup("")
    return Markup('<details class="method"><summary>How this was worked out</summary>{}</details>').format(
        Markup("\n").join(prose_html(each) for each in prose)
    )


def _shown(output: NotebookNode) -> Markup:
    """Returns what a page shows of one output; streams, errors, scripts and widgets are not shown."""
    if output.output_type not in {"display_data", "execute_result"}:
        return Markup("")
    data = output.data
    if output.get("metadata", {}).get("text/html", {}).get("aop"):
        own = OWN.fullmatch(_joined(data["text/html"]).strip())
        if own and is_harmless(own["html"]):
            return Markup(own["html"].strip())  # noqa: S704 - made by Block, and looked at once more
    return _untrusted(data, output.get("metadata", {}))


def _untrusted(data: Mapping[str, Any], metadata: Mapping[str, Any]) -> Markup:
    """Returns what did not come from a block: cleaned HTML, prose, a picture, or text; scripts and widgets are not shown."""
    if "text/html" in data:
        return Markup('<div class="tw">{}</div>').format(sanitised(_joined(data["text/html"])))
    if "text/markdown" in data:
        return prose_html(_joined(data["text/markdown"]))
    for kind in IMAGES:
        if kind in data and BASE64.fullmatch(_joined(data[kind])):
            picture = re.sub(r"\s", "", _joined(data[kind]))
            alt = metadata.get(kind, {}).get("alt", "")
            return Markup('<figure class="plain"><img src="data:{};base64,{}" alt="{}"></figure>').format(kind, picture, alt)
    is_text = "text/plain" in data and not SILENT & data.keys()
    return Markup('<pre class="plain">{}</pre>').format(_joined(data["text/plain"])) if is_text else Markup("")


def _joined(text: Any) -> str:
    return text if isinstance(text, str) else "".join(text)
