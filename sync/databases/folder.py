"""A folder of replicas: names, creation, deletion, an LRU of open ones, and the news that somebody has
committed.

Lives here: which file a database name is, and how long a replica stays open. Whoever works on a replica
holds a *lease*; a leased replica is never closed. Several processes may share the folder: a lease looks
at the file's identity, so a database deleted and made anew by another process is noticed, and commits of
other processes are seen by watching the files. It must not know HTTP.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote, unquote

from sync.databases import tuning
from sync.databases.watch import SUFFIX, CommitCallback, CommitWatch
from sync.errors import DAMAGED, BadRequest, NotFound, PreconditionFailed, ServerError
from sync.replica import LocalReplica
from sync.replica.limits import OF_MANY, ReplicaLimits
from sync.replica.values import Validator

_LEGAL_NAME = re.compile(r"[a-z][a-z0-9_$()+/-]*\Z")
_SYSTEM_NAME = re.compile(r"_[a-z][a-z0-9_]*\Z")


def no_validators(name: str) -> Sequence[Validator]:
    return ()


@dataclass(slots=True)
class _Open:
    """An open replica; `identity` is (device, inode) of the file it was opened on."""

    replica: LocalReplica
    identity: tuple[int, int]
    leases: int = 0
    doomed: bool = False
    idle: threading.Event = field(default_factory=threading.Event)


class Databases:
    """See the module. Thread-safe."""

    def __init__(
        self,
        root: Path | str,
        *,
        validators_for: Callable[[str], Sequence[Validator]] = no_validators,
        key: bytes | None = None,
        max_open: int | None = None,
        limits: ReplicaLimits = OF_MANY,
        delete_wait_s: float = tuning.DELETE_WAIT_S,
    ) -> None:
        """`limits` are those of each replica; `delete_wait_s` is how long `delete` waits for the leases of others."""
        self.root = Path(root)
        self.root.mkdir(parents=True, exist_ok=True)
        self._validators_for, self._key, self._max_open = validators_for, key, max_open
        self._limits, self._delete_wait_s = limits, delete_wait_s
        self._lock = threading.RLock()
        self._open: OrderedDict[str, _Open] = OrderedDict()
        self._watch = CommitWatch(self.root)
        self._damaged: dict[str, tuple[int, int] | None] = {}

    # --- names ------------------------------------------------------------------------------------

    def path(self, name: str) -> Path:
        """The file of database `name`. Raises BadRequest (`illegal_database_name`)."""
        if not (_LEGAL_NAME.match(name) or _SYSTEM_NAME.match(name)):
            raise illegal_name(name)
        file_name = quote(name, safe="") + SUFFIX
        if len(file_name) > tuning.MAX_FILE_NAME_BYTES:
            raise BadRequest(
                f"Name: '{name[:60]}...'. The name is too long for a file; shorten it.", error="illegal_database_name"
            )
        return self.root / file_name

    def names(self) -> list[str]:
        """All databases, in order of name."""
        return sorted(unquote(entry.name[: -len(SUFFIX)]) for entry in os.scandir(self.root) if entry.name.endswith(SUFFIX))

    def server_uuid(self) -> str:
        """Names this folder as a server, for good: made at the first call, kept in the file `server-uuid`."""
        path = self.root / "server-uuid"
        if not path.exists():
            made = self.root / f".server-uuid-{uuid.uuid4().hex}"
            made.write_text(uuid.uuid4().hex)
            with contextlib.suppress(FileExistsError):
                os.link(made, path)  # whole or not at all, and the first of two processes wins
            made.unlink()
        return path.read_text().strip()

    def exists(self, name: str) -> bool:
        return self.path(name).exists()

    # --- creation and deletion --------------------------------------------------------------------

    def create(self, name: str) -> None:
        """Raises BadRequest for an illegal name, PreconditionFailed (`file_exists`) when there is one."""
        if not _LEGAL_NAME.match(name):
            raise illegal_name(name)
        path = self.path(name)
        with self._lock:
            if path.exists():
                raise PreconditionFailed("The database could not be created, the file already exists.")
            self._open_replica(name, path, create=True)
            self._close_surplus()
        self._watch.notify(name)

    def delete(self, name: str) -> None:
        """Wait for the leases to end, then remove the files. Raises NotFound, or ServerError 503 when the
        leases do not end."""
        path = self.path(name)
        with self._lock:
            if not path.exists():
                raise missing(name)
            entry = self._open.get(name)
            if entry is not None:
                entry.doomed = True
        if entry is not None and entry.leases and not entry.idle.wait(self._delete_wait_s):
            entry.doomed = False
            raise ServerError(f"database {name} is in use; try again", status=503, error="service_unavailable")
        with self._lock:
            self._forget(name)
            for suffix in ("", "-wal", "-shm", "-journal"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
        self._watch.notify(name)

    # --- leases -----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def lease(self, name: str) -> Iterator[LocalReplica]:
        """The open replica of `name`, kept open until the block ends. Raises NotFound."""
        try:
            entry = self._acquire(name)
            try:
                yield entry.replica
            finally:
                self._release(name, entry)
        except DAMAGED:
            self._damaged[name] = _identity(self.path(name))
            raise

    def damaged(self) -> list[str]:
        """The databases whose files were found damaged when somebody used them, and are the same files still."""
        for name, identity in list(self._damaged.items()):
            if _identity(self.path(name)) != identity:
                self._damaged.pop(name, None)
        return sorted(self._damaged)

    def _acquire(self, name: str) -> _Open:
        path = self.path(name)
        with self._lock:
            identity = _identity(path)
            entry = self._open.get(name)
            if entry is not None and entry.identity != identity:
                self._forget(name)
                entry = None
            if identity is None or (entry is not None and entry.doomed):
                raise missing(name)
            if entry is None:
                entry = self._open_replica(name, path, create=False)
            entry.leases += 1
            entry.idle.clear()
            self._open.move_to_end(name)
            self._close_surplus()
            return entry

    def _release(self, name: str, entry: _Open) -> None:
        with self._lock:
            entry.leases -= 1
            if entry.leases == 0:
                entry.idle.set()
                if self._open.get(name) is not entry:
                    self._close(entry)

    def _open_replica(self, name: str, path: Path, *, create: bool) -> _Open:
        with self._watch.no_commit(path):
            validators = tuple(self._validators_for(name))
            replica = LocalReplica.open(
                path, create=create, key=self._key, validators=validators, name=name, limits=self._limits)
        replica.on_commit(lambda: self._watch.notify(name))
        identity = _identity(path)
        assert identity is not None
        entry = self._open[name] = _Open(replica, identity)
        return entry

    def _close_surplus(self) -> None:
        surplus = len(self._open) - (self._max_open or open_limit())
        if surplus <= 0:
            return
        for name in [name for name, entry in self._open.items() if not entry.leases][:surplus]:
            self._forget(name)

    def _forget(self, name: str) -> None:
        """Close now, or when the last lease ends."""
        entry = self._open.pop(name, None)
        if entry is not None and not entry.leases:
            self._close(entry)

    def put_away(self, name: str) -> None:
        """Close the replica of `name` unless somebody leases it: whoever goes once through all databases holds one at a time."""
        with self._lock:
            entry = self._open.get(name)
            if entry is not None and not entry.leases:
                self._forget(name)

    def _close(self, entry: _Open) -> None:
        with self._watch.no_commit(entry.replica.path):
            entry.replica.close()

    # --- commits ----------------------------------------------------------------------------------

    def on_commit(self, callback: CommitCallback) -> Callable[[], None]:
        """Call `callback(name)` after every commit to, creation or deletion of a database, by whatever
        process; it may also be called for nothing, must be quick and must not raise. Own commits are told
        when the lease ends. Returns the function that ends it."""
        return self._watch.subscribe(callback)

    def notify(self, name: str) -> None:
        """Tell as `on_commit` does of a commit that this object cannot know of, or not soon."""
        self._watch.notify(name)

    def told_by_others(self) -> None:
        """Before the first `on_commit`: commits of other processes come by `notify` alone, the files are not watched."""
        self._watch.follow_files = False

    def lend_writers(self) -> None:
        """Replicas that are opened from now on have one user as a rule: see `ReplicaLimits.lend_writer`."""
        self._limits = replace(self._limits, lend_writer=True)

    def close(self) -> None:
        """Close every replica that nobody leases, the others when their leases end."""
        self._watch.close()
        with self._lock:
            for name in list(self._open):
                self._forget(name)

    def __enter__(self) -> Databases:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def open_limit() -> int:
    """How many replicas may be open now: `MAX_OPEN_REPLICAS`, or fewer where the process may not open so many files."""
    try:
        import resource
    except ImportError:     # Windows
        return tuning.MAX_OPEN_REPLICAS
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return tuning.MAX_OPEN_REPLICAS
    places = (soft - tuning.FILES_FOR_OTHERS) // tuning.FILES_PER_REPLICA
    return max(tuning.LEAST_OPEN_REPLICAS, min(tuning.MAX_OPEN_REPLICAS, places))


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def illegal_name(name: str) -> BadRequest:
    return BadRequest(
        f"Name: '{name[:200]}'. Only lowercase characters (a-z), digits (0-9), and any of the characters "
        "_, $, (, ), +, -, and / are allowed. Must begin with a letter.",
        error="illegal_database_name",
    )


def missing(name: str) -> NotFound:
    return NotFound("Database does not exist.")
