"""What the county's officers write from the command line: any verb of a case, any step of a record, petition, legal-aid matter.

    person -> fold -> filled in -> body checked -> role -> tried: would it have an effect? -> one signed event of the hub's device
Nothing is written that would move nothing. The rules are `shared`'s, the same as on a tablet; it must not know argument parsing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from county_hub.county.officers import officers_of
from county_hub.county.sealed import SealedOffice
from county_hub.hub.hub import Hub
from county_hub.hub.problems import HubProblem, UsageProblem
from shared.disputes.acts import actions
from shared.disputes.acts.sealed_acts import READ, SHARED, Write
from shared.disputes.acts.sealing_rules import around_case, around_record
from shared.disputes.acts.verbs import REGISTER, VERBS, Here, fill, verb_of
from shared.disputes.case.state import CaseState
from shared.disputes.fold.fold import fold_case
from shared.disputes.kinds import registry as bodies
from shared.disputes.records import aggregates, closed_offices
from shared.disputes.records.machine import kind_title
from shared.disputes.rules import authority, policy
from shared.disputes.rules.county import county_rules
from shared.disputes.tables.records import stored
from shared.ledger import codes
from shared.ledger.authoring import Act
from shared.ledger.days import BadDay, is_day, local_date, parse_day
from shared.ledger.formats.envelope import Event, subject_range
from shared.ledger.formats.ids import is_ulid
from shared.ledger.published.directory_heads import Staff
from shared.ledger.published.refusals import refusals_of
from shared.ledger.texts import has, t

_PLACEHOLDER = "000000000000-2026-000-0001-0"      # the author gives the real number


_UNITES = {"case.merged": "into", "case.absorbed": "case"}      # kind -> field that names the other case
SEALED_KINDS = (READ, SHARED)


@dataclass(frozen=True, slots=True)
class CaseAct:
    """A verb on one case, checked and ready to be written with others in one transaction."""

    act: Act
    state: CaseState
    writes: tuple[Write, ...] = ()      # the act itself, and what goes aside sealed


class CountyActs:
    """One per open hub. Raises `HubProblem` and `UsageProblem`, one Chinese sentence each."""

    def __init__(self, hub: Hub) -> None:
        self.hub, self.officers, self.sealed = hub, officers_of(hub), SealedOffice(hub)
        hub.projector.catch_up()

    def today(self) -> str:
        return local_date(self.hub.clock())

    def person(self, staff: str) -> Staff:
        """The active officer of the county."""
        found = self.hub.directory.latest().staff(staff)
        if found is None or found.office != self.hub.county or not found.active:
            raise UsageProblem(t("hub.case.no_staff", value=staff))
        return found

    def date(self, text: str | None) -> str:
        today = self.today()
        try:
            date = parse_day(text) if text else today
        except BadDay as wrong:
            raise UsageProblem(str(wrong)) from None
        if date > today:
            raise UsageProblem(t("acts.future", date=date, today=today))
        return date

    # -- cases --

    def register(self, staff: str, draft: Mapping[str, Any], date: str | None = None) -> CaseState:
        """A case registered at the county's window."""
        person, on = self.person(staff), self.date(date)
        place = draft.get("place")
        filled = {**draft, "place": {"office": self.hub.county, **(place if isinstance(place, Mapping) else {})}}
        role = self._role(REGISTER, person, on)
        event = self.hub.author().write(
            REGISTER, None, _body(REGISTER, filled), actor=staff, role=role, legal_date=on, number=True)
        return self._case(event.subject)

    def case(self, verb: str, case: str, staff: str, draft: Mapping[str, Any], date: str | None = None,
             seal: str = "") -> CaseState:
        """The case as it stands after this act of an officer."""
        made = self.prepare(verb, case, staff, draft, date, seal)
        self.write([made])
        return self._case(_named(made.act))

    def supervise(self, case: str, staff: str, *, level: str, text: str, due: str) -> Event:
        """A letter to the office that holds the case; `due` may be empty. The page and the command line both come here."""
        self.person(staff)
        if level not in codes.table("supervision_level"):
            raise UsageProblem(t("console.case.unknown_level", value=level))
        if not text.strip():
            raise UsageProblem(t("console.case.empty_text"))
        _require_ahead(due, self.today())
        made = self.prepare("supervise", case, staff, {"level": level, "text": text, **({"due": due} if due else {})})
        return self.write([made])[0]

    def write(self, made: Sequence[CaseAct]) -> list[Event]:
        """All of these acts or none, with what goes aside sealed; the sealed bodies are durable before."""
        for one in made:
            self.sealed.store(one.writes)
        asides = [replace(one.act, kind=write.kind, body=write.body, after=None) for one in made for write in one.writes[1:]]
        return self.hub.author().write_many([*(one.act for one in made), *asides])

    def prepare(self, verb: str, case: str, staff: str, draft: Mapping[str, Any], date: str | None = None,
                seal: str = "") -> CaseAct:
        """Everything but the writing. `seal`: a class to seal it under where the rules would not by themselves."""
        known = verb_of(verb)
        if known is None:
            raise UsageProblem(t("acts.no_verb", value=verb))
        kind, person, on = VERBS[known], self.person(staff), self.date(date)
        state = self.state(case)
        role = self._case_role(kind, person, state, on)
        office = self.hub.directory.latest().office(self.hub.county)
        filled = {**draft, **self.sealed.body(kind, state, person)} if kind in SEALED_KINDS else fill(
            kind, self._meant(kind, draft), Here(
                state, self.hub.county, None, staff, str(office.committee or "") if office else "", self.today()))
        body = _body(kind, filled)
        self._require_merge(kind, body, state)
        against = authority.refusal(
            kind, body, level="county", office=self.hub.county, actor=staff, directory=self.hub.directory.latest())
        if against:
            raise HubProblem(t("recordcli.no_effect", kind=case_title(kind), reason=_words(against)))
        closed = closed_offices.refusal(kind, body, self.hub.county, on, self.hub.directory.latest())
        if closed:
            raise HubProblem(closed)
        writes = self.sealed.writes(kind, body, state.id, role, around_case(state), seal)
        act = Act(kind, state.id, writes[0].body, staff, role, state.custody.epoch, on, state.heads or None)
        self._require_case_effect(act, state)
        return CaseAct(act, state, tuple(writes))

    def _meant(self, kind: str, draft: Mapping[str, Any]) -> Mapping[str, Any]:
        """The other case of a merger may be named by its number."""
        field = _UNITES.get(kind)
        other = draft.get(field) if field else None
        return {**draft, str(field): self.officers.case_id(other)} if isinstance(other, str) else draft

    def _require_merge(self, kind: str, body: Mapping[str, Any], state: CaseState) -> None:
        if kind in _UNITES:
            other = self._case(body[_UNITES[kind]])
            gone, stays = (state, other) if kind == "case.merged" else (other, state)
            reason = actions.merging(gone, stays, self.hub.county)
            if reason:
                raise HubProblem(t("recordcli.no_effect", kind=case_title(kind), reason=_words(reason)))

    def state(self, case: str) -> CaseState:
        """The case by ULID or platform number."""
        return self._case(self.officers.case_id(case))

    def _case(self, case: str) -> CaseState:
        return self._fold_case(case)

    def _fold_case(self, case: str, *more: Event) -> CaseState:
        """The case folded from what the county's database holds now, and `more`."""
        first, last = subject_range("case", case)
        rows = self.hub.replica.all_docs(startkey=first, endkey=last, include_docs=True)
        events = [Event.from_doc(row.doc) for row in rows if row.doc is not None]
        if not events:
            raise UsageProblem(t("console.case.missing", id=case))
        with self.hub.projector.reader() as db:
            refused, absent = refusals_of(db, ("case", case))
        ours = county_rules(self.hub.directory.latest())
        return fold_case([*events, *more], refused, self.today(), rules=ours.rules, calendar=ours.calendar, absent=absent)

    def _case_role(self, kind: str, person: Staff, state: CaseState, date: str) -> str:
        directory, reason = self.hub.directory.latest(), "role_not_allowed"
        for role in person.roles:
            if person.may_act(role, date):
                found = actions.refusal(kind, state, self.hub.county, role, directory)
                if not found:
                    return role
                reason = found if reason == "role_not_allowed" else reason
        raise HubProblem(t("recordcli.no_effect", kind=case_title(kind), reason=_words(reason)))

    def _require_case_effect(self, act: Act, state: CaseState) -> None:
        trial = self._trial(act)
        after = self._fold_case(state.id, trial)
        line = next((line for line in after.timeline if line.event == trial.id), None)
        if line is not None and line.effect == "none":
            raise HubProblem(t("recordcli.no_effect", kind=case_title(act.kind), reason=line.note or line.text))

    # -- records, petitions, legal aid --

    def record(self, kind: str, record: str | None, staff: str, draft: Mapping[str, Any],
               date: str | None = None) -> aggregates.State:
        """Open one (`record` None) or take a step on one that is here; the state after it."""
        aggregate = aggregates.aggregate_of_kind(kind)
        if not aggregate:
            raise UsageProblem(t("recordcli.no_kind", value=kind))
        opens = kind == aggregates.opening(aggregate)
        if opens != (record is None):
            raise UsageProblem(t("recordcli.opens" if opens else "recordcli.which", kind=kind_title(kind)))
        person, on = self.person(staff), self.date(date)
        body = _body(kind, self._placed(kind, draft))
        role = self._role(kind, person, on)
        events = [] if record is None else self.events(record, aggregate)
        heads = self.fold(aggregate, events).heads if events else ()
        subject = record or aggregates.NOT_YET
        [write] = self.sealed.writes(kind, body, subject, role, around_record(self.fold(aggregate, events) if events else None))
        act = Act(kind, record, write.body, staff, role, 0, on, heads or None, opens and kind in aggregates.NUMBERED)
        self._require_effect(aggregate, act, events)
        self.sealed.store([write])
        event = self.hub.author().write_many([act])[0]
        return self.fold(aggregate, [*events, event])

    def show(self, record: str) -> aggregates.State:
        events = self.events(record)
        return self.fold(events[0].aggregate, events)

    def events(self, record: str, aggregate: str = "") -> list[Event]:
        """Every event of it. Raises UsageProblem when there is none of this aggregate."""
        self.hub.projector.catch_up()
        with self.hub.projector.reader() as db:
            events = stored(db, record) if is_ulid(record) else []
        if not events or events[0].aggregate not in aggregates.NAMES or aggregate not in ("", events[0].aggregate):
            raise UsageProblem(t("recordcli.unknown", id=record))
        return events

    def fold(self, aggregate: str, events: Sequence[Event]) -> aggregates.State:
        with self.hub.projector.reader() as db:
            refused, absent = refusals_of(db, (aggregate, events[0].subject))
        return aggregates.fold(aggregate, events, county_rules(self.hub.directory.latest()), refused, self.today(), absent=absent)

    def _require_effect(self, aggregate: str, act: Act, events: list[Event]) -> None:
        trial = self._trial(act, _PLACEHOLDER if act.number else "")
        reason = aggregates.why_not(self.fold(aggregate, [*events, trial]), trial.id)
        if reason:
            raise HubProblem(t("recordcli.no_effect", kind=kind_title(act.kind), reason=reason))

    def _placed(self, kind: str, draft: Mapping[str, Any]) -> dict[str, Any]:
        """A place without an office lies here."""
        made = dict(draft)
        if isinstance(made.get("case"), str) and made["case"]:
            made["case"] = self.officers.case_id(made["case"])
        place = made.get("place") or {}
        if "place" in bodies.BODIES[kind, bodies.CURRENT[kind]].model_fields and isinstance(place, Mapping):
            made["place"] = {"office": self.hub.county, **place}
        return made

    # -- both --

    def _role(self, kind: str, person: Staff, date: str) -> str:
        role = next((r for r in person.roles if person.may_act(r, date) and policy.allows(kind, "county", r)), None)
        if role is None:
            serves = any(policy.allows(kind, "county", r) for r in person.roles)
            reason = t("effect.not_serving" if serves else "effect.role_not_allowed", date=date)
            raise HubProblem(t("recordcli.no_effect", kind=case_title(kind), reason=reason))
        return role

    def _trial(self, act: Act, number: str = "") -> Event:
        body = {**act.body, "number": number} if number else act.body
        return aggregates.trial(
            act.kind, _named(act), body, heads=act.after or (), office=self.hub.county, actor=act.actor, role=act.role,
            device=self.hub.own_device.device, directory=self.hub.directory.latest(), legal_date=act.legal_date or self.today(),
            now=self.hub.clock(), custody_epoch=act.custody_epoch)


