"""`type=` of what a command line takes: days, whole numbers, names. A refusal is one Chinese sentence with value and remedy."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping

from shared.ledger.days import BadDay, parse_day
from shared.ledger.entry import BadEntry, check_name, shown, whole
from shared.ledger.texts import t


class Unusable(ValueError):
    """What was typed cannot be used; `str()` is one Chinese sentence with value and remedy. Exit code 2 in both programs.
    `fields`: by option, where several are wrong at once."""

    def __init__(self, sentence: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.fields = dict(fields or {})


def day_argument(text: str) -> str:
    """`type=` of every option that takes a day."""
    try:
        return parse_day(text)
    except BadDay as wrong:
        raise argparse.ArgumentTypeError(str(wrong)) from None


def whole_argument(least: int = 0, most: int = 2**53 - 1) -> Callable[[str], int]:
    """`type=` of every option that takes a whole number."""

    def number(text: str) -> int:
        found = whole(text, least, most)
        if found is None:
            raise argparse.ArgumentTypeError(t("entry.whole", value=shown(text), least=least, most=most))
        return found

    return number


def name_argument(text: str) -> str:
    """`type=` of every option that takes a name."""
    try:
        return check_name(text)
    except BadEntry as wrong:
        raise argparse.ArgumentTypeError(str(wrong)) from None


def year(text: str) -> int:
    """The year that was typed. Raises `Unusable`."""
    found = whole(text, 1000, 9999)
    if found is None:
        raise Unusable(t("figures.report.bad_year", value=shown(text)))
    return found
