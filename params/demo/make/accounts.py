"""The chart of accounts as the ledger holds it; what it means for the plan stands in company.yml."""

from __future__ import annotations

from dataclasses import dataclass

# NetSuite's account types: name, on the balance sheet, debit side
TYPES = {
    "Bank": ("Bank", "T", "T"),
    "AcctRec": ("Accounts Receivable", "T", "T"),
    "OthCurrAsset": ("Other Current Asset", "T", "T"),
    "FixedAsset": ("Fixed Asset", "T", "T"),
    "AcctPay": ("Accounts Payable", "T", "F"),
    "OthCurrLiab": ("Other Current Liability", "T", "F"),
    "DeferRevenue": ("Deferred Revenue", "T", "F"),
    "Equity": ("Equity", "T", "F"),
    "Income": ("Income", "F", "F"),
    "COGS": ("Cost of Goods Sold", "F", "T"),
    "Expense": ("Expense", "F", "T"),
    "OthIncome": ("Other Income", "F", "F"),
    "OthExpense": ("Other Expense", "F", "T"),
}

NAMES = """1000|Bank|Cash at bank
1100|AcctRec|Accounts receivable
1200|OthCurrAsset|Prepaid expenses
1500|FixedAsset|Fixed assets, at cost
1590|FixedAsset|Accumulated depreciation
1900|OthCurrAsset|Due from group companies
2000|AcctPay|Accounts payable
2100|OthCurrLiab|Accrued bonus and commission
2150|OthCurrLiab|Payroll taxes payable
2200|DeferRevenue|Deferred revenue
2300|OthCurrLiab|Income tax payable
2900|OthCurrLiab|Due to group companies
3000|Equity|Paid-in capital
3900|Equity|Retained earnings
3950|Equity|Translation difference
4000|Income|Subscription revenue
4010|Income|Dispatch subscriptions
4020|Income|Insights subscriptions
4100|Income|Services revenue
4110|Income|Implementation services
5000|COGS|Cost of subscription
5010|COGS|Cloud hosting
5020|COGS|Map and messaging services
5030|COGS|Payment processing fees
5100|COGS|Salaries, platform and support
5110|COGS|Bonus, platform and support
5120|COGS|Payroll taxes, platform and support
5130|COGS|Benefits, platform and support
5140|COGS|Software, platform and support
5150|COGS|Outside help, platform and support
5500|COGS|Cost of services
5510|COGS|Implementation partners
6000|Expense|Sales & marketing
6010|Expense|Salaries, sales & marketing
6020|Expense|Bonus, sales & marketing
6030|Expense|Sales commissions
6040|Expense|Payroll taxes, sales & marketing
6050|Expense|Benefits, sales & marketing
6110|Expense|Advertising
6120|Expense|Events and trade fairs
6130|Expense|Content and agencies
6210|Expense|Travel, sales & marketing
6220|Expense|Software, sales & marketing
7000|Expense|Research & development
7010|Expense|Salaries, research & development
7020|Expense|Bonus, research & development
7040|Expense|Payroll taxes, research & development
7050|Expense|Benefits, research & development
7110|Expense|Contract developers
7120|Expense|Research and advice
7210|Expense|Travel, research & development
7220|Expense|Software, research & development
8000|Expense|General & administrative
8010|Expense|Salaries, general & administrative
8020|Expense|Bonus, general & administrative
8040|Expense|Payroll taxes, general & administrative
8050|Expense|Benefits, general & administrative
8110|Expense|Rent and offices
8120|Expense|Insurance
8130|Expense|Legal advice
8140|Expense|Audit and tax advice
8150|Expense|Recruiting
8160|Expense|Training
8210|Expense|Travel, general & administrative
8220|Expense|Software, general & administrative
8300|Expense|Depreciation
9000|OthIncome|Other income
9010|OthIncome|Interest income
9100|OthIncome|Dealings between entities
9110|OthIncome|Services to group companies
9120|OthExpense|Services from group companies
9130|OthIncome|Exchange differences on group balances
9500|OthExpense|Taxes
9510|OthExpense|Income tax"""
HEADERS = ("4000", "4100", "5000", "5500", "6000", "7000", "8000", "9000", "9100", "9500")


@dataclass(frozen=True)
class Account:
    """One account; parent_id is the header above it, empty on the balance sheet."""

    id: str
    number: str
    kind: str
    name: str
    header: bool
    parent_id: str


def _accounts() -> tuple[Account, ...]:
    rows = [line.split("|") for line in NAMES.splitlines()]
    ids = {number: str(201 + index) for index, (number, _, _) in enumerate(rows)}
    found = []
    for number, kind, name in rows:
        above = [header for header in HEADERS if header < number] if number > "4" and number not in HEADERS else []
        found.append(Account(ids[number], number, kind, name, number in HEADERS, ids[above[-1]] if above else ""))
    return tuple(found)


ACCOUNTS = _accounts()
