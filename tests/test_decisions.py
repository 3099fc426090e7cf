"""The review loop: who may decide, a log that nobody can change unseen, a sheet, and what changed from round to round."""

from __future__ import annotations

import re
import shutil
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_company import COMPANY, goal, params, request_lines, requests, submissions
from typer.testing import CliRunner

from aop_lib.asked import asked
from aop_lib.cli import app
from aop_lib.decide import Wish, new_decisions
from aop_lib.decision_sheet import sheet_wishes, write_sheet
from aop_lib.decision_words import waiting_lines
from aop_lib.decision_writing import decisions_of, extended, finish, sealed, write
from aop_lib.decisions import DIGESTS, LOG, PENDING, Log, chain_faults, digests_text, locked, log, log_faults
from aop_lib.errors import InputRefusedError
from aop_lib.load import load
from aop_lib.params.requests import Decision
from aop_lib.plan.approval import approvers, may_approve
from aop_lib.plan.request_findings import request_findings
from aop_lib.plan.requests import request_status
from aop_lib.plan.rounds import request_rounds, rounds_finding
from aop_lib.skeleton import written
from aop_lib.sources.submissions import submissions as handed_in

NAME = "acme/decisions.yml"


def entry(place: int, **changes) -> Decision:
    said = {"request": f"request_{place}", "decision": "approve", "by": "ada", "on": "2026-10-20", "why": f'reason: {place}, “quoted” "so" # no comment'}
    return Decision.model_validate({**said, **changes})


def whole_log(entries: int = 6) -> Log:
    made = extended(Log(b"", None), [entry(place) for place in range(1, entries + 1)], NAME)
    return with_digests(made)


def with_digests(made: Log) -> Log:
    return Log(made.content, tuple(tuple(line.split("  ", 1)) for line in digests_text(made).splitlines()))


WHOLE = whole_log()
PARTS = range(1, len(WHOLE.parts))


def faults_of(parts, kept=WHOLE.kept) -> list[str]:
    return [str(fault) for fault in chain_faults(Log(b"".join(parts), kept), NAME)]


def line_of(parts, place: int) -> str:
    above = b"".join(parts[:place]).count(b"\n")
    return f"{NAME}:{above + 1}:"


def test_a_log_that_nobody_touched_is_whole_and_says_what_was_decided():
    assert faults_of(WHOLE.parts) == []
    assert decisions_of(WHOLE, NAME)[2].why == 'reason: 3, “quoted” "so" # no comment'
    assert [each.after for each in decisions_of(WHOLE, NAME)] == WHOLE.digests[:-1]


@given(st.sampled_from(list(PARTS)), st.integers(0, 10_000), st.integers(1, 255))
@settings(max_examples=60)
def test_any_changed_byte_is_found_and_its_entry_named(place, position, change):
    parts = list(WHOLE.parts)
    part, at = parts[place], position % len(parts[place])
    parts[place] = part[:at] + bytes([part[at] ^ change]) + part[at + 1 :]
    found = faults_of(parts)
    assert any(f"entry {place}, request_{place} " in each for each in found), found


@pytest.mark.parametrize("place", PARTS)
def test_a_changed_entry_is_the_only_one_that_is_named_with_its_line(place):
    parts = list(WHOLE.parts)
    parts[place] = parts[place].replace(b"2026-10-20", b"2026-10-21")
    found = faults_of(parts)
    assert len(found) == 1
    assert found[0].startswith(f"{line_of(parts, place)} found entry {place}, request_{place} round 1: approve by ada, which was changed")
    assert "restore" in found[0]


@pytest.mark.parametrize("place", PARTS)
def test_a_dropped_entry_is_named_where_it_stood(place):
    parts = [part for index, part in enumerate(WHOLE.parts) if index != place]
    found = faults_of(parts)
    assert len(found) == 1
    assert f"entry {place}, request_{place} round 1: approve by ada is gone" in found[0]


@pytest.mark.parametrize("place", PARTS)
def test_a_copied_entry_is_named(place):
    parts = list(WHOLE.parts)
    parts.insert(place, parts[place])
    found = faults_of(parts)
    assert found
    assert all(f"entry {place}, request_{place} round 1: approve by ada a second time" in each for each in found)


