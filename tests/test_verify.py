"""`aop verify`: a byte changed anywhere in a frozen plan is named; what changed around it is told and leaves it whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_cycle import home, published  # noqa: F401  (home is a fixture)
from typer.testing import CliRunner

from aop_lib.baseline import freeze
from aop_lib.cli import app
from aop_lib.verify import verification

RESTATED = "id: shift\nplan: fy2027\nname: Fewer seats\nby: ana\non: 2027-02-10\nwhy: fewer\nchanges: [{account: '6000', team: sales, start: 2027-04, amount: -10.00}]\n"


@pytest.fixture
def frozen(home) -> Path:  # noqa: F811
    """The company's folder with a frozen plan."""
    published(home)
    freeze(home / "fy2027.yml", "Ana Ames", home.parent / "outputs")
    return home


def test_a_frozen_plan_is_whole_for_itself_and_for_its_review(frozen):
    for cycle in ("fy2027", "fy2027_q1"):
        found = verification(frozen / f"{cycle}.yml", frozen.parent / "outputs")
        assert (found.problems, found.notes) == ((), ())
        assert found.text.startswith("fy2027: nothing moved; approved by Ana Ames on ")


def test_a_byte_flipped_anywhere_in_any_frozen_file_is_named(frozen):
    files = [file for file in sorted((frozen / "approved").rglob("*")) if file.is_file()]
    assert len(files) >= 4
    for file in files:
        content = file.read_bytes()
        for place in sorted({0, len(content) // 2, len(content) - 1}):
            file.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            told = "\n".join(verification(frozen / "fy2027.yml").problems)
            assert file.name in told
            file.write_bytes(content)
    assert verification(frozen / "fy2027.yml").problems == ()


def test_missing_and_surplus_files_are_named_all_at_once(frozen):
    (frozen / "approved" / "fy2027" / "frames" / "budget.parquet").unlink()
    (frozen / "approved" / "fy2027" / "more.txt").write_text("more")
    found = verification(frozen / "fy2027.yml")
    assert found.problems == ("frames/budget.parquet is missing", "more.txt was never approved")


def test_inputs_that_changed_since_the_approval_are_notes_and_the_plan_stays_whole(frozen):
    (frozen / "company.yml").write_text((frozen / "company.yml").read_text() + "# later\n")
    (frozen / "requests" / "sales" / "seat.csv").unlink()
    found = verification(frozen / "fy2027_q1.yml")
    assert found.problems == ()
    assert [note.split("/")[-1] for note in found.notes] == ["company.yml was changed", "seat.csv is gone"]


def test_restatements_made_since_are_listed(frozen):
    (frozen / "restatements").mkdir()
    (frozen / "restatements" / "shift.yml").write_text(RESTATED)
    assert verification(frozen / "fy2027_q1.yml").notes == ("restated on 2027-02-10 by ana: Fewer seats (restatements/shift.yml)",)


def test_the_command_fails_only_where_the_frozen_plan_is_not_whole(frozen):
    run = CliRunner()
    (frozen / "company.yml").write_text((frozen / "company.yml").read_text() + "# later\n")
    fine = run.invoke(app, ["verify", str(frozen / "fy2027.yml")])
    assert fine.exit_code == 0
    assert "company.yml was changed" in fine.output
    (frozen / "approved" / "fy2027.sha256").write_text("nothing")
    broken = run.invoke(app, ["verify", str(frozen / "fy2027.yml")])
    assert broken.exit_code == 1
    assert "fy2027.sha256" in broken.output
