"""Names, months and figures in outlook.yml that cannot be: every one is a fault with its line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from aop_lib.errors import Fault, nearest
from aop_lib.periods import month_text

if TYPE_CHECKING:
    from aop_lib.load import Params
    from aop_lib.yamlfile import Document, Path_

Check = Iterator[Fault]


def faults(params: Params, documents: Mapping[str, Document]) -> list[Fault]:
    """Returns a fault for each entry that names what is not there, says two things or nothing, or can mean nothing; none without outlook.yml."""
    document = documents.get("outlook")
    if document is None:
        return []
    return [*_names(params, document), *_methods(params, document), *_figures(params, document)]


def _names(params: Params, document: Document) -> Check:
    known = {"owner": [each.id for each in params.company.owners], "team": [each.id for each in params.company.teams]}
    known |= {"line": [each.id for each in params.company.lines], "account": [each.account for each in params.company.accounts]}
    for kind in ("methods", "stated"):
        for index, entry in enumerate(getattr(params.outlook, kind)):
            for key, names in known.items():
                name = getattr(entry, key, None)
                if name is not None and name not in names and (names or key != "account"):
                    yield _fault(document, (kind, index, key), repr(name), f"a known {key}{nearest(name, names)}")


def _methods(params: Params, document: Document) -> Check:
    modelled = params.company.switches.subscription_revenue_lines
    named = Counter((each.line, each.account) for each in params.outlook.methods)
    for index, each in enumerate(params.outlook.methods):
        here = ("methods", index)
        if (each.line is None) == (each.account is None):
            yield _fault(document, here, "no line and no account" if each.line is None else "a line and an account", "one of them")
        elif named[each.line, each.account] > 1:
            yield _fault(document, here, f"{each.line or each.account!r} {named[each.line, each.account]} times", "each line or account once")
        if each.method == "model" and each.line not in modelled:
            expected = "a line of subscription revenue (company.yml, switches.subscription_revenue_lines); the driver model tells no other"
            yield _fault(document, (*here, "method"), "'model'", expected)


def _figures(params: Params, document: Document) -> Check:
    for index, each in enumerate(params.outlook.stated):
        here = ("stated", index)
        if (each.amount is None) == (each.change is None):
            yield _fault(document, here, "neither amount nor change" if each.amount is None else "amount and change", "one of them")
        if each.amount is not None and each.account is None:
            yield _fault(document, here, "an amount without an account", "the account that it is booked to", "add account")
        if each.amount is not None and each.amount < 0:
            yield _fault(document, (*here, "amount"), str(each.amount), "an amount of zero or more, natural sign")
        if each.line is None and each.account is None and each.team is None:
            yield _fault(document, here, "no line, account or team", "at least one of them")
        if each.end is not None and each.end <= each.start:
            yield _fault(document, (*here, "end"), month_text(each.end), f"a month after {month_text(each.start)}")
        if each.start > params.year_months[-1] and each.on <= params.as_of:
            yield _fault(document, (*here, "start"), month_text(each.start), f"a month of the reviewed year, up to {month_text(params.year_months[-1])}")


def _fault(document: Document, path: Path_, found: str, expected: str, fix: str = "") -> Fault:
    return Fault(document.where(path), found, expected, fix)
