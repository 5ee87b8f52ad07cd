"""What stands in a cell of somebody's spreadsheet -> a value of ours: days, money, whole numbers, yes and no, names.

Old registers were typed by many hands: `2019.3.5`, `2019年3月5日`, a date of Excel, `3.5万元`, `12人`. What cannot be read is a
`BadEntry` with one Chinese sentence; nothing is guessed.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal, InvalidOperation

from shared.ledger.days import is_day
from shared.ledger.entry import BadEntry, folded, running_text, shown
from shared.ledger.formats.fields import MAX_MONEY_FEN

Cell = str | int | float | bool | dt.datetime | dt.date | dt.time | None
MOST_TEXT = 4000
_DAY = re.compile(r"([0-9]{4})[-./年]([0-9]{1,2})[-./月]([0-9]{1,2})日?(?:[ T].*)?")
_SHORT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_MONEY = re.compile(r"(?:人民币|¥|￥)?([0-9][0-9,，]*(?:\.[0-9]+)?)(万|千|百)?元?整?")
_COUNT = re.compile(r"([0-9]{1,7})(?:\.0+)?[人名位个余]*")
_TIMES = {"万": 10_000, "千": 1_000, "百": 100, None: 1}
_YES = frozenset({"是", "有", "y", "yes", "true", "1", "√", "对"})
_NO = frozenset({"否", "无", "没有", "n", "no", "false", "0", "×", "不是"})
_SEPARATORS = re.compile(r"[、，,；;\n/]+")
EXCEL_FIRST = dt.date(1899, 12, 30)         # day 0 of a spreadsheet that holds dates as numbers


def text(cell: Cell) -> str:
    """As running text, numbers as they are shown; cut to nothing longer than a paragraph by a refusal."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime | dt.date):
        return cell.isoformat()[:10]
    made = running_text(str(cell)).strip()
    if len(made) > MOST_TEXT:
        raise BadEntry("cell_long", n=len(made), most=MOST_TEXT)
    return made


def day(cell: Cell) -> str | None:
    """ISO, None for an empty cell."""
    if isinstance(cell, dt.datetime | dt.date):
        return cell.isoformat()[:10]
    if isinstance(cell, int | float) and not isinstance(cell, bool) and 20_000 <= cell <= 80_000:
        return (EXCEL_FIRST + dt.timedelta(days=int(cell))).isoformat()
    typed = text(cell)
    if not typed:
        return None
    found = _DAY.fullmatch(typed) or _SHORT.fullmatch(typed)
    made = "-".join((found[1], found[2].zfill(2), found[3].zfill(2))) if found else ""
    if not is_day(made):
        raise BadEntry("cell_day", value=shown(typed))
    return made


def fen(cell: Cell) -> int | None:
    """Yuan as typed -> fen, exactly; None for an empty cell."""
    typed = text(cell).replace(" ", "")
    if not typed:
        return None
    found = _MONEY.fullmatch(typed)
    try:
        amount = Decimal(re.sub("[,，]", "", found[1])) * _TIMES[found[2]] * 100 if found else None
    except InvalidOperation:
        amount = None
    if amount is None or amount != amount.to_integral_value() or not 0 <= amount <= MAX_MONEY_FEN:
        raise BadEntry("cell_money", value=shown(typed))
    return int(amount)


def count(cell: Cell, least: int, most: int) -> int | None:
    typed = text(cell)
    if not typed:
        return None
    found = _COUNT.fullmatch(typed)
    if found is None or not least <= int(found[1]) <= most:
        raise BadEntry("whole", value=shown(typed), least=least, most=most)
    return int(found[1])


def yes(cell: Cell) -> bool | None:
    typed = text(cell).lower()
    if not typed:
        return None
    if typed not in _YES | _NO:
        raise BadEntry("cell_yes", value=shown(typed))
    return typed in _YES


def names(cell: Cell) -> list[str]:
    """`演示甲、演示乙` -> both."""
    return [name.strip() for name in _SEPARATORS.split(text(cell)) if name.strip()]


def same(one: str, other: str) -> bool:
    """Two words that differ in width, spaces and marks alone."""
    return folded(one) == folded(other)
