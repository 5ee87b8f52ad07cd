"""What an office and a person there may do with a case now: the list behind the app's buttons and the
command line's verbs.

Action ids are kinds of events. `refusal` says why one would not have its full effect when written now, as a key of the catalogue
section `effect`. The same rules are applied again when the event is folded.
"""

from __future__ import annotations

from collections.abc import Callable

from shared.disputes.case import guards
from shared.disputes.case.checklist import lacking_documents, present_documents
from shared.disputes.case.lifecycle import AGREED, CHAIN, HOLDER, TRANSITIONS
from shared.disputes.case.state import CaseState
from shared.disputes.fold.agreement import DONE
from shared.disputes.fold.custody import DISPATCHER
from shared.disputes.fold.subsidy import ELIGIBLE, SETTLED
from shared.disputes.rules import policy
from shared.disputes.rules.authority import CHAIR_DECIDES
from shared.disputes.rules.policy import KnowsOffices
from shared.ledger.published.offices import LEVELS, covers, rank_of

# Facts that one may add even to an incomplete case: they move nothing that the missing events could
# contradict.
OWN_FACTS = frozenset({
    "case.evidence_added", "case.note_added", "case.record_added", "case.party_refused", "case.party_consented",
    "case.risk_raised", "case.risk_assessed", "case.risk_reported", "case.party_added", "case.party_corrected",
    "case.acknowledged", "case.performance_disputed", "case.rated", "case.supervision_replied", "case.item_performed",
    "case.choice_made", "case.document_printed", "case.erasure_requested", "case.sealed_read", "case.sealed_shared",
    "case.mediator_removed",
})


def refusal(kind: str, case: CaseState, office: str, role: str, directory: KnowsOffices | None = None) -> str:
    """Why the act is not open now, as a reason code; "" when it is."""
    if not policy.allows(kind, policy.level_in(office, directory), role):
        return "role_not_allowed"
    if case.incomplete and kind not in OWN_FACTS:
        return "incomplete"
    if kind in HOLDER and case.holder != office:
        return "not_holder"
    if kind in CHAIN and not covers(office, case.holder) and office not in case.custody.co_handlers:
        return "not_in_chain"
    if kind in TRANSITIONS and case.state not in TRANSITIONS[kind][0]:
        return "party_refused" if case.state == "refused" and kind in _MEDIATING else "wrong_state"
    if kind == "case.settled_on_spot" and role in policy.GRID:
        small = guards.grid_settlement(difficulty=case.difficulty, risk=case.risk.level)
        if small:
            return small
    if kind == "case.assigned" and case.levels.dispatcher_needed and role != DISPATCHER:
        return "dispatcher_needed"
    if kind == "case.supervision_replied" and role in policy.GRID and not any(
            s.replied_on is None and s.by == office for s in case.supervisions):
        return "no_such_supervision"        # what an office above asks of the village is the village's to answer
    if kind in ("case.grid_taken", "case.grid_returned") and case.grid_asked and role not in case.grid_asked_of:
        return "asked_of_others"
    check = _CHECKS.get(kind)
    return check(case, office) if check is not None else ""


_MEDIATING = frozenset({"case.accepted", "case.session_held", "case.agreement_reached"})


def _accept(c: CaseState, office: str) -> str:
    if any(p.refused_on for p in c.parties):
        return "party_refused"
    return guards.excluded_matter(c.category, c.subcategory) or guards.unnamed(c.category, c.subcategory)


def _settle(c: CaseState, office: str) -> str:
    everybody = {p.no for p in c.parties}
    return guards.settlement(
        category=c.category, subcategory=c.subcategory, difficulty=c.difficulty, risk=c.risk.level, agreed_by=everybody,
        parties=everybody) or guards.unnamed(c.category, c.subcategory)


def _agree(c: CaseState, office: str) -> str:
    """A written agreement: what is open to an oral one is asked when it is written."""
    return _session(c, office) or guards.agreement(category=c.category, subcategory=c.subcategory, form="written")


def _session(c: CaseState, office: str) -> str:
    return "party_refused" if any(p.refused_on for p in c.parties) else ""


def _sign(c: CaseState, office: str) -> str:
    a = c.agreement
    if a is None or a.form != "written":
        return "no_such_agreement"
    return "" if a.unsigned_parties or a.mediator_signed_on is None else "already_done"


def _seal(c: CaseState, office: str) -> str:
    a = c.agreement
    if a is None or a.form != "written":
        return "no_such_agreement"
    if a.sealed_on is not None:
        return "already_done"
    if a.seal_blocked:
        return "blocked_seal"
    return "" if a.parties_signed_on and a.mediator_signed_on else "signatures_lacking"


def _perform(c: CaseState, office: str) -> str:
    if c.agreement is None:
        return "no_such_agreement"
    open_items = any(item.status not in DONE or item.disputed for item in c.agreement.items)
    return "" if open_items else "already_done"


def _dispute(c: CaseState, office: str) -> str:
    return "" if c.agreement is not None else "no_such_agreement"


