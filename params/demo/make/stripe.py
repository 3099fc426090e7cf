"""The billing system's export: each phase of a contract is one subscription with one item.

History rows: the subscription as it was agreed, and a second row from the moment its end was agreed (`_fivetran_synced` says when each
became known). Billing moved to Stripe in October 2023: older contracts start there then and keep their billing anchor.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from make.customers import PRICE_STEP, PRICES, Customer, Phase, stripe_id
from make.layouts import write_export
from make.months import END, EXPORTED, FIRST, first_day, moment, stamp

Row = dict[str, object]
PRODUCT_NAMES = {"dispatch": "Larkfield Dispatch", "insights": "Larkfield Insights"}
COMMON = {"_fivetran_synced": stamp(EXPORTED), "livemode": "true"}


def write_stripe(folder: Path, phases: list[Phase]) -> None:
    """Writes the seven files."""
    rng = Random(7)
    ids = {(phase.contract, phase.start): stripe_id(rng, "sub_") for phase in phases}
    customers = sorted({phase.customer for phase in phases}, key=lambda each: (each.created, each.id))
    plans = [_plan(key, version, term) for key in PRICES for version in (1, 2) for term in (1, 3, 12) if version == 1 or key[0] == "dispatch"]
    write_export(folder, "stripe/customer_data.csv", map(_customer, customers), COMMON)
    write_export(folder, "stripe/product_data.csv", map(_product, PRODUCT_NAMES), COMMON)
    write_export(folder, "stripe/plan_data.csv", map(_plan_row, plans), COMMON)
    write_export(folder, "stripe/price_data.csv", map(_price_row, plans), COMMON)
    write_export(folder, "stripe/subscription_history_data.csv", _history(phases, ids))
    write_export(folder, "stripe/subscription_data.csv", ({**_subscription(phase, ids, phase.end), **COMMON} for phase in phases))
    write_export(folder, "stripe/subscription_item_data.csv", (_item(phase, ids, rng) for phase in phases))


def _customer(customer: Customer) -> Row:
    country = "DE" if customer.currency == "EUR" else "US"
    return {
        "id": customer.id,
        "name": customer.name,
        "created": stamp(customer.created),
        "currency": customer.currency.lower(),
        "address_country": country,
        "balance": 0,
        "account_balance": 0,
        "delinquent": "false",
        "is_deleted": "false",
        "tax_exempt": "none",
        "metadata": f'{{"segment":"{customer.segment}"}}',
    }


def _product(product: str) -> Row:
    created = stamp(moment(2019, 3, 4, 9, 0, 0))
    return {
        "id": f"prod_{product}",
        "name": PRODUCT_NAMES[product],
        "active": "true",
        "created": created,
        "updated": created,
        "is_deleted": "false",
        "type": "service",
        "unit_label": "seat",
        "metadata": "{}",
    }


def _plan(key: tuple[str, str, str], version: int, term: int) -> Row:
    product, segment, currency = key
    interval = {1: "month", 3: "quarter", 12: "year"}[term]
    created = moment(2020, 1, 6, 9, 0, 0) if version == 1 else datetime.combine(first_day(PRICE_STEP - 3), datetime.min.time()) + timedelta(days=9, hours=9)
    return {
        "id": f"{product}_{segment}_{interval}_{currency.lower()}_v{version}",
        "product": product,
        "cents": PRICES[key][version - 1] * term,
        "currency": currency.lower(),
        "term": term,
        "created": stamp(created),
        "active": "true" if version == 2 or product == "insights" else "false",
        "nickname": f"{PRODUCT_NAMES[product]}, {segment.replace('_', '-')}, by {interval}",
    }


def _interval(term: object) -> tuple[str, int]:
    return ("year", 1) if term == 12 else ("month", int(str(term)))


def _plan_row(plan: Row) -> Row:
    unit, count = _interval(plan["term"])
    return {
        "id": plan["id"],
        "active": plan["active"],
        "amount": plan["cents"],
        "billing_scheme": "per_unit",
        "created": plan["created"],
        "currency": plan["currency"],
        "interval": unit,
        "interval_count": count,
        "is_deleted": "false",
        "nickname": plan["nickname"],
        "product_id": f"prod_{plan['product']}",
        "usage_type": "licensed",
    }


def _price_row(plan: Row) -> Row:
    unit, count = _interval(plan["term"])
    return {
        "id": plan["id"],
        "active": plan["active"],
        "billing_scheme": "per_unit",
        "created": plan["created"],
        "currency": plan["currency"],
        "is_deleted": "false",
        "metadata": "{}",
        "nickname": plan["nickname"],
        "product_id": f"prod_{plan['product']}",
        "recurring_interval": unit,
        "recurring_interval_count": count,
        "recurring_usage_type": "licensed",
        "type": "recurring",
        "unit_amount": plan["cents"],
        "unit_amount_decimal": plan["cents"],
    }


def _subscription(phase: Phase, ids: dict[tuple[str, int], str], end: int | None) -> Row:
    cancelled = phase.cancelled if end is not None else None
    today = min(END - 1, (phase.end or END) - 1) if end is not None else END - 1
    period = max(phase.start, today - (today - phase.anchor) % phase.term)
    return {
        "id": ids[phase.contract, phase.start],
        "billing": "charge_automatically" if phase.term == 1 else "send_invoice",
        "billing_cycle_anchor": stamp(first_day(phase.anchor)),
        "cancel_at": stamp(first_day(end)) if end is not None else "",
        "cancel_at_period_end": "true" if end is not None else "false",
        "canceled_at": stamp(cancelled),
        "created": stamp(phase.created),
        "current_period_start": stamp(first_day(period)),
        "current_period_end": stamp(first_day(today + phase.months_left(today) + 1)),
        "customer_id": phase.customer.id,
        "ended_at": stamp(first_day(end)) if end is not None else "",
        "livemode": "true",
        "metadata": f'{{"contract":"{phase.contract}"}}',
        "quantity": phase.seats,
        "start_date": stamp(first_day(max(phase.start, FIRST))),
        "status": "canceled" if end is not None else "active",
    }


def _history(phases: Iterable[Phase], ids: dict[tuple[str, int], str]) -> Iterator[Row]:
    for phase in phases:
        agreed = {**_subscription(phase, ids, None), "_fivetran_synced": stamp(phase.created + timedelta(minutes=20))}
        yield {**agreed, "_fivetran_active": "true" if phase.cancelled is None else "false"}
        if phase.cancelled is not None:
            yield {**_subscription(phase, ids, phase.end), "_fivetran_synced": stamp(phase.cancelled + timedelta(minutes=20)), "_fivetran_active": "true"}


def _item(phase: Phase, ids: dict[tuple[str, int], str], rng: Random) -> Row:
    return {
        "_fivetran_synced": stamp(EXPORTED),
        "created": stamp(phase.created),
        "current_period_start": stamp(first_day(phase.start)),
        "id": stripe_id(rng, "si_"),
        "metadata": "{}",
        "plan_id": phase.plan,
        "quantity": phase.seats,
        "subscription_id": ids[phase.contract, phase.start],
    }
