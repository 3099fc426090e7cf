"""Who may decide, as company.yml states it: every name that leads nowhere and every limit that contradicts another is a fault with its line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aop_lib.errors import Fault, nearest

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.yamlfile import Document, Path_


def faults(params: Params, documents: Mapping[str, Document]) -> list[Fault]:
    """Returns the faults of `approvals:`: unknown owners, limits of nobody or of two, and one for whom the company has no next level."""
    document, approvals = documents["company"], params.company.approvals
    found: list[Fault] = []
    owners = [each.id for each in params.company.owners]
    named: list[tuple[Path_, str]] = [(("approvals", "reviewers", place), each) for place, each in enumerate(approvals.reviewers)]
    named += [(("approvals", "limits", place, "owner"), each.owner) for place, each in enumerate(approvals.limits) if each.owner]
    for path, owner in named:
        if owner not in owners:
            found.append(Fault(document.where(path), repr(owner), f"one of {', '.join(owners)}{nearest(owner, owners)}"))
    seen: set[str | int] = set()
    for place, each in enumerate(approvals.limits):
        of = each.owner if each.owner is not None else each.level
        where = document.where(("approvals", "limits", place))
        if of is None or (each.owner is not None and each.level is not None):
            found.append(Fault(where, "a limit of nobody" if of is None else "a limit of an owner and a level", "either 'owner' or 'level'"))
        elif of in seen:
            found.append(Fault(where, f"a second limit for {of}", "one limit each", "keep one of them"))
        elif each.up_to < 0:
            found.append(Fault(where, str(each.up_to), "an amount of 0 or more"))
        elif each.level is not None and each.level < 1:
            found.append(Fault(where, str(each.level), "a level of 1 or more"))
        elif owners and of == owners[0]:
            found.append(Fault(where, f"a limit for {of}, above whom nobody stands", "no limit for the first owner", "take it out"))
        seen |= {of} if of is not None else set()
    return found
