"""Which method re-forecasts an account, and why: fixed by somebody, or the one whose back-test was off least."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from math import isnan, nan
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from aop_lib import frames as contracts
from aop_lib.plan.back_test import FEWEST_ORIGINS, LAST_VALUE, NAIVE, SAME_MONTH, STATISTICAL, BackTest, array_methods, back_test
from aop_lib.plan.forecast import smoothed
from aop_lib.plan.outlook_base import account_history, by_account, driver_amounts
from aop_lib.plan.owners import owner_name
from aop_lib.plan.wording import counted, percent_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aop_lib.load import Params
    from aop_lib.params.outlook import FixedMethod
    from aop_lib.plan.back_test import Method
    from aop_lib.plan.forecast import Array
    from aop_lib.plan.outlook_base import Past

ACTUAL, DRIVER, MODEL, PLAN, OWNER, ACTIVITY = "actual", "driver", "model", "plan", "owner", "activity"
NAMES = {
    DRIVER: "drivers", MODEL: "driver model", PLAN: "plan", OWNER: "owner", ACTIVITY: "volume sold", STATISTICAL: "statistical", LAST_VALUE: "last value",
    SAME_MONTH: "same month last year",
}  # fmt: skip
TESTED = (DRIVER, ACTIVITY, STATISTICAL, LAST_VALUE, SAME_MONTH)
KEEPS = 0.9


@dataclass(frozen=True)
class Tests:
    """The back-tests of every account and, for the statistical method, the shape that it takes now.

    Attributes:
        accounts: The accounts, in the order of the arrays.
        by_method: Method to its errors.
        shapes: The shape of the statistical method for each account.
        horizon: How many months ahead was tested.
    """

    accounts: tuple[str, ...]
    by_method: dict[str, BackTest]
    shapes: tuple[str, ...]
    horizon: int

    @property
    def origins(self) -> int:
        """From how many months each method was tested."""
        return self.by_method[DRIVER].origins

    def error(self, method: str, row: int) -> float:
        """Returns a method's error for an account; missing (nan) where it was not tested."""
        return float(self.by_method[method].error[row]) if method in self.by_method and self.origins else nan

    def naive(self, row: int) -> str:
        """Returns the naive method that was off least."""
        return min(NAIVE, key=lambda method: (np.nan_to_num(self.error(method, row), nan=np.inf), method))


def tests(params: Params, found: Past, horizon: int, further: Mapping[str, Method]) -> Tests:
    """Returns the back-tests of drivers, statistical model and naive methods for every account.

    Args:
        params: drivers.yml, calendar.
        found: What the outlook stands on.
        horizon: How many months are left.
        further: Methods beside these, by name (`outlook_activity`).
    """
    history = account_history(found)
    methods = {DRIVER: lambda known: by_account(found, driver_amounts(params, found, known, horizon), horizon), **array_methods(history, horizon)}
    methods |= further
    return Tests(found.accounts, {name: back_test(history, method, horizon) for name, method in methods.items()}, smoothed(history, horizon).shapes, horizon)


