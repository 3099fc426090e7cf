"""Where every metric of the catalogue stands: measured, computed, without meaning, or without data and what that would take."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from aop_lib.catalogue import switch_names
from aop_lib.frames import conformed, empty
from aop_lib.plan.metric_words import switches_text, unit_text

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.plan.formula_values import Evaluation

SCALE = Decimal("0.0000000001")


def metric_status(params: Params, evaluation: Evaluation) -> pd.DataFrame:
    """Returns every metric of the catalogue and where it stands in the last closed month.

    Args:
        params: Catalogue, switches and the last closed month.
        evaluation: The metrics over the company's figures.

    Returns:
        The frame `metric_status`: status is `measured`, `computed`, `n/m` (data, but no meaning over them) or `no data`;
        value and month are missing where there is none, and reason and needs say why and what would have to be measured.
    """
    rows = [_row(params, evaluation, name, position) for position, name in enumerate(params.metrics)]
    return conformed("metric_status", pd.DataFrame(rows)) if rows else empty("metric_status")


def _row(params: Params, evaluation: Evaluation, name: str, position: int) -> dict[str, Any]:
    metric = params.metrics[name]
    value = evaluation.value(name, params.last_closed)
    row: dict[str, Any] = {
        "metric": name, "label": metric.label, "unit": unit_text(metric, params.company.reporting_currency), "position": position,
        "formula": metric.formula, "source": metric.source, "switches": switches_text(params, switch_names(metric)),
    }  # fmt: skip
    if isinstance(value, Decimal):
        status = "measured" if params.last_closed in evaluation.measured.get(name, {}) else "computed"
        return row | {"value": value.quantize(SCALE), "month": params.last_closed, "status": status, "reason": "", "needs": ""}
    lacking = [params.metrics[each].needs or metric.needs for each in value.missing if each in params.metrics] or [metric.needs]
    needs = "" if value.is_meaningless else " ".join(dict.fromkeys(each for each in lacking if each))
    status = "n/m" if value.is_meaningless else "no data"
    return row | {"value": None, "month": pd.NaT, "status": status, "reason": value.reason, "needs": needs}
