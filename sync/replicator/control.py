"""`Control`: pause, resume or cancel a running replication, from any thread and at any moment.

It stands where a `threading.Event` may stand (`cancel=`): whoever waits on a line looks at `is_set` a few times a second, ends
the wait when it is set, and the replicator then asks here whether it is over or only paused. A paused replication has no request
under way, and goes on from its checkpoint. `Interruptions` is what a run knows of it. It moves no documents.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from sync.errors import Cancelled
from sync.peer import CancelFlag, Peer


class Control:
    """For one `Replicator` or one `sync`, both directions of it. `cancel` is final; `pause` and `resume` come in any order."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._paused = self._cancelled = False

    @property
    def paused(self) -> bool:
        return self._paused

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    def pause(self) -> None:
        """Soon nothing moves any more. `run` does not return: it waits for `resume` or `cancel`."""
        self._become(paused=True)

    def resume(self) -> None:
        self._become(paused=False)

    def cancel(self) -> None:
        """`run` raises `Cancelled` soon, `run_continuous` returns."""
        self._become(cancelled=True)

    set = cancel

    def is_set(self) -> bool:
        """Whether whoever waits has to stop waiting now. False again after `resume`."""
        return self._paused or self._cancelled

    def wait(self, timeout: float | None = None) -> bool:
        """Until `is_set`, at most `timeout` seconds; as `Event.wait`."""
        with self._changed:
            return self._changed.wait_for(self.is_set, timeout)

    def hold(self) -> bool:
        """Wait as long as it is paused. False when it was cancelled meanwhile or before."""
        with self._changed:
            self._changed.wait_for(lambda: self._cancelled or not self._paused)
            return not self._cancelled

    def _become(self, *, paused: bool | None = None, cancelled: bool = False) -> None:
        with self._changed:
            self._paused = self._paused if paused is None else paused
            self._cancelled = self._cancelled or cancelled
            self._changed.notify_all()


class Interruptions:
    """How one run looks at its caller's flag, and lets its peers look at it."""

    def __init__(self, flag: CancelFlag | None, peers: Sequence[Peer]) -> None:
        self.flag: CancelFlag = flag or threading.Event()
        self._peers = [peer for peer in peers if hasattr(peer, "set_cancel")]

    def bind(self) -> None:
        for peer in self._peers:
            peer.set_cancel(self.flag)

    def unbind(self) -> None:
        for peer in self._peers:
            peer.set_cancel(None)

    def check(self) -> None:
        """Raises Cancelled."""
        if self.flag.is_set():
            raise Cancelled("cancelled by the caller")

    def pause(self, seconds: float) -> None:
        """Between two attempts. Raises Cancelled."""
        if self.flag.wait(seconds):
            raise Cancelled("cancelled by the caller")

    def hold(self, paused: Callable[[], None]) -> bool:
        """After `Cancelled`: wait as long as it is only paused, having called `paused`. False: it is over."""
        if not isinstance(self.flag, Control):
            return False
        if self.flag.paused and not self.flag.cancelled:
            paused()
        return self.flag.hold()