@pytest.mark.parametrize(("one", "other"), [(one, other) for one in PARTS for other in PARTS if one < other])
def test_entries_that_changed_places_are_named(one, other):
    parts = list(WHOLE.parts)
    parts[one], parts[other] = parts[other], parts[one]
    found = faults_of(parts)
    assert any("which was moved" in each and (f"entry {one}," in each or f"entry {other}," in each) for each in found)
    assert all(re.search(rf"entry ({one}|{other}), .* moved", each) or other - one > 1 for each in found)


@pytest.mark.parametrize("left", PARTS)
def test_a_log_that_was_cut_names_every_entry_that_is_gone(left):
    found = faults_of(WHOLE.parts[:left])
    assert [f"entry {place}, " in " ".join(found) for place in PARTS] == [place >= left for place in PARTS]
    inside = faults_of([*WHOLE.parts[:left], WHOLE.parts[left][:-9]])
    assert f"entry {left}, request_{left} round 1: approve by ada, which was changed" in " ".join(inside)


def test_an_entry_that_was_typed_in_is_named_wherever_it_stands():
    for place in (*PARTS, len(WHOLE.parts)):
        parts = list(WHOLE.parts)
        parts.insert(place, b"  - {request: mine, round: 1, decision: approve, by: eve, on: 2026-10-20, why: x}\n")
        assert any("mine round 1: approve by eve, which nobody recorded" in each for each in faults_of(parts))


def test_head_lines_belong_to_the_log():
    found = faults_of([WHOLE.parts[0].replace(b"never", b"often"), *WHOLE.parts[1:]])
    assert len(found) == 1
    assert f"{NAME}:1: found the head lines, which was changed" in found[0]


@pytest.mark.parametrize("place", PARTS)
def test_digests_renewed_to_hide_a_change_break_the_chain_inside_the_log(place):
    parts = list(WHOLE.parts)
    parts[place] = parts[place].replace(b"2026-10-20", b"2026-10-21")
    renewed = with_digests(Log(b"".join(parts), None))
    found = [str(fault) for fault in chain_faults(renewed, NAME)]
    last = place == PARTS[-1]
    assert found == [] if last else f"entry {place + 1}, request_{place + 1}" in found[0]  # of the last one only decisions.sha256 tells


@pytest.mark.parametrize("place", PARTS[:-1])
def test_digests_that_were_changed_are_told_from_entries_that_were(place):
    kept = list(WHOLE.kept)
    kept[place] = ("0" * 64, kept[place][1])
    found = faults_of(WHOLE.parts, tuple(kept))
    assert len(found) == 1
    assert found[0].startswith(f"acme/decisions.sha256:{place + 1}:")


def test_lost_files_of_a_sealed_log_are_faults_and_a_log_written_by_hand_is_none(tmp_path):
    write(tmp_path, WHOLE)
    assert log_faults(tmp_path, NAME) == []
    (tmp_path / DIGESTS).rename(tmp_path / "away")
    assert "acme/decisions.sha256: found no such file" in str(log_faults(tmp_path, NAME)[0])
    (tmp_path / "away").rename(tmp_path / DIGESTS)
    (tmp_path / LOG).unlink()
    assert "expected the 6 entries" in str(log_faults(tmp_path, NAME)[0])
    (tmp_path / DIGESTS).write_text("what?\n")
    write_by_hand = b"decisions:\n  - {request: a, decision: reject, by: ada, on: 2026-10-20, why: no}\n"
    (tmp_path / LOG).write_bytes(write_by_hand)
    assert "decisions.sha256:1: found 'what?'" in str(log_faults(tmp_path, NAME)[0])
    (tmp_path / DIGESTS).unlink()
    assert log_faults(tmp_path, NAME) == []
    with pytest.raises(InputRefusedError, match="--seal"):
        extended(log(tmp_path), [entry(1)], NAME)


