"""Who is told of what, and the notices that wait: the outbox of other systems.

A notice is in the outbox before anybody tries to deliver it and leaves it after it was taken, so a crash delivers it once more
under the same id, never not at all. What was tried in vain for long lies on the dead list with its reason until a person
has it tried again. Every list is bounded.
"""

from __future__ import annotations

import json
import random
import secrets
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from county_hub.hub.problems import UsageProblem
from county_hub.systems import signing, targets
from county_hub.systems.store import SystemsStore
from shared.disputes.records import aggregates
from shared.ledger.texts import t

# Seconds until the next try, after the first, the second ... vain one; after the last one a notice is dead. Nine hours in all:
# a receiver that is down over night gets everything in the morning by `retry`, one that is down for an hour by itself.
PAUSES_S = (5, 30, 120, 600, 1800, 3600, 7200, 14_400)
SPREAD = 0.2                        # of a pause, either way: receivers that come back are not all knocked at in one second
MOST_HOOKS, MOST_WAITING, MOST_DEAD, DEAD_DAYS = 20, 20_000, 20_000, 30
ROUND = 100                         # notices that are taken out for delivery at a time
TEST = "test.sent"
_DAY_MS = 86_400_000
_COLUMNS = "id, url, kinds, secret, since, made_at, delivered, last_at, stopped"
_WAITING = "n, hook, message, kind, body, made_at, tries, next_at, reason, dead_at"


@dataclass(frozen=True, slots=True)
class Hook:
    """`kinds`: of events, `case.*` all of cases, `*` all. `stopped`: why nothing is sent there any more, or ""."""

    id: str
    url: str
    kinds: tuple[str, ...]
    secret: str
    since: int
    made_at: int
    delivered: int
    last_at: int
    stopped: str

    def wants(self, kind: str) -> bool:
        return any(one in ("*", kind, f"{kind.partition('.')[0]}.*") for one in self.kinds)


@dataclass(frozen=True, slots=True)
class Waiting:
    n: int
    hook: str
    message: str
    kind: str
    body: str
    made_at: int
    tries: int
    next_at: int
    reason: str
    dead_at: int | None


@dataclass(frozen=True, slots=True)
class Notice:
    """`place`: of its event in the county's feed."""

    message: str
    kind: str
    body: str
    place: int


def require_kinds(kinds: Sequence[str]) -> None:
    """Raises `UsageProblem` with every one that is no kind."""
    known = ("case", *aggregates.NAMES)
    wrong = [kind for kind in kinds if kind != "*" and (
        kind.partition(".")[0] not in known or not kind.partition(".")[2] or len(kind) > 64)]
    if wrong or not 1 <= len(kinds) <= 50:
        raise UsageProblem(t("systems.hook.bad_kind", value="、".join(wrong), known="、".join(known)))


