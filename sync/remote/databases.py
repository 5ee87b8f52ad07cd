"""`RemoteDatabases`: the databases of a CouchDB server, as a router takes them (`sync.router.rules.RouterDatabases`).

CouchDB says neither which database this is nor which life of it: one that was deleted and made anew, or brought back by
copying, bears the same name. So each has a document of its own that says so, `_local/identity` = {"replica_id", "epoch"}: it is
made when the database is first used, goes into no replica, and `begin_epoch` writes a new life into it. It must not know what
the databases are for.

Between a server's acknowledgement and what the next question reads there is no promise (a cluster answers from other copies):
of the subjects of one database only one router worker may write, and a sweep belongs to the normal work after a change of it.
"""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from sync import errors
from sync.peer import PeerInfo
from sync.remote import tuning
from sync.remote.remote_peer import RemotePeer

IDENTITY = "identity"
CommitCallback = Callable[[str], None]


def same_name(name: str) -> str:
    return name


@dataclass(frozen=True, slots=True)
class Server:
    """`url` is the server's, without credentials; `kind` makes the peer of one database, with `options`."""

    url: str
    auth: tuple[str, str] | None = None
    options: Mapping[str, Any] | None = None
    kind: Callable[..., Any] | None = None

    def peer(self, name: str) -> RemoteDatabase:
        """The database `name`, as it is called there."""
        made: RemoteDatabase = (self.kind or RemoteDatabase)(
            f"{self.url.rstrip('/')}/{quote(name, safe='')}", auth=self.auth, **(self.options or {}))
        return made


class RemoteDatabase(RemotePeer):
    """A database that knows its identity: `info().peer_id` and `.epoch` are those of its own document."""

    _own: tuple[str, str] | None = None

    def info(self) -> PeerInfo:
        replica_id, epoch = self._own or self._read_identity()
        self._own = replica_id, epoch
        return replace(super().info(), peer_id=replica_id, epoch=epoch)

    def begin_epoch(self) -> str:
        """A new life of this database: whoever remembers how far it was read begins anew."""
        told, epoch = self.get_local(IDENTITY) or {"replica_id": uuid.uuid4().hex}, uuid.uuid4().hex
        self.put_local(IDENTITY, {**told, "epoch": epoch})
        self._own = None
        return epoch

    def look_again(self) -> None:
        """Read the identity anew at the next question."""
        self._own = None

    def _read_identity(self) -> tuple[str, str]:
        told = self.get_local(IDENTITY)
        if told is None:
            with contextlib.suppress(errors.Conflict):      # somebody else makes it at this moment
                self.put_local(IDENTITY, {"replica_id": uuid.uuid4().hex, "epoch": uuid.uuid4().hex})
            told = self.get_local(IDENTITY) or {}
        replica_id, epoch = told.get("replica_id"), told.get("epoch")
        if not isinstance(replica_id, str) or not isinstance(epoch, str):
            raise errors.BadAnswer(f"{self.url} does not say which database it is (_local/{IDENTITY})")
        return replica_id, epoch


class RemoteDatabases:
    """Thread-safe. `there` gives the server's name of a database of ours, `here` ours of one of the server's, None for what is
    foreign."""

    def __init__(
        self, server: Server, *, there: Callable[[str], str] = same_name, here: Callable[[str], str | None] = same_name
    ) -> None:
        self.server, self._there, self._here = server, there, here
        self._lock = threading.RLock()
        self._open: OrderedDict[str, tuple[RemoteDatabase, list[int]]] = OrderedDict()     # with the number of its leases
        self._known: set[str] = set()
        self._callbacks: list[CommitCallback] = []
        self._of_server = server.peer("_server")       # for what is asked of the server itself

    def close(self) -> None:
        with self._lock:
            for peer, _ in self._open.values():
                peer.close()
            self._open.clear()
            self._of_server.close()

    # --- names ------------------------------------------------------------------------------------

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """A question to the server itself: its answer as JSON."""
        return self._of_server.ask_server(method, path, body)

    def date(self) -> int | None:
        """As `RemotePeer.server_date`."""
        return self._of_server.server_date()

    def names(self) -> list[str]:
        told = self.ask("GET", "/_all_dbs")
        if not isinstance(told, list) or not all(isinstance(name, str) for name in told):
            raise errors.BadAnswer("_all_dbs answered no list of names")
        found = sorted(name for name in map(self._here, told) if name is not None)
        with self._lock:
            self._known = set(found)
        return found

    def exists(self, name: str) -> bool:
        if name in self._known:
            return True
        with self.lease(name) as peer:
            try:
                peer.touch()
            except errors.NotFound:
                return False
        with self._lock:
            self._known.add(name)
        return True

    def create(self, name: str) -> None:
        """Raises PreconditionFailed (`file_exists`) when there is one."""
        with self.lease(name) as peer:
            if not peer.create():
                raise errors.PreconditionFailed("The database could not be created, the file already exists.")
            peer.look_again()
        with self._lock:
            self._known.add(name)
        self.notify(name)

    def delete(self, name: str) -> None:
        """Raises NotFound."""
        with self.lease(name) as peer:
            peer.destroy()
            peer.look_again()
        with self._lock:
            self._known.discard(name)
        self.notify(name)

    # --- leases -----------------------------------------------------------------------------------

    @contextlib.contextmanager
    def lease(self, name: str) -> Iterator[RemoteDatabase]:
        with self._lock:
            if name not in self._open:
                self._open[name] = self.server.peer(self._there(name)), [0]
            peer, leases = self._open[name]
            leases[0] += 1
            self._open.move_to_end(name)
            self._close_surplus()
        try:
            yield peer
        except errors.NotFound:
            peer.look_again()
            with self._lock:
                self._known.discard(name)
            raise
        finally:
            with self._lock:
                leases[0] -= 1

    def _close_surplus(self) -> None:
        free = [name for name, (_, leases) in self._open.items() if not leases[0]]
        for name in free[: max(0, len(self._open) - tuning.OPEN_DATABASES)]:
            self._open.pop(name)[0].close()

    # --- commits ----------------------------------------------------------------------------------

    def on_commit(self, callback: CommitCallback) -> Callable[[], None]:
        """Call `callback(name)` when `notify` is told of a commit: a server does not tell by itself."""
        with self._lock:
            self._callbacks.append(callback)

        def unsubscribe() -> None:
            with self._lock, contextlib.suppress(ValueError):
                self._callbacks.remove(callback)

        return unsubscribe

    def notify(self, name: str) -> None:
        for callback in tuple(self._callbacks):
            callback(name)
