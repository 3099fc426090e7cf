"""What a team asks for in its workbook: every request of it, held against the same lists as one in a YAML file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aop_lib.sources.requests import AskedRequest, asked_request
from aop_lib.sources.team_workbooks import answered, sent, team_book

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.sources.choices import Choices
    from aop_lib.sources.table import Faults


def team_requests(content: bytes, choices: Choices, params: Params, faults: Faults) -> tuple[tuple[AskedRequest, ...], bool]:
    """Returns the requests in a team's workbook, and whether it belongs to another cycle and was not read.

    Args:
        content: The whole file.
        choices: The closed lists of the team in whose folder it lies.
        params: The cycle's parameters; they know what keeps the plan in the workbook from being read.
        faults: Takes every fault of the workbook, those of its plan included, and its warnings.
    """
    book = team_book(content, faults.shown, sent(params, choices.team))
    requests = [asked_request(document, choices) for document in book.requests]
    found = [*book.faults, *(fault for document in book.requests for fault in answered(book, document)), *params.plans_set_aside.get(faults.shown, ())]
    for fault in dict.fromkeys(found):
        faults.add(fault.where, fault.found, fault.expected, fault.fix)
    faults.warnings.extend(book.warnings)
    if faults.shown in params.plans_replaced:
        later = params.plans_replaced[faults.shown]
        faults.warn(faults.shown, f"a plan, and another in {later} with the same requests in higher rounds", "one plan of each team", "the later one counts")
    return tuple(request for request in requests if request), book.is_elsewhere
