"""The departments of the ledger: which team and function they belong to, who works there, and how many."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    """A job with its band of yearly base pay in US dollars; weight says how common it is."""

    title: str
    low: int
    high: int
    weight: int = 1
    bonus_pct: int = 6


@dataclass(frozen=True)
class Department:
    """One department; teams may have several.

    Attributes:
        number: NetSuite's id; the cost centre is CC + number.
        name: As ledger and HR name it.
        team: Name of the team in HR's organisation.
        group: Name of the group above.
        function: cost, sales, research or admin: which accounts its pay goes to.
        heads: People by entity at 2023-10, 2024-10, 2025-10, 2026-09 and 2027-03.
        leader: Title and name of who leads it, and base pay.
        roles: Who else works there.
    """

    number: str
    name: str
    team: str
    group: str
    function: str
    heads: dict[str, tuple[int, int, int, int, int]]
    leader: tuple[str, str, int] | None
    roles: tuple[Role, ...]


GROUPS = {"Go-to-market": "Priya Raman", "Product & Engineering": "Tomasz Wilk", "Customer": "Helen Sato", "General & Administrative": "Daniel Brandt"}
ENGINEERS = (
    Role("Software Engineer", 85000, 106000, 5),
    Role("Senior Software Engineer", 109000, 130000, 4),
    Role("QA Engineer", 73000, 89000, 2),
    Role("Engineering Manager", 132000, 146000, 1, 12),
)

DEPARTMENTS = (
    Department(
        "210",
        "Sales North America",
        "Sales North America",
        "Go-to-market",
        "sales",
        {"us": (11, 13, 15, 18, 20)},
        ("VP Sales, North America", "Marcus Bell", 171000),
        (
            Role("Account Executive", 71000, 90000, 5, 0),
            Role("Enterprise Account Executive", 106000, 120000, 2, 0),
            Role("Sales Development Representative", 45000, 54000, 4, 0),
            Role("Sales Engineer", 94000, 110000, 2, 0),
        ),
    ),
    Department(
        "220",
        "Sales EMEA",
        "Sales EMEA",
        "Go-to-market",
        "sales",
        {"de": (5, 7, 8, 10, 11)},
        ("VP Sales, EMEA", "Katrin Vogel", 146000),
        (
            Role("Account Executive", 63000, 78000, 4, 0),
            Role("Sales Development Representative", 40000, 47000, 3, 0),
            Role("Sales Engineer", 77000, 85000, 1, 0),
        ),
    ),
    Department(
        "230",
        "Marketing",
        "Marketing",
        "Go-to-market",
        "sales",
        {"us": (6, 7, 8, 9, 9), "de": (1, 1, 2, 2, 2)},
        ("VP Marketing", "Lucia Ferrante", 155000),
        (
            Role("Product Marketing Manager", 84000, 101000, 2),
            Role("Demand Generation Manager", 73000, 90000, 3),
            Role("Content Manager", 59000, 71000, 2),
            Role("Event Manager", 56000, 68000, 1),
        ),
    ),
    Department(
        "310",
        "Product & Design",
        "Product & Design",
        "Product & Engineering",
        "research",
        {"us": (6, 7, 8, 9, 9)},
        ("VP Product", "Noor Haddad", 167000),
        (Role("Product Manager", 101000, 118000, 4), Role("Product Designer", 82000, 99000, 3), Role("User Researcher", 77000, 85000, 1)),
    ),
    Department(
        "320",
        "Core Engineering",
        "Engineering",
        "Product & Engineering",
        "research",
        {"us": (14, 17, 19, 21, 22)},
        ("VP Engineering", "Ben Asante", 181000),
        ENGINEERS,
    ),
    Department(
        "325",
        "Mobile Engineering",
        "Engineering",
        "Product & Engineering",
        "research",
        {"de": (5, 6, 8, 9, 10)},
        None,
        (Role("Software Engineer", 68000, 82000, 5), Role("Senior Software Engineer", 84000, 97000, 3), Role("QA Engineer", 56000, 64000, 1)),
    ),
    Department(
        "330",
        "Platform & Security",
        "Platform & Security",
        "Product & Engineering",
        "cost",
        {"us": (5, 6, 7, 8, 9)},
        ("Director of Platform", "Ingrid Solberg", 150000),
        (Role("Site Reliability Engineer", 103000, 124000, 4), Role("Security Engineer", 108000, 122000, 2), Role("Database Engineer", 97000, 110000, 1)),
    ),
    Department(
        "410",
        "Customer Success",
        "Customer Success",
        "Customer",
        "sales",
        {"us": (5, 6, 7, 8, 9), "de": (1, 2, 3, 3, 3)},
        ("VP Customer Success", "Rafael Duarte", 143000),
        (Role("Customer Success Manager", 64000, 80000, 5), Role("Onboarding Specialist", 54000, 64000, 3), Role("Renewals Manager", 71000, 82000, 1)),
    ),
    Department(
        "420",
        "Customer Support",
        "Customer Support",
        "Customer",
        "cost",
        {"us": (5, 6, 6, 7, 7), "de": (2, 2, 3, 3, 3)},
        ("Director of Support", "Amy Whitlock", 111000),
        (Role("Support Engineer", 50000, 63000, 5), Role("Senior Support Engineer", 64000, 75000, 2)),
    ),
    Department(
        "110",
        "Executive Office",
        "Executive Office",
        "General & Administrative",
        "admin",
        {"us": (3, 3, 3, 3, 3)},
        ("Chief Executive Officer", "Maren Okafor", 233000),
        (Role("Chief of Staff", 124000, 124000), Role("Executive Assistant", 66000, 66000)),
    ),
    Department(
        "120",
        "Finance & Legal",
        "Finance & Legal",
        "General & Administrative",
        "admin",
        {"us": (4, 5, 5, 6, 6)},
        ("Chief Financial Officer", "Daniel Brandt", 202000),
        (Role("Accountant", 64000, 78000, 2), Role("Revenue Analyst", 70000, 82000, 1), Role("Counsel", 136000, 136000, 1, 12)),
    ),
    Department(
        "130",
        "People & Workplace",
        "People & Workplace",
        "General & Administrative",
        "admin",
        {"us": (3, 3, 4, 4, 4)},
        ("VP People", "Sibel Kaya", 141000),
        (Role("Recruiter", 63000, 77000, 2), Role("People Partner", 75000, 85000, 1), Role("IT Administrator", 66000, 77000, 1)),
    ),
)

# Leaders above a single team sit in the department that is named here; FP&A's head belongs to finance.
OTHER_LEADERS = {
    ("210", "us"): ("Chief Revenue Officer", "Priya Raman", 211000),
    ("320", "us"): ("Chief Technology Officer", "Tomasz Wilk", 214000),
    ("410", "us"): ("Chief Customer Officer", "Helen Sato", 186000),
    ("120", "us"): ("Head of FP&A", "Owen Blake", 120000),
}
BY_NUMBER = {each.number: each for each in DEPARTMENTS}
EUR_PER_USD_PAY = 88  # pay bands in euros, per cent of the dollar bands