def methods(params: Params, found: Past, tested: Tests, accounts: pd.DataFrame, modelled: Mapping[str, Array]) -> pd.DataFrame:
    """Returns the method of each account with its reason.

    Defined as::

        fixed       outlook.yml names a method for the account, or else for its line
        drivers     the rule of drivers.yml, where there are fewer than 4 origins or nothing to compare with
        chosen      of drivers, activity (where nobody subscribes), statistical, last value and same month last year the one with the least WAPE;
                    the drivers, which people answer for, are kept unless another is off by less than nine tenths of theirs

    A rule's growth is today's, so that its back-test knows more than was known then: it is flattered.

    Args:
        params: outlook.yml, owners.
        found: What the outlook stands on.
        tested: The back-tests.
        accounts: The account tree.
        modelled: The accounts that the driver model tells.

    Returns:
        The frame `outlook_methods`; errors are WAPE as a fraction, `scaled` is MASE, missing where there is nothing to measure.
    """
    lines, names = (dict(zip(accounts["account"], accounts[column], strict=True)) for column in ("line", "name"))
    rows: list[dict[str, Any]] = []
    for row, account in enumerate(tested.accounts):
        fixed = _fixed(params, account, lines[account])
        method, reason = _chosen(params, found, tested, row, fixed, account in modelled)
        naive = tested.naive(row)
        rows.append(
            {
                "account": account, "line": lines[account], "name": names[account], "method": method, "reason": reason,
                "shape": tested.shapes[row] if method == STATISTICAL else "", "naive": naive, "error": tested.error(method, row),
                "naive_error": tested.error(naive, row), "driver_error": tested.error(DRIVER, row), "statistical_error": tested.error(STATISTICAL, row),
                "scaled": float(tested.by_method[method].scaled[row]) if method in tested.by_method and tested.origins else nan,
                "origins": tested.origins, "horizon": tested.horizon,
            }
        )  # fmt: skip
    return contracts.conformed("outlook_methods", pd.DataFrame(rows)) if rows else contracts.empty("outlook_methods")


def _fixed(params: Params, account: str, line: str) -> FixedMethod | None:
    own = [each for each in params.outlook.methods if each.account == account] or [
        each for each in params.outlook.methods if each.account is None and each.line == line
    ]
    return own[0] if own else None


def _chosen(params: Params, found: Past, tested: Tests, row: int, fixed: FixedMethod | None, is_modelled: bool) -> tuple[str, str]:
    if not params.is_review:
        return DRIVER, compared(tested, row, DRIVER)
    if fixed and (fixed.method != MODEL or is_modelled):
        return fixed.method, f"fixed by {owner_name(params, fixed.owner)}: {fixed.why}; {compared(tested, row, fixed.method)}"
    method = least(tested, row) if any(series for place, series in found.series.items() if place[2] == tested.accounts[row]) else PLAN
    return method, compared(tested, row, method)


def least(tested: Tests, row: int) -> str:
    """Returns the method that was off least; the drivers where another is not clearly better, or where it cannot be told."""
    errors = {method: tested.error(method, row) for method in TESTED}
    known = {method: error for method, error in errors.items() if not isnan(error)}
    if tested.origins < FEWEST_ORIGINS or not known:
        return DRIVER
    best = min(known, key=lambda method: (known[method], TESTED.index(method)))
    return best if DRIVER not in known or known[best] < KEEPS * known[DRIVER] else DRIVER


def compared(tested: Tests, row: int, method: str) -> str:
    """Returns how a method did beside the others: `statistical (level): WAPE 3.1 % against 5.4 % naive (last value), 4.0 % drivers, over 9 origins`."""
    if not tested.horizon:
        return "no month is left"
    if not tested.origins:
        return f"{NAMES[method]}: the history is too short to test"
    naive = tested.naive(row)
    if isnan(tested.error(naive, row)):
        return f"{NAMES[method]}: nothing was booked in the months tested"
    shape = f" ({tested.shapes[row]})" if method == STATISTICAL else ""
    own = tested.error(method, row)
    others = [f"{_error(tested.error(naive, row))} naive ({NAMES[naive]})"] if naive != method else []
    others += [
        f"{_error(tested.error(each, row))} {NAMES[each]}"
        for each in (DRIVER, ACTIVITY, STATISTICAL)
        if each != method and (each != ACTIVITY or not isnan(tested.error(each, row)))
    ]
    said = f"WAPE {_error(own)} against " if not isnan(own) else "not tested; "
    few = ", too few to choose by" if tested.origins < FEWEST_ORIGINS else ""
    return f"{NAMES[method]}{shape}: {said}{', '.join(others)}, over {counted(tested.origins, 'origin')}{few}"


def _error(value: float) -> str:
    return "n/m" if isnan(value) else percent_text(Decimal(repr(value)))
