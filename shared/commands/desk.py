"""What the common commands ask of a place of work, whichever it is: the desk of a service point or that of the county.

Each program's desk has these methods (`village_node.desk.desk.Desk`, `county_hub.county.desk.CountyDesk`); nothing derives from
here. Ids are ULIDs or numbers as they are printed, days ISO texts of Asia/Shanghai, drafts and answers values of JSON or data
classes. They raise `shared.disputes.acts.refusal.Refusal` or the program's own error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from shared.disputes.advice.roster import Mediator, Proposal
from shared.disputes.case.chain import Link
from shared.disputes.case.citizen_slip import Slip
from shared.disputes.records.aggregates import State

Draft = Mapping[str, Any]


class Citizens(Protocol):
    """The citizen's code (一案一码)."""

    def slip(self, case: str, /) -> Slip | None:
        """Where it was made; None elsewhere."""
        ...

    def case_of(self, text: str, number: str = "", /) -> str:
        """The id of the case whose code was scanned, or typed beside its number."""
        ...


class Desk(Protocol):
    @property
    def citizens(self) -> Citizens: ...

    def office_name(self, id: str, on: str = "", /) -> str: ...

    # cases

    def register(self, staff: str, draft: Draft, /, *, files: Sequence[Any] = (), legal_date: str | None = None) -> Any: ...

    def act(self, verb: str, staff: str, case: str, draft: Draft, /, *, files: Sequence[Any] = (),
            legal_date: str | None = None, seal: str = "") -> Any: ...

    def chain(self, case: str, /) -> list[Link]: ...

    def propose(self, case: str, /, *, language: str = "") -> Proposal: ...

    def roster(self, office: str = "", /) -> list[Mediator]: ...

    def duplicates(self, case: str = "", /, *, office: str = "") -> list[dict[str, Any]]: ...

    def dismiss_duplicate_of(self, staff: str, case: str, other: str, reason: str, /) -> None: ...

    def merge_cases(self, staff: str, primary: str, other: str, reason: str, /) -> None: ...

    # everything beside cases

    def records(self, aggregate: str = "", /, *, open_only: bool = False, limit: int = 200, offset: int = 0,
                case: str = "") -> list[dict[str, Any]]: ...

    def record(self, record: str, /) -> State: ...

    def opened(self, record: str, staff: str, /) -> dict[str, Any]: ...

    def record_warnings(self) -> list[dict[str, Any]]: ...

    def write_record(self, kind: str, staff: str, record: str | None, draft: Draft, /, *, files: Sequence[Any] = (),
                     legal_date: str | None = None) -> State: ...

    def matter(self, aggregate: str, record: str, /) -> State: ...

    def came_again(self, aggregate: str, record: str, /) -> dict[str, Any]: ...
    def left_out(self, record: str, /) -> str: ...

    def write_matter(self, aggregate: str, kind: str, staff: str, record: str | None, draft: Draft, /, *, case: str = "",
                     files: Sequence[Any] = (), legal_date: str | None = None) -> tuple[State, str]: ...

    # appointments

    def appointments(self, *, open_only: bool = False) -> list[dict[str, Any]]: ...

    def appointment(self, verb: str, staff: str, record: str | None, draft: Draft, /, *,
                    legal_date: str | None = None) -> Any: ...
