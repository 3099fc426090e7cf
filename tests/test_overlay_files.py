"""scenarios/ and versions/: every name, unit and month that does not fit is refused with file and line, all at once."""

from __future__ import annotations

import pytest

from aop_lib.errors import InputRefusedError
from aop_lib.load import load
from aop_lib.skeleton import written

HEAD = "version: {name}\nname: Investor\nreason: Promised\nowner: {owner}\nchanges:\n"


@pytest.fixture
def acme(tmp_path):
    cycle = written(tmp_path / "acme", 2027)
    cycle.write_text(cycle.read_text() + "versions: [investor]\n")

    def faults(*changes, name="investor", owner="ada", more=""):
        folder = cycle.parent / "versions"
        folder.mkdir(exist_ok=True)
        lines = "".join(f"  - {{{each}, why: because}}\n" for each in changes) or "  []\n"
        (folder / "investor.yml").write_text(HEAD.format(name=name, owner=owner) + lines + more)
        try:
            load(cycle)
        except InputRefusedError as refused:
            return [str(each) for each in refused.faults]
        return []

    return faults


def test_a_version_without_a_fault_is_read(acme):
    assert acme("line: revenue, scale: 0.95, start: 2027-04", "driver: churn_rate, segment: smb, by: 0.1 %", "driver: win_rate, scale: 0.9") == []


@pytest.mark.parametrize(
    ("change", "place", "says"),
    [
        ("line: revenu, scale: 0.9", 6, "did you mean 'revenue'?"),
        ("team: nobody, scale: 0.9", 6, "found 'nobody'"),
        ("line: revenue", 6, "expected the key 'scale', or a 'driver' with 'scale' or 'by'"),
        ("line: revenue, scale: 0.9, by: 1", 6, "found 'by' without a driver"),
        ("driver: churn_rate", 6, "found neither 'scale' nor 'by'; expected what becomes of churn_rate"),
        ("driver: churn_rat, by: 1 %", 6, "'churn_rate'"),
        ("driver: churn_rate, line: revenue, by: 1 %", 6, "churn_rate is told per segment"),
        ("driver: tax_rate, segment: smb, by: 1 %", 6, "no segment: tax_rate is told per company"),
        ("driver: dso_days, by: 5, start: 2027-04", 6, "dso_days is the same in every month"),
        ("driver: churn_rate, by: 1 %, start: 2027-04, end: 2027-04", 6, "expected a month after 2027-04"),
        ("driver: churn_rate, team: sales, by: 1 %", 6, "no team: churn_rate is told per segment"),
        ("driver: volume, line: hosting, scale: 0.9", 6, "expected one of revenue"),
        ("driver: volume, segment: smb, scale: 0.9", 6, "volume is told per line"),
        ("driver: activity_share, account: '6000', by: 10 %, start: 2027-04", 6, "activity_share is the same in every month"),
    ],
)
def test_a_change_that_leads_nowhere_or_contradicts_itself_is_refused_with_its_line(acme, change, place, says):
    found = acme(change)
    assert any(each.startswith(f"acme/versions/investor.yml:{place}: ") and says in each for each in found), found


def test_owner_goals_metrics_and_the_file_s_name_must_lead_somewhere(acme):
    found = acme("line: revenue, scale: 1", name="board", owner="nobody", more="goals: [{goal: fly, statement: Fly, target: 1, why: …}]\nkpis: [arrr]\n")
    assert len(found) == 4
    assert [each.split(": ")[0].rpartition(":")[2] for each in found] == ["1", "4", "7", "8"]


def test_a_scenario_starts_from_a_version_that_the_cycle_names(tmp_path):
    cycle = written(tmp_path / "acme", 2027)
    file = cycle.parent / "scenarios" / "downturn.yml"
    file.write_text(file.read_text() + "on: investor\n")
    with pytest.raises(InputRefusedError, match="found 'investor'; expected a version that the cycle names: none"):
        load(cycle)


def test_two_overlays_of_one_name_are_refused(tmp_path):
    cycle = written(tmp_path / "acme", 2027)
    (cycle.parent / "versions").mkdir()
    (cycle.parent / "versions" / "downturn.yml").write_text(HEAD.format(name="downturn", owner="ada") + "  []\n")
    cycle.write_text(cycle.read_text() + "versions: [downturn, downturn]\n")
    with pytest.raises(InputRefusedError) as refused:
        load(cycle)
    assert "a name that no scenario has" in str(refused.value)
    assert "'downturn' 2 times" in str(refused.value)
