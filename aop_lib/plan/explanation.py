"""Where a figure comes from, as a tree: what it is, its value, how it is made, where that is written, and what it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib.plan.difference_words import printable
from aop_lib.plan.profit_and_loss import pl_accounts
from aop_lib.plan.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aop_lib.load import Params

INDENT = "  "


@dataclass(frozen=True)
class Node:
    """One figure of an explanation, or one fact that it stands on.

    Attributes:
        label: What it is.
        value: The figure with its unit; empty for a fact.
        how: Its formula or rule, with values filled in.
        place: Where that is written, `file:line`, or a file with its hash.
        parts: What it is made of.
        source: The source and canonical frame that it was read from; both empty where it is none.
        exact: The figure itself; None for a fact.
        breakdown: Of which breakdown of the node above it is a part, such as `line` or `layer`: the parts of one breakdown add up to that node.
        name: By what a page knows that it has told it already; empty where it tells it again.
    """

    label: str
    value: str = ""
    how: str = ""
    place: str = ""
    parts: tuple[Node, ...] = ()
    source: tuple[str, str] = ("", "")
    exact: Decimal | None = None
    breakdown: str = ""
    name: str = ""


@dataclass(frozen=True)
class Known:
    """Everything that an explanation is told from.

    Attributes:
        params: The cycle.
        planned: The cycle in which the budget was made: the frozen plan's in a review, as its parameters are now.
        frames: Frames of the published cycle by name.
        places: Where something is written: `metric nrr`, `rule 3`, `goal arr_29m`, `decision renewals`, `restatement x`, `request renewals`.
        files: For each source and frame, its files with the hash that the run read them under; `changed` where a file is another one now.
        posted: Rows of the ledger's sources for the one account that is asked for, see `posted_rows`; none where they were not read again.
        unread: Why source rows were not read again; empty where they were, or need not be.
    """

    params: Params
    planned: Params
    frames: Mapping[str, pd.DataFrame]
    places: Mapping[str, str]
    files: Mapping[tuple[str, str], tuple[str, ...]]
    posted: pd.DataFrame
    unread: str = ""

    @property
    def currency(self) -> str:
        """The reporting currency."""
        return self.params.company.reporting_currency

    @cached_property
    def members(self) -> pd.DataFrame:
        """The accounts of the P&L in report order with their line, its name and signs, and their own name."""
        lines, accounts = self.frames["lines"], self.frames["accounts"]
        named = lines[["line", "name", "position"]].rename(columns={"name": "line_name"})
        found = pl_accounts(accounts, lines).merge(named, on="line", validate="many_to_one")
        found = found.merge(accounts[["account", "name"]], on="account", validate="one_to_one")
        return found.sort_values(["position", "account"], kind="stable")

    @cached_property
    def made(self) -> dict[str, Node]:
        """Nodes that were made already, by name, as several figures stand on one."""
        return {}

    @cached_property
    def effects(self) -> dict[str, pd.DataFrame]:
        """What changes of scenarios and versions do, by overlay, as far as it was asked for."""
        return {}


@dataclass(frozen=True)
class Scope:
    """Which team and months are asked for.

    Attributes:
        team: The team or group; empty for the company.
        teams: Its teams; empty for all.
        months: The months.
    """

    team: str
    teams: frozenset[str]
    months: tuple[pd.Timestamp, ...]

    def of(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Returns the rows of a frame that lie in it."""
        here = frame["month"].isin(list(self.months))
        return frame[here & frame["team"].isin(sorted(self.teams))] if self.teams else frame[here]


def exact_text(amount: Decimal, currency: str) -> str:
    """Returns an amount to the cent with its currency: `12,345.60 USD`, `-3.00 USD`."""
    return f"{amount:,.2f} {currency}"


def source_nodes(known: Known, frames: tuple[str, ...]) -> tuple[Node, ...]:
    """Returns the sources of canonical frames with the rows of each that were used.

    Args:
        known: What the run read.
        frames: Names of canonical frames, such as `ledger`.
    """
    sources = known.frames["sources"]
    return tuple(
        Node(
            f"source {row['source']}",
            how=f"{row['system']}: {row['used']:,} of {counted(int(row['rows']), 'row')} used for {row['frame']}",
            source=(row["source"], row["frame"]),
        )
        for row in sources[sources["frame"].isin(frames)].to_dict("records")
    )


def with_files(known: Known, node: Node) -> Node:
    """Returns an explanation with every file of the sources that it stands on, each with its hash, as its last part."""
    used = dict.fromkeys(each.source for each in walked(node) if each.source[0])
    parts = tuple(
        Node(f"{source}, {frame}", parts=tuple(Node(file) for file in known.files.get((source, frame), ())) or (Node("a database: no file to hash"),))
        for source, frame in used
    )
    return replace(node, parts=(*node.parts, Node("source files, by the hash under which the run read them", parts=parts))) if parts else node


def walked(node: Node) -> Iterator[Node]:
    """Yields a node and everything below it, each before what it is made of."""
    yield node
    for part in node.parts:
        yield from walked(part)


def explanation_text(node: Node, notes: tuple[str, ...] = ()) -> str:
    """Returns an explanation as text: notes first, then one line for each node, indented below what it belongs to.

    Args:
        node: The root.
        notes: What a reader must know first, such as parameters that changed since the run.
    """
    return "\n".join([*(f"note: {printable(each)}" for each in notes), *_lines(node, "")])


def _lines(node: Node, indent: str) -> Iterator[str]:
    head = f"{node.label}: {node.value}" if node.value else node.label
    place = f"  [{node.place}]" if node.place else ""
    yield printable(f"{indent}{head}{'' if node.how else place}")
    if node.how:
        yield printable(f"{indent}{INDENT}{node.how}{place}")
    for part in node.parts:
        yield from _lines(part, indent + INDENT)
