"""A folded case -> the views of `village_node.desk.desk.views`, with Chinese labels. Pure: no database, no network, no clock.

`Scene` is what a view depends on beside the case: the directory (names), whose desk it is, the day, the proofs of delivery.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.disputes.acts import supervision
from shared.disputes.acts.counter import Offer
from shared.disputes.acts.refusal import act_title
from shared.disputes.case.case_notice import notices
from shared.disputes.case.checklist import six_haves
from shared.disputes.case.particulars import told
from shared.disputes.case.state import CaseState, Clock, FileRef, TimelineEntry
from shared.disputes.rules.clocks import ClockRules, default_rules
from shared.disputes.tables import alarm, attention
from shared.disputes.tables.rows import first_alarm, late_from, waits_for
from shared.ledger import codes
from shared.ledger.days import between, local_time
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.hidden import shown_in
from shared.ledger.formats.ids import is_office_id
from shared.ledger.published import office_periods as validity
from shared.ledger.published.directory_heads import Directory
from shared.ledger.published.telephones import phone_of
from shared.ledger.texts import t
from village_node.desk import views
from village_node.desk.views import ActionView
from village_node.point.delivery import summarise
from village_node.point.values import Delivery


@dataclass(frozen=True, slots=True)
class Scene:
    directory: Directory
    office: str
    devices: frozenset[str]                                 # ids this HOME has or had
    today: str
    now: int                                                # ms since 1970, by the corrected clock
    delivery: Callable[[Event], Delivery]
    file_delivery: Callable[[FileRef, str], Delivery]        # (file, device that brought it)
    chunks_here: Callable[[FileRef], int]
    rules: ClockRules = dataclasses.field(default_factory=default_rules)

    def office_name(self, office: str, on: str = "") -> str:
        return office_name(self.directory, office, on)

    def staff_name(self, staff: str) -> str:
        found = self.directory.staff(staff)
        return found.name if found else staff


def office_name(directory: Directory, office: str, on: str = "") -> str:
    """The name as shown, of the day `on` ("": today); names repeat within a county, so a village carries its township's
    (DOMAIN.md 5)."""
    return validity.name_on(directory, office, on)


def short_number(directory: Directory, number: str, subject: str) -> str:
    """Printed form of the platform number of a case or matter, `旧地村〔2026〕001-0012-7`; an alien one as it is."""
    return validity.printed_number(directory, number, subject)


def help_desk(directory: Directory) -> str:
    """The telephone number of the county's help desk, as the county published it; "" for none."""
    county = next((office.id for office in directory.offices() if office.level == "county"), "")
    return phone_of(directory, county)


_OFFICE_ID = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")


def actions(offers: Sequence[Offer]) -> tuple[ActionView, ...]:
    """The counter's offers as the app's buttons."""
    return tuple(ActionView(o.verb, o.kind, act_title(o.kind), not o.reason, o.reason) for o in offers)


def days_between(start: str, end: str) -> int:
    return between(start, end)


def deadline_sentence(label: str, left: int, level: str = "", alarm_at: int = 0) -> str:
    """`level` as of `alarm.level`: what rings says since when; a date within a holiday is over only when it is missed."""
    if level == "ring":
        return t("node.deadline.rings", label=label, at=local_time(alarm_at))
    if left < 0 and level == "warn":
        return t("node.deadline.workday", label=label)
    if left < 0:
        return t("node.deadline.over", label=label, days=-left)
    return t("node.deadline.today", label=label) if left == 0 else t("node.deadline.left", label=label, days=left)


def deadline(clock: Clock, state: CaseState, scene: Scene) -> views.DeadlineView:
    label = codes.name("clock", clock.kind)
    left = days_between(scene.today, clock.due_date)
    stopped = clock.stopped is not None
    level = "ok" if stopped else alarm.level(late_from(clock), clock.warn_date, clock.alarm_at, scene.today, scene.now)
    return views.DeadlineView(
        case_id=state.id, number=short_number(scene.directory, state.number, state.id), kind=clock.kind, label=label,
        start_date=clock.start_date, due_date=clock.due_date, warn_date=clock.warn_date, days_left=left,
        level=level,
        sentence=t("node.deadline.stopped", label=label) if stopped else deadline_sentence(label, left, level, clock.alarm_at),
        provisional=clock.provisional, summary=state.summary, stopped=stopped, alarm_at=clock.alarm_at,
    )


def parties(state: CaseState) -> tuple[views.PartyView, ...]:
    return tuple(
        views.PartyView(p.no, p.name, p.role, codes.name("participant_role", p.role), p.phone, dataclasses.asdict(p))
        for p in state.parties
    )


def file(ref: FileRef, scene: Scene, device: str) -> views.FileView:
    return views.FileView(
        sha256=ref.sha256, name=ref.name, type=ref.type, size=ref.size, purpose=ref.purpose,
        purpose_label=t(f"node.purpose.{'voice' if ref.type.startswith('audio/') else ref.purpose}"), party=ref.party,
        thumb=ref.thumbnail(), event_id=ref.event, chunks=len(set(ref.chunks)),
        here=scene.chunks_here(ref), delivery=scene.file_delivery(ref, device),
    )


