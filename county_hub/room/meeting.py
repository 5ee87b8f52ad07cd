"""What stays of a meeting: that it was agreed, who consented to which words, minutes with signatures. Acts of the officer who
holds it, through the counter like any other.

    online_consultation.submitted -> verified -> scheduled     when the room is made (as far as the record is not there yet)
    online_consultation.started                                for each guest who is let in: his consent; again before recording
    case.session_held, case.record_added (D09)                 at the end, of a meeting about a case: minutes and films go there
    online_consultation.recorded                               at the end: minutes (or where they are), who signed, signatures
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from county_hub.county.acts import CountyActs
from county_hub.hub.hub import Hub
from county_hub.hub.problems import UsageProblem
from county_hub.room import tuning
from county_hub.room.store import Room, Seat
from shared.disputes.acts.verbs import VERBS
from shared.disputes.case.state import CaseState
from shared.disputes.records.machine import RecordState
from shared.ledger.days import local_date, local_time
from shared.ledger.files.prepared import FileDraft, PreparedFile, prepare
from shared.ledger.texts import t
from sync import blobs

VERSION = 1
"""Of the words that a guest consents to (`room.consent.words`). Who changes them raises it: the words stand in each event."""

AGGREGATE = "online_consultation"


@dataclass(frozen=True, slots=True)
class Plan:
    """What the officer says when he makes a room. `source`: the id of a 网上约诊, an appointment or a case, or "" for a call.
    `begins` in ms since 1970; `verified`: how the guests' identity is known."""

    title: str
    source: str
    begins: int
    verified: str
    asker: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Agreed:
    record: str
    case: str
    appointment: str


def source_of(acts: CountyActs, source: str) -> RecordState | CaseState | None:
    """What a room is made from. Raises `UsageProblem`."""
    if not source:
        return None
    if acts.place.events("case", source):
        return acts.state(source)
    found = acts.show(source)
    if not isinstance(found, RecordState) or found.aggregate not in (AGGREGATE, "appointment") or not found.is_open:
        raise UsageProblem(t("room.no_source"))
    if found.state == "in_session":
        raise UsageProblem(t("room.in_session"))
    return found


def agree(acts: CountyActs, staff: str, plan: Plan, join: str, offices: Sequence[str]) -> Agreed:
    """Raises `HubProblem`."""
    found = source_of(acts, plan.source)
    case, appointment = _about(found)
    if isinstance(found, RecordState) and found.aggregate == AGGREGATE:
        record, state = found.id, found.state
    else:
        draft = {"asker": plan.asker, "text": plan.title, "place": {"office": acts.hub.county}, "phone": plan.phone,
                 "channel": "video", **({"case": case} if case else {}), **({"appointment": appointment} if appointment else {})}
        record, state = acts.record(f"{AGGREGATE}.submitted", None, staff, draft).id, "submitted"
    if state == "submitted":
        acts.record(f"{AGGREGATE}.verified", record, staff, {"method": plan.verified, "passed": True})
    acts.record(f"{AGGREGATE}.scheduled", record, staff, {
        "date": local_date(plan.begins), "start": local_time(plan.begins)[11:16], "join": join, "offices": list(offices)})
    return Agreed(record, case, appointment)


def _about(found: RecordState | CaseState | None) -> tuple[str, str]:
    """(case, appointment) that the source names."""
    if isinstance(found, CaseState):
        return found.id, ""
    if found is None:
        return "", ""
    case = str(found.data.get("case") or "")
    return case, found.id if found.aggregate == "appointment" else str(found.data.get("appointment") or "")


def note_consents(acts: CountyActs, room: Room, seats: Sequence[Seat], *, recording: bool) -> None:
    """`party` counts the seats. Raises `HubProblem`."""
    today = acts.today()
    words = t("room.consent.words") + (t("room.consent.recording") if recording else "")
    consents = [{"party": seat.no, "signed_on": today,
                 "text": t("room.consent.event", name=seat.name, words=words, version=seat.version)} for seat in seats]
    if consents:
        acts.record(f"{AGGREGATE}.started", room.record, room.host, {"consents": consents, "recording": recording})


def keep_part(hub: Hub, data: bytes, n: int) -> dict[str, Any]:
    """The manifest of one part of a recording; its bytes are with the county's files when this returns."""
    file = prepare(FileDraft(data=data, name=t("room.part_name", n=n), type="video/webm", purpose="paper"))
    _store(hub, [file])
    return file.manifest


def write_down(acts: CountyActs, room: Room, signed: Sequence[Seat], parts: Sequence[dict[str, Any]], *, rights_told: bool,
               case_written: Callable[[], None]) -> bool:
    """`case_written()` is called once the case has its minutes: what fails later is not written twice. Raises `HubProblem`."""
    files = [prepare(FileDraft(data=seat.signature, name=t("room.signature_name", name=seat.name), type="image/png",
                               purpose="signature", party=None)) for seat in signed if seat.signature]
    _store(acts.hub, files)
    manifests, names = [file.manifest for file in files], [seat.name for seat in signed]
    minutes = room.minutes.strip()
    if room.case_id:
        if not room.recorded:
            _into_case(acts, room, minutes, [*manifests, *parts], names, rights_told=rights_told)
            case_written()
        minutes, manifests, parts = t("room.in_case", number=acts.state(room.case_id).number), [], []
    acts.record(f"{AGGREGATE}.recorded", room.record, room.host, {
        "minutes": minutes[:tuning.MINUTES_LETTERS], "signed_by": names, "files": [*manifests, *parts]})
    return True


def _into_case(acts: CountyActs, room: Room, minutes: str, manifests: Sequence[dict[str, Any]], names: Sequence[str], *,
               rights_told: bool) -> None:
    """A session where one may be held now, and in any case its written record."""
    state, of = acts.state(room.case_id), None
    offered = {offer.verb for offer in acts.offers(room.host, state) if not offer.reason}
    if "hold_session" in offered:
        draft = {"place": t("room.place"), "mediators": [room.host], "rights_told": rights_told, "identities_checked": True}
        of = acts.write([acts.prepare("hold_session", room.case_id, room.host, draft)])[0].id
    draft = {"document": "D09", "of": of, "text": minutes, "files": list(manifests), "place": t("room.place"),
             "present": list(names)}
    assert VERBS["add_record"] == "case.record_added"
    acts.write([acts.prepare("add_record", room.case_id, room.host, draft)])


def _store(hub: Hub, files: Sequence[PreparedFile]) -> None:
    if files:
        with hub.databases.lease(f"office-{hub.county}-files") as replica:
            blobs.store(replica, [doc for file in files for doc in file.docs])
