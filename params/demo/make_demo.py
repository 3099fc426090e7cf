"""Makes the demo company's exports: `python params/demo/make_demo.py [FOLDER]`, the same bytes in every run.

Customers, people and purchases are drawn from fixed seeds; the books follow from them; the exports are written from the books in the
column layouts of NetSuite, Stripe, Salesforce and Workday. Without FOLDER they replace those in `exports/` beside this file.
"""

from __future__ import annotations

import sys
from pathlib import Path

from make.budget import write_budget
from make.company import company
from make.netsuite import write_netsuite
from make.readings import write_readings
from make.salesforce import write_salesforce
from make.stripe import write_stripe
from make.workday import write_workday


def main(folder: Path) -> None:
    """Writes every export below a folder."""
    demo = company()
    write_netsuite(folder, demo.journals)
    write_stripe(folder, demo.phases)
    write_salesforce(folder, demo.phases, demo.people)
    write_workday(folder, demo.people)
    write_budget(folder, demo.journals)
    write_readings(folder, demo.phases)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent / "exports")