BY_HAND = (
    "# why we decide\ndecisions:\n  # the first\n  - {request: a, decision: approve, by: ada, on: 2026-10-20, why: 'yes, it''s: fine'}\n"
    "  - request: b\n    decision: revise\n    by: ada\n    on: 2026-10-21\n    why: |\n      show more\n      figures\n"
    "  - request: c   # a remark\n    decision: reject\n    by: ada\n    on: 2026-10-22\n    why: no money  # another\n"
    "  - {request: d, decision: reject, by: ada, on: 2026-10-22, why: no, }"
)


def test_sealing_keeps_every_word_and_comment_and_is_done_once():
    before = Log(BY_HAND.encode(), None)
    made = with_digests(sealed(before, {0: entry(1, amount="12.50", content="words=ab")}, NAME))
    assert chain_faults(made, NAME) == []
    told, now = decisions_of(before, NAME), decisions_of(made, NAME)
    assert [each.model_dump(include={"request", "why", "on"}) for each in told] == [each.model_dump(include={"request", "why", "on"}) for each in now]
    assert (now[0].amount, now[0].content, now[1].amount) == (Decimal("12.50"), "words=ab", None)
    added = [line for line in made.content.decode().splitlines() if "after: " not in line]
    assert [line.rstrip(",} ") for line in BY_HAND.splitlines()] == [line.rstrip(",} ") for line in added]
    with pytest.raises(InputRefusedError, match="sealed once"):
        sealed(made, {}, NAME)


@pytest.mark.parametrize(
    "text",
    ["decisions: [{request: a, decision: reject, by: ada, on: 2026-10-20, why: no}]\n", "decisions:\n- \n  request: a\n  decision: reject\n"],
)
def test_a_log_whose_entries_cannot_be_told_apart_is_not_sealed(text):
    with pytest.raises(InputRefusedError):
        sealed(Log(text.encode(), None), {}, NAME)


def test_a_write_that_stopped_between_log_and_digests_is_told_and_finished(tmp_path):
    write(tmp_path, WHOLE)
    longer = extended(log(tmp_path), [entry(7)], NAME)
    (tmp_path / PENDING).write_bytes(longer.content)
    assert log_faults(tmp_path, NAME) == []
    (tmp_path / DIGESTS).write_text(digests_text(longer))
    assert "run `aop decide PARAMS_FILE` once" in str(log_faults(tmp_path, NAME)[0])
    with locked(tmp_path):
        finish(tmp_path)
    assert log_faults(tmp_path, NAME) == []
    assert len(log(tmp_path).starts) == 7


def append(folder: str, place: int) -> None:
    """Another process: takes the lock, reads, appends, writes."""
    with locked(Path(folder)):
        write(Path(folder), extended(log(Path(folder)), [entry(place)], NAME))


def test_decisions_at_the_same_moment_are_all_kept(tmp_path):
    with ProcessPoolExecutor(4, get_context("fork")) as pool:
        list(pool.map(append, [str(tmp_path)] * 12, range(12)))
    assert log_faults(tmp_path, NAME) == []
    assert {each.request for each in decisions_of(log(tmp_path), NAME)} == {f"request_{place}" for place in range(12)}


CHART = (
    {"id": "all", "name": "All", "owner": "ceo"},
    {"id": "market", "name": "Market", "owner": "bea", "parent": "all"},
    {"id": "selling", "name": "Selling", "owner": "sal", "parent": "market"},
)
LIMITS = {"reviewers": ["fin"], "limits": [{"level": "1", "up_to": "600"}]}


def chart(*decisions, approvals=LIMITS, **changes):
    base = {"request": "hire", "decision": "approve", "option": "small", "by": "bea", "on": "2026-09-25", "why": "yes"}
    listed = [{key: value for key, value in {**base, **each}.items() if value is not None} for each in decisions]
    owners = [*COMPANY["owners"], {"id": "fin", "name": "Fay Fin"}, {"id": "tom", "name": "Tom Team"}]
    return params(goals=[goal()], decisions=listed, company={"owners": owners, "teams": list(CHART), "approvals": approvals}, **changes)


LINES = request_lines(("hire", "small", "selling", "6000", "2027-03", "500"), ("hire", "full", "selling", "6000", "2027-03", "800"))
HIRE = requests(("hire", "selling", {"submitted_by": "tom", "content": "words=aa amounts=bb"}))


