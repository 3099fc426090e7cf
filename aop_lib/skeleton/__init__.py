"""The skeleton of a new company: commented files that run as they are, with a small example ledger."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from aop_lib.errors import AopError, Fault, InputRefusedError
from aop_lib.fields import ID_PATTERN
from aop_lib.money import cents
from aop_lib.periods import add_months, month_of, month_spine, month_text

FILES = Path(__file__).parent / "files"
LEDGER = (
    ("company", "4000", Decimal(90000), Decimal("1.02")),
    ("product", "5000", Decimal(14000), Decimal("1.02")),
    ("sales", "6000", Decimal(24000), Decimal("1.004")),
    ("product", "6000", Decimal(31000), Decimal("1.005")),
    ("sales", "6100", Decimal(4200), Decimal("1.01")),
    ("product", "6100", Decimal(3800), Decimal("1.01")),
)


class FolderExistsError(AopError):
    """`aop new` was asked to write over something."""

    exit_status = 2

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(f"{folder}: exists already; expected a new folder, so that nothing is overwritten")


def written(folder: Path, year: int | None = None) -> Path:
    """Writes the skeleton of a new company, all of it or nothing, and returns its cycle's file.

    Args:
        folder: The company's folder; its name is the company's short name.
        year: The fiscal year to plan; the next calendar year by default.

    Raises:
        FolderExistsError: If the folder exists.
        InputRefusedError: If the folder's name is no short name.
    """
    if folder.exists():
        raise FolderExistsError(folder)
    if not ID_PATTERN.fullmatch(folder.name):
        raise InputRefusedError([Fault(str(folder), repr(folder.name), "a folder name of lower-case letters, digits, '_' or '-'")])
    year = year or datetime.now(UTC).year + 1
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as staging:
        for name, text in skeleton(year).items():
            file = Path(staging) / folder.name / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        (Path(staging) / folder.name).rename(folder)
    return folder / f"fy{year}.yml"


def skeleton(year: int) -> dict[str, str]:
    """Returns the skeleton's files, name to text, for a fiscal year."""
    words = {"{year}": str(year), "{before}": str(year - 1), "{next}": str(year + 1)}
    texts = {file.relative_to(FILES).as_posix(): file.read_text(encoding="utf-8") for file in sorted(FILES.rglob("*")) if file.is_file()}
    for word, figure in words.items():
        texts = {name: text.replace(word, figure) for name, text in texts.items()}
    return {f"fy{year}.yml" if name == "cycle.yml" else name: text for name, text in texts.items()} | {"exports/ledger.csv": example_ledger(year)}


def example_ledger(year: int) -> str:
    """Returns 24 months of a small ledger up to September before the year, as CSV in the canonical layout.

    Defined as::

        amount = first amount × growth per month ** months since the first, rounded to the cent
    """
    end = month_of(f"{year - 1}-10")
    rows = ["entity,team,account,month,currency,amount,vendor"]
    for index, month in enumerate(month_spine(add_months(end, -24), end)):
        rows += [f"us,{team},{account},{month_text(month)},USD,{cents(first * growth**index)}," for team, account, first, growth in LEDGER]
    return "\n".join(rows) + "\n"
