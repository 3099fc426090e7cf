"""The command line: new, check, run, template, decide, freeze, verify, diff, explain, totals. Exit status: 0 fine, 1 failed, 2 input refused."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"max_content_width": 110},
    help="Annual operating plan and budget: goals top-down, requests bottom-up, one set of numbers, reviewed against actuals.",
)

ParamsFile = Annotated[Path, typer.Argument(help="The cycle's file, such as params/demo/fy2027.yml; company.yml and the others lie beside it.")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Change one parameter for this run, such as drivers.window_months=6; the result is published apart and is never frozen.",
    ),
]


@app.command(short_help="Write the commented skeleton of a new company.")
def new(folder: Annotated[Path, typer.Argument(help="The folder of the new company; it must not exist yet.")]) -> None:
    """Write the commented skeleton of a new company: company, goals, drivers, requests, a scenario, a cycle and a small ledger.

    The skeleton runs as it is. Replace its figures by your own, one file at a time, and let `aop check` say what is missing.
    """
    from aop_lib.skeleton import written

    cycle_file = _or_exit(lambda: written(folder))
    typer.echo(f"wrote {folder}; next: aop check {cycle_file}")


@app.command(short_help="Read and check everything a cycle stands on; run nothing.")
def check(params_file: ParamsFile, settings: Settings = None) -> None:
    """Read and check everything a cycle stands on, without running a notebook.

    Parameters, sources and the teams' requests are read; every fault is listed with its file and line, what was found and
    what was expected. Exit status 2 when there is one.
    """
    from aop_lib.check import checked

    report = _or_exit(lambda: checked(params_file, overrides(settings or [])))
    typer.echo(report.text)
    if report.faults:
        raise typer.Exit(2)


@app.command(short_help="Run a planning or review cycle to its published pages.")
def run(
    params_file: ParamsFile,
    first: Annotated[
        str | None,
        typer.Option("--from", metavar="STAGE", help="Start here, such as 03; earlier stages are reused where they are still valid and run again where not."),
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="STAGE", help="Stop after this stage; a part of a cycle is kept apart and replaces nothing.")
    ] = None,
    outputs: Annotated[Path | None, typer.Option(help="Where cycles are published; outputs/ of the project by default.")] = None,
    settings: Settings = None,
) -> None:
    """Run a planning or review cycle: six stages, one report each, an index, all published at once or not at all.

    A plan cycle sets goals, gathers requests, makes the budget and its scenarios. A review cycle compares the frozen plan
    with actuals of closed months. A run that fails leaves the last published cycle as it was.
    """
    from aop_lib.check import refuse_faults
    from aop_lib.run import run as run_cycle

    changes = overrides(settings or [])
    result = _or_exit(lambda: (refuse_faults(params_file, changes), run_cycle(params_file, first, last, outputs, changes))[1])
    typer.echo(f"open {_near(result.index)}" if result.index else f"kept in {_near(result.folder)}")


@app.command(short_help="Write the workbooks that teams fill in.")
def template(
    params_file: ParamsFile,
    team: Annotated[str, typer.Option(help="One team; every team that submits by default.")] = "",
    to: Annotated[Path | None, typer.Option("--to", metavar="FOLDER", help="Where they are written; outputs/<company>/templates/<cycle> by default.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be written; write nothing.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Replace workbooks that somebody has filled in as well.")] = False,
) -> None:
    """Write one Excel workbook per team: its targets and actuals, and sheets for requests, people, spend, effects and its plan.

    Each holds that team's figures alone, lists to choose from, and checks of its own. The same parameters and sources give the same bytes.
    A workbook that somebody has filled in is left alone, and nothing is written, unless --replace is said.
    """
    from aop_lib.template.files import templates, write_templates

    files = _or_exit(lambda: templates(params_file, team, to))
    says = {"new": "wrote", "empty": "wrote", "unchanged": "unchanged", "filled": "replaced"}
    told = says | {"new": "would write", "empty": "would write", "filled": "filled in"} if dry_run else says
    written = iter(files) if dry_run else write_templates(files, replace=replace)
    while each := _or_exit(lambda: next(written, None)):
        typer.echo(f"{told[each.state]} {_near(each.file)}")


@app.command(short_help="Freeze a published plan as the baseline of reviews.")
def freeze(
    params_file: ParamsFile,
    by: Annotated[str, typer.Option(help="Who approved the plan. A name is attribution, not authentication.")],
    outputs: Annotated[Path | None, typer.Option(help="Where the cycle was published; outputs/ of the project by default.")] = None,
) -> None:
    """Freeze a published plan as the baseline that reviews compare with.

    Frames, parameters and snapshot are bound by hash under approved/ in the company's folder. Freezing the same plan again
    changes nothing; freezing another over it is refused.
    """
    from aop_lib.baseline import freeze as freeze_cycle
    from aop_lib.load import load
    from aop_lib.places import project_root
    from aop_lib.republish import pages_again

    folder = _or_exit(lambda: freeze_cycle(params_file, by, outputs))
    typer.echo(f"frozen in {_near(folder)}")
    index = _or_exit(lambda: pages_again(load(params_file), outputs or project_root() / "outputs"))
    typer.echo(f"open {_near(index)}")


@app.command(short_help="Prove that a frozen plan is what was approved.")
def verify(
    params_file: ParamsFile,
    outputs: Annotated[Path | None, typer.Option(help="Where cycles are published; outputs/ of the project by default.")] = None,
) -> None:
    """Prove that nothing moved in a frozen plan: the signed head, the approval, the manifest and every frame.

    For a review its baseline is held against its approval. Exit status 1 when a frozen file was changed, is missing or was added; each
    is named. Inputs that changed since the approval, and restatements, are listed; they leave the frozen plan as it is.
    """
    from aop_lib.verify import verification

    found = _or_exit(lambda: verification(params_file, outputs))
    typer.echo(found.text, err=bool(found.problems))
    if found.problems:
        raise typer.Exit(1)


@app.command(short_help="Say what differs between two plans, versions, scenarios or cycles.")
def diff(
    a: Annotated[str, typer.Argument(metavar="A", help="A cycle's file, FILE@VERSION, FILE@SCENARIO, or the folder of a published cycle or a frozen plan.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The same; what is compared with A.")],
    every: Annotated[bool, typer.Option("--all", help="Show every difference instead of the twenty largest.")] = False,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write every difference to this file as well.")] = None,
    outputs: Annotated[Path | None, typer.Option(help="Where cycles are published; outputs/ of the project by default.")] = None,
) -> None:
    """Say what differs between two plans, in words and figures, the largest effect on operating profit first.

    Compared are results, P&L lines, teams, what an overlay changes, decisions on requests, goals, targets, drivers and every parameter with
    its file and line. Nothing is run: both sides must be published or frozen. Exit status 0 whatever differs, 2 when a side is refused.
    """
    from aop_lib.diff import compared, write_rows

    found = _or_exit(lambda: compared(a, b, outputs, is_all=every))
    if csv:
        _or_exit(lambda: write_rows(found.rows, csv))
    typer.echo(found.text)


@app.command(short_help="Say where a figure comes from, down to the rows of the sources.")
def explain(
    params_file: ParamsFile,
    metric: Annotated[
        str, typer.Argument(metavar="METRIC", help="A metric, such as nrr; a total, line or account, such as operating_profit or 6110; or budget or actual.")
    ],
    team: Annotated[str, typer.Option(help="A team or a group of teams; the company by default.")] = "",
    month: Annotated[str, typer.Option(help="A month, such as 2027-03; the planned year, and the last closed month of what is measured, by default.")] = "",
    line: Annotated[str, typer.Option(help="With budget or actual: a line or total of the P&L.")] = "",
    account: Annotated[str, typer.Option(help="With budget or actual: an account.")] = "",
    outputs: Annotated[Path | None, typer.Option(help="Where the cycle was published; outputs/ of the project by default.")] = None,
) -> None:
    """Say where a figure of a published cycle comes from: formula with values, parameters, requests and approvals, source rows.

    Each parameter is named with its file and line, each source file with the hash under which the run read it. A budget is told by layer: the base with
    the rule that carried it, requests with who approved them and why, restatements. For one account the rows of the ledger's sources are read again.
    Nothing is run. Exit status 2, with the nearest names, where the cycle has no such metric, team or month.
    """
    from aop_lib.explain import Asked, explained

    typer.echo(_or_exit(lambda: explained(params_file, Asked(metric, team, month, line, account), outputs)))


@app.command(short_help="Record a decision on a request; without one, list what waits.")
def decide(
    params_file: ParamsFile,
    request: Annotated[str, typer.Argument(metavar="[REQUEST]", help="The request's id; without it everything that waits for a decision is listed.")] = "",
    decision: Annotated[str, typer.Argument(metavar="[DECISION]", help="approve, revise (back to the team), reject, or withdraw what was decided.")] = "",
    by: Annotated[str, typer.Option(help="The owner who decides, by the id in company.yml. A name is attribution, not authentication.")] = "",
    why: Annotated[str, typer.Option(help="The reason.")] = "",
    what: Annotated[str, typer.Option(help="With revise: what the next round has to show or to change.")] = "",
    option: Annotated[str, typer.Option(help="With approve: the option that is funded; the only one by default.")] = "",
    on: Annotated[str, typer.Option(metavar="DAY", help="The day as YYYY-MM-DD; today by default, where the cycle's as_of lets it see today.")] = "",
    round_: Annotated[str, typer.Option("--round", metavar="N", help="The round that is decided; an outdated one is refused. The latest by default.")] = "",
    sheet: Annotated[Path | None, typer.Option(metavar="FILE", help="Record every decision of this workbook, or none.")] = None,
    sheet_out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the requests to this workbook, to decide on.")] = None,
    seal: Annotated[bool, typer.Option("--seal", help="Chain the entries of a log that was written by hand; once.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and tell everything, write nothing.")] = False,
    outputs: Annotated[Path | None, typer.Option(help="Where the cycle was published; outputs/ of the project by default.")] = None,
) -> None:
    """Record a decision on a request at the end of decisions.yml, and say what it does to the budget.

    The log is append-only: each entry holds the digest of the one before, and decisions.sha256 keeps them all; nothing is deleted, a decision is taken
    back by a new one (withdraw). Refused is a decision by somebody who does not stand above the team or is above their limit, by the submitter, on an
    outdated round, after a rejection, or dated before the request or after the cycle's day. Names are attribution, not authentication.
    """
    from aop_lib import decide as deciding
    from aop_lib import decision_sheet

    if seal:
        text = _or_exit(lambda: deciding.sealed_log(params_file, outputs))
    elif sheet_out:
        text = _or_exit(lambda: decision_sheet.written_sheet(params_file, sheet_out, outputs))
    elif sheet:
        text = _or_exit(lambda: decision_sheet.recorded_sheet(params_file, sheet, outputs, is_dry=dry_run))
    elif request or decision:
        wish = deciding.Wish(request, decision, by, why, what, option, on, round_)
        text = _or_exit(lambda: deciding.recorded(params_file, [wish], outputs, is_dry=dry_run))
    else:
        text = _or_exit(lambda: deciding.waiting(params_file, outputs))
    typer.echo(text)


@app.command(short_help="Add up a ledger of millions of lines, once, then month by month.")
def totals(
    lines: Annotated[Path, typer.Argument(help="A Parquet file or a folder of them: the whole ledger, or with --month the lines of that month alone.")],
    folder: Annotated[Path, typer.Argument(help="Where the totals are kept; a source with `lines: summed` reads them there.")],
    month: Annotated[str | None, typer.Option(help="Add this month, such as 2027-01, to the totals that are kept; in them already, it is replaced.")] = None,
    posting: Annotated[str, typer.Option(help="The month that a date belongs to: calendar or nearest_month_end.")] = "calendar",
) -> None:
    """Add up a ledger by entity, team, account, month and currency, and keep the totals with their control totals.

    With --month only the new lines are read: the result is the same as that of the whole ledger, for a fraction of its time.
    """
    from aop_lib.sources.ledger_store import kept_totals

    file, held = _or_exit(lambda: kept_totals(lines, folder, month, posting))
    typer.echo(f"{sum(each['lines'] for each in held):,} lines to {held[-1]['month']:%Y-%m} in {_near(file)}" if held else f"no lines in {_near(file)}")


def overrides(settings: list[str]) -> dict[str, str]:
    """Returns `--set` texts as a mapping.

    Raises:
        typer.BadParameter: If one is not KEY=VALUE.
    """
    pairs = [text.partition("=") for text in settings]
    for key, sign, _ in pairs:
        if not key or not sign:
            raise typer.BadParameter(f"{key!r} is not KEY=VALUE, such as drivers.window_months=6", param_hint="--set")
    return {key: value for key, _, value in pairs}


def _or_exit(action: Callable[[], T]) -> T:
    from aop_lib.errors import AopError

    try:
        return action()
    except AopError as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(problem.exit_status) from None


def _near(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def main() -> None:
    """Runs the command line."""
    app(prog_name="aop")


if __name__ == "__main__":
    main()