def status(cycle, asked=HIRE):
    return request_status(cycle, asked, LINES).iloc[0]


def test_the_chart_routes_an_amount_to_the_next_level():
    cycle = chart()
    assert approvers(cycle, "selling") == ["bea", "ceo"]
    assert may_approve(cycle, "selling", Decimal(600)) == ["bea", "ceo"]
    assert may_approve(cycle, "selling", Decimal("600.01")) == ["ceo"]
    own = chart(approvals={"limits": [{"owner": "bea", "up_to": "9000"}, {"level": "1", "up_to": "1"}]})
    assert may_approve(own, "selling", Decimal(800)) == ["bea", "ceo"]


@pytest.mark.parametrize(
    ("decision", "reason"),
    [
        ({"by": "sal"}, "by Sal Sorrel, who does not stand above the team; Bea Birch and Ada Ash, CEO may"),
        ({"by": "tom"}, "by the submitter"),
        ({"by": "fin"}, "by Fay Fin, who does not stand above the team"),
        ({"option": "full"}, "by Bea Birch, who approves up to 600.00; 800.00 is for the next level: Ada Ash, CEO may"),
        ({"round": "2"}, "on round 2, the latest is round 1"),
        ({"on": "2026-09-19"}, "older than the request, which was submitted on 20 Sep 2026"),
        ({"decision": "withdraw", "option": None}, "takes back what is not there"),
    ],
)
def test_a_decision_by_the_wrong_person_or_at_the_wrong_time_does_not_count(decision, reason):
    row = status(chart(decision))
    assert (row["decision"], row["approved"]) == ("undecided", 0)
    assert reason in row["reason"]


def test_finance_sends_back_and_rejects_what_any_team_asks():
    assert status(chart({"by": "fin", "decision": "revise", "option": None}))["decision"] == "sent back"
    assert status(chart({"by": "fin", "decision": "reject", "option": None}))["decision"] == "rejected"


def test_after_a_rejection_the_round_is_closed_until_it_is_taken_back():
    rejected, approval = {"decision": "reject", "option": None, "by": "ceo"}, {"by": "ceo", "on": "2026-09-27"}
    assert status(chart(rejected, approval))["decision"] == "rejected"
    assert status(chart(rejected, {"decision": "withdraw", "option": None, "by": "ceo", "on": "2026-09-26"}, approval))["decision"] == "approved"


def test_a_decision_is_taken_back_by_a_new_entry_of_the_same_person_or_one_above():
    back = {"decision": "withdraw", "option": None, "on": "2026-09-26", "why": "too early"}
    for by in ("bea", "ceo"):
        row = status(chart({}, {**back, "by": by}))
        assert (row["decision"], row["reason"]) == ("undecided", "what was decided was taken back on 26 Sep 2026: too early")
    assert status(chart({"by": "ceo"}, back))["decision"] == "approved"
    assert status(chart({"by": "ceo"}, {"decision": "revise", "option": None, "by": "fin", "on": "2026-09-26"}))["decision"] == "approved"


def test_what_was_approved_and_then_changed_is_undecided_and_says_what_changed():
    approval = {"content": "words=aa amounts=bb", "amount": "500.00"}
    assert status(chart(approval))["decision"] == "approved"
    for content, words in (("words=cc amounts=bb", "its words changed"), ("words=aa amounts=cc", "its amounts, months or heads changed")):
        asked = HIRE.assign(content=content)
        row = status(chart(approval), asked)
        assert (row["decision"], row["approved"]) == ("undecided", 0)
        assert row["reason"] == f"approved on 25 Sep 2026, but {words} since"
        cycle = chart(approval)
        found = request_findings(cycle, asked, LINES, request_status(cycle, asked, LINES), submissions())
        told = found[found["what"].str.contains("changed after it was approved")].iloc[0]
        assert (told["severity"], told["found"], told["amount"]) == ("error", words, 500)
    assert "(400.00 then, 500.00 now)" in status(chart({**approval, "content": "amounts=x", "amount": "400.00"}))["reason"]


