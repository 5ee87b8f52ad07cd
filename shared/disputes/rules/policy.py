"""Who may do what: one table kind x level x role (DOMAIN.md 7.3), and nothing else. Custody is not asked
here: the fold is.

The judge asks `permits` of every event by the directory version that its author cited; the desk asks
`allows` before it offers an action. A role that the table does not know may do nothing; an unknown kind
of a newer version is not ours to forbid.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from shared.disputes.rules import authority
from shared.ledger.published.offices import level_of

if TYPE_CHECKING:
    from shared.ledger.formats.envelope import Event

GRID = frozenset({"grid_member", "group_grid_leader", "grid_officer", "law_literate"})
# People who carry a case; roles of DOMAIN.md 1.3.
STAFF = frozenset({
    "village_grid_leader", "mediator", "mediator_fulltime", "window_clerk", "handler", "judicial_officer",
    "dispatcher", "supervisor", "dept_leader", "seal_keeper",
})
ADVISERS = frozenset({"judge", "lawyer", "expert", "counsellor", "legal_aid_officer", "analyst", "beat_police"})
PARTY = frozenset({"party"})
_AID = frozenset({"legal_aid_officer"})

EVERYBODY = GRID | STAFF | ADVISERS
ROLES = EVERYBODY | PARTY

Row = dict[str, frozenset[str]]


def _at(village: frozenset[str], township: frozenset[str], county: frozenset[str]) -> Row:
    return {"village": village, "township": township, "county": county}


_NOBODY: frozenset[str] = frozenset()
_ALL = _at(EVERYBODY, EVERYBODY, EVERYBODY)
_ALL_AND_PARTY = _at(EVERYBODY | PARTY, EVERYBODY | PARTY, EVERYBODY | PARTY)
_CARRY = _at(STAFF, STAFF, STAFF)
_UPPER = _at(_NOBODY, STAFF, STAFF)

# kind -> level -> roles. The comment names the row of DOMAIN.md 7.3 (or the section that says it).
TABLE: dict[str, Row] = {
    # register: every level, party online (7.2)
    "case.registered": _ALL_AND_PARTY,
    "case.party_added": _ALL,
    "case.party_corrected": _ALL,
    # register, evidence, raise risk: all
    "case.evidence_added": _ALL_AND_PARTY,
    "case.note_added": _ALL_AND_PARTY,
    "case.record_added": _ALL,
    "case.risk_raised": _ALL,                                           # a human may raise at will (3.4)
    "case.risk_assessed": _ALL,                                         # re-assess (3.4)
    "case.risk_reported": _ALL,                                         # Art 25
    "case.risk_lowered": _CARRY,                                        # by level: see limits.toml
    "case.party_refused": _ALL_AND_PARTY,                               # recorded by anyone (7.2)
    "case.party_consented": _ALL_AND_PARTY,
    "case.withdrawn": _ALL_AND_PARTY,                                   # the applicant
    "case.rated": _at(STAFF | PARTY, STAFF | PARTY, STAFF | PARTY),
    "case.acknowledged": _ALL,
    "case.settled_on_spot": _at(GRID | STAFF, STAFF, STAFF),            # settle on spot: grid small only
    "case.triaged": _CARRY,
    # accept, mediate, agree: not the grid
    "case.accepted": _CARRY,
    "case.acceptance_rejected": _CARRY,
    "case.session_held": _CARRY,
    "case.suspended": _CARRY,
    "case.resumed": _CARRY,
    "case.extended": _CARRY,
    "case.agreement_reached": _CARRY,
    "case.agreement_signed": _CARRY,
    "case.sealed": _CARRY,
    "case.item_performed": _at(GRID | STAFF, STAFF, STAFF),
    "case.performance_disputed": _ALL_AND_PARTY,
    "case.terminated": _CARRY,
    "case.transferred_out": _CARRY,
    "case.visited": _at(GRID | STAFF, STAFF, STAFF),
    "case.transfer_received": _CARRY,
    "case.closed": _CARRY,
    "case.archived": _UPPER,                                            # confirm file: township first check
    "case.reopened": _CARRY,
    "case.party_objected": _ALL_AND_PARTY,                              # a party's objection opens an ended case (7.2)
    # merge: township in its town (`actions.merging`), county
    "case.merged": _UPPER,
    # supervise: village to grid, township to village, county to all
    "case.supervision_issued": _UPPER,
    "case.grid_supervised": _at(STAFF, _NOBODY, _NOBODY),
    "case.supervision_replied": _at(GRID | STAFF, STAFF, STAFF),        # the grid what its village asked
    "case.supervision_judged": _CARRY,                                  # whoever asked
    # difficulty: village proposes, township confirms difficult, county major (CONFIRMS_DIFFICULTY)
    "case.difficulty_confirmed": _UPPER,
    # lowest level that covers all (7.4 P5); in the village the committee's chair alone, by name (`authority`; 7.4 #18)
    "case.review_resolved": _CARRY,
    "case.confirmation_applied": _CARRY,
    "case.confirmation_decided": _at(STAFF, STAFF, STAFF | {"judge"}),
    # escalate: up; the grid climbs to its village first (case.grid_passed)
    "case.escalate_requested": _at(STAFF, STAFF, _NOBODY),
    "case.escalate_accepted": _UPPER,
    "case.escalate_returned": _UPPER,
    "case.assigned": _UPPER,                                            # assign: down
    "case.assignment_acknowledged": _CARRY,
    "case.assignment_returned": _CARRY,
    # recall: the county; a township asks for it
    "case.recalled": _at(_NOBODY, _NOBODY, STAFF),
    "case.recall_requested": _at(_NOBODY, STAFF, _NOBODY),
    "case.recall_declined": _at(_NOBODY, _NOBODY, STAFF),
    "case.co_handler_added": _CARRY,
    "case.handler_named": _CARRY,
    # D2 (人民调解法 Arts 19, 23), type changes by the holder
    "case.choice_made": _ALL_AND_PARTY,
    "case.mediator_confirmed": _CARRY,
    "case.mediator_rejected": _ALL_AND_PARTY,
    "case.mediator_recused": _ALL,                                      # whoever notices it (特邀调解规定 Art 15)
    "case.type_changed": _CARRY,
    # grid: member -> group leader -> village leader (1.6)
    "case.grid_assigned": _at(STAFF, _NOBODY, _NOBODY),                 # assign: the village down to its grid
    "case.grid_passed": _at(GRID | STAFF, _NOBODY, _NOBODY),
    "case.grid_taken": _at(GRID | STAFF, _NOBODY, _NOBODY),
    "case.grid_returned": _at(GRID | STAFF, _NOBODY, _NOBODY),
    # subsidy: village applies, township checks, county decides
    "case.subsidy_applied": _CARRY,
    "case.subsidy_checked": _UPPER,
    **dict.fromkeys((
        "case.subsidy_graded", "case.subsidy_publicised", "case.subsidy_decided", "case.subsidy_paid",
        "case.subsidy_clawed_back"), _at(_NOBODY, _NOBODY, STAFF)),
    "case.petition_linked": _CARRY,
    "case.document_printed": _ALL,
    "case.renumbered": _CARRY,
    "case.date_corrected": _CARRY,
    "case.finding_noted": _CARRY,                                       # seen or put right by those who carry it (7.4 #17)
    # keys and openings of sealed records: whoever may read them (sealing_rules asks for the role)
    **dict.fromkeys(("case.sealed_shared", "case.sealed_read"), _ALL),
    "case.outside_noted": _ALL,                                         # information (2.3, 2.4)
    "case.mediator_removed": _UPPER,
    "case.erasure_requested": _ALL_AND_PARTY,
    "case.erasure_answered": _UPPER,
    "case.absorbed": _UPPER,
    "case.duplicate_dismissed": _CARRY,                                 # who covers both: 7.4 P5
    # the small aggregates (1.6, 1.8): the grid finds, notes and serves; clinics, panels and assessment are the county's
    **dict.fromkeys((
        "hazard.reported", "hazard.assessed", "hazard.watched", "hazard.checked", "hazard.became_case", "sweep.item_done",
        "small_service.recorded", "small_service.followed", "small_service.became", "small_service.closed", "talk_item.told",
        "talk_item.discussed", "talk_item.done", "talk_item.became_case", "talk_item.escalated", "referral.received",
        "referral.answered", "referral.declined", "referral.closed", "online_consultation.started",
        "online_consultation.recorded"), _ALL),
    **dict.fromkeys((
        "hazard.closed", "referral.made", "consultation.requested", "consultation.answered", "online_consultation.verified",
        "online_consultation.became_case", "online_consultation.scheduled", "online_consultation.closed",
        "appointment.confirmed", "appointment.checked_in", "appointment.closed", "appointment.no_show",
        "appointment.became_case", "assessment.contested"), _CARRY),
    "appointment.advised": _at(STAFF | ADVISERS, STAFF | ADVISERS, STAFF | ADVISERS),
    **dict.fromkeys(("appointment.requested", "appointment.accepted", "appointment.cancelled",
                     "online_consultation.submitted"), _ALL_AND_PARTY),
    **dict.fromkeys((
        "sweep.planned", "sweep.closed", "public_qa.registered", "public_qa.risk_assessed", "public_qa.meeting_announced",
        "public_qa.meeting_held", "public_qa.question_answered", "public_qa.commitment_kept", "public_qa.closed"), _UPPER),
    **dict.fromkeys((
        "duty.published", "duty.quotas_set", "duty.counted", "duty.withdrawn", "appointment.offered",
        "appointment.waitlisted", "consultation.approved", "consultation.declined", "consultation.panel_formed",
        "consultation.materials_shared", "consultation.session_held", "assessment.opened", "assessment.scored",
        "assessment.confirmed"), _at(_NOBODY, _NOBODY, STAFF)),
    "consultation.opinion_issued": _at(_NOBODY, _NOBODY, STAFF | ADVISERS),
    # petitions: organs of township and county (信访工作条例 2022 Arts 22-36)
    **dict.fromkeys((
        "petition.registered", "petition.forwarded", "petition.objected", "petition.accepted", "petition.declined",
        "petition.extended", "petition.answered", "petition.hearing_held", "petition.review_answered", "petition.noted",
    ), _UPPER),
    # the petitioner's own acts
    **dict.fromkeys(("petition.review_requested", "petition.rated"), _at(_NOBODY, STAFF | PARTY, STAFF | PARTY)),
    # legal aid: applied for anywhere, decided by the county's legal-aid body (法律援助法 Arts 5, 12, 43)
    "legal_aid.registered": _at(STAFF | _AID, STAFF | _AID, STAFF | _AID),
    **dict.fromkeys(("legal_aid.decided", "legal_aid.appointed", "legal_aid.terminated", "legal_aid.ended"),
                    _at(_NOBODY, _NOBODY, STAFF | _AID)),
    # the applicant's objection is written by an office that has the matter; one taken elsewhere comes there as a referral
    # (`matters.object_elsewhere`). The justice bureau decides, not the legal-aid body itself (Art 49)
    "legal_aid.objected": _at(STAFF | _AID | PARTY, STAFF | _AID | PARTY, STAFF | _AID | PARTY),
    "legal_aid.objection_decided": _at(_NOBODY, _NOBODY, STAFF),
}


# Rank (0 village, 1 township, 2 county) of the level that confirms a difficulty; below it the handler proposes (3.3, 7.3).
CONFIRMS_DIFFICULTY = {"difficult": 1, "major": 2}


class KnowsOffices(Protocol):
    """What the policy asks of a directory: the level of an office, None when it does not know it."""

    def office(self, id: str, on: str | None = None) -> HasLevel | None: ...
    def table(self, key: str) -> Mapping[str, Any] | None: ...
    def staff(self, id: str) -> Any: ...


class HasLevel(Protocol):
    @property
    def level(self) -> str: ...


def level_in(office: str, directory: KnowsOffices | None) -> str:
    """The office's level by the directory, else by its permanent id."""
    known = directory.office(office) if directory is not None else None
    return known.level if known is not None and known.level else level_of(office)


def allows(kind: str, level: str, role: str) -> bool:
    """May this role at an office of this level write this kind of event?"""
    row = TABLE.get(kind)
    return row is None or role in row.get(level, _NOBODY)


def permits(event: Event, directory: KnowsOffices | None = None) -> str | None:
    """None if the table allows the event and `authority` has nothing against it, else a reason code (catalogue section
    `effect`). The county's own devices write where the judge has not yet been, so what was accepted there in an earlier version
    cannot be told from what is new: of them `authority` is asked before they write, and not here."""
    level = level_in(event.office, directory)
    if not allows(event.kind, level, event.role):
        return "role_not_allowed"
    if level == "county":
        return None
    against = authority.refusal(
        event.kind, event.body, level=level, office=event.office, actor=event.actor, directory=directory)
    return against or None
