"""A table or calendar of the county's own that cannot hold: where in it and why, for logs and for who wrote it."""

from __future__ import annotations

from typing import Any

from shared.ledger.os_words import read_reason
from shared.ledger.texts import t


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
