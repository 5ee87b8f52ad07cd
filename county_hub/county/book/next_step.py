"""What the county does next with a case, or who must act now and until when: the one card on top of its page.

A table from the stage of a case to the acts that move it on; what is done elsewhere the county waits for, urges when it is late,
and may take back. Pure; the words are in the catalogue (`casepage`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from shared.disputes.acts.counter import Offer
from shared.disputes.acts.refusal import act_title
from shared.disputes.acts.verbs import VERBS
from shared.disputes.case.state import CaseState, Clock
from shared.ledger import codes
from shared.ledger.days import said_day
from shared.ledger.texts import has, t

# stage -> the acts that move it on where it lies, the likeliest first
STEPS: Mapping[str, tuple[str, ...]] = {
    "registered": ("triage", "assign", "settle_on_spot"), "triaging": ("assign", "accept", "triage"),
    "accepted": ("hold_session", "plan_session"),
    "mediating": ("hold_session", "plan_session", "reach_agreement", "terminate"),
    "suspended": ("resume",), "agreed": ("sign_agreement", "seal"),
    "effective": ("perform_item", "visit"), "performing": ("perform_item", "visit"), "visit_due": ("visit", "close"),
    "terminated": ("transfer_out", "close"), "closed": ("archive",),
}
TAKE = {"escalate": ("accept_escalation", "return_escalation"), "assign": ("acknowledge_assignment", "return_assignment")}
FIRST = ("judge_supervision", "supervise_reply", "resolve_review", "decline_recall", "confirm_difficulty")


@dataclass(frozen=True, slots=True)
class Button:
    verb: str
    words: str


@dataclass(frozen=True, slots=True)
class NextStep:
    """`tone`: plain | bad. No buttons: nothing is to be done here now."""

    title: str
    why: str
    buttons: tuple[Button, ...] = ()
    tone: str = "plain"


def next_step(state: CaseState, offers: Sequence[Offer], here: str, office_name: Callable[[str], str], today: str) -> NextStep:
    """`offers`: what this person may do; `here`: the office that sits at the console."""
    able = {offer.verb for offer in offers if not offer.reason}
    pending = state.custody.pending
    if pending is not None and pending.to_office == here:
        why = t("casepage.asked", who=office_name(pending.from_office), date=said_day(pending.requested_on, today),
                reason=pending.reason)
        return NextStep(t("casepage.take"), why + _until(pending.due, today), _buttons(TAKE.get(pending.kind, ()), able))
    for verb in FIRST:
        if verb in able:
            return NextStep(act_title(VERBS[verb]), t("casepage.waits_for_you"), _buttons((verb,), able))
    if not state.is_open and state.state not in STEPS:
        return NextStep(t("casepage.over"), t("casepage.nothing"))
    if pending is not None:
        return _handed(state, able, office_name, today)
    if state.holder != here:
        return _elsewhere(state, able, office_name, today)
    clock = state.next_clock()
    why = _limit(clock, today) or t("casepage.ours")
    made = _buttons(STEPS.get(state.state, ()), able)
    return NextStep(made[0].words if made else codes.name("lifecycle", state.state), why, made, _tone(clock))


def _handed(state: CaseState, able: set[str], office_name: Callable[[str], str], today: str) -> NextStep:
    pending = state.custody.pending
    assert pending is not None
    late = next((c for c in state.clocks if c.event == pending.event and c.state == "overdue" and not c.stopped), None)
    who = office_name(pending.to_office)
    why = t("casepage.handed", date=said_day(pending.requested_on, today), who=who,
            holder=office_name(state.holder)) + _until(pending.due, today)
    return NextStep(t("casepage.urge_taking" if late else "casepage.wait_taking", who=who), why,
                    _buttons(("supervise", "recall"), able) if late else _buttons(("recall",), able), "bad" if late else "plain")


def _elsewhere(state: CaseState, able: set[str], office_name: Callable[[str], str], today: str) -> NextStep:
    late = next((c for c in state.clocks if c.state == "overdue" and not c.stopped and not c.outside), None)
    who = office_name(state.holder)
    if late is not None:
        why = t("casepage.late", what=codes.name("clock", late.kind), date=said_day(late.due_date, today), who=who)
        return NextStep(t("casepage.urge", who=who), why, _buttons(("supervise", "recall"), able), "bad")
    clock = state.next_clock()
    why = _limit(clock, today)
    return NextStep(t("casepage.theirs", who=who), why or t("casepage.nothing"), ())


def _limit(clock: Clock | None, today: str) -> str:
    return t("casepage.clock", what=codes.name("clock", clock.kind), date=said_day(clock.due_date, today)) if clock else ""


def _buttons(verbs: Sequence[str], able: set[str]) -> tuple[Button, ...]:
    return tuple(Button(verb, word(verb)) for verb in verbs if verb in able)


def word(verb: str) -> str:
    """What the button says: what will happen."""
    key = f"casepage.button.{verb}"
    return t(key) if has(key) else act_title(VERBS[verb])


def _until(due: str | None, today: str) -> str:
    return t("casepage.until", date=said_day(due, today)) if due else ""


def _tone(clock: Clock | None) -> str:
    return "bad" if clock is not None and clock.state == "overdue" else "plain"
