"""The use cases of a service point: the same behind the app and the command line.

Every write is validated, checked against policy and custody, and durable before the method returns; it returns the case as it then
stands. Nothing here waits for a network. Errors are `village_node.errors`: one Chinese sentence each.
Must not know: Kivy, argparse, HTTP.

    desk = Desk.open(home_path)                    # one per process and thread-safe; or composition.open_desk(home_path, ...)
    view = desk.register(staff_id, {...draft...}, files=[FileDraft(path="ditch.jpg", purpose="photo")])
    desk.escalate(staff_id, view.id, {"reason": "..."})
    desk.alarms()                                  # deadlines, evaluated here, without network
    desk.status()                                  # the banner
    desk.subscribe(callback)                       # callback() from any thread after something changed; the app marshals
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from village_node.views import (
    ActionView,
    CaseRow,
    CaseView,
    DeadlineView,
    FileView,
    NodeStatus,
    OfficeView,
    StaffView,
)

Draft = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FileDraft:
    """A file to attach: a path, or bytes with a name. `purpose`: photo | signature | paper; `party`: index of the party or None."""

    path: str | Path | None = None
    data: bytes | None = None
    name: str = ""
    type: str = ""               # MIME; guessed from the name when empty
    purpose: str = "photo"
    party: int | None = None


class Desk:
    """All use cases of one HOME."""

    @classmethod
    def open(cls, home: str | Path, *, key: bytes | None = None) -> Desk:
        """Open an enrolled HOME. Raises NotEnrolled, StorageTrouble (wrong key, corrupt, disk full)."""
        raise NotImplementedError

    def close(self) -> None: ...

    # ---- who and where
    def office(self) -> OfficeView: raise NotImplementedError
    def offices(self, *, level: str | None = None) -> list[OfficeView]: raise NotImplementedError
    def staff(self) -> list[StaffView]: raise NotImplementedError          # active people of this office
    def set_pin(self, staff_id: str, pin: str) -> None: ...                # 4-8 digits; the verifier never leaves the device
    def check_pin(self, staff_id: str, pin: str) -> bool: raise NotImplementedError   # waits longer after each wrong try
    def codes(self, table: str) -> list[tuple[str, str]]: raise NotImplementedError   # [(code, Chinese name)] for pickers

    # ---- reads
    def list_cases(self, *, state: str | None = None, held_here: bool | None = None, open_only: bool = False,
                   delivery: str | None = None, alarm: str | None = None, text: str = "",
                   limit: int = 200, offset: int = 0) -> list[CaseRow]: raise NotImplementedError
    def case(self, case: str, *, staff_id: str | None = None) -> CaseView: raise NotImplementedError   # id or number
    def search(self, text: str, *, limit: int = 50) -> list[CaseRow]: raise NotImplementedError
    def alarms(self, today: str | None = None) -> list[DeadlineView]: raise NotImplementedError        # warn and overdue first
    def files(self, case: str) -> list[FileView]: raise NotImplementedError
    def file_bytes(self, sha256: str) -> bytes: raise NotImplementedError  # reassembled, hash checked; NotHere if incomplete
    def actions(self, case: str, *, staff_id: str) -> list[ActionView]: raise NotImplementedError
    def status(self) -> NodeStatus: raise NotImplementedError
    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]: raise NotImplementedError  # returns unsubscribe

    # ---- writes: body fields are those of shared.bodies for the kind; `legal_date` None = today
    def register(self, staff_id: str, draft: Draft, *, files: Sequence[FileDraft] = (),
                 legal_date: str | None = None) -> CaseView: raise NotImplementedError

    def act(self, verb: str, staff_id: str, case: str, draft: Draft | None = None, *,
            files: Sequence[FileDraft] = (), legal_date: str | None = None) -> CaseView:
        """Any verb of `VERBS` on an existing case; each also exists as a method of its own name with the same arguments after verb:
        desk.escalate(staff_id, case, {...}), desk.add_note(...), desk.hold_session(...), ..."""
        raise NotImplementedError
