"""What `aop decide` does: lists what waits, records decisions one by one or from a sheet, all of them or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from aop_lib.asked import Asked, asked
from aop_lib.decision_words import effect_lines, waiting_lines
from aop_lib.decision_writing import decisions_of, extended, finish, sealed, whole, write
from aop_lib.decisions import LOG, locked, log
from aop_lib.errors import Fault, InputRefusedError, nearest
from aop_lib.load import Params, load
from aop_lib.params.requests import Decision
from aop_lib.places import project_root, resolved, shown
from aop_lib.plan.decided import chosen_option, decision_flaw, judged_decisions, standing_decision
from aop_lib.plan.wording import counted

KINDS = ("approve", "revise", "reject", "withdraw")
LONGEST = 2_000
MAY = "a decision on the latest round by an owner above the team, within the limit, who is not the submitter"


@dataclass(frozen=True)
class Wish:
    """A decision as somebody asks for it; `places` says where each part was written, for messages.

    Attributes:
        request: The request's id.
        decision: approve, revise, reject or withdraw.
        by: The owner who decides.
        why: The reason.
        what: What the next round has to show, where it is sent back.
        option: The option that is approved; empty for the only one.
        on: The day as YYYY-MM-DD; empty for today.
        round: The round that is decided; empty for the latest.
        places: Where each part was written, by its name.
    """

    request: str
    decision: str
    by: str
    why: str
    what: str = ""
    option: str = ""
    on: str = ""
    round: str = ""
    places: Mapping[str, str] = field(default_factory=dict)

    def where(self, part: str) -> str:
        """Returns where a part was written: a cell, or the option of the command line."""
        return self.places.get(part, part.upper() if part in {"request", "decision"} else f"--{part}")


def waiting(params_file: str | Path, outputs: Path | None = None) -> str:
    """Returns what waits for a decision in a cycle, for whom, with amount and proposal, and what was sent back.

    Raises:
        InputRefusedError: With every fault of parameters and sources.
    """
    params = load(params_file)
    return "\n".join(waiting_lines(asked(params, _outputs(outputs))))


def recorded(params_file: str | Path, wishes: Sequence[Wish], outputs: Path | None = None, *, is_dry: bool = False) -> str:
    """Records decisions at the end of decisions.yml, all of them or none, and returns what each does to the budget.

    Args:
        params_file: The cycle's file.
        wishes: What is to be recorded, in order.
        outputs: Where cycles are published, for what was proposed.
        is_dry: Whether everything is checked and told but nothing written.

    Raises:
        InputRefusedError: If a decision may not be taken, or the log is not what was recorded; nothing is written then.
    """
    folder, name = _log_of(params_file)
    with locked(folder):
        finish(folder)
    known = asked(load(params_file), _outputs(outputs))
    with locked(folder):
        found = whole(folder, name)
        before = known.decided_by(replace(known.params, decisions=decisions_of(found, name)))
        made = new_decisions(before, wishes)
        after = before.decided_by(replace(before.params, decisions=(*before.params.decisions, *made)))
        longer = extended(found, made, name)
        if not is_dry:
            write(folder, longer)
    lines = effect_lines(before, after, made)
    entries = f"entry {len(longer.starts)}" if len(made) == 1 else f"entries {len(found.starts) + 1} to {len(longer.starts)}"
    return "\n".join([*lines, "dry run: nothing was written" if is_dry else f"written to {name} as {entries}; names are attribution, not authentication"])


def sealed_log(params_file: str | Path, outputs: Path | None = None) -> str:
    """Seals a log that was written by hand, once: each entry gets the digest of the one before it, and of what it decided about.

    Raises:
        InputRefusedError: If it is sealed already, or its entries cannot be told apart line by line.
    """
    folder, name = _log_of(params_file)
    known = asked(load(params_file), _outputs(outputs))
    with locked(folder):
        found = log(folder)
        entries = decisions_of(found, name)
        made = sealed(found, _kept(known.decided_by(replace(known.params, decisions=entries))), name)
        write(folder, made)
    return f"sealed {counted(len(made.starts), 'entry', 'entries')} of {name}; keep decisions.sha256 beside it under version control"


def _kept(known: Asked) -> dict[int, Decision]:
    """Returns entries that stand today, by place, with the content they stand for."""
    kept = {}
    places = {id(each): place for place, each in enumerate(known.params.decisions)}
    for name, request in known.by_id.items():
        standing = standing_decision(list(judged_decisions(known.params, request, known.amounts.get(name, {}))))
        if standing is not None:
            kept[places[id(standing)]] = _with_content(standing, known)
    return kept


def _with_content(decision: Decision, known: Asked) -> Decision:
    amounts = known.amounts.get(decision.request, {})
    amount = amounts[chosen_option(decision, amounts)] if decision.decision == "approve" else None
    return decision.model_copy(update={"content": str(known.by_id[decision.request]["content"]), "amount": amount})


def new_decisions(known: Asked, wishes: Sequence[Wish]) -> list[Decision]:
    """Returns wishes as entries of the log, each checked after the ones before it.

    Args:
        known: What is asked, by the decisions so far.
        wishes: In order.

    Raises:
        InputRefusedError: With the fault of every wish.
    """
    made: list[Decision] = []
    faults: list[Fault] = []
    for wish in wishes:
        params = replace(known.params, decisions=(*known.params.decisions, *made))
        decision, found = _decision(known.decided_by(params), wish)
        faults += found
        made += [decision] if decision and not found else []
    if faults:
        raise InputRefusedError(faults)
    return made


def _decision(known: Asked, wish: Wish) -> tuple[Decision | None, list[Fault]]:
    faults = [*_name_faults(known, wish), *_text_faults(wish)]
    day, found = _day(known.params, wish)
    if faults or found:
        return None, [*faults, *found]
    row, amounts = known.by_id[wish.request], known.amounts.get(wish.request, {})
    said = {
        "request": wish.request, "round": wish.round or str(row["round"]), "decision": wish.decision, "option": wish.option or None, "by": wish.by,
        "on": day, "why": wish.why.strip(), "what": wish.what.strip(),
    }  # fmt: skip
    decision = Decision.model_validate(said)
    if decision.decision == "approve" and (only := chosen_option(decision, amounts)):
        decision = decision.model_copy(update={"option": only})
    standing = standing_decision(list(judged_decisions(known.params, row, amounts)))
    if flaw := decision_flaw(known.params, decision, row, amounts, standing):
        return None, [Fault(wish.where("decision"), flaw, MAY)]
    if standing and _says_the_same(standing, _with_content(decision, known)):
        return None, [Fault(wish.where("decision"), f"what {standing.by} decided already on {standing.on}", "a decision that changes something")]
    return _with_content(decision, known), []


def _says_the_same(standing: Decision, decision: Decision) -> bool:
    return all(getattr(standing, name) == getattr(decision, name) for name in ("decision", "option", "by", "content"))


def _name_faults(known: Asked, wish: Wish) -> list[Fault]:
    owners = [each.id for each in known.params.company.owners]
    faults = [_unknown(wish, "decision", KINDS), _unknown(wish, "request", list(known.by_id)), _unknown(wish, "by", owners)]
    if faults[1] and known.refused:
        faults[1] = replace(faults[1], fix=f"files of {', '.join(known.refused)} are refused: mend them first, see `aop check`")
    if wish.option and wish.decision == "approve" and not faults[1]:
        faults.append(_unknown(wish, "option", list(known.amounts.get(wish.request, {}))))
    if wish.option and wish.decision != "approve":
        faults.append(Fault(wish.where("option"), f"an option with {wish.decision!r}", "an option with 'approve' alone"))
    if wish.round and not (wish.round.isascii() and wish.round.isdigit()):
        faults.append(Fault(wish.where("round"), repr(wish.round), "a round such as 1"))
    return [each for each in faults if each]


def _unknown(wish: Wish, part: str, known: Sequence[str]) -> Fault | None:
    text = getattr(wish, part)
    if text in known:
        return None
    named = {"by": "person listed under owners of company.yml", "request": "request that was submitted"}.get(part, part)
    choice = f"one of {', '.join(known)}" if 0 < len(known) <= 12 else f"the id of a {named}"
    return Fault(wish.where(part), repr(text) if text else "nothing", f"{choice}{nearest(text, known)}")


def _text_faults(wish: Wish) -> list[Fault]:
    from aop_lib.sources.table import unfit, visible

    faults = []
    for part, text in (("why", wish.why), ("what", wish.what)):
        many = "more than one line" if len(text.splitlines()) > 1 else f"{len(text):,} characters" if len(text) > LONGEST else ""
        if problem := unfit(text) or many:
            faults.append(Fault(wish.where(part), f"'{visible(text)}' with {problem}", f"a text of one line, at most {LONGEST:,} characters"))
    if not wish.why.strip():
        faults.append(Fault(wish.where("why"), "no reason", "why it was decided so"))
    if wish.decision == "revise" and not wish.what.strip():
        faults.append(Fault(wish.where("what"), "nothing", "what the next round has to show or to change"))
    return faults


def _day(params: Params, wish: Wish) -> tuple[str, list[Fault]]:
    """Returns the day of a decision; today, where none is named, and only if the cycle can see it."""
    text = wish.on or f"{datetime.now(UTC):%Y-%m-%d}"
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text, [Fault(wish.where("on"), repr(text), "a day as YYYY-MM-DD")]
    if len(text) != len("2026-01-01"):
        return text, [Fault(wish.where("on"), repr(text), "a day as YYYY-MM-DD")]
    if day > params.as_of:
        what = f"{day}, which is today" if not wish.on else str(day)
        fix = f"name the day on which it was decided with --on, or move as_of of {params.file.name}"
        return text, [Fault(wish.where("on"), what, f"a day up to {params.as_of}, as of which the cycle sees", fix)]
    return text, []


def _log_of(params_file: str | Path) -> tuple[Path, str]:
    folder = resolved(params_file).parent
    if not folder.is_dir():
        raise InputRefusedError([Fault(str(params_file), "no such file", "a cycle's file")])
    return folder, shown(folder / LOG, folder)


def _outputs(outputs: Path | None) -> Path:
    return outputs or project_root() / "outputs"
