"""Which format a HOME has, and the steps from each to the next, both ways.

    format   what it is
    1        replicas with tables of number 2
    2        replicas with tables of number 3; as programs made HOMEs before they were numbered
    3        the number stands in hub.sqlite (`user_version`), each change of it in its table `upgrades`;
             hub.toml may set ready_lag_seconds, metrics_from, metrics_token

No command opens a HOME of another format than `FORMAT`: nothing changes under an operator who has not asked for it
(`county-hub upgrade`). A step may be cut anywhere and done again. What is a cache is in no format: it is made anew. Signed
documents have one format for ever (docs/FROZEN.md); no step touches one.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from county_hub.hub.kept.home import HubHome
from county_hub.hub.problems import HubProblem
from county_hub.hub.safe.private_file import write_private
from shared.ledger.texts import t
from sync.errors import SyncError
from sync.replica import LocalReplica
from sync.replica.step_back import schema_of, step_back
from sync.storage import DRIVER_ERRORS, open_file, storage_errors

FORMAT, FIRST = 3, 1
_NUMBERED = 3                   # from this format on HOME says itself which it has
_NEW_SETTINGS = ("ready_lag_seconds", "metrics_from", "metrics_token", "wall_token",
                 "map_outlines", "map_outlines_source", "portal_catalogues")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Step:
    """From `lower` to the next format and back."""

    lower: int
    up: Callable[[HubHome, Progress], None]
    down: Callable[[HubHome, Progress], None]


def format_of(home: HubHome) -> int:
    """The format of a founded HOME; what cannot be read counts as today's, its damage is told by who opens it."""
    try:
        key = home.safe.database_key()
        with contextlib.closing(open_file(home.registry, key, read_only=True, timeout_s=10)) as db:
            told = int(db.execute("PRAGMA user_version").fetchone()[0])
        if told:
            return told
        return 1 if any(schema_of(path, key) < 3 for path in home.databases.glob("*.replica")) else 2
    except DRIVER_ERRORS:
        return FORMAT
    except SyncError:
        return FORMAT


def require_format(home: HubHome) -> None:
    """Raises `HubProblem` for a HOME of another format than this program's."""
    found = format_of(home)
    if found > FORMAT:
        raise HubProblem(t("hub.upgrade.newer", home=home.root, found=found, mine=FORMAT))
    if found < FORMAT:
        raise HubProblem(t("hub.upgrade.older", home=home.root, found=found, mine=FORMAT))


def mark(home: HubHome, number: int, at: int, app: str) -> None:
    """Write down that HOME has this format from now on. `at` in ms since 1970."""
    with _registry(home) as db:
        if number < _NUMBERED:
            db.execute("DROP TABLE IF EXISTS upgrades")
            number = 0
        else:
            db.execute("CREATE TABLE IF NOT EXISTS upgrades (format INTEGER NOT NULL, at INTEGER NOT NULL, app TEXT NOT NULL)")
            db.execute("INSERT INTO upgrades VALUES (?, ?, ?)", (number, at, app))
        db.execute(f"PRAGMA user_version = {number}")


@contextlib.contextmanager
def _registry(home: HubHome) -> Iterator[sqlite3.Connection]:
    with storage_errors(home.registry), contextlib.closing(
            open_file(home.registry, home.safe.database_key(), timeout_s=30)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield db
        db.execute("COMMIT")


def _newer_replicas(home: HubHome, progress: Progress) -> None:
    paths, key = sorted(home.databases.glob("*.replica")), home.safe.database_key()
    for done, path in enumerate(paths, start=1):
        LocalReplica.open(path, create=False, key=key).close()      # opening one brings its tables up to date
        progress(done, len(paths))


def _older_replicas(home: HubHome, progress: Progress) -> None:
    paths = sorted(home.databases.glob("*.replica"))
    for done, path in enumerate(paths, start=1):
        step_back(path, 2)
        progress(done, len(paths))


def _nothing(home: HubHome, progress: Progress) -> None:
    """The number itself is all there is."""


def _without_new_settings(home: HubHome, progress: Progress) -> None:
    """An older program refuses a setting that it does not know: those become comments, and stand there for later."""
    if home.settings_file.exists():
        text = home.settings_file.read_text("utf-8")
        older = re.sub(rf"^(?=\s*(?:{'|'.join(_NEW_SETTINGS)})\s*=)", "# ", text, flags=re.MULTILINE)
        if older != text:
            write_private(home.settings_file, older.encode())


STEPS = (Step(1, _newer_replicas, _older_replicas), Step(2, _nothing, _without_new_settings))
