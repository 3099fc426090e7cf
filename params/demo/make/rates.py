"""The exchange rate of the euro: US dollars per euro at each month's close, rounded; from 2026 on invented."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from make.months import FIRST

CLOSES = (
    "1.0573", "1.0612", "1.0884", "1.1050",
    "1.0837", "1.0813", "1.0811", "1.0718", "1.0852", "1.0705", "1.0828", "1.1087", "1.1196", "1.0882", "1.0562", "1.0389",
    "1.0393", "1.0411", "1.0815", "1.1373", "1.1339", "1.1720", "1.1446", "1.1658", "1.1741", "1.1566", "1.1604", "1.1710",
    "1.1640", "1.1585", "1.1522", "1.1610", "1.1688", "1.1655", "1.1590", "1.1534", "1.1602", "1.1570", "1.1495", "1.1440",
    "1.1310", "1.1265", "1.1190",
)  # fmt: skip


def closing(month: int) -> Decimal:
    """Returns US dollars per euro at the close of a month."""
    return Decimal(CLOSES[max(0, month - FIRST + 1)])


def average(month: int) -> Decimal:
    """Returns the mean of the closes before and of a month."""
    return ((closing(month - 1) + closing(month)) / 2).quantize(Decimal("0.0001"), rounding=ROUND_HALF_EVEN)