def _close(c: CaseState, office: str) -> str:
    if c.agreement is not None and _perform(c, office) == "":
        return "items_open"
    return "supervision_open" if any(s.replied_on is None for s in c.supervisions) else ""


def _visit(c: CaseState, office: str) -> str:
    return "" if c.state in AGREED or c.state == "closed" else "wrong_state"


def _rate(c: CaseState, office: str) -> str:
    return "wrong_state" if c.is_open and c.state not in AGREED else ""


def _open(c: CaseState, office: str) -> str:
    return "" if c.is_open else "wrong_state"


def _consent(c: CaseState, office: str) -> str:
    return "" if any(p.refused_on for p in c.parties) else "wrong_state"


def _refuse(c: CaseState, office: str) -> str:
    return "" if c.is_open else "wrong_state"


def _lower(c: CaseState, office: str) -> str:
    if c.risk.level <= 1:
        return "not_lower"
    raised_by = next((rank_of(e.office) for e in c.timeline if e.event == c.risk.event), 0)
    return "" if rank_of(office) >= max(c.limits.lower_rank(c.risk.level), raised_by) else "may_not_lower"


def _raise(c: CaseState, office: str) -> str:
    return "" if c.risk.level < 4 and c.is_open else "wrong_state"


def _escalate(c: CaseState, office: str) -> str:
    if not c.is_open:
        return "wrong_state"
    return "already_done" if c.custody.pending is not None and c.custody.pending.kind == "escalate" else ""


def _answer_escalation(c: CaseState, office: str) -> str:
    p = c.custody.pending
    return "" if p is not None and p.kind == "escalate" and p.to_office == office else "nothing_pending"


def _answer_assignment(c: CaseState, office: str) -> str:
    p = c.custody.pending
    return "" if p is not None and p.kind == "assign" and p.to_office == office else "nothing_pending"


def _return_assignment(c: CaseState, office: str) -> str:
    if _answer_assignment(c, office) == "":
        return ""
    last = c.custody.history[-1] if c.custody.history else None
    return "" if last and last.kind == "assigned" and last.office == office and c.is_open else "nothing_pending"


def _assign(c: CaseState, office: str) -> str:
    if not c.is_open:
        return "wrong_state"
    return "" if covers(office, c.holder) else "may_not_assign"


def _recall(c: CaseState, office: str) -> str:
    if not c.is_open:
        return "wrong_state"
    return "" if rank_of(office) > rank_of(c.holder) and covers(office, c.holder) else "not_above"


def _in_chain(c: CaseState, office: str) -> str:
    if not c.is_open:
        return "wrong_state"
    return "" if covers(office, c.holder) else "not_in_chain"


def _supervise(c: CaseState, office: str) -> str:
    return "" if office != c.holder and covers(office, c.holder) else "not_above"


def _reply(c: CaseState, office: str) -> str:
    asked = any(s.replied_on is None and s.to == office for s in c.supervisions)
    return "" if asked else "no_such_supervision"


def _judge_reply(c: CaseState, office: str) -> str:
    waiting = any(s.replied_on is not None and not s.verdict and s.by == office for s in c.supervisions)
    return "" if waiting else "no_such_supervision"


def _review(c: CaseState, office: str) -> str:
    """In the village the chair alone decides, and on a dismissed mediator's agreement alone (7.4 #18)."""
    codes = {f.code for f in c.findings if f.review and not f.resolved}
    if rank_of(office) == 0:
        return "" if CHAIR_DECIDES in codes else "role_not_allowed"
    return "" if codes else "wrong_state"


def _confirm(c: CaseState, office: str) -> str:
    if c.agreement is None or c.agreement.effective_on is None:
        return "no_such_agreement"
    if not guards.confirmable(c.category, c.subcategory):
        return "not_confirmable"
    return "already_done" if c.confirmation is not None else ""


def _decide_confirmation(c: CaseState, office: str) -> str:
    return "" if c.confirmation is not None and c.confirmation.decided_on is None else "no_application"


def _confirm_mediator(c: CaseState, office: str) -> str:
    return "" if c.is_open and c.holder == office else "not_holder"


def _grid_pass(c: CaseState, office: str) -> str:
    if not c.grid_steps or c.holder != office or not c.is_open:
        return "not_in_grid"
    return "already_done" if c.grid_asked or c.grid_steps[-1].role == "village_grid_leader" else ""


def _grid_answer(c: CaseState, office: str) -> str:
    return "" if c.grid_asked and c.holder == office else "nothing_pending"


def _subsidy(*states: str) -> Callable[[CaseState, str], str]:
    def check(c: CaseState, office: str) -> str:
        return "" if c.subsidy is not None and c.subsidy.state in states and covers(office, c.holder) else "wrong_state"

    return check


def _unite(c: CaseState, office: str) -> str:
    """The other case is looked at when it is named (`merging`)."""
    return "" if all(covers(office, one) for one in (c.holder, c.origin) if one) else "other_town"


def _claim(c: CaseState, office: str) -> str:
    if c.merged_into:
        return "subsidy_elsewhere"
    return "" if c.state in ELIGIBLE and c.outcome in SETTLED else "not_eligible"


