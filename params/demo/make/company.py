"""The whole company, from which every export is written."""

from __future__ import annotations

from dataclasses import dataclass

from make.billing import Sales, sales_journals
from make.books import ENTITIES, Journal, opened
from make.customers import Phase, phases
from make.dealings import dealing_journals
from make.months import FIRST
from make.payroll import payroll_journals
from make.staff import Person, people
from make.treasury import interest_journals, treasury_journals
from make.vendors import bills, vendor_journals


@dataclass(frozen=True)
class Company:
    """Contracts, people and the journals that follow from them."""

    phases: list[Phase]
    people: list[Person]
    journals: list[Journal]


def company() -> Company:
    """Returns the company; the same in every run."""
    contracts, staff = phases(), people()
    sales = Sales(contracts)
    journals = [*sales_journals(sales), *payroll_journals(staff, sales), *vendor_journals(bills(sales, staff)), *treasury_journals(staff)]
    journals += interest_journals(journals)
    journals += dealing_journals(journals)
    deferred = {entity: sales.deferred(entity, FIRST - 1) for entity in ENTITIES}
    return Company(contracts, staff, opened(journals, deferred))