def timeline(state: CaseState, events: Mapping[str, Event], scene: Scene,
             files: tuple[views.FileView, ...]) -> tuple[views.TimelineEntry, ...]:
    return tuple(_entry(line, events[line.event], scene, files) for line in state.timeline if line.event in events)


def with_names(text: str, scene: Scene, on: str = "") -> str:
    """Office ids in a line of the history as names of its day: a clerk knows no codes."""
    return with_offices(text, scene.directory, on)


def with_offices(text: str, directory: Directory, on: str = "") -> str:
    return _OFFICE_ID.sub(lambda found: office_name(directory, found.group(), on), text)


def _entry(line: TimelineEntry, event: Event, scene: Scene, files: tuple[views.FileView, ...]) -> views.TimelineEntry:
    return views.TimelineEntry(
        id=line.event, kind=line.kind, title=act_title(line.kind),
        text=with_names(line.text or line.note, scene, line.legal_date), office=line.office,
        office_name=scene.office_name(line.office, line.legal_date), actor=line.actor, actor_name=scene.staff_name(line.actor),
        role=line.role, legal_date=line.legal_date, device_time=line.device_time, delivery=scene.delivery(event),
        own=event.device in scene.devices, body=shown_in(event.body), files=tuple(f for f in files if f.event_id == line.event),
        refused=line.refused, newer=line.effect == "unknown",
        no_effect=with_names(line.note or line.text, scene, line.legal_date) if line.effect == "none" else "",
    )


def row(state: CaseState, scene: Scene, deliveries: list[Delivery], files: tuple[views.FileView, ...],
        unread: bool) -> views.CaseRow:
    clock, pending = state.next_clock(), state.custody.pending
    ringing = first_alarm(c for c in state.clocks if c.stopped is None and not c.outside)
    here = {row[1]: row for row in attention.rows(state) if row[2] == scene.office}
    return views.CaseRow(
        id=state.id, number=short_number(scene.directory, state.number, state.id), file_no=state.file_no, state=state.state,
        state_label=codes.name("lifecycle", state.state), category=state.category,
        category_label=codes.name("category", state.category), source=state.source, summary=state.summary,
        place=state.place.text or scene.office_name(state.place.office), parties="、".join(p.name for p in state.parties),
        origin=state.origin, holder=state.holder, holder_name=scene.office_name(state.holder),
        held_here=state.holder == scene.office, pending_kind=pending.kind if pending else "",
        pending_to=pending.to_office if pending else "", pending_to_name=scene.office_name(pending.to_office) if pending else "",
        pending_level=scene.directory.lineage.level_of(pending.to_office) if pending else "",
        own_level=scene.directory.lineage.level_of(scene.office),
        registered_at=state.registered_on, risk=str(state.risk.level), risk_label=codes.name("risk", state.risk.level),
        due_date=clock.due_date if clock else "", due_label=codes.name("clock", clock.kind) if clock else "",
        alarm=alarm.level(late_from(clock) if clock else None, clock.warn_date if clock else "", ringing, scene.today, scene.now),
        incomplete=state.incomplete,
        needs_review=state.needs_review, provisional=state.number_provisional, unread=unread,
        updated_hlc=state.updated_hlc, delivery=summarise(deliveries), files=summarise([f.delivery for f in files]),
        waits_for=waits_for(state), pending_due=attention.answer_due(state) or "", asks_here=min(here, default=""),
        returned_by=scene.office_name(here["returned"][3]) if "returned" in here else "",
        returned_reason=here["returned"][4] if "returned" in here else "",
    )


def banners(state: CaseState) -> tuple[str, ...]:
    made = []
    if state.incomplete:
        made.append(t("node.banner.incomplete", count=state.incomplete))
    if state.number_provisional:
        made.append(t("node.banner.provisional"))
    if state.unknown_kinds:
        made.append(t("node.banner.newer", count=state.unknown_kinds))
    return (*notices(state), *made, *(f.text for f in state.findings if not f.resolved))


def case(state: CaseState, events: Mapping[str, Event], scene: Scene, actions: tuple[views.ActionView, ...],
         unread: bool) -> views.CaseView:
    files = tuple(
        file(ref, scene, events[ref.event].device if ref.event in events else "") for ref in state.files
    )
    lines = timeline(state, events, scene, files)
    return views.CaseView(
        row=row(state, scene, [line.delivery for line in lines], files, unread), description=state.summary,
        parties=parties(state), timeline=lines, actions=actions, files=files,
        deadlines=tuple(deadline(c, state, scene) for c in state.clocks),
        banners=(*banners(state), *supervision.watch(state, scene.today, scene.rules, scene.office_name, scene.now)),
        state=plain(state),
        haves=six_haves(state, lambda id: scene.office_name(id) if is_office_id(id) else scene.staff_name(id)),
        particulars=told(state.particulars), age=supervision.age(state, scene.today),
    )


def plain(value: Any) -> Any:
    """A folded case as JSON values."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, (frozenset, set)):
        return sorted(plain(v) for v in value)
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    return value
