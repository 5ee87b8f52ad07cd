"""Who signed in, looked, acted and exported: a line each, kept for `audit_days` (网络安全法 Art 23: six months at least).

A line names the account, what was done (a word of the catalogue's `audit` table) and its subject; never what a record says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from county_hub.accounts.store import AccountStore

PAGE = 100
_DAY_MS, _PRUNE_EVERY = 86_400_000, 500


@dataclass(frozen=True, slots=True)
class Line:
    """`at` in ms since 1970; `subject` a case, an event, an account, or empty."""

    n: int
    at: int
    account: str
    what: str
    subject: str
    address: str


class Audit:
    def __init__(self, store: AccountStore, days: int) -> None:
        self._store, self._days = store, days

    def note(self, account: str, what: str, subject: str = "", address: str = "") -> None:
        now = self._store.clock()
        with self._store.changing() as db:
            row = (now, account[:64], what, subject[:200], address[:64])
            n = db.execute("INSERT INTO audit (at, account, what, subject, address) VALUES (?, ?, ?, ?, ?)", row).lastrowid
            if n is not None and n % _PRUNE_EVERY == 0:
                db.execute("DELETE FROM audit WHERE at < ?", (now - self._days * _DAY_MS,))

    def lines(self, *, account: str = "", subject: str | Sequence[str] = "", before: int = 0, limit: int = PAGE) -> list[Line]:
        """The newest first, `before` a number of them; `subject`: one, or any of several."""
        parts, values = ["1"], list[str]()
        for column, value in (("account", account), ("subject", subject)):
            wanted = [one for one in ([value] if isinstance(value, str) else value) if one]
            if wanted:
                parts.append(f"{column} IN ({', '.join('?' * len(wanted))})")
                values += wanted
        if before:
            parts.append("n < ?")
        with self._store.reading() as db:
            rows = db.execute(
                f"SELECT n, at, account, what, subject, address FROM audit WHERE {' AND '.join(parts)} ORDER BY n DESC LIMIT ?",
                [*values, *([before] if before else []), limit],
            ).fetchall()
        return [Line(*row) for row in rows]