def test_a_cost_that_rates_or_pay_rules_moved_is_noted_and_stays_approved():
    cycle = chart({"content": "words=aa amounts=bb", "amount": "450.00"})
    table = request_status(cycle, HIRE, LINES)
    assert list(table["approved"]) == [500]
    found = request_findings(cycle, HIRE, LINES, table, submissions())
    told = found[found["what"].str.contains("another amount")].iloc[0]
    assert (told["severity"], told["expected"], told["found"], told["amount"]) == ("note", "450.00", "500.00", 50)


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """The skeleton of a company, its log sealed: one request approved, one open."""
    cycle = written(tmp_path_factory.mktemp("template") / "acme", 2027)
    assert aop(cycle, "--seal").exit_code == 0
    return cycle


@pytest.fixture
def company(tmp_path, template):
    """A copy of it that a test may change."""
    shutil.copytree(template.parent, tmp_path / "acme")
    return tmp_path / "acme" / template.name


@pytest.fixture(scope="module")
def known(template):
    """What its teams ask, read once."""
    return asked(load(template), template.parent / "outputs")


def aop(cycle, *words):
    return CliRunner().invoke(app, ["decide", *(str(word) for word in (cycle, *words))])


STUDY, DAY = "product-usability-study", ("--on", "2026-11-02")
YES = (STUDY, "approve", "--by", "ada", "--why", "we need it", *DAY)


def wish(**changes):
    return Wish(**{"request": STUDY, "decision": "approve", "by": "ada", "why": "we need it", "on": "2026-11-02", **changes})


def test_what_waits_is_listed_with_amount_options_and_for_whom(known):
    told = "\n".join(waiting_lines(known))
    assert "1 request waits for a decision, 202,800.00 approved" in told
    assert "product-usability-study, round 1: Usability study (Product)\n    options   full 18,000.00\n    waits for Ada Lopez, CEO" in told


def test_a_decision_is_appended_and_everything_before_it_stays_as_it_is(company):
    file = company.with_name(LOG)
    before = file.read_bytes()
    tried = aop(company, *YES, "--dry-run")
    assert "approved requests: 202,800.00 before, 220,800.00 after" in tried.output
    assert file.read_bytes() == before
    done = aop(company, *YES)
    assert "as entry 2; names are attribution, not authentication" in done.output
    assert file.read_bytes().startswith(before)
    last = load(company).decisions[-1]
    assert (last.option, last.amount, last.on.isoformat(), last.round) == ("full", Decimal("18000.00"), "2026-11-02", 1)
    assert "0 requests wait for a decision" in aop(company).output


def test_the_same_decision_twice_is_refused_and_another_takes_it_back(known):
    first = new_decisions(known, [wish()])
    after = known.decided_by(replace(known.params, decisions=(*known.params.decisions, *first)))
    with pytest.raises(InputRefusedError, match="decided already"):
        new_decisions(after, [wish()])
    back = new_decisions(after, [wish(decision="withdraw", why="too early", on="2026-11-03")])
    told = "\n".join(waiting_lines(after.decided_by(replace(after.params, decisions=(*after.params.decisions, *back)))))
    assert "taken back on 3 Nov 2026: too early" in told


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"request": "study"}, "REQUEST: found 'study'; expected one of product-usability-study, two_sellers"),
        ({"decision": "aprove"}, "DECISION: found 'aprove'"),
        ({"by": "adam"}, "--by: found 'adam'; expected one of ada, ben, chi"),
        ({"by": "chi"}, "by Chi Tanaka, VP Product, who does not stand above the team; Ada Lopez, CEO may"),
        ({"option": "half"}, "--option: found 'half'; expected one of full"),
        ({"round": "2"}, "on round 2, the latest is round 1"),
        ({"why": " "}, "--why: found no reason"),
        ({"why": "a\u202eb"}, "with the character U+202E"),
        ({"why": "one\ntwo"}, "more than one line"),
        ({"on": "2026-11-31"}, "--on: found '2026-11-31'; expected a day as YYYY-MM-DD"),
        ({"on": "2027-01-01"}, "expected a day up to 2026-12-15, as of which the cycle sees"),
        ({"decision": "revise"}, "--what: found nothing; expected what the next round has to show"),
        ({"request": "two_sellers", "decision": "reject", "by": "ben"}, "by the submitter"),
        ({"request": "two_sellers", "decision": "reject", "on": "2026-10-01"}, "older than the request, which was submitted on 5 Oct 2026"),
        ({"request": "two_sellers", "option": "reduced", "on": "2026-10-19"}, "older than the one of 20 Oct 2026"),
    ],
)
def test_a_decision_that_may_not_be_taken_is_refused_with_the_reason(known, changes, told):
    with pytest.raises(InputRefusedError) as refused:
        new_decisions(known, [wish(**changes)])
    assert told in str(refused.value)