def _named(act: Act) -> str:
    return act.subject if isinstance(act.subject, str) else aggregates.NOT_YET


def _body(kind: str, draft: Mapping[str, Any]) -> dict[str, Any]:
    """The body to sign. Raises `UsageProblem` naming the field."""
    numbered = kind in aggregates.NUMBERED and not draft.get("number")
    try:
        body = bodies.build(kind, bodies.worded(kind, {**draft, "number": _PLACEHOLDER} if numbered else draft))
    except bodies.InvalidBody as wrong:
        raise UsageProblem(t("recordcli.bad_field", field=_field(wrong.field), reason=wrong.words or wrong.reason)) from None
    if numbered:
        del body["number"]
    return body


def _require_ahead(due: str, today: str) -> None:
    if due and not is_day(due):
        raise UsageProblem(t("console.case.bad_due", value=due[:40]))
    if due and due < today:
        raise UsageProblem(t("console.case.past_due", value=due))


def _field(path: str) -> str:
    words = [t(f"node.field.{part}") if has(f"node.field.{part}") else part for part in path.split(".")]
    return "·".join(words)


def case_title(kind: str) -> str:
    """The Chinese name of an act on a case or of a step of a record."""
    key = f"node.kind.{kind.partition('.')[2]}"
    return t(key) if kind.startswith("case.") and has(key) else kind_title(kind)


def _words(reason: str) -> str:
    return t(f"effect.{reason}") if has(f"effect.{reason}") else reason
