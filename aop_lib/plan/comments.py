"""Short texts beside the review's pictures: which team and account make the largest variances."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from aop_lib import money
from aop_lib.plan.owners import owner_name, team_name, team_owner
from aop_lib.plan.profit_and_loss import OPERATING
from aop_lib.plan.variance import material
from aop_lib.plan.variance_review import short_text, team_line_variances
from aop_lib.plan.wording import amount_text

if TYPE_CHECKING:
    from aop_lib.load import Params

MOST = 3


def review_comments(params: Params, variances: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> list[str]:
    """Returns the three largest material variances by team and line in words, adverse and favourable alike."""
    table = team_line_variances(variances, accounts, lines)
    rows = material(table[table["type"].isin(OPERATING)], params.company.materiality).head(MOST)
    return [
        f"{_signed(row['variance'])} {row['name']}, {team_name(params, row['team'])}: {short_text(row)}. "
        f"{owner_name(params, team_owner(params, row['team']))} answers."
        for row in rows.to_dict("records")
    ]


def team_reasons(params: Params, teams: list[str], variances: pd.DataFrame, accounts: pd.DataFrame, lines: pd.DataFrame) -> list[str]:
    """Returns for each team the account that moves its operating expenses most; empty where nothing is material.

    Args:
        params: Materiality.
        teams: In the order of the result.
        variances: The frame `variances`.
        accounts: For the names.
        lines: The P&L lines.
    """
    opex = variances[variances["line"].isin(lines.loc[lines["type"] == "opex", "line"])]
    names = dict(zip(accounts["account"], accounts["name"], strict=True))
    sums = money.sums(opex, ["team", "account"], "variance")
    return [_reason(sums[sums["team"] == team], names, params.company.materiality.amount) for team in teams]


def _reason(own: pd.DataFrame, names: dict[str, str], limit: Decimal) -> str:
    order = sorted(range(len(own)), key=lambda row: (-abs(own["variance"].iloc[row]), row))
    if not order or abs(own["variance"].iloc[order[0]]) < limit:
        return ""
    top = own.iloc[order[0]]
    return f"{names[top['account']]} {amount_text(abs(top['variance']))} {'under' if top['variance'] > 0 else 'over'} plan"


def _signed(variance: Decimal) -> str:
    return f"+{amount_text(variance)}" if variance > 0 else f"({amount_text(-variance)})"
