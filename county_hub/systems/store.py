"""`systems.sqlite` of a HOME: tokens, who is told of what, notices that wait, rows that were handed in.

    tokens    only a hash of what opens the interface
    hooks     addresses that are told; `since`: events up to this place of the feed are not theirs
    outbox    a notice for one address each, until it was taken; `dead_at` where it is no longer tried
    meta      how far the county's feed has been made into notices
    batches   rows that another system handed in, until a person takes them or sends them back
Readable by its owner alone, under the hub's protection at rest, never replicated. It must not know HTTP.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from county_hub.hub.kept.kept_file import KeptFile, Steps

STEPS: Steps = {1: (
    """CREATE TABLE tokens (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL, scopes TEXT NOT NULL, offices TEXT NOT NULL,
        made_at INTEGER NOT NULL, until INTEGER NOT NULL, used_at INTEGER NOT NULL, revoked_at INTEGER NOT NULL)""",
    """CREATE TABLE hooks (
        id TEXT PRIMARY KEY, url TEXT NOT NULL, kinds TEXT NOT NULL, secret TEXT NOT NULL, since INTEGER NOT NULL,
        made_at INTEGER NOT NULL, delivered INTEGER NOT NULL, last_at INTEGER NOT NULL, stopped TEXT NOT NULL)""",
    """CREATE TABLE outbox (
        n INTEGER PRIMARY KEY AUTOINCREMENT, hook TEXT NOT NULL, message TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
        made_at INTEGER NOT NULL, tries INTEGER NOT NULL, next_at INTEGER NOT NULL, reason TEXT NOT NULL, dead_at INTEGER,
        UNIQUE (hook, message))""",
    "CREATE INDEX outbox_due ON outbox (next_at) WHERE dead_at IS NULL",
    "CREATE INDEX outbox_hook ON outbox (hook, dead_at)",
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """CREATE TABLE batches (
        id TEXT PRIMARY KEY, token TEXT NOT NULL, key TEXT NOT NULL, hash TEXT NOT NULL, profile TEXT NOT NULL,
        rows TEXT NOT NULL, count INTEGER NOT NULL, at INTEGER NOT NULL, state TEXT NOT NULL, answered_at INTEGER,
        answered_by TEXT NOT NULL, reason TEXT NOT NULL, subjects TEXT NOT NULL, UNIQUE (token, key))""",
    "CREATE INDEX batches_state ON batches (state, at)",
)}


class SystemsStore(KeptFile):
    def __init__(self, path: Path, clock: Callable[[], int], key: bytes | None = None) -> None:
        super().__init__(path, clock, STEPS, key)


def forget_tokens(path: Path, clock: Callable[[], int], key: bytes | None = None) -> None:
    """Of a file that was put back: a token that was revoked since must not open anything again, so all of them end."""
    with closing(SystemsStore(path, clock, key)) as store, store.changing() as db:
        db.execute("UPDATE tokens SET revoked_at = ? WHERE revoked_at = 0", (clock(),))
