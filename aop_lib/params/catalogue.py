"""metrics.yml, typed: one definition of each metric for the whole company."""

from __future__ import annotations

from typing import Literal

from aop_lib.fields import Flag, Id, Strict, Text


class Metric(Strict):
    """One entry of params/metrics.yml."""

    label: Text
    unit: Literal["currency", "pct", "count", "fte", "months", "ratio"]
    per: Literal["", "count", "fte"] = ""  # currency per customer is currency per count
    direction: Literal["more", "less", "either"]  # either: heads are good neither way; a goal says which
    additive: Flag = False
    aggregate: Literal["sum", "last", "mean"] = "last"
    definition: Text
    formula: Text = ""  # arithmetic over other metrics; see params/metrics.yml
    over: Text = ""  # a measured ratio: what it is a share of, as a formula, so that a target can be handed down by its parts
    switches: list[Id] = []  # of company.yml, said beside the metric; those in the formula count as well
    needs: Text = ""  # what would have to be measured where there is no data
    source: Text = ""


class Catalogue(Strict):
    """params/metrics.yml."""

    metrics: dict[Id, Metric]
