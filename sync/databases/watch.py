"""News that somebody has committed to a replica of a folder, whichever process it was.

Every commit in WAL mode changes the `-wal` file, so size and time of the files are looked at, five times a second. Which files
are worth a look the system says where it can (`written`); all of them are looked at now and then, and where it cannot always.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import quote, unquote

from sync.databases import tuning
from sync.databases.written import WrittenFiles, watched

CommitCallback = Callable[[str], None]
SUFFIX = ".replica"
Signature = tuple[int, ...]


class CommitWatch:
    """Tells of commits by looking at size and time of a replica's files."""

    def __init__(self, root: Path, watch: Callable[[Path], WrittenFiles | None] = watched) -> None:
        self._root, self._watch = root, watch
        self._lock = threading.Lock()
        self._callbacks: list[CommitCallback] = []
        self._seen: dict[str, Signature] = {}
        self._quiet: dict[str, Signature] = {}          # signatures that our own opening or closing left behind
        self._fresh = set[str]()                        # written a moment ago: looked at once more
        self._written: WrittenFiles | None = None
        self._all_due = 0.0                             # when all files are looked at again
        self._looking = threading.Lock()                # a look at the files, or a change of them that is no commit
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.follow_files = True

    def subscribe(self, callback: CommitCallback) -> Callable[[], None]:
        with self._lock:
            if self._thread is None and self.follow_files:
                self._written = self._watch(self._root)     # first, so that nothing is missed between
                self._seen = self._signatures()
                self._thread = threading.Thread(target=self._run, name="commit-watch", daemon=True)
                self._thread.start()
            self._callbacks.append(callback)

        def unsubscribe() -> None:
            with self._lock, contextlib.suppress(ValueError):
                self._callbacks.remove(callback)

        return unsubscribe

    def notify(self, name: str) -> None:
        for callback in tuple(self._callbacks):
            callback(name)

    @contextlib.contextmanager
    def no_commit(self, path: Path) -> Iterator[None]:
        """Opening and closing a replica make and take away its `-wal` file, which looks like a commit and would wake everybody
        to open it again. Whoever waits is still woken by what was not seen yet when the block began."""
        name = unquote(path.name[: -len(SUFFIX)])
        with self._looking:
            known = self._thread is None or _signature(str(path)) == self._seen.get(name, (0, 0))
            try:
                yield
            finally:
                if known:
                    left = _signature(str(path))
                    with self._lock:
                        self._seen[name] = self._quiet[name] = left

    def close(self) -> None:
        self._stop.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        with self._lock:
            written, self._written = self._written, None        # closed once: its number may be another file's afterwards
        if written is not None:
            written.close()

    def _run(self) -> None:
        while not self._stop.wait(tuning.COMMIT_POLL_S):
            with contextlib.suppress(OSError):  # the folder may come back
                self._look_at_all()

    def _look_at_all(self) -> None:
        with self._looking:
            names = self._changed()
        for name in names:
            self.notify(name)

    def _changed(self) -> list[str]:
        names = self._worth_a_look()
        now = self._signatures(names)
        # A file system's clock may tick coarsely: a second commit within the tick of the first leaves the
        # time as it was.
        fresh_ns = time.time_ns() - int(2e9 * tuning.COMMIT_POLL_S)
        with self._lock:
            before = self._seen if names is None else {name: self._seen[name] for name in names if name in self._seen}
            self._seen = now if names is None else {**{n: s for n, s in self._seen.items() if n not in names}, **now}
            self._quiet = {name: left for name, left in self._quiet.items() if self._seen.get(name) == left}
            quiet = self._quiet
        self._fresh = {name for name, signature in now.items() if signature[1] >= fresh_ns and name not in quiet}
        return [name for name in before.keys() | now.keys() if now.get(name) != before.get(name) or name in self._fresh]

    def _worth_a_look(self) -> set[str] | None:
        """The databases whose files were written since the last look, or a moment before it; None: all may have been."""
        told = self._written.take() if self._written is not None else None
        if told is None or time.monotonic() >= self._all_due:
            self._all_due = time.monotonic() + tuning.COMMIT_LOOK_AT_ALL_S
            return None
        files = {file.removesuffix("-wal") for file in told}
        return self._fresh | {unquote(file[: -len(SUFFIX)]) for file in files if file.endswith(SUFFIX)}

    def _signatures(self, names: Iterable[str] | None = None) -> dict[str, Signature]:
        """Of these databases, as far as they are there; None: of all."""
        if names is None:
            return {unquote(entry.name[: -len(SUFFIX)]): _signature(entry.path)
                    for entry in os.scandir(self._root) if entry.name.endswith(SUFFIX)}
        made = ((name, _signature(f"{self._root}/{quote(name, safe='')}{SUFFIX}")) for name in names)
        return {name: signature for name, signature in made if signature != _GONE}


_GONE = (0, 0)


def _signature(path: str) -> Signature:
    """(size, time) of the `-wal` file and the time of the file itself (a writer that closes takes the
    `-wal` away)."""
    try:
        made = os.stat(path).st_mtime_ns
    except FileNotFoundError:
        return _GONE
    try:
        wal = os.stat(path + "-wal")
    except FileNotFoundError:
        return (0, 0, made)
    return (wal.st_size, wal.st_mtime_ns, made)
