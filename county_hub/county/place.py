"""The county as the counter sees it (`shared.disputes.acts.place`): its cases, folds, clock and the hub's own device, which seals
and opens like any other device. Writes nothing."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from county_hub.hub.devices.enrolment import databases_of
from county_hub.hub.problems import HubProblem, UsageProblem
from shared.disputes.acts.refusal import Refusal
from shared.disputes.acts.sealed_acts import Keys
from shared.disputes.case.state import CaseState
from shared.disputes.case.tracks import SealedRef
from shared.disputes.fold.memo import Folds
from shared.disputes.records import aggregates
from shared.disputes.rules.county import county_rules
from shared.disputes.tables.cases import known_as
from shared.ledger.authoring import Act, Author, DeviceIdentity, Prepared
from shared.ledger.days import local_date
from shared.ledger.formats.envelope import Event, subject_range
from shared.ledger.published.directory_heads import Directory, Staff
from shared.ledger.published.refusals import refusals_of

if TYPE_CHECKING:
    from county_hub.hub.hub import Hub
    from sync.replica import LocalReplica


class CountyPlace:
    """One per open hub; keeps nothing but the states last folded. `seat`: the device that the hub holds for an organ, where one
    of its people sits here: what is there is what its office's database holds."""

    def __init__(self, hub: Hub, seat: DeviceIdentity | None = None) -> None:
        self._hub, self._folds, self._seat = hub, Folds(), seat

    @property
    def device(self) -> DeviceIdentity:
        return self._seat or self._hub.own_device

    @property
    def is_organ(self) -> bool:
        return self._seat is not None

    @contextlib.contextmanager
    def replica(self) -> Iterator[LocalReplica]:
        """What this office holds."""
        if self._seat is None:
            yield self._hub.replica
            return
        with self._hub.databases.lease(databases_of(self._seat.office)["office"]) as replica:
            yield replica

    @contextlib.contextmanager
    def author(self) -> Iterator[Author]:
        """Who writes here."""
        with self.replica() as replica:
            yield self._hub.author(self.device, replica)

    @property
    def closed_database(self) -> str:
        return databases_of(self.device.office)["closed"]

    def has(self, case: str) -> bool:
        """Is any of it held here?"""
        first, last = subject_range("case", case)
        with self.replica() as replica:
            return bool(replica.all_docs(startkey=first, endkey=last, limit=1))

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
            found = known_as(db, text, self._hub.directory.organisation().names())
        return [case for case in found if self.has(case)] if self.is_organ else found

    def events(self, aggregate: str, subject: str) -> list[Event]:
        first, last = subject_range(aggregate, subject)
        with self.replica() as replica:
            rows = replica.all_docs(startkey=first, endkey=last, include_docs=True)
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
        with self.author() as author:
            return author.prepare(acts)

    def keys(self, person: Staff | None) -> Keys:
        own = self.device
        return Keys({own.device: own.key}, person.id if person else "", person.roles if person else ())

    def confirmed(self, devices: Mapping[str, str]) -> Mapping[str, str]:
        """All: whoever could publish a false device from here holds this device, too, and needs none."""
        return devices

    def sealed_docs(self, refs: Sequence[SealedRef]) -> dict[str, Mapping[str, Any]]:
        ids, name = sorted({f"sealed:{ref.sha256}" for ref in refs}), self.closed_database
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
        raise (HubProblem if no.sort == "closed" else UsageProblem)(no.sentence, no.fields) from no
