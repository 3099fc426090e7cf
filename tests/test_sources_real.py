"""Real files that nobody cleaned, read as they are through declared presets: their published totals, to the cent."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from aop_lib.errors import InputRefusedError
from aop_lib.load import load
from aop_lib.money import cents
from aop_lib.sources.snapshot import snapshot

REAL = Path(__file__).parent / "real"
DATA = REAL.parent.parent.parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="real input is read from ../shared/data, which is not here")


def by_year(frame: pd.DataFrame) -> dict[int, Decimal]:
    return {int(year): cents(Decimal(amount)) for year, amount in frame.groupby(frame["month"].dt.year)["amount"].sum().items()}


@pytest.fixture(scope="module")
def county():
    return snapshot(load(REAL / "macoupin" / "fy2024.yml"))


def test_the_countys_dirty_file_gives_the_published_totals(county):
    assert by_year(county["imported_budget"]) == {2023: Decimal("26072240.00"), 2024: Decimal("36916943.00")}
    assert by_year(county["ledger"]) == {2023: Decimal("21469245.00"), 2024: Decimal("28057039.04")}


def test_every_line_of_the_county_counts_once_per_year_and_empty_cells_are_named(county):
    assert county["sources"][["rows", "used", "quarantined"]].to_numpy().tolist() == [[1300, 1299, 1], [1300, 1298, 2]]
    assert county["quarantine"][["row", "reason"]].to_numpy().tolist() == [
        ["line 136, 2023-12", "no amount"], ["line 136, 2023-12", "no amount"], ["line 36, 2023-12", "no amount"],
    ]  # fmt: skip
    rows = county["control_totals"][county["control_totals"]["check"].str.contains("every row of")]
    assert rows["ties"].all()


def test_without_its_encoding_the_countys_file_is_refused_with_every_line(tmp_path):
    for name in ("wide.yml", "fy2024.yml"):
        (tmp_path / name).write_text((REAL / "macoupin" / name).read_text())
    text = (REAL / "macoupin" / "company.yml").read_text()
    text = text.replace("    encoding: cp1252\n", "").replace("../../../../shared/data", str(DATA))
    (tmp_path / "company.yml").write_text(text)
    with pytest.raises(InputRefusedError) as stopped:
        snapshot(load(tmp_path / "fy2024.yml"))
    found = [fault.found for fault in stopped.value.faults]
    assert "the byte 0xC7, which is not UTF-8" in found
    assert all(fault.where.rpartition(":")[2].isdigit() for fault in stopped.value.faults)


def test_digits_grouped_by_commas_are_no_numbers_unless_that_is_declared(tmp_path):
    for name in ("wide.yml", "fy2024.yml"):
        (tmp_path / name).write_text((REAL / "macoupin" / name).read_text().replace("2023", "2013"))
    text = (REAL / "macoupin" / "company.yml").read_text().replace("../../../../shared/data", str(DATA))
    (tmp_path / "company.yml").write_text(text)
    declared = snapshot(load(tmp_path / "fy2024.yml"))
    (tmp_path / "company.yml").write_text(text.replace("    thousands: comma\n", ""))
    plain = snapshot(load(tmp_path / "fy2024.yml"))
    assert "amount ' $-   ' is not a plain number" in set(declared["quarantine"]["reason"])
    assert len(plain["quarantine"]) > len(declared["quarantine"])
    assert plain["quarantine"]["reason"].str.fullmatch(r"amount '\d{1,3},\d{3}' is not a plain number").any()


@pytest.fixture(scope="module")
def cube():
    return snapshot(load(REAL / "customer_profitability" / "fy2014.yml"))


def test_the_year_2014_ties_with_the_revenue_that_has_no_product(cube):
    assert by_year(cube["ledger"])[2014] == Decimal("89695674.16")
    assert by_year(cube["imported_budget"])[2014] == Decimal("88392921.40")


def test_the_revenue_without_a_product_is_named_and_in_the_totals(cube):
    found = cube["source_findings"][cube["source_findings"]["topic"] == "partners"].set_index("what")["amount"].to_dict()
    assert found == {
        "3,057 rows of imported_budget refer to '50', which products does not have": Decimal("19457641.14"),
        "3,520 rows of ledger refer to '50', which products does not have": Decimal("19157972.40"),
    }
    apart = [frame[frame["account"] == "no_product"]["amount"].sum() for frame in (cube["ledger"], cube["imported_budget"])]
    for exact, rounded in zip(found.values(), reversed(apart), strict=True):
        assert abs(exact - rounded) <= Decimal("0.02")  # fractions of a cent are cut so that the fiscal year ties, not each account


def test_every_fact_is_used(cube):
    assert cube["sources"][["rows", "used", "quarantined", "later"]].sum().tolist() == [47646, 47646, 0, 0]


QUICKBOOKS = """\
name: Shop
reporting_currency: USD
owners: [{id: ada, name: Ada}]
entities: [{id: shop, name: Shop, currency: USD, codes: [quickbooks]}]
teams: [{id: all, name: All, owner: ada, codes: ['1']}]
lines: [{id: revenue, name: Revenue, type: revenue, roots: ['999']}]
sources:
"""
LENIENT = "checks: {types: warning, freshness: warning, duplicates: warning, balance: warning, unmapped: warning, quarantine: warning, lines: 'off'}"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A fragment of a real export: documents and accounts are missing on purpose, so most lines have no partner."""
    folder = tmp_path_factory.mktemp("shop")
    where = DATA / "source_exports" / "quickbooks"
    presets = ("quickbooks", "quickbooks_bills", "quickbooks_purchases", "quickbooks_invoices")
    sources = "".join(f"  - {{name: {preset}, preset: {preset}, where: {where}, currency: USD, {LENIENT}}}\n" for preset in presets)
    (folder / "company.yml").write_text(QUICKBOOKS + sources)
    (folder / "fy2022.yml").write_text("kind: plan\ncycle: fy2022\nlast_closed_month: 2021-06\n")
    return snapshot(load(folder / "fy2022.yml"))


def test_quickbooks_documents_become_postings_with_the_sign_of_their_account(shop):
    ledger = shop["ledger"].set_index(["account", "month"])["amount"].to_dict()
    assert ledger == {
        ("39", pd.Timestamp("2020-07-01")): Decimal("70643.00"),  # debit to a bank
        ("40", pd.Timestamp("2020-07-01")): Decimal("-86440.00"),  # credit
        ("4001", pd.Timestamp("2021-01-01")): Decimal("59150.00"),  # invoiced, natural
        ("4001", pd.Timestamp("2021-02-01")): Decimal("1505.00"),
    }


def test_every_line_of_quickbooks_is_used_or_named(shop):
    counts = shop["sources"].set_index(["source", "frame"])[["rows", "used", "quarantined", "later"]]
    assert (counts["rows"] == counts["used"] + counts["quarantined"] + counts["later"]).all()
    rows = shop["control_totals"][shop["control_totals"]["check"].str.contains("every row of|turnover")]
    assert rows["ties"].all()
    assert set(shop["quarantine"]["reason"].str.split("'").str[0]) == {"no date", "no account", "account ", "team "}