def test_one_faulty_decision_keeps_all_of_them_out(known):
    with pytest.raises(InputRefusedError, match="1 fault"):
        new_decisions(known, [wish(), wish(request="two_sellers", by="ben")])


def test_a_refused_decision_exits_2_and_writes_nothing(company):
    before = company.with_name(LOG).read_bytes()
    assert aop(company, *YES[:-2], "--on", "2027-01-01").exit_code == 2
    assert company.with_name(LOG).read_bytes() == before


def test_a_tampered_log_is_refused_by_every_command_with_the_entry(company):
    file = company.with_name(LOG)
    file.write_text(file.read_text().replace("Pipeline supports", "Pipeline demands"))
    for command in (["check", company], ["run", company], ["verify", company], ["decide", company], ["decide", company, *YES]):
        refused = CliRunner().invoke(app, [str(word) for word in command])
        assert refused.exit_code == 2
        assert "acme/decisions.yml:4: found entry 1, two_sellers round 1: approve by ada, which was changed" in refused.output


def test_a_request_that_changed_after_its_approval_waits_again(company):
    file = company.parent / "requests" / "sales" / "two_sellers.yml"
    file.write_text(file.read_text().replace("amount: 16000", "amount: 17000"))
    told = aop(company).output
    assert "two_sellers, round 1: Two more sellers" in told
    assert "but its amounts, months or heads changed (202,800.00 then, 214,800.00 now) since" in told
    file.write_text("# a remark changes nothing\n" + file.read_text().replace("amount: 17000", "amount: 16000"))
    assert "1 request waits for a decision" in aop(company).output


def test_a_log_that_was_not_sealed_takes_no_entry_and_is_a_finding(tmp_path):
    cycle = written(tmp_path / "acme", 2027)
    assert "--seal" in aop(cycle, *YES).output
    told = load(cycle)
    found = request_findings(told, requests(), request_lines(), request_status(told, requests(), request_lines()), submissions())
    assert "decisions.yml is not sealed: a changed or dropped entry would not be noticed" in set(found["what"])


def filled(file, answers):
    """The sheet as somebody fills it in: answers by request and column."""
    import openpyxl

    book = openpyxl.load_workbook(file)
    page = book["Decisions"]
    heads = {cell.value: cell.column for cell in page[4]}
    for row in page.iter_rows(min_row=5):
        for name, text in answers.get(row[0].value, {}).items():
            page.cell(row[0].row, heads[name]).value = text
    book.save(file)


def test_a_sheet_is_written_filled_in_and_read_back(company, known, tmp_path):
    sheet = tmp_path / "decide.xlsx"
    write_sheet(known, sheet)
    with pytest.raises(InputRefusedError, match="no decision"):
        sheet_wishes(sheet)
    filled(sheet, {STUDY: {"decision": "revise", "by": "ada", "on": "2026-11-02", "why": "=1+1", "what": "two quotes"}})
    with pytest.raises(InputRefusedError, match=r"decide\.xlsx!Decisions!N6: found a formula without stored value"):
        sheet_wishes(sheet)
    filled(sheet, {STUDY: {"why": "dear"}})
    assert aop(company, "--sheet", sheet).exit_code == 0
    last = load(company).decisions[-1]
    assert (last.request, last.decision, last.by, last.why, last.what) == (STUDY, "revise", "ada", "dear", "two quotes")


