"""What formulas of alignment.yml may name, and the unit of each: metrics, targets, the driver model, heads and budget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aop_lib.formula_units import Unit, unit_of

if TYPE_CHECKING:
    from aop_lib.load import Params

MODEL = ("capacity", "demand", "needed", "mrr", "new", "expansion", "contraction", "churn", "reactivation", "revenue", "billings", "collections", "cash")
OF = "_of_"
TARGET, DRIVEN, HEADS, BUDGET = "target_", "model_", "planned_heads", "budget"


def spoken(name: str) -> str:
    """Returns an id as formulas write it: `sales-na` becomes `sales_na`."""
    return name.replace("-", "_")


def alignment_names(params: Params) -> dict[str, Unit]:
    """Returns every name that a formula of alignment.yml may hold, with its unit.

    Defined as::

        arr                          a metric of the company: actual in closed months, then what the driver model makes of it
        revenue_of_sales_na          a metric of a team, in closed months
        target_arr                   the company's target of a KPI                target_arr_of_sales_na   a team's part of it
        model_capacity               a measure of the driver model, summed over segments: yearly contract value a month for capacity
                                     (what sellers can close), demand (what the pipeline brings) and needed; else an amount a month
        model_cash                   cash at the month's close, by the driver model
        planned_heads                heads at the month's close, as known at the cut, and those of approved requests     (_of_support)
        budget                       spend a month: cost of revenue and operating expenses                             (_of_marketing)

    Args:
        params: Catalogue, goals, teams.
    """
    teams = [spoken(each.id) for each in params.company.teams]
    units = {name: unit_of(metric.unit, metric.per) for name, metric in params.metrics.items()}
    whole = dict(units)
    whole |= {TARGET + each.kpi: units[each.kpi] for goal in params.goals.goals for each in goal.by_kpi() if each.kpi in units}
    whole |= {HEADS: unit_of("count"), BUDGET: unit_of("currency")}
    parts = {f"{name}{OF}{team}": unit for name, unit in whole.items() for team in teams}
    return parts | whole | {DRIVEN + name: unit_of("currency") for name in MODEL} | {f"{DRIVEN}customers": unit_of("count")}
