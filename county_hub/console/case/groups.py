"""The acts on a case in groups, as its page lists them. Every verb stands in one group (`test_groups.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.disputes.acts.counter import Offer
from shared.disputes.acts.refusal import act_title
from shared.disputes.acts.verbs import VERBS
from shared.ledger.texts import t

GROUPS: dict[str, tuple[str, ...]] = {
    "custody": ("assign", "recall", "accept_escalation", "return_escalation", "acknowledge_assignment", "return_assignment",
                "escalate", "add_co_handler", "name_handler", "acknowledge", "request_recall", "decline_recall", "transfer_out",
                "receive_transfer"),
    "supervision": ("supervise", "supervise_reply", "judge_supervision", "raise_risk", "lower_risk", "assess_risk", "report_risk",
                    "confirm_difficulty"),
    "mediation": ("triage", "accept", "reject_acceptance", "settle_on_spot", "plan_session", "call_off_session",
                  "hold_session", "choose", "confirm_mediator",
                  "reject_mediator", "recuse_mediator", "change_type", "take_type", "decline_type", "suspend", "resume", "extend",
                  "party_refuse", "party_consent", "withdraw", "terminate", "link_petition"),
    "agreement": ("reach_agreement", "sign_agreement", "change_agreement", "seal", "perform_item", "dispute_performance",
                  "apply_confirmation", "decide_confirmation"),
    "after": ("visit", "rate", "close", "archive", "reopen", "object"),
    "record": ("add_note", "add_evidence", "add_record", "note_particulars", "note_identities", "note_outside", "record_printed",
               "correct_date", "renumber", "renew_code", "share_sealed", "read_sealed"),
    "party": ("add_party", "add_parties", "correct_party", "elect_representatives", "request_erasure", "answer_erasure"),
    "review": ("resolve_review", "note_finding", "merge", "absorb", "dismiss_duplicate", "record_removal"),
    "subsidy": ("apply_subsidy", "check_subsidy", "grade_subsidy", "publicise_subsidy", "decide_subsidy", "pay_subsidy",
                "claw_back_subsidy"),
    "grid": ("assign_grid", "supervise_grid", "pass_up_grid", "take_from_grid", "return_to_grid"),
}


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    open: tuple[tuple[str, str], ...]           # (verb, title)
    shut: tuple[tuple[str, str], ...]           # (title, why not now)


def grouped(offers: Sequence[Offer]) -> list[Group]:
    """Groups of which at least one act is open; what is not is told with its reason."""
    by_verb = {offer.verb: offer for offer in offers}
    made = []
    for name, verbs in GROUPS.items():
        found = [by_verb[verb] for verb in verbs if verb in by_verb]
        able = tuple((o.verb, act_title(VERBS[o.verb])) for o in found if not o.reason)
        if found:
            shut = tuple((act_title(VERBS[o.verb]), o.reason) for o in found if o.reason)
            made.append(Group(t(f"casepage.group.{name}"), able, shut))
    return made