def test_every_fault_of_a_sheet_is_told_by_its_cell(known, tmp_path):
    sheet = tmp_path / "decide.xlsx"
    write_sheet(known, sheet)
    good = {"decision": "approve", "by": "ada", "on": "2026-11-02", "why": "good", "option": "full"}
    filled(sheet, {STUDY: good, "two_sellers": {"decision": "yes", "by": "adam", "on": "soon", "why": ""}})
    with pytest.raises(InputRefusedError) as refused:
        new_decisions(known, sheet_wishes(sheet))
    for cell in ("J5: found 'yes'", "L5: found 'adam'", "M5: found 'soon'", "N5: found no reason"):
        assert f"decide.xlsx!Decisions!{cell}" in str(refused.value)


def test_a_sheet_of_an_outdated_round_is_refused(known, tmp_path):
    sheet = tmp_path / "decide.xlsx"
    write_sheet(known, sheet)
    filled(sheet, {STUDY: {"decision": "reject", "by": "ada", "on": "2026-11-02", "why": "no"}})
    later = replace(known, requests=known.requests.assign(round=2))
    with pytest.raises(InputRefusedError, match=r"J6: found the decision of 2 Nov 2026 is on round 1, the latest is round 2"):
        new_decisions(later, sheet_wishes(sheet))


def test_a_workbook_that_is_no_such_sheet_is_refused_and_none_is_overwritten(company, tmp_path):
    import openpyxl

    other = tmp_path / "other.xlsx"
    openpyxl.Workbook().save(other)
    with pytest.raises(InputRefusedError, match=r"other\.xlsx"):
        sheet_wishes(other)
    assert "nothing is overwritten" in aop(company, "--sheet-out", other).output


ROUND_1 = """request: desks
team: sales
round: 1
title: Desks
why: Too few
goal: revenue
submitted_by: ben
submitted_on: 2026-10-01
options:
  - id: full
    heads: 1
    lines:
      - {account: "6100", cost_centre: CC100, start: 2027-01, end: 2027-04, amount: 300, currency: USD}
"""


def test_what_changed_from_round_to_round_is_told_in_words_and_figures(company):
    folder = company.parent / "requests" / "sales"
    (folder / "desks.r1.yml").write_text(ROUND_1)
    assert aop(company, "desks", "revise", "--by", "ada", "--why", "dear", "--what", "fewer", "--on", "2026-10-06").exit_code == 0
    second = ROUND_1.replace("round: 1", "round: 2").replace("2026-10-01", "2026-10-08").replace("Too few", "Three people stand")
    (folder / "desks.yml").write_text(second.replace("2027-04, amount: 300", "2027-03, amount: 350").replace("heads: 1", "heads: 0"))
    told = load(company)
    found = handed_in(told)
    changes = request_rounds(told, found.request_contents)
    assert [tuple(row) for row in changes[["part", "what", "before", "after", "change"]].itertuples(index=False)] == [
        ("decision", "sent back by Ada Lopez, CEO on 6 Oct 2026", "dear", "fewer", 0),
        ("amounts", "option full", "900.00", "700.00", -200),
        ("lines", "full: 6100 CC100, January 2027", "300.00", "350.00", 50),
        ("lines", "full: 6100 CC100, February 2027", "300.00", "350.00", 50),
        ("lines", "full: 6100 CC100, March 2027", "300.00", "nothing", -300),
        ("standing", "submitted on", "2026-10-01", "2026-10-08", 0),
        ("words", "the reason", "Too few", "Three people stand", 0),
        ("heads", "full: heads", "1", "nothing", 0),
    ]
    assert request_status(told, found.requests, found.request_lines).set_index("request").loc["desks", "reason"] == (
        "no decision yet on round 2; round 1 was sent back on 6 Oct 2026"
    )
    status_now = request_status(told, found.requests, found.request_lines)
    assert rounds_finding(changes, status_now) == "1 request came back: “Desks”: option full 900 → 700 USD, now undecided"


def test_the_demos_log_is_sealed_and_its_returned_request_is_told():
    demo = Path(__file__).parent.parent / "params" / "demo"
    told = load(demo / "fy2027.yml")
    assert all(each.after for each in told.decisions)
    assert all(each.content for each in told.decisions if each.decision == "approve")
    changes = request_rounds(told, handed_in(told).request_contents)
    assert set(changes["request"]) == {"revenue_automation"}
    assert changes.iloc[0]["after"] == "Show what the auditors say; offer it without a consultant"
