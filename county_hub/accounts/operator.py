"""What is done beside the console and belongs into the audit log: by an operator on the command line, or by a device."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator

from county_hub.accounts.audit import Audit
from county_hub.accounts.store import AccountStore
from county_hub.hub.hub import Hub
from sync.endpoint.guesses import group_of
from sync.errors import SyncError

log = logging.getLogger("county_hub.audit")
OPERATOR = "county-hub"             # who the audit log names for what is done on the command line
# A device whose credential was taken away asks all day: one line of each name and address in this time.
_AGAIN_MS, _WATCHED = 10 * 60_000, 1000


def note_operator(hub: Hub, what: str, subject: str = "") -> None:
    """What was done stays done where the log cannot be written; that is said in the program's own log."""
    with _audit_of(hub) as audit:
        audit.note(OPERATOR, what, subject)


class DevicesRefused:
    """Wrong credentials of devices that the directory knows; of a name that is no device nothing is kept: people type their
    passwords anywhere. Thread-safe; called on the server's event loop, so it writes in a thread of its own."""

    def __init__(self, hub: Hub, known: Callable[[str], bool]) -> None:
        self._hub, self._known, self._lock = hub, known, threading.Lock()
        self._seen: OrderedDict[tuple[str, str], int] = OrderedDict()

    def __call__(self, name: str, address: str) -> None:
        now, mark = self._hub.clock(), (name[:64], group_of(address))
        with self._lock:
            if now - self._seen.get(mark, -_AGAIN_MS) < _AGAIN_MS:
                return
            self._seen[mark] = now
            self._seen.move_to_end(mark)
            if len(self._seen) > _WATCHED:
                self._seen.popitem(last=False)
        threading.Thread(target=self._note, args=(name, address), name="audit", daemon=True).start()

    def _note(self, name: str, address: str) -> None:
        with contextlib.suppress(SyncError):
            if not self._known(name):
                log.warning("wrong credentials from %s", address)
                return
        log.warning("wrong credentials of %s from %s", name, address)
        with _audit_of(self._hub) as audit:
            audit.note(name, "device_failed", address=address)


@contextlib.contextmanager
def _audit_of(hub: Hub) -> Iterator[Audit]:
    store = AccountStore(hub.home.accounts, hub.clock, hub.file_key)
    try:
        yield Audit(store, hub.settings.audit_days)
    except SyncError as fault:
        log.warning("the audit log lacks a line: %s", fault)
    finally:
        store.close()
