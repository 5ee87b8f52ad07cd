"""What an office and a person there may do with a case now: the list behind the app's buttons and the command line's verbs.

Action ids are kinds of events. `refusal` says why one would not have its full effect when written now, as a key of the catalogue
section `effect`. The same rules are applied again when it is folded; but who is above whom is asked here as of today, and there
as of all times (`lineage`), so that what was written before a reform was known keeps its effect.
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
from shared.disputes.kinds import policy
from shared.disputes.kinds.policy import KnowsOffices
from shared.disputes.kinds.registry import KINDS
from shared.disputes.rules import roles
from shared.disputes.rules.authority import CHAIR_DECIDES
from shared.disputes.rules.states import MEETS
from shared.ledger.published.lineage import FOUNDED, LEVELS, Lineage

# Facts that one may add even to an incomplete case: they move nothing that the missing events could contradict.
OWN_FACTS = frozenset(name for name, kind in KINDS.items() if kind.own_fact)


def refusal(kind: str, case: CaseState, office: str, role: str, directory: KnowsOffices | None = None) -> str:
    """Why the act is not open now, as a reason code; "" when it is."""
    lines = directory.lineage if directory is not None else FOUNDED
    if not policy.allows(kind, policy.level_in(office, directory), role):
        return "role_not_allowed"
    if case.incomplete and kind not in OWN_FACTS:
        return "incomplete"
    if kind in HOLDER and case.holder != office:
        return "not_holder"
    if kind in CHAIN and not lines.is_over(office, case.holder) and office not in case.custody.co_handlers:
        return "not_in_chain"
    if kind in TRANSITIONS and case.state not in TRANSITIONS[kind][0]:
        return "party_refused" if case.state == "refused" and kind in _MEDIATING else "wrong_state"
    if kind == "case.settled_on_spot" and role in roles.GRID and (
            small := guards.grid_settlement(difficulty=case.difficulty, risk=case.risk.level)):
        return small
    if kind == "case.assigned" and case.levels.dispatcher_needed and role != DISPATCHER:
        return "dispatcher_needed"
    if kind == "case.supervision_replied" and role in roles.GRID and not any(
            s.replied_on is None and s.by == office for s in case.supervisions):
        return "no_such_supervision"        # what an office above asks of the village is the village's to answer
    if kind in ("case.grid_taken", "case.grid_returned") and case.grid_asked and role not in case.grid_asked_of:
        return "asked_of_others"
    check = _NEEDS.get(kind)
    return check(case, office, lines) if check is not None else ""


Check = Callable[[CaseState, str, Lineage], str]
_NEEDS: dict[str, Check] = {}


def needs(*kinds: str) -> Callable[[Check], Check]:
    """What must hold before a kind is offered, beside its row of the lifecycle: a reason code, "" when it is open."""
    def note(check: Check) -> Check:
        _NEEDS.update(dict.fromkeys(kinds, check))
        return check

    return note


_MEDIATING = frozenset({"case.accepted", "case.session_held", "case.agreement_reached"})


@needs("case.accepted")
def _accept(c: CaseState, office: str, lines: Lineage) -> str:
    if any(p.refused_on for p in c.parties):
        return "party_refused"
    if c.choice.type_asked:
        return "type_asked"
    return guards.excluded_matter(c.category, c.subcategory, c.mediation_type) or guards.unnamed(c.category, c.subcategory)


@needs("case.settled_on_spot")
def _settle(c: CaseState, office: str, lines: Lineage) -> str:
    everybody = {p.no for p in c.parties}
    return guards.settlement(
        category=c.category, subcategory=c.subcategory, difficulty=c.difficulty, risk=c.risk.level, agreed_by=everybody,
        parties=everybody) or guards.unnamed(c.category, c.subcategory)


@needs("case.agreement_reached")
def _agree(c: CaseState, office: str, lines: Lineage) -> str:
    """A written agreement: what is open to an oral one is asked when it is written."""
    return _session(c, office, lines) or guards.excluded_matter(c.category, c.subcategory, c.mediation_type)


@needs("case.session_held")
def _session(c: CaseState, office: str, lines: Lineage) -> str:
    return "party_refused" if any(p.refused_on for p in c.parties) else ""


needs("case.session_planned")(lambda c, office, lines: _session(c, office, lines) if c.state in MEETS else "wrong_state")
needs("case.session_called_off")(lambda c, office, lines: "" if c.meeting else "no_meeting")


@needs("case.agreement_signed")
def _sign(c: CaseState, office: str, lines: Lineage) -> str:
    a = c.agreement
    if a is None or a.form != "written":
        return "no_such_agreement"
    return "" if a.unsigned_parties or a.mediator_signed_on is None else "already_done"


@needs("case.sealed")
def _seal(c: CaseState, office: str, lines: Lineage) -> str:
    a = c.agreement
    if a is None or a.form != "written":
        return "no_such_agreement"
    if a.sealed_on is not None:
        return "already_done"
    if a.seal_blocked:
        return "blocked_seal"
    return "" if a.parties_signed_on and a.mediator_signed_on else "signatures_lacking"


@needs("case.item_performed")
def _perform(c: CaseState, office: str, lines: Lineage) -> str:
    if c.agreement is None:
        return "no_such_agreement"
    open_items = any(item.status not in DONE or item.disputed for item in c.agreement.items)
    return "" if open_items else "already_done"


@needs("case.agreement_changed")
def _change(c: CaseState, office: str, lines: Lineage) -> str:
    if c.agreement is None:
        return "no_such_agreement"
    if c.agreement.effective_on is None:
        return "change_not_effective"
    return _perform(c, office, lines)


@needs("case.performance_disputed")
def _dispute(c: CaseState, office: str, lines: Lineage) -> str:
    return "" if c.agreement is not None else "no_such_agreement"


@needs("case.closed")
def _close(c: CaseState, office: str, lines: Lineage) -> str:
    if c.agreement is not None and _perform(c, office, lines) == "":
        return "items_open"
    return "supervision_open" if any(s.replied_on is None for s in c.supervisions) else ""


@needs("case.visited")
def _visit(c: CaseState, office: str, lines: Lineage) -> str:
    return "" if c.state in AGREED or c.state == "closed" else "wrong_state"


@needs("case.rated")
def _rate(c: CaseState, office: str, lines: Lineage) -> str:
    return "wrong_state" if c.is_open and c.state not in AGREED else ""


@needs("case.choice_made", "case.mediator_rejected", "case.mediator_recused",
       "case.risk_assessed", "case.risk_reported", "case.party_added", "case.parties_added", "case.representatives_elected",
       "case.party_corrected")
def _open(c: CaseState, office: str, lines: Lineage) -> str:
    return "" if c.is_open else "wrong_state"


@needs("case.party_consented")
def _consent(c: CaseState, office: str, lines: Lineage) -> str:
    return "" if any(p.refused_on for p in c.parties) else "wrong_state"


@needs("case.party_refused")
def _refuse(c: CaseState, office: str, lines: Lineage) -> str:
    return "" if c.is_open else "wrong_state"


@needs("case.risk_lowered")
def _lower(c: CaseState, office: str, lines: Lineage) -> str:
    if c.risk.level <= 1:
        return "not_lower"
    raised_by = next((lines.rank_of(e.office) for e in c.timeline if e.event == c.risk.event), 0)
    return "" if lines.rank_of(office) >= max(c.limits.lower_rank(c.risk.level), raised_by) else "may_not_lower"


@needs("case.risk_raised")
def _raise(c: CaseState, office: str, lines: Lineage) -> str:
    return "" if c.risk.level < 4 and c.is_open else "wrong_state"


@needs("case.escalate_requested")
def _escalate(c: CaseState, office: str, lines: Lineage) -> str:
    if not c.is_open:
        return "wrong_state"
    return "already_done" if c.custody.pending is not None and c.custody.pending.kind == "escalate" else ""


@needs("case.escalate_accepted", "case.escalate_returned")
def _answer_escalation(c: CaseState, office: str, lines: Lineage) -> str:
    p = c.custody.pending
    return "" if p is not None and p.kind == "escalate" and p.to_office == office else "nothing_pending"


@needs("case.assignment_acknowledged")
def _answer_assignment(c: CaseState, office: str, lines: Lineage) -> str:
    p = c.custody.pending
    return "" if p is not None and p.kind == "assign" and p.to_office == office else "nothing_pending"


@needs("case.assignment_returned")
def _return_assignment(c: CaseState, office: str, lines: Lineage) -> str:
    if _answer_assignment(c, office, lines) == "":
        return ""
    last = c.custody.history[-1] if c.custody.history else None
    return "" if last and last.kind == "assigned" and last.office == office and c.is_open else "nothing_pending"


@needs("case.assigned")
def _assign(c: CaseState, office: str, lines: Lineage) -> str:
    if not c.is_open:
        return "wrong_state"
    return "" if lines.is_over(office, c.holder) else "may_not_assign"


@needs("case.recalled")
def _recall(c: CaseState, office: str, lines: Lineage) -> str:
    if not c.is_open:
        return "wrong_state"
    return "" if lines.rank_of(office) > lines.rank_of(c.holder) and lines.is_over(office, c.holder) else "not_above"


@needs("case.co_handler_added", "case.handler_named")
def _in_chain(c: CaseState, office: str, lines: Lineage) -> str:
    if not c.is_open:
        return "wrong_state"
    return "" if lines.is_over(office, c.holder) else "not_in_chain"


@needs("case.supervision_issued")
def _supervise(c: CaseState, office: str, lines: Lineage) -> str:
    return "" if office != c.holder and lines.is_over(office, c.holder) else "not_above"


@needs("case.supervision_replied")
def _reply(c: CaseState, office: str, lines: Lineage) -> str:
    asked = any(s.replied_on is None and s.to == office for s in c.supervisions)
    return "" if asked else "no_such_supervision"


@needs("case.supervision_judged")
def _judge_reply(c: CaseState, office: str, lines: Lineage) -> str:
    waiting = any(s.replied_on is not None and not s.verdict and s.by == office for s in c.supervisions)
    return "" if waiting else "no_such_supervision"


@needs("case.review_resolved")
def _review(c: CaseState, office: str, lines: Lineage) -> str:
    """In the village the chair alone decides, and on a dismissed mediator's agreement alone (7.4 #18)."""
    codes = {f.code for f in c.findings if f.review and not f.resolved}
    if lines.rank_of(office) == 0:
        return "" if CHAIR_DECIDES in codes else "role_not_allowed"
    return "" if codes else "wrong_state"


