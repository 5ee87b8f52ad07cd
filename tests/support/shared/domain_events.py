"""Builders of signed events for tests of the domain: real keys, real envelope, a fake clock.

    world = World()
    e = world.register("150822100203")               # each call writes one event, signed by that office's device
    world.event(e.subject, "case.triaged", {...})    # after everything seen; `after=` to write unseen of the rest
    world.state(e.subject)                           # folded
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from shared.disputes.acts.actions import refusal
from shared.disputes.case.state import CaseState
from shared.disputes.fold.fold import fold_case
from shared.disputes.kinds import policy
from shared.disputes.kinds import registry as bodies
from shared.ledger.formats import hlc
from shared.ledger.formats.envelope import Draft, Event, seal
from shared.ledger.formats.keys import DeviceKey
from tests.support.shared.founding import founded

VILLAGE, NEIGHBOUR, TOWN, OTHER_TOWN, COUNTY = (
    "150822100203", "150822100201", "150822100000", "150822101000", "150822000000",
)
START = "2026-03-02"        # a Monday
_SHANGHAI = dt.timezone(dt.timedelta(hours=8))


def ms_of(date: str, hour: int = 9) -> int:
    day = dt.date.fromisoformat(date)
    return int(dt.datetime(day.year, day.month, day.day, hour, tzinfo=_SHANGHAI).timestamp() * 1000)


def _bytes(seed: str, count: int) -> bytes:
    return hashlib.sha512(seed.encode()).digest()[:count]


class World:
    """Offices with one device each, and every event they wrote."""

    def __init__(self) -> None:
        self.keys: dict[str, DeviceKey] = {}
        self.heads: dict[str, tuple[int, str | None]] = {}
        self.last_hlc: dict[str, str] = {}
        self.events: dict[str, list[Event]] = {}
        self.cases = 0

    def key(self, device: str) -> DeviceKey:
        if device not in self.keys:
            self.keys[device] = DeviceKey.generate(lambda n: _bytes(device, n))
        return self.keys[device]

    def event(
        self, case: str | None, kind: str, body: Mapping[str, Any] | None = None, *, office: str = VILLAGE,
        actor: str = "", role: str = "mediator", date: str = START, after: Iterable[Event] | None = None,
        at: str | None = None, hour: int = 9, epoch: int = 0, device: str = "", schema: int | None = None,
        ahead_ms: int = 0, offset_ms: int = 0,
    ) -> Event:
        """One signed event; `case=None` founds one. `date` is the legal date, `at` the day on the device's clock (default: the
        same), which is `ahead_ms` ahead of the truth and by its last measure corrected by `offset_ms`."""
        device = device or f"d{office}"
        seq, prev = self.heads.get(device, (0, None))
        known = self.events.setdefault(case, []) if case else []
        cited = tuple(sorted(e.id for e in after)) if after is not None else self._heads_of(known)
        times = [e.hlc for e in known if e.id in cited]
        clock = ms_of(at or date, hour) + ahead_ms
        stamp = hlc.next_hlc(self.last_hlc.get(device), clock + offset_ms, times)
        written = bodies.build(kind, body or {}) if schema is None else dict(body or {})
        draft = Draft(
            kind=kind, subject=case or "", body=written, office=office, actor=actor or f"s{office}", role=role,
            device=device, device_seq=seq + 1, prev=prev, after=cited, directory=("e1", 1, "1" * 64), hlc=stamp,
            device_time=clock, clock_offset_ms=offset_ms, legal_date=date, app="shuoshi/0.1.0",
            custody_epoch=epoch, schema=schema or bodies.schema_of(kind, written),
        )
        _, event = seal(draft if case else founded(draft), self.key(device))
        self.heads[device] = (seq + 1, event.h)
        self.last_hlc[device] = stamp
        self.cases += not case
        self.events.setdefault(event.subject, []).append(event)
        return event

    @staticmethod
    def _heads_of(events: list[Event]) -> tuple[str, ...]:
        cited = {c for e in events for c in e.after}
        return tuple(sorted(e.id for e in events if e.id not in cited))

    def state(self, case: str, today: str | None = None, **options: Any) -> CaseState:
        return fold_case(self.events[case], options.pop("refused", {}), today, **options)

    # --- common stories ---------------------------------------------------------------------------------------

    def register(self, office: str = VILLAGE, *, date: str = START, role: str = "mediator", **fields: Any) -> Event:
        body = {
            "number": f"{office}-2026-001-{self.cases + 1:04d}-0", "place": {"office": office, "text": "DEMO 渠边"},
            "parties": [{"name": "演示甲", "phone": "13800000001", "role": "applicant"},
                        {"name": "演示乙", "phone": "13800000002", "role": "respondent"}],
            "summary": "DEMO 排水渠争议", "category": "DC02", "risk": 2, **fields,
        }
        return self.event(None, "case.registered", body, office=office, date=date, role=role)

    def accept(self, case: str, *, office: str = VILLAGE, date: str = START, **fields: Any) -> Event:
        return self.event(case, "case.accepted", {
            "committee": "DEMO 人民调解委员会", "mediators": ["m1"], "rights_told": True, "parties_willing": True,
            "file_no": "（2026）演示人调字第1号", **fields}, office=office, date=date)

    def session(self, case: str, *, office: str = VILLAGE, date: str = START) -> Event:
        return self.event(case, "case.session_held", {
            "place": "说事室", "mediators": ["m1"], "rights_told": True}, office=office, date=date)

    def mediating(self, *, office: str = VILLAGE, date: str = START, **fields: Any) -> Event:
        """A case in mediation; returns its last event."""
        first = self.register(office, date=date, **fields)
        self.event(first.subject, "case.triaged", {
            "category": fields.get("category", "DC02"), "difficulty": "simple", "risk": 2,
            "subcategory": fields.get("subcategory", "")}, office=office, date=date)
        self.accept(first.subject, office=office, date=date)
        return self.session(first.subject, office=office, date=date)

    def agree(self, case: str, *, office: str = VILLAGE, date: str = START, form: str = "written",
              signed: str | None = None, **options: Any) -> Event:
        """An agreement signed by both parties and the mediator (on `signed`, default the same day)."""
        day = signed or date
        fields = options.pop("fields", {})
        return self.event(case, "case.agreement_reached", {
            "form": form, "facts": "DEMO", "items": [
                {"who": 1, "to": 0, "what": "清理水渠", "amount_fen": 50000, "due_date": "2026-04-10"}],
            "signatures": [
                {"signer": "party", "party": 0, "name": "演示甲", "signed_on": day},
                {"signer": "party", "party": 1, "name": "演示乙", "signed_on": day},
                {"signer": "mediator", "name": "演示调解员", "signed_on": day}], **fields},
            office=office, date=date, **options)

    def seal(self, case: str, agreement: Event, *, date: str = START, office: str = VILLAGE, **options: Any) -> Event:
        return self.event(case, "case.sealed", {
            "of": agreement.id, "sealed_on": date, "committee": "DEMO 人民调解委员会"},
            office=office, date=date, role="seal_keeper", **options)


def open_kinds(case: CaseState, office: str, role: str) -> list[str]:
    """Kinds of events that this role at this office may write now with effect."""
    return [kind for kind in policy.TABLE if kind != "case.registered" and not refusal(kind, case, office, role)]
