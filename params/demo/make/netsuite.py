"""The ledger's export: transactions, their lines, the chart of accounts, periods, departments, vendors and rates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from make.accounts import ACCOUNTS, TYPES, Account
from make.books import CURRENCY, ENTITIES, Journal, Line
from make.departments import DEPARTMENTS, GROUPS
from make.layouts import write_export
from make.months import END, EXPORTED, FIRST, first_day, last_day, moment, month, month_of_year, stamp, year_of
from make.rates import average, closing

Row = dict[str, object]
SYNCED = {"_fivetran_deleted": "false", "_fivetran_synced": stamp(EXPORTED)}
ACTIVE = {**SYNCED, "_fivetran_active": "true"}
SUBSIDIARY = {"us": "1", "de": "2"}
CURRENCY_ID = {"USD": "1", "EUR": "4"}
NAMES = {"us": "Larkfield, Inc.", "de": "Larkfield GmbH"}
FIRST_PERIOD = 400
GROUP_NUMBERS = {name: str(20 + index) for index, name in enumerate(GROUPS)}


def write_netsuite(folder: Path, journals: list[Journal]) -> None:
    """Writes the eleven files."""
    vendors = {name: str(5001 + index) for index, name in enumerate(sorted({line.vendor for each in journals for line in each.lines if line.vendor}))}
    write_export(folder, "netsuite/netsuite2_account_type_data.csv", _account_types(), SYNCED)
    write_export(folder, "netsuite/netsuite2_account_data.csv", map(_account, ACCOUNTS), ACTIVE)
    write_export(folder, "netsuite/netsuite2_accounting_period_data.csv", _periods(), ACTIVE)
    write_export(folder, "netsuite/netsuite2_department_data.csv", _departments(), ACTIVE)
    write_export(folder, "netsuite/netsuite2_subsidiary_data.csv", map(_subsidiary, ENTITIES), ACTIVE)
    write_export(folder, "netsuite/netsuite2_currency_data.csv", map(_currency, CURRENCY_ID), ACTIVE)
    write_export(folder, "netsuite/netsuite2_consolidated_exchange_rate_data.csv", _rates(), SYNCED)
    write_export(folder, "netsuite/netsuite2_vendor_data.csv", (_vendor(name, vendors[name], journals) for name in vendors), ACTIVE)
    write_export(
        folder, "netsuite/netsuite2_transaction_data.csv", (_transaction(number, each, vendors) for number, each in enumerate(journals, 10001)), ACTIVE
    )
    lines = [(number, each, position, line) for number, each in enumerate(journals, 10001) for position, line in enumerate(each.lines)]
    write_export(folder, "netsuite/netsuite2_transaction_line_data.csv", (_line(key, *row, vendors) for key, row in enumerate(lines, 100001)), SYNCED)
    write_export(folder, "netsuite/netsuite2_tran_acct_line_data.csv", (_posting(*row) for row in lines), SYNCED)


def _account_types() -> Iterator[Row]:
    for position, (kind, (name, sheet, debit)) in enumerate(TYPES.items(), 1):
        rate = "CURRENT" if sheet == "T" else "AVERAGE"
        yield {
            "id": kind,
            "balancesheet": sheet,
            "defaultcashflowratetype": "AVERAGE",
            "defaultgeneralratetype": "HISTORICAL" if kind == "Equity" else rate,
            "includeinrevaldefault": "F",
            "internalid": position,
            "left": debit,
            "longname": name,
            "seqnum": position,
            "usercanchangerevaloption": "F",
        }


def _account(account: Account) -> Row:
    return {
        "id": account.id,
        "accountsearchdisplayname": f"{account.number} {account.name}",
        "accountsearchdisplaynamecopy": account.name,
        "acctnumber": account.number,
        "accttype": account.kind,
        "cashflowrate": "AVERAGE",
        "displaynamewithhierarchy": account.name,
        "externalid": account.number,
        "fullname": account.name,
        "generalrate": "CURRENT" if account.number < "3" else "HISTORICAL" if account.number < "4" else "AVERAGE",
        "includechildren": "T",
        "inventory": "F",
        "isinactive": "F",
        "issummary": "T" if account.header else "F",
        "parent": account.parent_id,
        "subsidiary": "1, 2",
        "eliminate": "F",
    }


def _periods() -> Iterator[Row]:
    for year in range(2023, 2028):
        yield _period(str(year), f"FY {year}", month(year, 1), month(year, 12), "", "isyear")
        for quarter in range(4):
            yield _period(f"{year}{quarter + 1}", f"Q{quarter + 1} {year}", month(year, quarter * 3 + 1), month(year, quarter * 3 + 3), str(year), "isquarter")
    for number in range(month(2023, 1), month(2028, 1)):
        parent = f"{year_of(number)}{(month_of_year(number) + 2) // 3}"
        yield _period(period_id(number), f"{first_day(number):%b %Y}", number, number, parent, "")


def period_id(number: int) -> str:
    """Returns the id of a month's accounting period."""
    return str(FIRST_PERIOD + number - FIRST)


