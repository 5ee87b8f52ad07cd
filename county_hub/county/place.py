"""The county as the counter sees it (`shared.disputes.acts.place`): its cases, folds, clock and the hub's own device, which seals
and opens like any other device. Writes nothing."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from county_hub.hub.problems import HubProblem, UsageProblem
from shared.disputes.acts.refusal import Refusal
from shared.disputes.acts.sealed_acts import Keys
from shared.disputes.case.state import CaseState
from shared.disputes.case.tracks import SealedRef
from shared.disputes.fold.memo import Folds
from shared.disputes.records import aggregates
from shared.disputes.rules.county import county_rules
from shared.disputes.tables.cases import known_as
from shared.ledger.authoring import Act, DeviceIdentity, Prepared
from shared.ledger.days import local_date
from shared.ledger.formats.envelope import Event, subject_range
from shared.ledger.published.directory_heads import Directory, Staff
from shared.ledger.published.refusals import refusals_of

if TYPE_CHECKING:
    from county_hub.hub.hub import Hub


class CountyPlace:
    """One per open hub; keeps nothing but the states last folded."""

    def __init__(self, hub: Hub) -> None:
        self._hub, self._folds = hub, Folds()

    @property
    def device(self) -> DeviceIdentity:
        return self._hub.own_device

    @property
    def directory(self) -> Directory:
        return self._hub.directory.latest()

    def today(self) -> str:
        return local_date(self._hub.clock())

    def now(self) -> int:
        return self._hub.clock()

    def random(self, count: int) -> bytes:
        return secrets.token_bytes(count)

    def find(self, text: str) -> list[str]:
        with self._hub.projector.reader() as db:
            return known_as(db, text, self._hub.directory.organisation().names())

    def events(self, aggregate: str, subject: str) -> list[Event]:
        first, last = subject_range(aggregate, subject)
        rows = self._hub.replica.all_docs(startkey=first, endkey=last, include_docs=True)
        return [Event.trusted(row.doc) for row in rows if row.doc is not None]

    def fold_case(self, events: Sequence[Event], *, history: bool = True) -> CaseState:
        refused, absent = self._notices("case", events)
        ours = county_rules(self.directory)
        return self._folds.case(events, refused, self.today(), rules=ours.rules, calendar=ours.calendar,
                                cited=self.directory.cited, absent=absent, history=history)

    def fold_record(self, aggregate: str, events: Sequence[Event]) -> aggregates.State:
        refused, absent = self._notices(aggregate, events)
        return aggregates.fold(aggregate, events, county_rules(self.directory), refused, self.today(), absent=absent)

    def prepare(self, acts: Sequence[Act]) -> Prepared:
        return self._hub.author().prepare(acts)

    def keys(self, person: Staff | None) -> Keys:
        own = self._hub.own_device
        return Keys({own.device: own.key}, person.id if person else "", person.roles if person else ())

    def confirmed(self, devices: Mapping[str, str]) -> Mapping[str, str]:
        """All: whoever could publish a false device from here holds this device, too, and needs none."""
        return devices

    def sealed_docs(self, refs: Sequence[SealedRef]) -> dict[str, Mapping[str, Any]]:
        ids, name = sorted({f"sealed:{ref.sha256}" for ref in refs}), f"office-{self._hub.county}-closed"
        if not ids or not self._hub.databases.exists(name):
            return {}
        with self._hub.databases.lease(name) as replica:
            rows = replica.all_docs(keys=ids, include_docs=True)
        return {row.id.partition(":")[2]: row.doc for row in rows if row.doc is not None}

    def _notices(self, aggregate: str, events: Sequence[Event]) -> tuple[Any, Any]:
        """What the county refused of it, and what is withheld. Other devices' refused events never come here."""
        with self._hub.projector.reader() as db:
            return refusals_of(db, (aggregate, events[0].subject))


@contextlib.contextmanager
def in_words() -> Iterator[None]:
    """The counter's refusal as an error of this program, with its exit code."""
    try:
        yield
    except Refusal as no:
        raise (HubProblem if no.sort == "closed" else UsageProblem)(no.sentence) from no
