"""What the county's officers do and see: the use cases behind the console and `county-hub case|status`.

Reads come from the read model and, for one case, from the events themselves; what an officer writes of a case is
`county_hub.county.acts`. It must not know HTTP, HTML or argument parsing.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from county_hub.county import refused
from county_hub.county.folded import FoldedCases
from county_hub.county.queries import events_by_office
from county_hub.hub.hosted import is_own
from county_hub.hub.hub import Hub, router_of
from county_hub.hub.ingress import QUARANTINE
from county_hub.hub.problems import HubProblem, UsageProblem
from county_hub.hub.routed.held import HeldRow, held
from shared.disputes.acts import supervision
from shared.disputes.case.state import CaseState, FileRef
from shared.disputes.rules.county import RulesBook, county_rules
from shared.disputes.tables.cases import Moment, known_as
from shared.ledger.days import local_date
from shared.ledger.errors import Refused
from shared.ledger.formats.envelope import subject_range
from shared.ledger.formats.ids import is_office_id, is_ulid, parse_number
from shared.ledger.published.office_periods import given_on
from shared.ledger.published.offices import Organisation
from shared.ledger.published.refusals import refusals_of
from shared.ledger.texts import t
from sync.errors import NotFound

_OFFICE_IN_TEXT = re.compile(r"[县镇村]（([0-9]{12})）")


@dataclass(frozen=True, slots=True)
class DeviceState:
    device: str
    slot: str
    status: str
    role: str
    last_at: int
    forked: tuple[int, ...] = ()      # numbers that it has given twice


@dataclass(frozen=True, slots=True)
class OfficeState:
    """One office as the console shows it. `silent`: it has an active device and none was heard of for `silent_days`."""

    office: str
    name: str
    depth: int                  # 0 county, 1 township, 2 village
    devices: tuple[DeviceState, ...]
    staff: int
    events: int
    last_at: int                # newest contact of any of its devices, ms; 0 = never
    silent: bool


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    event: str                  # the name under which it lies in quarantine
    doc_id: str
    kind: str
    office: str
    device: str
    reason: str
    at: int
    released: bool


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A file of a case. `here`: all its chunks have arrived. `thumb` is a data URL or empty."""

    ref: FileRef
    here: bool
    thumb: str