@needs("case.confirmation_applied")
def _confirm(c: CaseState, office: str, lines: Lineage) -> str:
    if c.agreement is None or c.agreement.effective_on is None:
        return "no_such_agreement"
    if not guards.confirmable(c.category, c.subcategory):
        return "not_confirmable"
    return "already_done" if c.confirmation is not None else ""


@needs("case.confirmation_decided")
def _decide_confirmation(c: CaseState, office: str, lines: Lineage) -> str:
    return "" if c.confirmation is not None and c.confirmation.decided_on is None else "no_application"


@needs("case.mediator_confirmed")
def _confirm_mediator(c: CaseState, office: str, lines: Lineage) -> str:
    return "" if c.is_open and c.holder == office else "not_holder"


@needs("case.grid_passed")
def _grid_pass(c: CaseState, office: str, lines: Lineage) -> str:
    if not c.grid_steps or c.holder != office or not c.is_open:
        return "not_in_grid"
    return "already_done" if c.grid_asked or c.grid_steps[-1].role == "village_grid_leader" else ""


@needs("case.grid_taken", "case.grid_returned")
def _grid_answer(c: CaseState, office: str, lines: Lineage) -> str:
    return "" if c.grid_asked and c.holder == office else "nothing_pending"


def _subsidy(*states: str) -> Check:
    def check(c: CaseState, office: str, lines: Lineage) -> str:
        here = c.subsidy is not None and c.subsidy.state in states
        return "" if here and lines.is_over(office, c.holder) else "wrong_state"

    return check


