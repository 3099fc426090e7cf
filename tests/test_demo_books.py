"""The demo company's books follow from its contracts, people, vendors and equipment, to the cent."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import pairwise

from demo_exports import CARD, LIFE, MONTHS, closing, employed, last_day, ledger, live, movement, number, pay, rows, subscriptions, workers

from aop_lib.money import cents


def test_the_ledger_holds_forty_two_months_of_both_entities():
    assert len(MONTHS) == 42
    assert sorted({(each["entity"], each["month"]) for each in ledger()}) == sorted((entity, month) for entity in ("us", "de") for month in MONTHS)


def test_every_journal_balances_and_so_does_every_month_of_each_entity():
    sums: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for each in ledger():
        sums["journal", each["transaction"]] += Decimal(each["amount"])
        sums[each["entity"], each["month"]] += Decimal(each["amount"])
    assert {key: amount for key, amount in sums.items() if amount} == {}


def test_profit_and_loss_lines_have_a_department_and_balance_sheet_lines_have_none():
    assert [each for each in ledger() if (each["account"] >= "4") != bool(each["department"])] == []


def test_subscription_revenue_is_what_the_subscriptions_say_to_the_cent():
    booked = {product: movement(account) for product, account in (("prod_dispatch", "4010"), ("prod_insights", "4020"))}
    for month in MONTHS:
        expected: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for each in live(month):
            expected[each["product"], each["entity"]] += each["monthly"]
        for product, amounts in booked.items():
            for entity in ("us", "de"):
                assert -amounts[entity, month] == expected[product, entity], (month, product, entity)


def test_deferred_revenue_is_the_part_of_each_running_term_that_is_not_yet_earned():
    for entity in ("us", "de"):
        balance = closing("2200", entity)
        for month in MONTHS:
            left = [each["monthly"] * (each["term"] - 1 - (number(month) - each["anchor"]) % each["term"]) for each in live(month) if each["entity"] == entity]
            assert min(left) >= 0
            assert -balance[month] == sum(left), (entity, month)


def test_receivables_are_the_invoices_that_are_not_yet_due_by_the_collection_rule():
    invoiced = movement("1100", kinds=("CustInvc",))
    for entity in ("us", "de"):
        balance, terms = closing("1100", entity), {}
        for month in MONTHS:
            cards = sum(each["monthly"] for each in live(month) if each["entity"] == entity and each["term"] == CARD)
            terms[month] = invoiced[entity, month] - cards
        for before, month in pairwise(MONTHS):
            assert balance[month] == terms[month] + terms[before] - cents(terms[before] * Decimal("0.6")), (entity, month)


def test_every_bill_is_paid_within_two_months_and_none_is_paid_twice():
    owed: dict[tuple[str, str], list[tuple[str, Decimal]]] = defaultdict(list)
    for each in ledger():
        if each["account"] == "2000" and each["vendor"]:
            owed[each["entity"], each["vendor"]].append((each["month"], Decimal(each["amount"])))
    for key, entries in owed.items():
        for month in MONTHS[2:]:
            opening = sum(-amount for when, amount in entries if amount < 0 and when <= month) - sum(
                amount for when, amount in entries if amount > 0 and when <= month
            )
            recent = sum(-amount for when, amount in entries if amount < 0 and MONTHS[MONTHS.index(month) - 1] <= when <= month)
            assert opening <= recent, (key, month)


def test_cash_moves_by_what_customers_pay_less_what_is_paid_out():
    profit_accounts = sorted({each["account"] for each in ledger() if each["account"] >= "4"})
    balance_accounts = sorted({each["account"] for each in ledger() if "1000" < each["account"] < "3"})
    cash, profit = movement("1000"), movement(*profit_accounts)
    others = movement(*balance_accounts)
    for entity in ("us", "de"):
        assert min(closing("1000", entity).values()) > 0
        for month in MONTHS[1:]:
            assert cash[entity, month] == -profit[entity, month] - others[entity, month]
            kinds = [each["memo"] for each in ledger() if each["entity"] == entity and each["month"] == month and each["account"] == "1000"]
            assert "Payment run" in kinds
            assert "Bank transfers of customers" in kinds


def test_equity_never_moves_after_the_opening():
    assert {month for each in ("3000", "3900") for (_, month), amount in movement(each).items() if amount} == {"2023-10"}


def test_salaries_and_bonus_in_the_ledger_are_what_the_people_say_to_the_cent():
    salaries, bonuses = {"5100", "6010", "7010", "8010"}, {"5110", "6020", "7020", "8020"}
    booked: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for each in ledger():
        kind = "salary" if each["account"] in salaries else "bonus" if each["account"] in bonuses else ""
        if kind:
            booked[kind, each["entity"], each["department"], each["month"]] += Decimal(each["amount"])
    expected: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for worker in workers():
        for month in MONTHS:
            paid = pay(worker, month)
            if paid:
                expected["salary", paid[1], paid[0], month] += paid[2]
                expected["bonus", paid[1], paid[0], month] += paid[3]
    assert {key: amount for key, amount in booked.items() if amount} == {key: amount for key, amount in expected.items() if amount}


def test_benefits_are_a_fixed_amount_for_everyone_employed_on_the_last_day():
    yearly = {"us": {"2024": 610, "2025": 640, "2026": 675, "2027": 710}, "de": {"2024": 85, "2025": 90, "2026": 90, "2027": 95}}
    booked = movement("5130", "6050", "7050", "8050")
    for month in MONTHS[3:]:
        here = [history[-1] for history in workers().values() if employed(history[-1], last_day(month))]
        for entity, currency in (("us", "USD"), ("de", "EUR")):
            heads = sum(1 for each in here if each["annual_currency_summary_currency"] == currency)
            assert booked[entity, month] == heads * yearly[entity][month[:4]], (entity, month)


def test_commission_is_nine_per_cent_of_the_yearly_value_that_was_added_in_the_month():
    added: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    phases: dict[str, list[dict[str, object]]] = defaultdict(list)
    for each in subscriptions():
        phases[each["contract"]].append(each)
    for contract in phases.values():
        before = Decimal(0)
        for each in sorted(contract, key=lambda phase: phase["start"]):
            added[each["entity"], each["start"]] += max(Decimal(0), each["monthly"] - before)
            before = each["monthly"]
    booked = movement("6030")
    for month in MONTHS[1:]:
        for entity in ("us", "de"):
            assert booked[entity, month] == cents(added[entity, month] * 12 * Decimal("0.09")), (entity, month)


def test_payroll_taxes_stop_at_the_wage_base_and_start_again_in_january():
    bases = {"2024": 168600, "2025": 176100, "2026": 184500, "2027": 190800}
    ceilings = {"2024": 7550, "2025": 8050, "2026": 8450, "2027": 8700}
    expected: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for worker in workers():
        earlier: dict[str, Decimal] = defaultdict(Decimal)
        for month in MONTHS[3:]:
            paid = pay(worker, month)
            if paid is None:
                continue
            _, entity, salary, _ = paid
            year = month[:4]
            taxed = max(Decimal(0), min(salary, bases[year] - earlier[year]))
            german = cents(min(salary, Decimal(ceilings[year])) * Decimal("0.205"))
            expected[entity, month] += german if entity == "de" else cents(taxed * Decimal("0.062") + salary * Decimal("0.0145"))
            earlier[year] += salary
    booked = movement("5120", "6040", "7040", "8040")
    assert {key: booked[key] for key in expected} == expected


def test_depreciation_follows_the_equipment():
    for entity in ("us", "de"):
        bought, worn = movement("1500", kinds=("VendBill",)), movement("8300")
        opening = (
            closing("1500", entity)["2023-10"] - bought[entity, "2023-10"] + movement("1590", kinds=("Journal",))[entity, "2023-10"] + worn[entity, "2023-10"]
        )
        rest = []
        for month in MONTHS:
            steps = [(bought[entity, when], number(month) - number(when)) for when in MONTHS if 1 <= number(month) - number(when) <= LIFE]
            rest.append(worn[entity, month] - sum((cents(cost * step / LIFE) - cents(cost * (step - 1) / LIFE) for cost, step in steps), Decimal(0)))
        assert min(rest) >= Decimal("-0.05")
        assert abs(sum(rest) - opening) < 1, "what the opening equipment was still worth is worn by the end"


def test_the_squad_in_berlin_invoices_its_costs_plus_five_per_cent_and_is_paid_the_month_after():
    costs: dict[str, Decimal] = defaultdict(Decimal)
    for each in ledger():
        if each["entity"] == "de" and each["department"] == "325" and "4" <= each["account"] < "9":
            costs[each["month"]] += Decimal(each["amount"])
    sold, due = movement("9110"), movement("1900")
    for before, month in pairwise(MONTHS):
        assert -sold["de", month] == cents(costs[month] * Decimal("1.05"))
        paid = {"2026-09": Decimal(0), "2026-10": -sold["de", "2026-08"] - sold["de", "2026-09"]}.get(month, -sold["de", before])
        assert due["de", month] == -sold["de", month] - paid, month
    assert {entity for entity, _ in movement("9120", "2900", "9130")} == {"us"}
    assert [month for month in MONTHS if not movement("9120")["us", month]] == ["2026-08"]


def test_the_euro_has_an_average_and_a_closing_rate_in_every_month():
    periods = {each["id"]: each["startdate"][:7] for each in rows("netsuite/netsuite2_accounting_period_data.csv")}
    rates = [each for each in rows("netsuite/netsuite2_consolidated_exchange_rate_data.csv") if each["fromsubsidiary"] == "2"]
    assert [periods[each["postingperiod"]] for each in rates] == MONTHS
    assert all(Decimal("1.0") < Decimal(each[name]) < Decimal("1.25") for each in rates for name in ("averagerate", "currentrate"))
