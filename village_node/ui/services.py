"""What the app is given: the desk, the sync worker and a clock. `composition` makes the real ones; no Kivy here."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from shared.jobs import Jobs
from village_node.desk import store
from village_node.desk.desk import Desk
from village_node.desk.status import JOBS
from village_node.point.drafts import Draft, Drafts
from village_node.point.errors import WorkerBusy
from village_node.view_models.draft_cards import kind_of

LOOK_S = 60
ALARMS = JOBS[1]


class Worker(Protocol):
    """The part of `sync_worker.SyncWorker` that a screen uses."""

    rounds: int

    @property
    def state(self) -> str: ...

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def sync_now(self) -> None: ...
    def cancel(self) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
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
    open_link: Callable[[str], bool] = webbrowser.open      # in the system's browser; False when there is none
    jobs: Jobs = field(default_factory=Jobs)
    drafts: Drafts = field(init=False)

    def __post_init__(self) -> None:
        node = self.desk.node
        self.drafts = Drafts(node.home.drafts_file, key=node.key, clock=node.now)

    def start_jobs(self, changed: Callable[[], None]) -> None:
        """The rounds, and a look every minute: deadlines and "last sync" words move with the clock, not only with events."""
        self.jobs.every(ALARMS, LOOK_S, changed)
        if self.worker is not None:
            self.worker.subscribe(changed)
        self.start_worker()

    def start_worker(self) -> None:
        """The rounds begin; a second call changes nothing."""
        self.jobs.start()
        if self.worker is None:
            return
        try:
            self.worker.start()
        except WorkerBusy:
            self.worker = self.desk.worker = None      # another process synchronises this HOME; its results show all the same

    def stop_jobs(self) -> None:
        if self.worker is not None:
            self.worker.stop()
        self.jobs.stop()

    def chain_seq(self) -> int:
        """How many records this device has written."""
        node = self.desk.node
        return node.chain_seq(node.config.device) or 0

    def unfinished(self, staff: str) -> list[Draft]:
        """A person's forms that were never saved, the newest first. One that became a record just before the program ended is
        finished now."""
        found = []
        for draft in self.drafts.listed(staff):
            if draft.after_seq is not None and self._became_a_record(draft, draft.after_seq):
                self.drafts.finish(draft.key)
            else:
                found.append(draft)
        return found

    def _became_a_record(self, draft: Draft, seq: int) -> bool:
        return store.written_since(self.desk.node, seq, kind_of(draft.key), draft.key.staff, draft.key.case)

    def pause_or_go_on(self) -> None:
        """Stop sending until somebody says otherwise, or go on."""
        if self.worker is not None:
            (self.worker.resume if self.worker.state == "paused" else self.worker.pause)()

    def rounds(self) -> int:
        """How many rounds have ended since the app began."""
        return self.worker.rounds if self.worker is not None else 0

    def sync_now(self) -> None:
        if self.worker is not None:
            self.worker.sync_now()
