"""Presets: declarative files whose faults are named with their line, versions of records, and joins that fan out."""

from __future__ import annotations

from decimal import Decimal
from textwrap import dedent

import pandas as pd
import pytest

from aop_lib.errors import InputRefusedError
from aop_lib.load import load
from aop_lib.sources.csv_source import header
from aop_lib.sources.declared import source_faults
from aop_lib.sources.presets import FOLDER, columns_used, export_of, mapping
from aop_lib.sources.snapshot import snapshot

COMPANY = """\
name: Shop
reporting_currency: USD
owners: [{id: ada, name: Ada}]
entities: [{id: us, name: Shop Inc, currency: USD}]
teams: [{id: sales, name: Sales, owner: ada}, {id: support, name: Support, owner: ada}]
lines: [{id: costs, name: Costs, type: opex}]
accounts: [{account: '6000', name: Costs, type: opex, line: costs}]
sources:
  - {name: own, preset: own.yml, where: exports, checks: {balance: warning, freshness: warning}}
"""
LEDGER = """\
system: Own
tables:
  posts: {file: posts.csv}
  places: {file: places.csv}
frames:
  ledger:
    from: posts
    signs: debit
    joins:
      - {table: places, on: {code: posts.place}}
    columns:
      entity: {text: us}
      team: {first: [places.team, posts.place]}
      account: {mapped: posts.kind, to: {rent: '6000', wages: '6000'}, otherwise: unknown}
      date: posts.day
      amount: {difference: [{first: [posts.debit, {text: '0'}]}, {first: [posts.credit, {text: '0'}]}]}
      currency: {upper: posts.currency}
      vendor: {joined: [posts.first, posts.last], with: ' '}
      document: {inside: posts.more, key: document}
"""
POSTS = "place,kind,day,debit,credit,currency,first,last,more\n"


@pytest.fixture
def shop(tmp_path):
    """Writes a company with its own preset and exports and returns its parameters."""

    def written(preset=LEDGER, last_closed="2026-09", as_of="2026-10-15", **exports):
        folder = tmp_path / "shop"
        (folder / "exports").mkdir(parents=True, exist_ok=True)
        (folder / "company.yml").write_text(COMPANY)
        (folder / "own.yml").write_text(preset)
        (folder / "fy2027.yml").write_text(f"kind: plan\ncycle: fy2027\nlast_closed_month: {last_closed}\nas_of: {as_of}\n")
        for name, text in exports.items():
            (folder / "exports" / f"{name}.csv").write_text(text)
        return load(folder / "fy2027.yml")

    return written


def test_a_preset_of_ones_own_needs_no_code(shop):
    posts = POSTS + """A,rent,2026-09-03,10.50,,usd,Ann,Lee,"{""document"": ""D1""}"\nB,wages,2026-09-30 08:15:00,,4.25,usd,,,\n"""
    ledger = snapshot(shop(posts=posts, places="code,team\nA,sales\nB,support\n"))["ledger"]
    assert ledger[["team", "account", "vendor", "amount"]].to_numpy().tolist() == [
        ["sales", "6000", "Ann Lee", Decimal("10.50")],
        ["support", "6000", " ", Decimal("-4.25")],
    ]


def test_a_join_that_fans_out_stops_the_run_and_names_the_key(shop):
    with pytest.raises(InputRefusedError) as stopped:
        snapshot(shop(posts=POSTS + "A,rent,2026-09-03,10.50,,usd,,,\n", places="code,team\nA,sales\nA,support\n"))
    (fault,) = stopped.value.faults
    assert fault.where.endswith("own.yml:10")
    assert fault.found == "2 rows of 'places' with code 'A'"


def test_a_key_that_repeats_where_nothing_joins_it_does_no_harm(shop):
    frames = snapshot(shop(posts=POSTS + "A,rent,2026-09-03,10.50,,usd,,,\n", places="code,team\nA,sales\nZ,support\nZ,support\n"))
    assert len(frames["ledger"]) == 1


def test_a_code_without_a_partner_keeps_its_row_which_is_then_set_aside(shop):
    frames = snapshot(shop(posts=POSTS + "X,rent,2026-09-03,10.50,,usd,,,\n", places="code,team\nA,sales\n"))
    assert frames["quarantine"][["reason", "amount"]].to_numpy().tolist() == [["team 'X' is not a team or cost centre of company.yml", Decimal("10.50")]]


@pytest.mark.parametrize(
    ("change", "line", "found"),
    [
        (("from: posts", "from: post"), 6, "the table 'post'"),
        (("places.team, posts", "place.team, posts"), 13, "the table 'place'"),
        (("vendor: {joined", "vender: {joined"), 18, "the column 'vender'"),
        (("{upper: posts.currency}", "{uper: posts.currency}"), 17, "keys"),
        (("{text: us}", "us"), 12, "'us'"),
        (("      date: posts.day\n", ""), 11, "no column 'date'"),
        (("signs: debit", "signs: debits"), 8, "'debits'"),
        (("  ledger:", "  ledgers:"), 6, "'ledgers'"),
    ],
)
def test_a_fault_of_a_preset_is_named_with_its_line(shop, change, line, found):
    faults = source_faults(shop(LEDGER.replace(*change), posts=POSTS, places="code,team\n"))
    assert any(fault.where.endswith(f"own.yml:{line}") and found in fault.found for fault in faults), faults


