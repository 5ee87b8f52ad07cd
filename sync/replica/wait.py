"""Waiting for the changes feed to move: woken by commits of this process, polling for those of others."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Condition

from sync import tuning
from sync.peer import CancelFlag


class Waiter:
    """One per replica. Knows no storage: `read_seq` is handed in."""

    def __init__(self, read_seq: Callable[[], int]) -> None:
        self._read_seq = read_seq
        self._condition = Condition()
        self._callbacks: dict[object, Callable[[], None]] = {}

    def wait(self, since: int, timeout_s: float, cancel: CancelFlag | None) -> bool:
        """True when the seq has passed `since`; False after `timeout_s`, or when `cancel` was set."""
        deadline = time.monotonic() + timeout_s
        with self._condition:
            while True:
                if cancel is not None and cancel.is_set():
                    return False
                if self._read_seq() > since:
                    return True
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._condition.wait(min(left, tuning.POLL_OTHER_PROCESSES_S))

    def notify(self) -> None:
        """After a commit of this process, outside of its lock."""
        with self._condition:
            self._condition.notify_all()
            callbacks = list(self._callbacks.values())
        for callback in callbacks:
            callback()

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        token = object()
        with self._condition:
            self._callbacks[token] = callback

        def unsubscribe() -> None:
            with self._condition:
                self._callbacks.pop(token, None)

        return unsubscribe
