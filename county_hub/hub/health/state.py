"""Is the hub well? Looked at now and then by a thread of its own, so that a question is answered at once and waits for no file.

    fault            means                                                              `_up` 503   `_ready` 503
    disk_full        nothing can be stored                                                  x            x
    damaged_core     the registry, the directory or the county's database cannot be read    x            x
    starting         the router has not yet been through everything once                                x
    damaged_file     a file of one office, of accounts or of a cache cannot be read                      x
    router_lag       records have waited for longer than `ready_lag_seconds`                             x
    projector_lag    so have the console's tables                                                        x
    worker_failing   a thread beside the server has failed for as long, a worker process dies again and again  x
    epoch_waits      a restored hub gives no receipts before the recovery key was used                   x
    store_away       CouchDB behind an edge does not answer, or not with all nodes: no receipts          x
    store_lacks_database   it has no database for an office: provision it                                x
    edge_ended       the publisher has ended this edge: its devices go elsewhere                         x
    clock_off        its clock is not that of this machine: devices of an edge go to other addresses meanwhile      x
    store_lost       it holds less than receipts said, and nobody here has the rest: no receipts         x

`_up` says whether devices should come here at all; `_ready` whether what they bring goes its whole way. It must not know HTTP.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from county_hub.hub.crew.member import Member
from county_hub.hub.hub import Hub, may_sign
from county_hub.hub.kept.home import HubHome
from county_hub.hub.routing import Routing
from county_hub.hub.workers import Follower
from sync.errors import SyncError
from sync.shared_file import found_damaged
from sync.storage import DRIVER_ERRORS, has_room, is_barred, is_damage, open_file

# How often files are looked at; a damage shows at the latest after this.
LOOK_S = 15.0
# A sound one that was not written since is passed over, but for each so many looks (15 minutes): disks go bad by themselves.
_ALL_EVERY = 60
# Of each file the first page and the list of its tables: what lies deeper shows when it is read, and in `verify`.
_BUSY_S = 0.2
_UNREADABLE: tuple[type[Exception], ...] = (SyncError, OSError, *DRIVER_ERRORS)
_STOPS_ALL = frozenset({"disk_full", "damaged_core"})
_Written = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Fault:
    """`word` of the table above; `subject` a file or a thread, for the operator alone."""

    word: str
    subject: str = ""


class Health:
    """Thread-safe. `clock` in seconds, steady."""

    def __init__(self, hub: Hub, router: Routing, followers: Sequence[Follower | Member] = (),
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._hub, self._router, self._clock = hub, router, clock
        self.followers: list[Follower | Member] = list(followers)
        self._files: tuple[Fault, ...] = ()
        self._sound, self._looks = dict[str, _Written](), 0
        self._projector_behind_since: float | None = None
        self.projector_lag = 0
        self.looked = False

    def follower(self) -> Follower:
        """The thread that looks."""
        return Follower("health", lambda stop: self.look(stop), lambda name: False, LOOK_S)

    def look(self, stop: threading.Event | None = None) -> None:
        """Look at the files and at the lag of the tables."""
        self._files = tuple(self._damaged(stop))
        with contextlib.suppress(*_UNREADABLE):
            self.projector_lag = self._hub.projector.lag()
        if not self.projector_lag:
            self._projector_behind_since = None
        elif self._projector_behind_since is None:
            self._projector_behind_since = self._clock()
        self.looked = True

    def faults(self) -> list[Fault]:
        """What is wrong now, the worst first."""
        return list(self._faults())

    def is_up(self) -> bool:
        return not any(fault.word in _STOPS_ALL for fault in self.faults())

    def _faults(self) -> Iterator[Fault]:
        hub, most = self._hub, float(self._hub.settings.ready_lag_seconds)
        if not has_room(hub.home.root):
            yield Fault("disk_full")
        yield from sorted(self._files, key=lambda fault: (fault.word != "damaged_core", fault.subject))
        known = {fault.subject for fault in self._files}
        deep = [hub.databases.path(name) for name in hub.databases.damaged()]
        for path in (*deep, *filter(found_damaged, _kept(hub.home))):
            if path.name not in known:
                yield Fault(self._word(path), path.name)
        databases, behind = self._router.behind()
        if not self._router.caught_up:
            yield Fault("starting")
        elif behind > most:
            yield Fault("router_lag", f"{databases} databases, {behind:.0f} s")
        if self._projector_behind_since is not None and self._clock() - self._projector_behind_since > most:
            yield Fault("projector_lag", f"{self.projector_lag} records")
        for follower in self.followers:
            failing = follower.failing_s()
            if failing is not None and failing >= most:
                yield Fault("worker_failing", follower.name)
        if not self._signs():
            yield Fault("epoch_waits")
        if hub.backing is not None:
            yield from (Fault(word, subject) for word, subject in hub.backing.faults())

    def _signs(self) -> bool:
        try:
            return may_sign(self._hub)
        except _UNREADABLE:
            return True         # the directory's damage is named already

    def _damaged(self, stop: threading.Event | None) -> Iterator[Fault]:
        home = self._hub.home
        if not has_room(home.root):
            return              # a sound file cannot be read either
        if self._looks % _ALL_EVERY == 0:
            self._sound.clear()
        self._looks += 1
        for path in (*_kept(home), home.router, home.chains, home.read_model, *sorted(home.databases.glob("*.replica"))):
            if stop is not None and stop.is_set():
                return
            written = _written(path)
            if (written is None and not is_barred(path)) or (written is not None and self._sound.get(path.name) == written):
                continue
            damaged = _is_damaged(path, self._hub.file_key)
            if damaged is False and written is not None:
                self._sound[path.name] = written
            elif damaged:
                yield Fault(self._word(path), path.name)

    def _word(self, path: Path) -> str:
        core = [self._hub.databases.path(name) for name in ("directory", f"office-{self._hub.county}")]
        return "damaged_core" if path in (self._hub.home.registry, *core) else "damaged_file"


def _kept(home: HubHome) -> tuple[Path, ...]:
    """What `SharedFile` keeps."""
    return home.registry, home.accounts, home.demands, home.rooms, home.systems


def _written(path: Path) -> _Written | None:
    """What changes whenever a file is written or another one put in its place; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _is_damaged(path: Path, key: bytes | None = None) -> bool | None:
    """Is what lies there no database (under this key) any more, or nothing that may be opened? None where it cannot be told: what
    is locked, or gone by now."""
    if is_barred(path):
        return True
    try:
        with contextlib.closing(open_file(path, key, read_only=True, timeout_s=_BUSY_S)) as db:
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except DRIVER_ERRORS as fault:
        return True if is_damage(fault) else None
    return False