def test_a_file_beside_its_folder_cannot_be_named_by_a_preset(shop, tmp_path):
    (tmp_path / "secret.csv").write_text(POSTS)
    faults = source_faults(shop(LEDGER.replace("posts.csv", "../../secret.csv"), places="code,team\n"))
    assert any("the name of a file in the source's folder" in fault.expected for fault in faults)


VERSIONS = """\
system: Own
tables:
  staff: {file: staff.csv}
  places: {file: places.csv, valid_from: since, valid_to: until}
frames:
  people:
    from: staff
    joins:
      - {table: places, on: {person: staff.id}}
    columns:
      person: staff.id
      team: places.team
      start: staff.start
      end: staff.end
      amount: staff.pay
      currency: {text: USD}
      valid_from: staff.since
      valid_to: staff.until
"""
STAFF = dedent("""\
    id,start,end,pay,since,until
    1,2025-01-01,,100,2025-01-01 00:00:00,2026-10-15 23:59:59
    1,2025-01-01,2026-12-31,100,2026-10-16 00:00:00,9999-12-31 23:59:59
    2,2026-11-01,,200,2026-10-10 09:00:00,9999-12-31 23:59:59
    3,2025-01-01,,300,2026-11-01 00:00:00,9999-12-31 23:59:59
    4,2025-01-01,,400,2025-01-01 00:00:00,2026-05-01 00:00:00
    4,2025-01-01,2026-11-30,450,2026-05-01 00:00:01,9999-12-31 23:59:59
    """)
PLACES = dedent("""\
    person,team,since,until
    1,sales,2025-01-01 00:00:00,2026-10-15 23:59:59
    1,support,2026-10-16 00:00:00,9999-12-31 23:59:59
    2,sales,2026-10-10 09:00:00,9999-12-31 23:59:59
    3,sales,2026-11-01 00:00:00,9999-12-31 23:59:59
    4,support,2025-01-01 00:00:00,9999-12-31 23:59:59
    """)


def test_the_version_that_was_known_at_the_cut_counts_and_no_later_one(shop):
    frames = snapshot(shop(VERSIONS, staff=STAFF, places=PLACES))
    people = frames["people"].set_index("person")
    assert people["team"].to_dict() == {"1": "sales", "2": "sales", "4": "support"}
    assert people["salary"].to_dict() == {"1": Decimal("100.00"), "2": Decimal("200.00"), "4": Decimal("450.00")}
    assert pd.isna(people.loc["1", "end"])  # the notice came a day after the cut
    assert people.loc["4", "end"] == pd.Timestamp("2026-11-30")  # known by then, though it lies ahead
    assert frames["sources"].set_index("frame").loc["people", ["rows", "used", "later"]].tolist() == [5, 3, 2]
    assert frames["control_totals"]["ties"].all()


def test_a_day_later_the_next_version_counts(shop):
    frames = snapshot(shop(VERSIONS, as_of="2026-10-16", staff=STAFF, places=PLACES))
    person = frames["people"].set_index("person").loc["1"]
    assert (person["team"], person["end"]) == ("support", pd.Timestamp("2026-12-31"))


def test_every_preset_of_the_library_is_sound(shop):
    params = shop(posts=POSTS, places="code,team\n")
    source = params.company.sources[0]
    names = sorted(file.stem for file in FOLDER.glob("*.yml"))
    assert {"netsuite", "stripe", "salesforce", "workday", "canonical", "canonical_budget"} <= set(names)
    for name in names:
        found = mapping(source.model_copy(update={"preset": name, "currency": "USD"}), params.folder)
        assert found.document.faults == []
        assert found.preset is not None


@pytest.mark.parametrize(
    "system", ["netsuite", "quickbooks", "quickbooks_bills", "quickbooks_purchases", "quickbooks_invoices", "stripe", "salesforce", "workday", "xero"]
)
def test_a_preset_names_only_columns_that_the_real_system_exports(shop, shared, system):
    """The layouts of ../shared/data/source_exports: what a real export of each system is called and holds."""
    params = shop(posts=POSTS, places="code,team\n")
    exports = str(shared / "data" / "source_exports" / system.partition("_")[0])
    found_source = params.company.sources[0].model_copy(update={"preset": system, "currency": "USD", "where": exports})
    found = mapping(found_source, params.folder).known
    for name, table in found.tables.items():
        export = export_of(found_source, params.folder, table)
        assert set(columns_used(found, name)) <= set(header(export.file.read_bytes(), export)), table.file
