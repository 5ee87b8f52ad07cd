"""Dates, money, counts and people as official papers write them. Pure text.

    date_cn("2026-03-02") = 2026年3月2日       yuan(1234500) = 12,345.00元       capital(1234500) = 壹万贰仟叁佰肆拾伍元整
"""

from __future__ import annotations

from collections.abc import Iterable

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")
_NUMERALS = "零一二三四五六七八九"


def date_cn(iso: str | None) -> str:
    """Without a date: blanks to write it in."""
    if not iso:
        return "　　　　年　　月　　日"
    year, month, day = iso.split("-")
    return f"{int(year)}年{int(month)}月{int(day)}日"


def time_cn(clock: str) -> str:
    """09:30 = 9时30分; nothing for nothing."""
    hour, _, minute = clock.partition(":")
    return f"{int(hour)}时{minute}分" if clock else ""


def period(date: str, started: str, ended: str) -> str:
    """2026年3月8日9时30分至11时; without a time of day the hours are left to be written in."""
    if not started:
        return f"{date_cn(date)}　　　时　　分至　　　时　　分"
    return date_cn(date) + time_cn(started) + (f"至{time_cn(ended)}" if ended else "")


def yuan(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02d}元"


def capital(fen: int) -> str:
    """The sum in capital numerals, as receipts write it."""
    whole, jiao, cent = fen // 100, fen // 10 % 10, fen % 10
    text = (_integer(whole) + "元") if whole else ("" if fen else "零元")
    if not jiao and not cent:
        return text + "整"
    if jiao:
        text += _DIGITS[jiao] + "角"
    elif whole:
        text += "零"
    return text + (_DIGITS[cent] + "分" if cent else "整")


def _integer(number: int) -> str:
    groups: list[int] = []
    while number:
        groups.append(number % 10000)
        number //= 10000
    out = ""
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if not group:
            continue
        if out and (group < 1000 or groups[place + 1] == 0):
            out += "零"
        out += _group(group) + _GROUPS[place]
    return out


def _group(number: int) -> str:
    out, gap = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit:
            out += ("零" if gap and out else "") + _DIGITS[digit] + _PLACES[place]
            gap = False
        else:
            gap = True
    return out


def numeral(number: int) -> str:
    """1 = 一 ... 99 = 九十九; larger ones in digits."""
    if not 0 < number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    head = "" if not tens else "十" if tens == 1 else _NUMERALS[tens] + "十"
    return head + (_NUMERALS[ones] if ones or not tens else "")


def copies(number: int) -> str:
    """3 = 叁, for 一式叁份."""
    return _integer(number) if 0 < number < 10000 else str(number)


def listed(names: Iterable[str]) -> str:
    return "、".join(name for name in names if name)