class Officers:
    """`fold(docs, refused, absent, today)` is `shared.disputes.fold.fold`'s, `release(name, by)`
    the router's."""

    def __init__(self, hub: Hub, fold: Callable[..., CaseState], decide: Callable[[str, str, str], None]) -> None:
        self._hub, self._fold, self._decide = hub, fold, decide

    # -- surroundings --

    def now(self) -> int:
        return int(self._hub.clock())

    def today(self) -> str:
        return local_date(self.now())

    def moment(self) -> Moment:
        return Moment(self.today(), self.now())

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        with self._hub.projector.reader() as db:
            yield db

    def lag(self) -> int:
        return int(self._hub.projector.lag())

    def demo(self) -> bool:
        setting = self._hub.directory.latest().setting("demo")
        return bool(self._hub.settings.demo or (setting and setting.get("on")))

    def small_cell(self) -> dict[str, Any]:
        """The county's own suppression threshold and its source, as `report.build` takes them."""
        settings = self._hub.settings
        return {"small": settings.small_cell or None, "small_source": settings.small_cell_source}

    def organisation(self) -> Organisation:
        return self._hub.directory.organisation()

    def county(self) -> str:
        """The id of the county's own office."""
        return self._hub.county

    def county_name(self) -> str:
        return self.organisation().short_name(self._hub.county)

    def office_name(self, office: str, on: str = "") -> str:
        """With its parent, as it was called on a day ("": today)."""
        return self.organisation().display_name(office, on) if office else ""

    def with_lower(self, office: str) -> tuple[str, ...]:
        """The office and all below it; for the county everything."""
        organisation, found, ahead = self.organisation(), [], [office]
        while ahead:
            found.append(ahead.pop())
            ahead += organisation.children(found[-1])
        return tuple(found)

    def named(self, text: str, on: str = "") -> str:
        """A timeline text with office ids in brackets replaced by names of that day."""
        return _OFFICE_IN_TEXT.sub(lambda found: self.office_name(found.group(1), on), text)

    def staff_name(self, staff: str) -> str:
        found = self._hub.directory.latest().staff(staff)
        return found.name if found is not None else staff

    def visiting(self, staff: str, office: str) -> str:
        """The person's own office where it is not the one whose device signed; else ""."""
        found = self._hub.directory.latest().staff(staff)
        return found.office if found is not None and found.office != office else ""

    def who(self, id: str) -> str:
        """The name of a person or an office by its id; what is neither stays as it is."""
        return self.office_name(id) if is_office_id(id) else self.staff_name(id)

    def directory_version(self) -> tuple[str, int]:
        return self._hub.directory.latest().place

    @staticmethod
    def short_number(organisation: Organisation, number: str, case: str) -> str:
        """旧地村〔2026〕001-0012-7, with the name of the day on which it was given; a text that is no number stays as it is."""
        try:
            parsed = parse_number(number)
        except Refused:
            return number or ""
        return parsed.short(organisation.short_name(parsed.office, given_on(case)))

    # -- signing in --

    def colleagues(self) -> list[tuple[str, str]]:
        """(id, name) of all active officers of the county; who writes for citizens (role `party` alone) is none."""
        return [(one.id, one.name) for one in self._hub.directory.latest().staff_of(self._hub.county)
                if one.active and set(one.roles) != {"party"}]

    def roles_of(self, staff: str) -> frozenset[str]:
        """Roles of an active officer of the county; empty for anybody else."""
        found = self._county_person(staff) if staff else None
        return frozenset(found.roles) if found is not None else frozenset()

    def person(self, staff: str) -> Any:
        """The active officer of the county. Raises `UsageProblem`."""
        found = self._county_person(staff)
        if found is None:
            raise UsageProblem(t("hub.case.no_staff", value=staff))
        return found

    def _county_person(self, staff: str) -> Any:
        found = self._hub.directory.latest().staff(staff)
        return found if found is not None and found.active and found.office == self._hub.county else None

    # -- one case --

    def case_id(self, text: str) -> str:
        """The ulid of a case given by ulid or platform number, in machine form or as it is printed. Raises `UsageProblem`."""
        if is_ulid(text):
            return text
        with self.read() as db:
            found = known_as(db, text, self.organisation().names())
        if len(found) != 1:
            raise UsageProblem(t("counter.no_case", case=text))
        return found[0]

    def case(self, case_id: str) -> CaseState | None:
        """The case folded from what the county's database holds now; None when nothing of it is there."""
        if not is_ulid(case_id):
            return None
        docs = self._docs(case_id)
        if not docs:
            return None
        with self.read() as db:
            # Devices of the county's own office write here before the judge has seen it; others' refused events never come.
            refused, absent = refusals_of(db, ("case", case_id))
        return self._fold(docs, refused, absent, self.today())

    def watch(self, state: CaseState) -> tuple[str, ...]:
        """What an officer must see of the case's supervision: total age, open cards, what climbed."""
        rules = county_rules(self._hub.directory.latest()).rules
        age = supervision.age(state, self.today())
        return (*([age] if age else []), *supervision.watch(state, self.today(), rules, self.office_name, self.now()))

    def _docs(self, case_id: str) -> list[dict[str, Any]]:
        first, last = subject_range("case", case_id)
        rows = self._hub.replica.all_docs(startkey=first, endkey=last, include_docs=True)
        return [row.doc for row in rows if row.doc is not None]

    # -- files --

    def files_of(self, state: CaseState) -> list[CaseFile]:
        with self._hub.databases.lease(f"office-{self._hub.county}-files") as replica:
            keys = [f"chunk:{digest}" for ref in state.files for digest in ref.chunks]
            here = {row.id for row in replica.all_docs(keys=keys) if row.rev is not None} if keys else set()
        return [
            CaseFile(ref, all(f"chunk:{digest}" in here for digest in ref.chunks), _thumb(ref))
            for ref in state.files
        ]

    def file(self, case_id: str, sha256: str) -> tuple[str, str, bytes] | None:
        """(media type, name, bytes) of a file that an accepted event of the case names, if it is whole; else None."""
        state = self.case(case_id)
        ref = next((ref for ref in state.files if ref.sha256 == sha256), None) if state is not None else None
        if ref is None:
            return None
        with self._hub.databases.lease(f"office-{self._hub.county}-files") as replica:
            rows = replica.all_docs(keys=[f"chunk:{digest}" for digest in ref.chunks], include_docs=True)
        chunks = [row.doc["data"] for row in rows if row.doc is not None]
        if len(chunks) < len(rows):
            return None
        data = b"".join(map(base64.b64decode, chunks))
        if hashlib.sha256(data).hexdigest() != sha256:
            return None
        return ref.type, ref.name, data

    # -- offices --

    def office_states(self) -> list[OfficeState]:
        """Every office in order of its place in the county: a township, then its villages."""
        latest = self._hub.directory.latest()
        contacts, silent_after = self._hub.registry.contacts(), self._hub.settings.silent_days * 86_400_000
        with self.read() as db:
            events = events_by_office(db)
        staff: dict[str, int] = {}
        for person in latest.all_staff():
            staff[person.office] = staff.get(person.office, 0) + person.active
        devices: dict[str, list[DeviceState]] = {}
        forks: dict[str, tuple[int, ...]] = {}
        for fork in self._hub.forks():
            forks[fork.device] = (*forks.get(fork.device, ()), fork.seq)
        for found in latest.devices():
            contact = contacts.get(found.id)
            devices.setdefault(found.office, []).append(
                DeviceState(found.id, f"{found.slot:03d}", found.status, found.role, contact.last_at if contact else 0,
                            forks.get(found.id, ()))
            )
        depth = {"county": 0, "township": 1}
        result = []
        for office in latest.offices():
            own = tuple(d for d in devices.get(office.id, ()) if not is_own(self._hub, d.device))
            last_at = max((device.last_at for device in own), default=0)
            active = any(device.status == "active" for device in own)
            result.append(OfficeState(
                office.id, office.name, depth.get(office.level, 2), own, staff.get(office.id, 0), events.get(office.id, 0),
                last_at, active and self.now() - last_at > silent_after,
            ))
        return result

    # -- quarantine --

    def quarantine(self, skip: int, limit: int) -> list[QuarantineRow]:
        """Some of what was refused, newest first."""
        with self._hub.databases.lease(QUARANTINE) as replica:
            docs = refused.newest(replica, skip, limit)
            released = refused.released(replica, [doc["_id"] for doc in docs])
        return [_quarantine_row(doc, released) for doc in docs]

    def released(self, name: str) -> bool:
        """Has a person let this refused record in after all?"""
        with self._hub.databases.lease(QUARANTINE) as replica:
            return name in refused.released(replica, [name])

    def held(self) -> list[HeldRow]:
        """Records not let in yet because the judge lacks something, oldest first."""
        return held(self._hub.home)

    def refused_of_devices(self) -> Counter[str]:
        """How many refused records of each device no person has let in."""
        with self._hub.databases.lease(QUARANTINE) as replica:
            return refused.by_device(replica)

    def quarantined(self) -> int:
        """How many refused records there are altogether."""
        with self._hub.databases.lease(QUARANTINE) as replica:
            return refused.total(replica)

    def quarantine_waiting(self) -> int:
        """How many refused records no person has decided about. Every page says it."""
        with self._hub.databases.lease(QUARANTINE) as replica:
            return refused.waiting(replica)

    def release(self, name: str, *, staff: str, reason: str) -> None:
        """Let a refused or held record in after all. Raises `HubProblem`."""
        self._decided("release", name, staff, reason)

    def refuse(self, name: str, *, staff: str, reason: str) -> None:
        """Refuse a held record. Raises `HubProblem`."""
        self._decided("refuse", name, staff, reason)

    def _decided(self, word: str, name: str, staff: str, reason: str) -> None:
        if self._county_person(staff) is None:
            raise UsageProblem(t("hub.case.no_staff", value=staff))
        if not reason:
            raise UsageProblem(t(f"console.quarantine.{word}_empty"))
        try:
            self._decide(word, name, f"{staff}: {reason[:200]}")
        except NotFound:
            raise HubProblem(t("console.quarantine.gone")) from None


