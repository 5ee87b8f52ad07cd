"""A table or calendar of the county's own that cannot hold: where in it and why, for logs and for who wrote it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from shared.ledger.os_words import read_reason
from shared.ledger.texts import has, t

T = TypeVar("T")
# what reading a table raises that has not the shape of ours: a newer program's, or a slip of the hand
ODD = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError)


class WrongTable(ValueError):
    """`where`: the row as `limits.reopen_days`; `reason`: English, with the remedy; `why`: its words in the catalogue's
    `wrong_table`, with their values."""

    def __init__(self, where: str, reason: str, why: str, **values: Any) -> None:
        super().__init__(f"{where}: {reason}")
        self.where, self.why, self.values = where, why, values

    @property
    def sentence(self) -> str:
        """In the language of the screen."""
        return t(f"wrong_table.{self.why}", where=self.where, **self.values)


def told(wrong: BaseException) -> str:
    """Why a table or a file with one cannot be used, in the language of the screen."""
    return wrong.sentence if isinstance(wrong, WrongTable) else read_reason(wrong)


def in_force(name: str, make: Callable[[Mapping[str, Any] | None], T], said: Mapping[str, Any] | None) -> tuple[T, str]:
    """What `make` makes of a published table, and ""; of one that cannot hold what it makes of none, and the sentence that says
    so: a table is published for good, and no page may break on it."""
    try:
        return make(said), ""
    except ODD as wrong:
        called = f"uses.choice.{name}"
        return make(None), t("rulescli.left_out", name=f"{t(called)}（{name}）" if has(called) else name, reason=told(wrong))