def _archive(c: CaseState, office: str) -> str:
    """The must-papers are there, or a note in the file says why not (D15 卷宗情况说明)."""
    return "documents_lacking" if lacking_documents(c) and "D15" not in present_documents(c) else ""


def _object(c: CaseState, office: str) -> str:
    return "" if c.state in ("closed", "archived") else "wrong_state"


def _receive(c: CaseState, office: str) -> str:
    return "" if c.state == "transferred" and c.levels.receipt_on is None else "wrong_state"


def _confirm_difficulty(c: CaseState, office: str) -> str:
    if not covers(office, c.holder):
        return "not_in_chain"
    wanted = c.levels.difficulty_waits
    if not wanted:
        return "nothing_pending"
    return "" if rank_of(office) >= LEVELS.index(wanted) else "may_not_confirm"


def _own_grid(c: CaseState, office: str) -> str:
    if not c.is_open:
        return "wrong_state"
    return "" if c.holder == office and rank_of(office) == 0 else "not_holder"


def _ask_recall(c: CaseState, office: str) -> str:
    if any(asked.office == office for asked in c.levels.recall_asked):
        return "already_done"
    return _recall(c, office)


def _decline_recall(c: CaseState, office: str) -> str:
    return "" if c.levels.recall_asked else "nothing_pending"


def merging(c: CaseState, other: CaseState | None, office: str) -> str:
    """May this office unite `c` with `other`, the case that goes on? A township within its town, across towns the county alone
    (DOMAIN.md 7.3). `other` None: it is not here."""
    if other is None:
        return "no_such_case"
    if other.id == c.id:
        return "own_case"
    if other.merged_into:
        return "merged_away"
    return "" if all(covers(office, one) for one in (c.holder, c.origin, other.holder, other.origin) if one) else "other_town"


def _sealed(c: CaseState, office: str) -> str:
    return "" if c.sealed else "no_such_sealed"


def _note_finding(c: CaseState, office: str) -> str:
    return "" if any(not f.review and not f.resolved for f in c.findings) else "no_such_finding"


def _renumber(c: CaseState, office: str) -> str:
    return "" if c.file_no else "no_such_number"


def _answer_erasure(c: CaseState, office: str) -> str:
    return "" if any(p.restricted for p in c.parties) else "nothing_pending"


_CHECKS = {
    "case.merged": _unite,
    "case.absorbed": _unite,
    "case.archived": _archive,
    "case.party_objected": _object,
    "case.transfer_received": _receive,
    "case.difficulty_confirmed": _confirm_difficulty,
    "case.grid_assigned": _own_grid,
    "case.grid_supervised": _own_grid,
    "case.recall_requested": _ask_recall,
    "case.recall_declined": _decline_recall,
    "case.choice_made": _open,
    "case.mediator_confirmed": _confirm_mediator,
    "case.mediator_rejected": _open,
    "case.mediator_recused": _open,
    "case.type_changed": _confirm_mediator,
    "case.grid_passed": _grid_pass,
    "case.grid_taken": _grid_answer,
    "case.grid_returned": _grid_answer,
    "case.subsidy_applied": _claim,
    "case.subsidy_checked": _subsidy("applied"),
    "case.subsidy_graded": _subsidy("checked", "graded"),
    "case.subsidy_publicised": _subsidy("graded"),
    "case.subsidy_decided": _subsidy("publicised", "graded", "checked"),
    "case.subsidy_paid": _subsidy("approved"),
    "case.subsidy_clawed_back": _subsidy("approved", "paid"),
    "case.finding_noted": _note_finding,
    "case.sealed_read": _sealed,
    "case.sealed_shared": _sealed,
    "case.renumbered": _renumber,
    "case.erasure_answered": _answer_erasure,
    "case.accepted": _accept,
    "case.settled_on_spot": _settle,
    "case.session_held": _session,
    "case.agreement_reached": _agree,
    "case.agreement_signed": _sign,
    "case.sealed": _seal,
    "case.item_performed": _perform,
    "case.performance_disputed": _dispute,
    "case.closed": _close,
    "case.visited": _visit,
    "case.rated": _rate,
    "case.party_refused": _refuse,
    "case.party_consented": _consent,
    "case.risk_lowered": _lower,
    "case.risk_raised": _raise,
    "case.risk_assessed": _open,
    "case.risk_reported": _open,
    "case.party_added": _open,
    "case.party_corrected": _open,
    "case.escalate_requested": _escalate,
    "case.escalate_accepted": _answer_escalation,
    "case.escalate_returned": _answer_escalation,
    "case.assigned": _assign,
    "case.assignment_acknowledged": _answer_assignment,
    "case.assignment_returned": _return_assignment,
    "case.recalled": _recall,
    "case.co_handler_added": _in_chain,
    "case.handler_named": _in_chain,
    "case.supervision_issued": _supervise,
    "case.supervision_replied": _reply,
    "case.supervision_judged": _judge_reply,
    "case.review_resolved": _review,
    "case.confirmation_applied": _confirm,
    "case.confirmation_decided": _decide_confirmation,
}