def officers_of(hub: Hub) -> Officers:
    """The officers' use cases over an open hub."""

    def decide(word: str, name: str, by: str) -> None:
        with contextlib.closing(router_of(hub)) as router:
            (router.release if word == "release" else router.refuse)(name, by)

    return Officers(hub, FoldedCases(RulesBook(hub.directory.latest)).fold, decide)


def _thumb(ref: FileRef) -> str:
    """A data URL of the inline thumbnail, its type told by its first bytes; empty for anything else."""
    thumb = ref.thumb if ref.thumbnail() is not None else None
    if not thumb:
        return ""
    kinds = {"/9j/": "jpeg", "iVBOR": "png", "UklGR": "webp"}
    kind = next((kind for start, kind in kinds.items() if thumb.startswith(start)), None)
    return f"data:image/{kind};base64,{thumb}" if kind else ""


def _quarantine_row(doc: dict[str, Any], released: set[str]) -> QuarantineRow:
    inner = refused.record(doc)
    return QuarantineRow(
        event=doc["_id"], doc_id=str(doc.get("doc_id", "")), kind=str(inner.get("kind", "")),
        office=str(inner.get("office") or _office_of(str(doc.get("source", "")))), device=str(inner.get("device", "")),
        reason=str(doc.get("reason", "")), at=refused.received_at(doc),
        released=doc["_id"] in released,
    )


def _office_of(database: str) -> str:
    parts = database.split("-")
    return parts[1] if len(parts) > 1 and parts[0] == "office" else database


__all__ = ["CaseFile", "DeviceState", "OfficeState", "Officers", "QuarantineRow"]
