"""What the allocation leaves behind: who is proposed for the money, what each limit is worth, and what contradicts what."""

from __future__ import annotations

from aop_lib.contracts.spec import FrameSpec, frame_spec

FRAMES: dict[str, FrameSpec] = {
    "allocation": frame_spec(
        "one option of a request: whether it is proposed, why or why not, what it would need beside what is proposed. `value` is its strategy-weighted "
        "contribution, `missing_value` what it lacks to earn its limits by the prices of the LP relaxation, `needs_money` the largest shortfall of one "
        "money limit; `nearest` marks the option of an unfunded request that needs least",
        "request option team goal: text, proposed nearest: flag, state reason needs: text, value missing_value: exact, money needs_money: money, heads: count",
        key="request option",
    ),
    "limit_prices": frame_spec(
        "one limit and period: what is used and, in the LP relaxation, what one more unit would be worth (`price`) and from where to where that holds; "
        "money in units of currency",
        "limit period kind reason owner: text, least most used: figure, price: exact, holds_from holds_to: figure",
        key="limit period",
    ),
    "frontier": frame_spec(
        "value of the LP relaxation at one level of the envelope, every other limit as it is; `proposed` is the value of the whole choice, at its envelope",
        "envelope: text, level: money, value price: exact, current: flag, proposed: figure",
        key="envelope level",
    ),
    "allocation_rounds": frame_spec(
        "one valuation: the value by which requests were chosen, what the same choice is worth beside itself, requests that changed, the proven gap",
        "round requests changed: count, value revalued bound: exact, gap: share, kept stable: flag",
        key="round",
    ),
    "allocation_ways": frame_spec(
        "the same limits handed out in one way: value, what that is less than the proposal, money, requests that get anything, limits that it does not keep",
        "way name: text, position: count, value lost: exact, money: money, requests: count, breaks: text",
        key="way",
    ),
    "contradictions": frame_spec(
        "one limit of a smallest set that cannot be kept together: without any one of them the others can",
        "limit kind reason owner: text",
        key="limit",
    ),
    "override_costs": frame_spec(
        "one recorded decision against the proposal: the value it costs; request `` is all decisions together",
        "request option: text, possible: flag, cost: exact",
        key="request",
    ),
}
