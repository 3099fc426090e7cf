"""How much faster a cycle is than papermill and nbconvert called from the shell, on four notebooks of three charts and two tables.

    python benchmarks/cycle.py [ROUNDS]

Both ways run in turn, in one go, on the same notebooks; what counts is the ratio of the medians (aim: 3 or more).
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from aop_lib.run import run
from aop_lib.stages import Stage

ROOT = Path(__file__).resolve().parent.parent
COMPANY = ROOT / "tests" / "tiny" / "company" / "fy2027.yml"
FRAMES = ("source_findings", "goal_findings", "request_findings", "budget_findings")
STAGES = tuple(Stage(f"0{i}", f"0{i}_benchmark", f"Benchmark {i}", (), (FRAMES[i],)) for i in range(4))
AIM = 3.0

SETUP = """import io
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import HTML
from aop_lib import open_cycle
from aop_lib.frames import empty

cycle = open_cycle(cycle_file)"""
DATA = """months = pd.period_range("2024-01", periods=36, freq="M").astype(str)
random = np.random.default_rng({seed})
teams = ["sales", "marketing", "engineering", "support", "finance", "people"]
data = pd.DataFrame({{team: random.normal(100, 15, 36).cumsum() for team in teams}}, index=months)
data.tail(3)"""
CHARTS = (
    "data.plot(ax=axes)",
    "data.iloc[-1].plot.barh(ax=axes)",
    "axes.imshow(data.corr(), cmap='Greys')",
)
CHART = """figure, axes = plt.subplots(figsize=(8, 4))
{draw}
axes.set_title("Costs by team, thousand USD")
image = io.StringIO()
figure.savefig(image, format="svg")
plt.close(figure)
HTML(image.getvalue())"""
TABLES = (
    "data.tail(12).style.format('{:,.1f}')",
    "data.describe().T.style.format('{:,.2f}')",
)


def write_notebook(position: int, file: Path) -> None:
    """Writes one realistic notebook."""
    import nbformat

    parameters = nbformat.v4.new_code_cell('cycle_file: str = ""  # the cycle to run', metadata={"tags": ["parameters"]})
    last = f'cycle.write("{FRAMES[position]}", empty("{FRAMES[position]}"))'
    code = [SETUP, DATA.format(seed=position), *(CHART.format(draw=draw) for draw in CHARTS), *TABLES, last]
    cells = [nbformat.v4.new_markdown_cell(f"# Benchmark {position}"), parameters]
    for number, source in enumerate(code):
        cells += [nbformat.v4.new_markdown_cell(f"## Step {number}\n\nWhat this shows, in a line of prose."), nbformat.v4.new_code_cell(source)]
    metadata = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), file)


def usual_way(notebooks: Path, folder: Path) -> None:
    """Runs papermill four times, then nbconvert four times, from the shell."""
    environment = {**os.environ, "AOP_OUTPUTS": str(folder), "PYTHONPATH": str(ROOT)}
    for stage in STAGES:
        made = folder / f"{stage.name}.ipynb"
        _quiet([sys.executable, "-m", "papermill", str(notebooks / f"{stage.name}.ipynb"), str(made), "-p", "cycle_file", str(COMPANY)], environment)
    for stage in STAGES:
        _quiet([sys.executable, "-m", "nbconvert", "--to", "html", str(folder / f"{stage.name}.ipynb")], environment)


def our_way(notebooks: Path, folder: Path) -> None:
    """Runs the cycle in a process of its own, as `aop run` does."""
    _quiet([sys.executable, __file__, "--ours", str(notebooks), str(folder)], {**os.environ, "PYTHONPATH": str(ROOT)})


def _quiet(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")


def _seconds(way: object, notebooks: Path) -> float:
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        way(notebooks, Path(folder))  # type: ignore[operator]
        return time.perf_counter() - began


def main(rounds: int) -> None:
    """Prints both medians and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        notebooks = Path(folder)
        for position, stage in enumerate(STAGES):
            write_notebook(position, notebooks / f"{stage.name}.ipynb")
        taken: dict[str, list[float]] = {"usual": [], "ours": []}
        for _ in range(rounds):
            taken["usual"].append(_seconds(usual_way, notebooks))
            taken["ours"].append(_seconds(our_way, notebooks))
    usual, ours = statistics.median(taken["usual"]), statistics.median(taken["ours"])
    print(f"papermill and nbconvert from the shell  {usual:5.1f} s")
    print(f"aop run                                 {ours:5.1f} s")
    print(f"ratio {usual / ours:.1f} (aim: {AIM:.1f} or more), median of {rounds}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--ours"]:
        run(COMPANY, outputs=Path(sys.argv[3]), stages=STAGES, notebooks=Path(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 3)
