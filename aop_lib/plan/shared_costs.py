"""Shared costs handed to the teams that use them, by one linear solve; every cent can be followed both ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal

import numpy as np
import pandas as pd

from aop_lib.money import money_series, split

Method = Literal["reciprocal", "step_down", "direct"]
PLACES = Decimal("0.000000000001")


def final_shares(uses: Mapping[str, Mapping[str, Decimal]], method: Method = "reciprocal") -> dict[str, dict[str, Decimal]]:
    """Returns, for each service team, the share of its own cost that ends with each team that is no service.

    Defined as::

        uses      S: row i says what part of service i each team uses; split into S_ss (services) and S_so (all others)
        final     F = (I - S_ss)^-1 * S_so          each row sums to 1: all of a service's cost ends somewhere
        step_down S_ss without what flows back to a service that came before, each row made to sum to 1 again
        direct    S_ss = 0, each row made to sum to 1 again

    Args:
        uses: By service, in the order of stepping down, the weight of each team that uses it (any scale; none negative).
        method: The same solve with terms masked.

    Raises:
        ValueError: If a weight is negative, a service is used by nobody, or services use nobody but one another.
    """
    services = list(uses)
    others = sorted({team for used in uses.values() for team in used} - set(services))
    teams = [*services, *others]
    weights = np.array([[float(uses[service].get(team, 0)) for team in teams] for service in services])
    if not services:
        return {}
    np.fill_diagonal(weights[:, : len(services)], 0.0)
    if (weights < 0).any():
        raise ValueError("a weight is negative")
    if method == "direct":
        weights[:, : len(services)] = 0.0
    elif method == "step_down":
        weights[:, : len(services)] = np.triu(weights[:, : len(services)])
    sums = weights.sum(axis=1, keepdims=True)
    if (sums == 0).any():
        raise ValueError(f"nobody uses {services[int(np.argmin(sums))]}")
    shares = weights / sums
    try:
        final = np.linalg.solve(np.eye(len(services)) - shares[:, : len(services)], shares[:, len(services) :])
    except np.linalg.LinAlgError:
        raise ValueError(f"{', '.join(services)} use nobody but one another") from None
    return {service: _exact(dict(zip(others, row, strict=True))) for service, row in zip(services, final.tolist(), strict=True)}


def _exact(row: Mapping[str, float]) -> dict[str, Decimal]:
    return {team: Decimal(repr(max(share, 0.0))).quantize(PLACES) for team, share in row.items() if share > 0}


def handed_on(costs: pd.DataFrame, shares: Mapping[str, Mapping[str, Decimal]]) -> pd.DataFrame:
    """Returns what each service's cost becomes in the teams that use it: each amount split to the cent, nothing left, nothing new.

    Args:
        costs: Rows of service teams and any others: team, amount, and further keys (account, month, entity …).
        shares: What `final_shares` returned.

    Returns:
        The keys of `costs`, with `team` the receiver and `source` the team whose cost it was; the rows of a source sum to its cost, and
        rows of teams that are no service stand as they were.
    """
    keys = [name for name in costs if name not in {"team", "amount"}]
    rows = [
        (*[record[name] for name in keys], receiver, record["team"], part)
        for record in costs.to_dict("records")
        for receiver, part in _parts(record["team"], Decimal(record["amount"]), shares.get(record["team"]))
    ]
    frame = pd.DataFrame(rows, columns=[*keys, "team", "source", "amount"])
    return frame.assign(amount=money_series(frame["amount"], index=frame.index))


def _parts(team: str, amount: Decimal, shares: Mapping[str, Decimal] | None) -> Sequence[tuple[str, Decimal]]:
    if not shares:
        return [(team, amount)]
    sign = -1 if amount < 0 else 1
    parts = split(abs(amount), list(shares.values()))
    return [(receiver, sign * part) for receiver, part in zip(shares, parts, strict=True) if part]