def _period(name: str, shown: str, first: int, last: int, parent: str, flag: str) -> Row:
    closed = last < END
    row: Row = {
        "id": name,
        "alllocked": "T" if closed else "F",
        "allownonglchanges": "F",
        "aplocked": "T" if closed else "F",
        "arlocked": "T" if closed else "F",
        "closed": "T" if closed else "F",
        "closedondate": stamp(last_day(last) + timedelta(days=8)) if closed else "",
        "enddate": stamp(last_day(last)),
        "isadjust": "F",
        "isinactive": "F",
        "isposting": "F" if flag else "T",
        "isquarter": "F",
        "isyear": "F",
        "parent": parent,
        "periodname": shown,
        "startdate": stamp(first_day(first)),
    }
    return {**row, flag: "T"} if flag else row


def _departments() -> Iterator[Row]:
    for name, number in GROUP_NUMBERS.items():
        yield {"id": number, "externalid": "", "fullname": name, "includechildren": "T", "isinactive": "F", "name": name, "subsidiary": "1, 2"}
    for each in DEPARTMENTS:
        yield {
            "id": each.number,
            "externalid": f"CC{each.number}",
            "fullname": f"{each.group} : {each.name}",
            "includechildren": "F",
            "isinactive": "F",
            "name": each.name,
            "parent": GROUP_NUMBERS[each.group],
            "subsidiary": "1, 2",
        }


def _subsidiary(entity: str) -> Row:
    return {
        "id": SUBSIDIARY[entity],
        "country": entity.upper(),
        "currency": CURRENCY_ID[CURRENCY[entity]],
        "edition": entity.upper(),
        "fiscalcalendar": "1",
        "fullname": NAMES[entity],
        "iselimination": "F",
        "isinactive": "F",
        "languagelocale": "en_US",
        "legalname": NAMES[entity],
        "name": NAMES[entity],
        "parent": "" if entity == "us" else "1",
    }


def _currency(symbol: str) -> Row:
    name, sign = {"USD": ("US dollar", "$"), "EUR": ("Euro", "€")}[symbol]
    rate = Decimal(1) if symbol == "USD" else closing(END - 1)
    return {
        "id": CURRENCY_ID[symbol],
        "currencyprecision": "2",
        "displaysymbol": sign,
        "exchangerate": rate,
        "includeinfxrateupdates": "T",
        "isbasecurrency": "T" if symbol == "USD" else "F",
        "isinactive": "F",
        "name": name,
        "overridecurrencyformat": "F",
        "symbol": symbol,
        "symbolplacement": "1",
    }


def _rates() -> Iterator[Row]:
    key = 7000
    for number in range(FIRST, END):
        for entity in ENTITIES:
            key += 1
            foreign = entity == "de"
            yield {
                "id": key,
                "averagerate": average(number) if foreign else 1,
                "currentrate": closing(number) if foreign else 1,
                "historicalrate": closing(FIRST - 1) if foreign else 1,
                "fromcurrency": CURRENCY_ID[CURRENCY[entity]],
                "fromsubsidiary": SUBSIDIARY[entity],
                "postingperiod": period_id(number),
                "tocurrency": "1",
                "tosubsidiary": "1",
                "accountingbook": "1",
            }


def _vendor(name: str, key: str, journals: list[Journal]) -> Row:
    entity = next(each.entity for each in journals if any(line.vendor == name for line in each.lines))
    return {
        "id": key,
        "altname": name,
        "balance": "0",
        "companyname": name,
        "currency": CURRENCY_ID[CURRENCY[entity]],
        "datecreated": stamp(moment(2022, 1, 10, 9, 0, 0)),
        "emailpreference": "DEFAULT",
        "entityid": name,
        "entitytitle": name,
        "isinactive": "F",
        "isperson": "F",
        "legalname": name,
        "subsidiaryedition": entity.upper(),
    }


def _transaction(number: int, each: Journal, vendors: dict[str, str]) -> Row:
    return {
        "id": number,
        "transactionnumber": f"{each.kind.upper()}{number}",
        "type": each.kind,
        "memo": each.memo,
        "trandate": stamp(each.day),
        "status": "B",
        "createddate": stamp(moment(each.day.year, each.day.month, each.day.day, 18, 0, 0)),
        "currency": CURRENCY_ID[CURRENCY[each.entity]],
        "entity": vendors.get(each.vendor, ""),
        "postingperiod": period_id(each.month),
        "posting": "T",
        "isreversal": "F",
    }


def _line(key: int, number: int, each: Journal, position: int, line: Line, vendors: dict[str, str]) -> Row:
    return {
        "id": position,
        "transaction": number,
        "department": line.department,
        "entity": vendors.get(line.vendor, ""),
        "mainline": "T" if position == 0 else "F",
        "memo": line.memo,
        "netamount": line.amount,
        "subsidiary": SUBSIDIARY[each.entity],
        "uniquekey": key,
    }


def _posting(number: int, _each: Journal, position: int, line: Line) -> Row:
    return {
        "accountingbook": "1",
        "transaction": number,
        "transactionline": position,
        "account": BY_NUMBER[line.account].id,
        "amount": line.amount,
        "credit": -line.amount if line.amount < 0 else "",
        "debit": line.amount if line.amount > 0 else "",
        "exchangerate": "1",
        "posting": "T",
    }


BY_NUMBER = {account.number: account for account in ACCOUNTS}
