"""The counter: may this person do this now, and what is signed then? A tablet's desk and command line, the county's console and
its command line all ask here, so an act is refused for the same reason in the same words wherever it is tried.

    verb and person known -> day -> the case is here -> open to a role of theirs now? -> filled in -> body fits its kind
    -> the other case of a merger -> what the act must say, who in person -> closed offices -> sealed? -> does it move anything?
The first that forbids it is the answer, a `Refusal`. The last question is answered by folding the case with the act added, so
the counter and the fold can never disagree: with the very event that will be written, so the state after it is folded once, for
the counter and for who looks next. Nothing is written: `Decided` is what the program writes, all of it or nothing.
Must not know: databases, files, what a program is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from shared.disputes.acts import citizen_codes, drafts, identities, mediating, said, sealed_acts, sealing_rules
from shared.disputes.acts.actions import merging, refusal
from shared.disputes.acts.decided import Decided
from shared.disputes.acts.place import Place
from shared.disputes.acts.refusal import Refusal, act_title, closed, words
from shared.disputes.acts.sealed_acts import READ, SHARED, Write
from shared.disputes.acts.verbs import KINDS, REGISTER, VERBS, Here, fill, verb_of
from shared.disputes.case.state import CaseState
from shared.disputes.case.unread import unread
from shared.disputes.kinds import policy
from shared.disputes.kinds import registry as bodies
from shared.disputes.records import aggregates, offers
from shared.disputes.records import verbs as matter_verbs
from shared.disputes.rules import authority
from shared.ledger.authoring import Act, NewSubject, Prepared
from shared.ledger.days import BadDay, parse_day
from shared.ledger.errors import Refused as BadSeal
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.ids import is_ulid
from shared.ledger.published.directory_heads import Directory, Staff
from shared.ledger.texts import has, t

Draft = Mapping[str, Any]
Attach = Callable[[Draft], Draft]       # puts the manifests of files into a draft, after the act itself was found open
# kind -> field that names the other case
UNITES = {"case.merged": "into", "case.absorbed": "case"}
CORRECTED = "case.party_corrected"


@dataclass(frozen=True, slots=True)
class Offer:
    """One button: what this person may do with a case, or in words why not now."""

    verb: str
    kind: str
    reason: str


def _as_it_is(draft: Draft) -> Draft:
    return draft


class Counter:
    def __init__(self, place: Place) -> None:
        self._place = place

    # ---- who, when, which

    def person(self, staff: str) -> Staff:
        """The active person who may use this device: of its office, or let by their own. The judge asks the same."""
        directory = self._place.directory
        found = directory.staff(staff)
        if found is None:
            raise Refusal("usage", "no_person", t("counter.no_person", staff=staff))
        if found.office != self._office and not directory.may_use(self._place.device.device, staff):
            raise Refusal("usage", "actor_office", t("judge.actor_office.text", actor=found.name))
        if not found.active:
            raise Refusal("usage", "inactive", t("counter.inactive", staff=staff, name=found.name))
        return found

    def date(self, text: str | None) -> str:
        """The day on paper, today if none is given."""
        today = self._place.today()
        try:
            parse_day(today if text is None else text)
        except BadDay as wrong:
            raise _wrong_date("bad_day", str(wrong)) from None
        if text is not None and text > today:
            raise _wrong_date("future", t("counter.future", date=text, today=today))
        return text or today

    def case_id(self, text: str) -> str:
        """By ulid or number; a ulid need not be here."""
        text = text.strip()
        found = [text] if is_ulid(text) else list(self._place.find(text))
        if not found:
            raise Refusal("absent", "no_case", t("counter.no_case", case=text))
        if len(found) > 1:
            raise Refusal("usage", "ambiguous", t("counter.ambiguous", case=text))
        return found[0]

    def state(self, case: str) -> CaseState:
        return self._place.fold_case(self._events(self.case_id(case)))

    def offers(self, person: Staff, state: CaseState, date: str, among: Collection[str] = KINDS) -> list[Offer]:
        """In the order of the verbs: what the case forbids with its reason; what none of their roles may ever do is left out."""
        directory, office = self._place.directory, self._office
        level, made = policy.level_in(office, directory), []
        for kind, verb in KINDS.items():
            if kind in among and any(policy.allows(kind, level, role) for role in person.roles):
                reason = self._role(kind, person, state, date, directory)[1]
                nothing = "" if reason else self._nothing_sealed(kind, state, person)
                made.append(Offer(verb, kind, nothing or words(reason, kind, directory, office, state, date=date)))
        return made

    def require_role(self, kind: str, staff: str) -> None:
        """May this person write this kind here at all, whatever the case says?"""
        self._role_for(kind, self.person(staff), self._place.today())

    # ---- cases

    def register(self, staff: str, draft: Draft, date: str | None = None, attach: Attach = _as_it_is) -> Decided:
        """A new case. A place without an office lies here."""
        person, on = self.person(staff), self.date(date)
        role = self._role_for(REGISTER, person, on)
        placed, numbers = identities.taken(REGISTER, attach(self.placed(REGISTER, draft)), on)
        body = self._body(REGISTER, {**placed, **citizen_codes.fresh(self._place)}, on)
        self._require_said(REGISTER, body, person, on)
        subject, here = NewSubject(), sealing_rules.Surroundings(holder=self._office)
        beside = self._numbers(numbers, aggregates.NOT_YET, role, here)
        acts = (_act(REGISTER, subject, body, person.id, role, legal_date=on, number=True),
                *(_act(write.kind, subject, write.body, person.id, role, legal_date=on) for write in beside))
        return Decided(acts, tuple(write.doc for write in beside if write.doc is not None))

    def act(self, verb: str, staff: str, case: str, draft: Draft, *, date: str | None = None, seal: str = "",
            attach: Attach = _as_it_is, rehearse: bool = False) -> Decided:
        """A verb on one case. `seal`: a class to seal it under where the rules would not by themselves. `rehearse`: nobody means
        to write it, so nothing is signed."""
        known = verb_of(verb)
        if known is None:
            raise Refusal("usage", "no_verb", t("counter.no_verb", verb=verb))
        kind, person, on, subject = VERBS[known], self.person(staff), self.date(date), self.case_id(case)
        events = self._events(subject)
        state = self._place.fold_case(events)
        role, reason = self._role(kind, person, state, on, self._place.directory)
        if reason:
            raise self._closed(kind, reason, state, on, person)
        filled, numbers = identities.taken(kind, attach(self.filled(kind, draft, state, person)), on)
        body, here = self._body(kind, filled, on), sealing_rules.around_case(state)
        self._require_merge(kind, body, state)
        self._require_said(kind, body, person, on, state)
        more = [Write(CORRECTED, change) for change in identities.corrections(body, state)] if kind == identities.KIND else []
        writes = [*self._sealed(kind, body, subject, role, here, seal), *more, *self._numbers(numbers, subject, role, here)]
        numbered = mediating.numbering(kind, body, state, self._place.directory, self._place.device)
        acts = tuple(
            _act(write.kind, subject, write.body, person.id, role, state.custody.epoch, on,
                (state.heads or None) if write is writes[0] else None, **(numbered if write is writes[0] else {}))
            for write in writes)
        prepared = self._require_effect(acts, events, rehearse)
        return Decided(acts, tuple(write.doc for write in writes if write.doc is not None), prepared)

    def known(self, kind: str, staff: str, case: str) -> Draft:
        """What is filled into an act of this kind by itself, for a form to show or to leave out."""
        if kind in (READ, SHARED, citizen_codes.RENEWED):
            return {}                               # keys and openings are made when they are written
        return self.filled(kind, {}, self.state(case), self.person(staff))

    def dismiss(self, staff: str, case: str, other: str, reason: str) -> Decided:
        """They are two disputes: said in the first, so that the suggestion stays away wherever that case is."""
        found = self.state(other)
        return self.act("dismiss_duplicate", staff, case, {"other": found.id, "number": found.number, "reason": reason})

    # ---- records, petitions, legal aid

    def record(self, kind: str, staff: str, record: str | None, draft: Draft, date: str | None = None,
               attach: Attach = _as_it_is) -> Decided:
        """Open one (`record` None) or take a step on one that is here."""
        aggregate = aggregates.aggregate_of_kind(kind)
        if not aggregate:
            raise Refusal("usage", "no_kind", t("recordcli.no_kind", value=kind))
        opens = kind == aggregates.opening(aggregate)
        if opens != (record is None):
            key = "opens" if opens else "which"
            raise Refusal("usage", key, t(f"recordcli.{key}", kind=act_title(kind)))
        person, on = self.person(staff), self.date(date)
        events = [] if record is None else self.record_events(record, aggregate)
        role = self._role_for(kind, person, on)
        state = self._place.fold_record(aggregate, events) if events else None
        body = self._body(kind, attach(matter_verbs.filled(kind, self.placed(kind, draft), state, self._office)), on)
        self._require_said(kind, body, person, on)
        writes = self._sealed(kind, body, record or aggregates.NOT_YET, role, sealing_rules.around_record(state))
        heads, subject = (state.heads or None) if state else None, record or NewSubject()
        acts = tuple(_act(write.kind, subject, write.body, person.id, role, 0, on, heads if write is writes[0] else None,
                          write.kind in aggregates.NUMBERED) for write in writes)
        prepared = self._require_step(aggregate, acts, events)
        return Decided(acts, tuple(write.doc for write in writes if write.doc is not None), prepared)

    def record_offers(self, person: Staff, state: aggregates.State, date: str) -> list[Offer]:
        """The steps that this person may take on a record now."""
        steps = offers.open_steps(state, self._office, date, self._place.directory.lineage)
        return [Offer(kind, kind, "") for kind in steps if self._may(kind, person, date)]

    def openings(self, person: Staff, date: str) -> list[str]:
        """The aggregates of which this person may open one."""
        return [name for name in aggregates.NAMES if self._may(aggregates.opening(name), person, date)]

    def _may(self, kind: str, person: Staff, date: str) -> bool:
        level = policy.level_in(self._office, self._place.directory)
        return any(person.may_act(role, date) and policy.allows(kind, level, role) for role in person.roles)

    def record_events(self, record: str, aggregate: str) -> list[Event]:
        """Every event of a record of this aggregate; one of another is not here."""
        events = self._place.events(aggregate, record) if is_ulid(record) else []
        if not events:
            raise Refusal("absent", "no_record", t("recordcli.unknown", id=record))
        return events

    # ---- the questions, in the order in which they are asked

    @property
    def _office(self) -> str:
        return self._place.device.office

    def _events(self, case: str) -> list[Event]:
        found = self._place.events("case", case)
        if not found:
            raise Refusal("absent", "no_case", t("counter.no_case", case=case))
        return found

    def _closed(self, kind: str, reason: str, state: CaseState | None, date: str, person: Staff | None = None) -> Refusal:
        return closed(kind, reason, words(reason, kind, self._place.directory, self._office, state, date=date, person=person))

    def _role(self, kind: str, person: Staff, state: CaseState, date: str, directory: Directory) -> tuple[str, str]:
        """(the first role in which this person may do this now, "") or ("", why not). `directory`: asked once for all kinds."""
        office = self._office
        if kind == "case.acknowledged" and not unread(state, office):
            return "", "nothing_pending"
        claim = state.subsidy if kind == "case.subsidy_decided" else None
        if claim is not None and claim.state == "publicised" and date <= (claim.publicised_until or ""):
            return "", "still_publicised"
        if kind == "case.sealed" and (mine := authority.person(kind, {}, office, person.id, directory)):
            return "", mine
        reason = self._why_no_role(kind, person, directory)
        for role in person.roles:
            if person.may_act(role, date):
                found = refusal(kind, state, office, role, directory)
                if not found:
                    return role, ""
                # What the case says is more useful than that another role may not.
                if reason in _OF_ROLES and found != "role_not_allowed":
                    reason = found
        return "", reason

    def _role_for(self, kind: str, person: Staff, date: str) -> str:
        """The same for what has no state to ask."""
        directory = self._place.directory
        level = policy.level_in(self._office, directory)
        for role in person.roles:
            if person.may_act(role, date) and policy.allows(kind, level, role):
                return role
        raise self._closed(kind, self._why_no_role(kind, person, directory), None, date, person)

    def _why_no_role(self, kind: str, person: Staff, directory: Directory) -> str:
        level = policy.level_in(self._office, directory)
        return "not_serving" if any(policy.allows(kind, level, role) for role in person.roles) else "role_not_allowed"

    def filled(self, kind: str, draft: Draft, state: CaseState, person: Staff) -> Draft:
        """What follows from the case itself; the other case of a merger may be named by its number."""
        if not isinstance(draft, Mapping):
            raise drafts.not_object()
        if kind in (READ, SHARED):
            return {**draft, **self._sealed_body(kind, state, person)}
        if kind == citizen_codes.RENEWED:
            return {**draft, **citizen_codes.fresh(self._place)}
        other = draft.get(UNITES[kind]) if kind in UNITES else None
        if isinstance(other, str) and other:
            draft = {**draft, UNITES[kind]: self.case_id(other)}
        directory = self._place.directory
        own = directory.office(self._office)
        committee = mediating.body_here(state.mediation_type, self._office, directory)
        if kind == "case.type_changed" and not draft.get("body"):
            named = mediating.body_here(str(draft.get("mediation_type", "")), str(draft.get("to") or self._office), directory)
            draft = {**draft, "body": named} if named else draft
        return fill(kind, draft, Here(
            state, self._office, own.parent if own else None, person.id, committee, self._place.today()))

    def placed(self, kind: str, draft: Draft) -> dict[str, Any]:
        """A place without an office lies here, a case may be named by its number."""
        if not isinstance(draft, Mapping):
            raise drafts.not_object()
        made = dict(draft)
        if not kind.startswith("case.") and isinstance(made.get("case"), str) and made["case"]:
            made["case"] = self.case_id(made["case"])
        place = made.get("place") or {}
        if "place" in bodies.BODIES[kind, bodies.CURRENT[kind]].model_fields and isinstance(place, Mapping):
            made["place"] = {"office": self._office, **place}
        return made

    def _require_merge(self, kind: str, body: Draft, state: CaseState) -> None:
        """The other case must be here, go on, and lie within this office's reach."""
        if kind not in UNITES:
            return
        other = self._place.fold_case(self._events(body[UNITES[kind]]), history=False)
        gone, stays = (state, other) if kind == "case.merged" else (other, state)
        if reason := merging(gone, stays, self._office, self._place.directory.lineage):
            raise self._closed(kind, reason, state, "")

    def _require_said(self, kind: str, body: Draft, person: Staff, date: str, state: CaseState | None = None) -> None:
        said.require(kind, body, said.By(person.id, self._office, self._place.directory, date, self._place.today()), state)

    def _body(self, kind: str, draft: Draft, on: str = "") -> dict[str, Any]:
        body = drafts.check(kind, draft, on)
        if kind != identities.KIND:
            identities.require_none(body)
        return body

    def _sealed(self, kind: str, body: Draft, subject: str, role: str, here: sealing_rules.Surroundings, seal: str = ""
                ) -> list[Write]:
        place, device = self._place, self._place.device
        author = sealed_acts.Author(device.office, role, device.device, device.key.public)
        try:
            return sealed_acts.writes_of(kind, body, subject, author, here, place.directory, place.random, place.confirmed, seal)
        except BadSeal as wrong:
            key = f"sealing.{wrong.code}"
            if not has(key):
                raise
            raise Refusal("draft", str(wrong.code), *_field(wrong.field, t(key))) from wrong

    def _numbers(self, numbers: list[dict[str, Any]], subject: str, role: str, here: sealing_rules.Surroundings) -> list[Write]:
        """Whole numbers of identity papers that came with an act, sealed beside it."""
        return self._sealed(identities.KIND, self._body(identities.KIND, {"identities": numbers}), subject, role, here) \
            if numbers else []

    def _nothing_sealed(self, kind: str, state: CaseState, person: Staff) -> str:
        """Why there is nothing for this person to open or pass on from here, in words; "" for all other kinds."""
        if kind not in (READ, SHARED):
            return ""
        try:
            self._sealed_body(kind, state, person)
        except Refusal as nothing:
            return nothing.sentence
        return ""

    def _sealed_body(self, kind: str, state: CaseState, person: Staff) -> dict[str, Any]:
        """The body of opening or passing on: what this device and person can."""
        place = self._place
        states = sealed_acts.states_of(state.sealed, state.id, place.keys(person), place.sealed_docs(state.sealed).get)
        if kind == READ:
            made = sealed_acts.read_body(states, person.id)
            if not made["of"]:
                why = "".join(dict.fromkeys(sealed_acts.why_not(s, str) for s in states if s.status != "open"))
                raise Refusal("closed", "nothing_to_read", t("sealing.nothing_to_read", why=why or t("effect.already_done")))
            return made
        made = sealed_acts.share_body(states, sealing_rules.around_case(state), place.directory, place.random, place.confirmed)
        if not made["shares"]:
            raise Refusal("closed", "nothing_to_share", t("sealing.nothing_to_share"))
        return made

    def _require_effect(self, acts: Sequence[Act], events: Sequence[Event], rehearse: bool) -> Prepared | None:
        """An act that would be kept but move nothing is not written."""
        prepared = None if rehearse else self._place.prepare(acts)
        tried = prepared.events[0] if prepared else self._trial(acts[0])
        after = self._place.fold_case([*events, tried])
        line = next((line for line in after.timeline if line.event == tried.id), None)
        if line is not None and line.effect == "none":
            raise closed(tried.kind, "no_effect", line.note or line.text)
        return prepared

    def _require_step(self, aggregate: str, acts: Sequence[Act], events: Sequence[Event]) -> Prepared:
        prepared = self._place.prepare(acts)
        tried = prepared.events[0]
        reason = aggregates.why_not(self._place.fold_record(aggregate, [*events, tried]), tried.id)
        if reason:
            raise closed(tried.kind, "no_effect", reason)
        return prepared

    def _trial(self, act: Act) -> Event:
        """An act on a case that is here, unsigned."""
        place = self._place
        assert isinstance(act.subject, str)
        return Event.trial(
            act.kind, act.subject, act.body, after=act.after or (), office=self._office, actor=act.actor, role=act.role,
            device=place.device.device, directory=place.directory.cited, legal_date=act.legal_date or place.today(),
            now=place.now(), custody_epoch=act.custody_epoch, schema=act.schema)


def _act(kind: str, subject: str | NewSubject | None, body: Draft, *rest: Any, **named: Any) -> Act:
    """At the oldest schema that can say it."""
    return replace(Act(kind, subject, body, *rest, **named), schema=bodies.schema_of(kind, body))


_OF_ROLES = frozenset({"role_not_allowed", "not_serving"})


def _field(name: str, sentence: str) -> tuple[str, dict[str, str]]:
    return sentence, {name: sentence}


def _wrong_date(reason: str, sentence: str) -> Refusal:
    return Refusal("draft", reason, *_field("legal_date", sentence))
