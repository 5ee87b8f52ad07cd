"""Where an act is decided: what the counter asks of the program around it. A tablet and the hub each have one.

Nothing is written through it. `events` and the folds give what is here now; a refused or missing event is the program's to know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from shared.disputes.acts.sealed_acts import Keys
from shared.disputes.case.state import CaseState
from shared.disputes.case.tracks import SealedRef
from shared.disputes.records.aggregates import State
from shared.ledger.authoring import Act, DeviceIdentity, Prepared
from shared.ledger.formats.envelope import Event
from shared.ledger.published.directory_heads import Directory, Staff


class Place(Protocol):
    @property
    def device(self) -> DeviceIdentity:
        """Who signs here, and for which office."""
        ...

    @property
    def directory(self) -> Directory:
        """The newest version that is known here."""
        ...

    def today(self) -> str:
        """In China, by the corrected clock."""
        ...

    def now(self) -> int:
        """The corrected time, ms since 1970."""
        ...

    def random(self, count: int) -> bytes: ...

    def find(self, text: str) -> Sequence[str]:
        """Ids of the cases that an id or a number may mean; more than one when it is ambiguous."""
        ...

    def events(self, aggregate: str, subject: str) -> list[Event]:
        """All of one case or record that are here; none when it is not."""
        ...

    def fold_case(self, events: Sequence[Event], *, history: bool = True) -> CaseState: ...

    def fold_record(self, aggregate: str, events: Sequence[Event]) -> State: ...

    def prepare(self, acts: Sequence[Act]) -> Prepared:
        """The events that these acts would be, signed, not written."""
        ...

    def keys(self, person: Staff | None) -> Keys:
        """The keys of this device, in the hands of this person."""
        ...

    def confirmed(self, devices: Mapping[str, str]) -> Mapping[str, str]:
        """Those of {device: public key} that a person here knows: only they are given keys of sealed bodies."""
        ...

    def sealed_docs(self, refs: Sequence[SealedRef]) -> Mapping[str, Mapping[str, object]]:
        """{sha256: document} of those sealed records that are here."""
        ...
