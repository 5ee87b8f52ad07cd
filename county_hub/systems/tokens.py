"""Tokens of other systems: shown once, kept as a hash, good for what their scopes say, until a day or until they are revoked.

    shuoshi_1a2b3c4d_<43 characters>        the id is no secret: it names the token in lists and in the audit log
The secret has 256 random bits, so one round of SHA-256 is enough; comparing takes the same time for a known and an unknown id.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from county_hub.hub.problems import UsageProblem
from county_hub.systems.store import SystemsStore
from shared.ledger import codes
from shared.ledger.texts import t
from sync.endpoint.auth import same_secret
from sync.errors import DiskFull

PREFIX = "shuoshi"
SCOPES = "api_scope"                # the code table that names them
# What is of the whole county cannot be limited to some offices of it.
OF_OFFICES = frozenset({"cases:read", "records:read", "personal:read"})
MOST_TOKENS, MOST_NAME, MOST_DAYS, MOST_OFFICES = 200, 40, 3650, 200
_DAY_MS, _SEEN_EVERY_MS, _MOST_SENT = 86_400_000, 60_000, 200
_NOBODY = "0" * 64
_COLUMNS = "id, name, scopes, offices, made_at, until, used_at, revoked_at"


@dataclass(frozen=True, slots=True)
class Token:
    """`offices`: those whose matters it shows, with all below them; empty: the whole county. Times in ms, 0: never."""

    id: str
    name: str
    scopes: tuple[str, ...]
    offices: tuple[str, ...]
    made_at: int
    until: int
    used_at: int
    revoked_at: int

    def state(self, now: int) -> str:
        return "revoked" if self.revoked_at else "expired" if self.until <= now else "good"


class Tokens:
    """`known(office)`: is there such an office? Any thread."""

    def __init__(self, store: SystemsStore, known: Callable[[str], bool]) -> None:
        self._store, self._known = store, known

    def add(self, name: str, scopes: Sequence[str], offices: Sequence[str], days: int) -> tuple[Token, str]:
        """The token and what opens with it, which nobody can show again. Raises `UsageProblem`."""
        name, now = " ".join(name.split()), self._store.clock()
        if wrong := self.wrong(name, scopes, offices, days):
            raise UsageProblem.of(wrong)
        id, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        row = (id, name, _hash(secret), " ".join(dict.fromkeys(scopes)), " ".join(dict.fromkeys(offices)), now,
               now + days * _DAY_MS, 0, 0)
        with self._store.changing() as db:
            if db.execute("SELECT count(*) FROM tokens WHERE revoked_at = 0 AND until > ?", (now,)).fetchone()[0] >= MOST_TOKENS:
                raise UsageProblem(t("systems.token.many", most=MOST_TOKENS))
            db.execute(f"INSERT INTO tokens VALUES ({', '.join('?' * len(row))})", row)
        return self._get(id), f"{PREFIX}_{id}_{secret}"

    def wrong(self, name: str, scopes: Sequence[str], offices: Sequence[str], days: int) -> dict[str, str]:
        """Field -> what is wrong with it."""
        found, table = {}, codes.names(SCOPES)
        name = " ".join(name.split())
        if not 1 <= len(name) <= MOST_NAME:
            found["name"] = t("systems.token.bad_name", value=name[:80], most=MOST_NAME)
        strange = [scope for scope in scopes if scope not in table]
        whole = [scope for scope in scopes if offices and scope not in OF_OFFICES]
        if strange or not scopes:
            found["scopes"] = t("systems.token.bad_scope", value="、".join(strange), known="、".join(table))
        elif whole:
            found["scopes"] = t("systems.token.whole_county", scope="、".join(whole))
        if not 1 <= days <= MOST_DAYS:
            found["days"] = t("systems.token.bad_days", value=days, most=MOST_DAYS)
        nowhere = [office for office in offices if not self._known(office)]
        if len(offices) > MOST_OFFICES:
            found["offices"] = t("systems.token.many_offices", most=MOST_OFFICES)
        elif nowhere:
            found["offices"] = t("systems.token.bad_office", value="、".join(nowhere))
        return found

    def revoke(self, id: str) -> Token:
        """Raises `UsageProblem`."""
        with self._store.changing() as db:
            done = db.execute("UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at = 0", (self._store.clock(), id))
            if not done.rowcount:
                raise UsageProblem(t("systems.token.unknown", value=id[:80]))
        return self._get(id)

    def all(self) -> list[Token]:
        """The newest first."""
        if not self._store.exists():
            return []
        with self._store.reading() as db:
            return [_token(row) for row in db.execute(f"SELECT {_COLUMNS} FROM tokens ORDER BY made_at DESC, id")]

    def good(self, sent: str) -> Token | None:
        """The token of what somebody sent, when it is good now; the use is noted, once a minute."""
        prefix, _, rest = sent.partition("_")
        id, _, secret = rest.partition("_")
        if len(sent) > _MOST_SENT or prefix != PREFIX or not self._store.exists():
            return None
        with self._store.reading() as db:
            row = db.execute(f"SELECT hash, {_COLUMNS} FROM tokens WHERE id = ?", (id,)).fetchone()
        if not same_secret(_hash(secret), row[0] if row is not None else _NOBODY) or row is None:
            return None
        token, now = _token(row[1:]), self._store.clock()
        if token.state(now) != "good":
            return None
        if now - token.used_at >= _SEEN_EVERY_MS:
            with suppress(DiskFull), self._store.changing() as db:      # a full disk keeps nobody from reading
                db.execute("UPDATE tokens SET used_at = ? WHERE id = ?", (now, id))
        return token

    def _get(self, id: str) -> Token:
        with self._store.reading() as db:
            return _token(db.execute(f"SELECT {_COLUMNS} FROM tokens WHERE id = ?", (id,)).fetchone())


def _token(row: Sequence[object]) -> Token:
    id, name, scopes, offices, *times = row
    made, until, used, revoked = (int(str(one)) for one in times)
    return Token(str(id), str(name), tuple(str(scopes).split()), tuple(str(offices).split()), made, until, used, revoked)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
