"""Invented names of people and firms, each given out once."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from random import Random


@cache
def words() -> dict[str, list[str]]:
    """Returns the parts that names are made of, by kind."""
    with (Path(__file__).parent / "names.csv").open(encoding="utf-8", newline="") as stream:
        return {row["kind"]: row["names"].split("|") for row in csv.DictReader(stream)}


def people_names(rng: Random, taken: set[str]) -> list[str]:
    """Returns every combination of given and family name that is not taken, shuffled."""
    names = sorted(f"{given} {family}" for given in words()["given"] for family in words()["family"] if f"{given} {family}" not in taken)
    rng.shuffle(names)
    return names


def firm_names(rng: Random) -> dict[str, list[str]]:
    """Returns names of firms by currency, shuffled."""
    american = sorted(f"{place} {trade}" for place in words()["places"] for trade in words()["trades"])
    german = sorted(f"{stem}{trade.lower()} GmbH" for stem in words()["german_stems"] for trade in words()["german_trades"])
    rng.shuffle(american)
    rng.shuffle(german)
    return {"USD": american, "EUR": german}