needs("case.subsidy_checked")(_subsidy("applied"))
needs("case.subsidy_graded")(_subsidy("checked", "graded"))
needs("case.subsidy_publicised")(_subsidy("graded"))
needs("case.subsidy_decided")(_subsidy("publicised", "graded", "checked"))
needs("case.subsidy_paid")(_subsidy("approved"))
needs("case.subsidy_clawed_back")(_subsidy("approved", "paid"))


@needs("case.merged", "case.absorbed")
def _unite(c: CaseState, office: str, lines: Lineage) -> str:
    """The other case is looked at when it is named (`merging`)."""
    return "" if all(lines.is_over(office, one) for one in (c.holder, c.origin) if one) else "other_town"


@needs("case.subsidy_applied")
def _claim(c: CaseState, office: str, lines: Lineage) -> str:
    if c.merged_into:
        return "subsidy_elsewhere"
    return "" if c.state in ELIGIBLE and c.outcome in SETTLED else "not_eligible"


@needs("case.archived")
def _archive(c: CaseState, office: str, lines: Lineage) -> str:
    """The must-papers are there, or a note in the file says why not (D15 卷宗情况说明)."""
    return "documents_lacking" if lacking_documents(c) and "D15" not in present_documents(c) else ""


@needs("case.party_objected")
def _object(c: CaseState, office: str, lines: Lineage) -> str:
    return "" if c.state in ("closed", "archived") else "wrong_state"


