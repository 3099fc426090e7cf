"""The types of parameters: each reads the text that was written by one strict rule, and says that rule when it refuses."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict

from aop_lib.money import amount_of
from aop_lib.periods import CycleId, month_of

ID_PATTERN = re.compile(r"[a-z0-9][a-z0-9_\-]{0,63}")
CODE_PATTERN = re.compile(r"[^\x00-\x1f\x7f]{1,80}")
CURRENCY_PATTERN = re.compile(r"[A-Z]{3}")
NUMBER_PATTERN = re.compile(r"-?\d{1,15}(_\d{3})*(\.\d{1,10})?", re.ASCII)
WHOLE_PATTERN = re.compile(r"-?\d{1,9}", re.ASCII)
DATE_PATTERN = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}


class Strict(BaseModel):
    """A group of parameters: unknown keys are refused, values cannot be changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a text")
    return value


def _id(value: Any) -> str:
    if not ID_PATTERN.fullmatch(_text(value)):
        raise ValueError("a short name of lower-case letters, digits, '_' or '-'")
    return str(value)


def _code(value: Any) -> str:
    if not CODE_PATTERN.fullmatch(_text(value)):
        raise ValueError("a code of 1 to 80 printable characters")
    return str(value)


def _currency(value: Any) -> str:
    if not CURRENCY_PATTERN.fullmatch(_text(value)):
        raise ValueError("a currency code of three capital letters, such as USD")
    return str(value)


def _number(value: Any) -> Decimal:
    if not NUMBER_PATTERN.fullmatch(_text(value)):
        raise ValueError("a number such as 0.25 or 1200")
    return Decimal(value.replace("_", ""))


def _share(value: Any) -> Decimal:
    text = _text(value)
    number = _number(text[:-1].strip()) / 100 if text.endswith("%") else _number(text)
    if not -10 <= number <= 10:
        raise ValueError("a fraction such as 0.05, or 5 %")
    return number


def _figure(value: Any) -> Decimal:
    text = _text(value)
    return _number(text[:-1].strip()) / 100 if text.endswith("%") else _number(text)


def _amount(value: Any) -> Decimal:
    try:
        return amount_of(_text(value).replace("_", ""))
    except ValueError:
        raise ValueError("an amount such as 1200.50, with at most two decimals") from None


def _whole(value: Any) -> int:
    if not WHOLE_PATTERN.fullmatch(_text(value)):
        raise ValueError("a whole number")
    return int(value)


def _calendar_month(value: Any) -> int:
    if not 1 <= _whole(value) <= 12:
        raise ValueError("a month from 1 to 12")
    return int(value)


def _cycle_name(value: Any) -> str:
    try:
        CycleId.parse(_text(value))
    except ValueError:
        raise ValueError("a cycle id: fy2027, fy2027_q1 … fy2027_q4 or fy2027_m01 … fy2027_m12") from None
    return str(value)


def _flag(value: Any) -> bool:
    if _text(value) not in {"true", "false"}:
        raise ValueError("true or false")
    return bool(value == "true")


def _separator(value: Any) -> str:
    sign = SEPARATORS.get(_text(value), value)
    if len(sign) != 1 or not (sign == "\t" or sign.isprintable()) or sign.isalnum() or sign in " \"'.-":
        raise ValueError(f"one of {', '.join(SEPARATORS)}, or one other sign such as '^'")
    return str(sign)


def _month(value: Any) -> pd.Timestamp:
    try:
        return month_of(_text(value))
    except ValueError:
        raise ValueError("a month as YYYY-MM") from None


def _date(value: Any) -> date:
    try:
        if not DATE_PATTERN.fullmatch(_text(value)):
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("a date of the calendar as YYYY-MM-DD") from None


def _date_or_month(value: Any) -> date:
    text = _text(value)
    try:
        return _date(text) if DATE_PATTERN.fullmatch(text) else _month(text).date()
    except ValueError:
        raise ValueError("a date as YYYY-MM-DD, or a month as YYYY-MM for its first day") from None


Text = Annotated[str, BeforeValidator(_text)]
Id = Annotated[str, BeforeValidator(_id)]
Code = Annotated[str, BeforeValidator(_code)]
Currency = Annotated[str, BeforeValidator(_currency)]
Number = Annotated[Decimal, BeforeValidator(_number)]
Share = Annotated[Decimal, BeforeValidator(_share)]
Figure = Annotated[Decimal, BeforeValidator(_figure)]
Amount = Annotated[Decimal, BeforeValidator(_amount)]
Whole = Annotated[int, BeforeValidator(_whole)]
CalendarMonth = Annotated[int, BeforeValidator(_calendar_month)]
CycleName = Annotated[str, BeforeValidator(_cycle_name)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Separator = Annotated[str, BeforeValidator(_separator)]
Month = Annotated[pd.Timestamp, BeforeValidator(_month)]
Day = Annotated[date, BeforeValidator(_date)]
DayOrMonth = Annotated[date, BeforeValidator(_date_or_month)]