class Hooks:
    """Any thread, any process: all state lies in the file."""

    def __init__(self, store: SystemsStore) -> None:
        self._store = store

    # -- who is told --

    def add(self, url: str, kinds: Sequence[str], since: int) -> Hook:
        """Told of what comes after place `since` of the feed. Raises `UsageProblem`, `targets.BadTarget`."""
        targets.target_of(url)
        require_kinds(kinds)
        id, now = secrets.token_hex(4), self._store.clock()
        with self._store.changing() as db:
            if db.execute("SELECT count(*) FROM hooks").fetchone()[0] >= MOST_HOOKS:
                raise UsageProblem(t("systems.hook.many", most=MOST_HOOKS))
            row = (id, url, " ".join(dict.fromkeys(kinds)), signing.new_secret(), since, now, 0, 0, "")
            db.execute("INSERT INTO hooks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        return self.get(id)

    def remove(self, id: str) -> Hook:
        """With everything that waits for it. Raises `UsageProblem`."""
        found = self.get(id)
        with self._store.changing() as db:
            db.execute("DELETE FROM outbox WHERE hook = ?", (id,))
            db.execute("DELETE FROM hooks WHERE id = ?", (id,))
        return found

    def get(self, id: str) -> Hook:
        """Raises `UsageProblem`."""
        found = next((hook for hook in self.all() if hook.id == id), None)
        if found is None:
            raise UsageProblem(t("systems.hook.unknown", value=id[:80]))
        return found

    def all(self) -> list[Hook]:
        if not self._store.exists():
            return []
        with self._store.reading() as db:
            return _hooks(db)

    # -- what waits --

    def position(self) -> tuple[str, int] | None:
        """(epoch, place) up to which the feed has been made into notices; None before the first time."""
        with self._store.reading() as db:
            row = db.execute("SELECT value FROM meta WHERE key = 'feed'").fetchone()
        return (str(json.loads(row[0])[0]), int(json.loads(row[0])[1])) if row is not None else None

    def take(self, notices: Iterable[Notice], epoch: str, place: int, *, begins: bool = False) -> None:
        """Put notices into the outbox and move the position, in one transaction: no event is told twice or not at all.
        `begins`: another life of the feed, whose places the hooks do not know."""
        now = self._store.clock()
        with self._store.changing() as db:
            if begins:
                db.execute("UPDATE hooks SET since = 0")
            hooks = [hook for hook in _hooks(db) if not hook.stopped]
            rows = [(hook.id, notice.message, notice.kind, notice.body, now, 0, now, "")
                    for notice in notices for hook in hooks if notice.place > hook.since and hook.wants(notice.kind)]
            db.executemany("INSERT OR IGNORE INTO outbox (hook, message, kind, body, made_at, tries, next_at, reason)"
                           " VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
            db.execute("INSERT OR REPLACE INTO meta VALUES ('feed', ?)", (json.dumps([epoch, place]),))
            if rows:
                _bound(db, {row[0] for row in rows}, now)

    def test(self, id: str) -> Notice:
        """One notice that says nothing has happened, for this address alone. Raises `UsageProblem`."""
        hook, now = self.get(id), self._store.clock()
        notice = notice_of(f"test_{secrets.token_hex(8)}", TEST, now, {"id": hook.id}, 0)
        with self._store.changing() as db:
            db.execute("UPDATE hooks SET stopped = '' WHERE id = ?", (id,))
            db.execute("INSERT INTO outbox (hook, message, kind, body, made_at, tries, next_at, reason) VALUES"
                       " (?, ?, ?, ?, ?, 0, ?, '')", (id, notice.message, TEST, notice.body, now, now))
        return notice

    def due(self, busy: Iterable[str] = ()) -> list[Waiting]:
        """What is to be tried now, the oldest first; not of those addresses that are `busy`."""
        with self._store.reading() as db:
            rows = db.execute(
                f"SELECT {_WAITING} FROM outbox WHERE dead_at IS NULL AND next_at <= ?"
                " AND hook NOT IN (SELECT value FROM json_each(?)) ORDER BY next_at, n LIMIT ?",
                (self._store.clock(), json.dumps(sorted(busy)), ROUND))
            return [Waiting(*row) for row in rows]

    def taken(self, row: Waiting) -> None:
        with self._store.changing() as db:
            gone = db.execute("DELETE FROM outbox WHERE n = ?", (row.n,))
            db.execute("UPDATE hooks SET delivered = delivered + ?, last_at = ? WHERE id = ?",
                       (gone.rowcount, self._store.clock(), row.hook))

    def failed(self, row: Waiting, reason: str, *, for_good: bool = False) -> None:
        """Tried in vain: later again, or dead. `for_good`: the receiver wants nothing any more."""
        now, tries = self._store.clock(), row.tries + 1
        pause = PAUSES_S[min(tries, len(PAUSES_S)) - 1] * (1 + SPREAD * (2 * random.random() - 1))
        dead = now if for_good or tries > len(PAUSES_S) else None
        with self._store.changing() as db:
            db.execute("UPDATE outbox SET tries = ?, next_at = ?, reason = ?, dead_at = ? WHERE n = ?",
                       (tries, now + int(pause * 1000), reason[:300], dead, row.n))
            if for_good:
                db.execute("UPDATE hooks SET stopped = ? WHERE id = ?", (reason[:300], row.hook))
                db.execute("UPDATE outbox SET dead_at = ?, reason = ? WHERE hook = ? AND dead_at IS NULL",
                           (now, reason[:300], row.hook))

    def counts(self) -> dict[str, tuple[int, int]]:
        """How many wait and how many are dead, by hook."""
        if not self._store.exists():
            return {}
        with self._store.reading() as db:
            rows = db.execute("SELECT hook, sum(dead_at IS NULL), sum(dead_at IS NOT NULL) FROM outbox GROUP BY hook").fetchall()
        return {str(hook): (int(waits), int(dead)) for hook, waits, dead in rows}

    def waiting(self, id: str = "", limit: int = 200) -> list[Waiting]:
        """What is not dead and not taken yet, the oldest first."""
        with self._store.reading() as db:
            rows = db.execute(f"SELECT {_WAITING} FROM outbox WHERE dead_at IS NULL AND (? = '' OR hook = ?) ORDER BY n LIMIT ?",
                              (id, id, limit))
            return [Waiting(*row) for row in rows]

    def dead(self, id: str = "", limit: int = 200) -> list[Waiting]:
        """The dead list, the newest first."""
        if not self._store.exists():
            return []
        with self._store.reading() as db:
            rows = db.execute(f"SELECT {_WAITING} FROM outbox WHERE dead_at IS NOT NULL AND (? = '' OR hook = ?)"
                              " ORDER BY dead_at DESC, n DESC LIMIT ?", (id, id, limit))
            return [Waiting(*row) for row in rows]

    def retry(self, id: str, message: str = "") -> int:
        """Everything dead of this address, or one notice, tried anew at once; how many. Raises `UsageProblem`."""
        self.get(id)
        with self._store.changing() as db:
            db.execute("UPDATE hooks SET stopped = '' WHERE id = ?", (id,))
            done = db.execute("UPDATE outbox SET tries = 0, next_at = ?, dead_at = NULL WHERE hook = ? AND dead_at IS NOT NULL"
                              " AND (? = '' OR message = ?)", (self._store.clock(), id, message, message))
            if message and not done.rowcount:
                raise UsageProblem(t("systems.hook.no_message", value=message[:80]))
            return done.rowcount


def notice_of(message: str, kind: str, at_ms: int, data: dict[str, str], place: int) -> Notice:
    """Type, time and ids: whoever may know more asks for it with a token."""
    import datetime as dt

    at = dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Notice(message, kind, json.dumps({"type": kind, "timestamp": at, "data": data}, separators=(",", ":")), place)


def _hooks(db: sqlite3.Connection) -> list[Hook]:
    found = db.execute(f"SELECT {_COLUMNS} FROM hooks ORDER BY made_at, id")
    return [Hook(row[0], row[1], tuple(row[2].split()), *row[3:]) for row in found]


def _bound(db: sqlite3.Connection, hooks: Iterable[str], now: int) -> None:
    """Beyond the bound the oldest are dead, told with the reason; what is dead for long is gone."""
    for hook in hooks:
        db.execute("UPDATE outbox SET dead_at = ?, reason = 'too many notices wait' WHERE n IN (SELECT n FROM outbox"
                   " WHERE hook = ? AND dead_at IS NULL ORDER BY n DESC LIMIT -1 OFFSET ?)", (now, hook, MOST_WAITING))
        db.execute("DELETE FROM outbox WHERE n IN (SELECT n FROM outbox WHERE hook = ? AND dead_at IS NOT NULL ORDER BY n DESC"
                   " LIMIT -1 OFFSET ?)", (hook, MOST_DEAD))
    db.execute("DELETE FROM outbox WHERE dead_at < ?", (now - DEAD_DAYS * _DAY_MS,))