@needs("case.transfer_received")
def _receive(c: CaseState, office: str, lines: Lineage) -> str:
    return "" if c.state == "transferred" and c.levels.receipt_on is None else "wrong_state"


@needs("case.difficulty_confirmed")
def _confirm_difficulty(c: CaseState, office: str, lines: Lineage) -> str:
    if not lines.is_over(office, c.holder):
        return "not_in_chain"
    wanted = c.levels.difficulty_waits
    if not wanted:
        return "nothing_pending"
    return "" if lines.rank_of(office) >= LEVELS.index(wanted) else "may_not_confirm"


@needs("case.grid_assigned", "case.grid_supervised")
def _own_grid(c: CaseState, office: str, lines: Lineage) -> str:
    if not c.is_open:
        return "wrong_state"
    return "" if c.holder == office and lines.rank_of(office) == 0 else "not_holder"


@needs("case.recall_requested")
def _ask_recall(c: CaseState, office: str, lines: Lineage) -> str:
    if any(asked.office == office for asked in c.levels.recall_asked):
        return "already_done"
    return _recall(c, office, lines)


needs("case.recall_declined")(lambda c, office, lines: "" if c.levels.recall_asked else "nothing_pending")


def merging(c: CaseState, other: CaseState | None, office: str, lines: Lineage = FOUNDED) -> str:
    """May this office unite `c` with `other`, the case that goes on? A township within its town, across towns the county alone
    (DOMAIN.md 7.3). `other` None: it is not here."""
    if other is None:
        return "no_such_case"
    if other.id == c.id:
        return "own_case"
    if other.merged_into:
        return "merged_away"
    ours = (c.holder, c.origin, other.holder, other.origin)
    return "" if all(lines.is_over(office, one) for one in ours if one) else "other_town"


needs("case.sealed_read", "case.sealed_shared")(lambda c, office, lines: "" if c.sealed else "no_such_sealed")


@needs("case.finding_noted")
def _note_finding(c: CaseState, office: str, lines: Lineage) -> str:
    return "" if any(not f.review and not f.resolved for f in c.findings) else "no_such_finding"


needs("case.renumbered")(lambda c, office, lines: "" if c.file_no else "no_such_number")


@needs("case.erasure_answered")
def _answer_erasure(c: CaseState, office: str, lines: Lineage) -> str:
    return "" if any(p.restricted for p in c.parties) else "nothing_pending"
