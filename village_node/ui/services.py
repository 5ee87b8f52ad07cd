"""What the app is given: the desk, the sync worker and a clock. `composition` makes the real ones; no Kivy here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from village_node.desk.desk import Desk
from village_node.point.errors import WorkerBusy


class Worker(Protocol):
    """The part of `sync_worker.SyncWorker` that a screen uses."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def sync_now(self) -> None: ...
    def cancel(self) -> None: ...
    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]: ...


@dataclass
class AppServices:
    desk: Desk
    worker: Worker | None           # None: another process synchronises this HOME
    now_ms: Callable[[], int]
    today: Callable[[], str]
    photo_folder: Path
    log_file: Path
    demo: bool = False

    def start_worker(self, changed: Callable[[], None]) -> None:
        if self.worker is None:
            return
        self.worker.subscribe(changed)
        try:
            self.worker.start()
        except WorkerBusy:
            self.worker = self.desk.worker = None      # another process synchronises this HOME; its results show all the same

    def stop_worker(self) -> None:
        if self.worker is not None:
            self.worker.stop()

    def sync_now(self) -> None:
        if self.worker is not None:
            self.worker.sync_now()

    def cancel_sync(self) -> None:
        if self.worker is not None:
            self.worker.cancel()
