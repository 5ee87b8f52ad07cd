"""What is to be done next with a case, by whom and until when: the one card on top of its page.

One table from the stage of a case to the act that moves it on; an act that this person may not do now keeps its place, with the
reason. No Kivy, no SQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.disputes.case.case_notice import meeting_words
from shared.ledger.days import between, said_day
from shared.ledger.texts import has, t
from village_node.desk.views import ActionView, CaseView
from village_node.view_models.case_list import level_word

# stage -> the acts that move it on, the likeliest first
STEPS: Mapping[str, tuple[str, ...]] = {
    "registered": ("triage", "settle_on_spot"),
    "triaging": ("accept", "settle_on_spot", "triage"),
    "accepted": ("hold_session", "plan_session"),
    "mediating": ("reach_agreement", "hold_session", "terminate"),
    "suspended": ("resume",),
    "agreed": ("sign_agreement", "seal"),
    "effective": ("perform_item",),
    "performing": ("perform_item",),
    "visit_due": ("visit", "close"),
    "closed": ("archive",),
}
ENDED = ("close", "archive")
TAKE = {"escalate": ("accept_escalation", "return_escalation"), "assign": ("acknowledge_assignment", "return_assignment")}
QUIET = frozenset({"archived", "merged"})


@dataclass(frozen=True, slots=True)
class NextStep:
    """`verb` "" means that nothing is to be done here now; `second` are further acts that fit as well."""

    title: str
    why: str = ""
    due: str = ""
    due_tone: str = "plain"
    verb: str = ""
    button: str = ""
    second: tuple[ActionView, ...] = ()


def next_step(view: CaseView, today: str, office: str) -> NextStep:
    row, open_acts = view.row, {a.verb: a for a in view.actions if a.enabled}
    if row.pending_to and row.pending_to != office:
        return _waiting(view, today)
    if row.pending_to and row.pending_kind in TAKE:
        return _take(view, open_acts, today)
    if "supervise_reply" in open_acts:
        return _step(view, ("supervise_reply",), open_acts, today)
    if not row.held_here:
        return NextStep(t("app.next.elsewhere", who=row.holder_name), t("app.next.nothing_here"))
    if row.state in QUIET:
        return NextStep(t("app.next.over"))
    verbs = STEPS.get(row.state, ENDED)
    if row.state == "agreed" and row.waits_for == "seal":
        verbs = ("seal", "sign_agreement")
    return _step(view, verbs, open_acts, today)


def _waiting(view: CaseView, today: str) -> NextStep:
    row = view.row
    handed = "app.next.handed_up" if row.pending_kind == "escalate" else "app.next.handed_down"
    why = t("app.next.still_ours") if row.held_here else ""
    return NextStep(t(handed, who=level_word(row.pending_level)), why, *_until(row.pending_due, today, "plain"))


def _take(view: CaseView, open_acts: Mapping[str, ActionView], today: str) -> NextStep:
    row, (take, back) = view.row, TAKE[view.row.pending_kind]
    made = _step(view, (take,), open_acts, today)
    return NextStep(t("app.next.take", who=row.holder_name), made.why, *_until(row.pending_due, today, "warn"), made.verb,
                    made.button, tuple(a for a in (open_acts.get(back),) if a is not None))


def _step(view: CaseView, verbs: tuple[str, ...], open_acts: Mapping[str, ActionView], today: str) -> NextStep:
    row = view.row
    offered = [open_acts[verb] for verb in verbs if verb in open_acts]
    wanted = offered[0].verb if offered else verbs[0]
    known = next((a for a in view.actions if a.verb == wanted), None)
    label = known.label if known is not None else wanted
    title = t(f"app.next.{wanted}.title") if has(f"app.next.{wanted}.title") else t("app.next.do", what=label)
    returned = t("app.next.returned", who=row.returned_by, reason=row.returned_reason) if row.returned_by else ""
    met = meeting_words(view.state.get("meeting"), today)
    returned += f"{met}。" if met else ""
    if not offered:
        why = known.reason if known is not None else t("app.next.another_role")
        return NextStep(title, returned + why, *_due(view, today))
    why = t(f"app.next.{wanted}.why") if has(f"app.next.{wanted}.why") else ""
    return NextStep(title, returned + why, *_due(view, today), wanted, label, tuple(offered[1:]))


def _due(view: CaseView, today: str) -> tuple[str, str]:
    row = view.row
    return _until(row.due_date, today, {"warn": "warn", "overdue": "bad", "ring": "bad"}.get(row.alarm, "plain"))


def _until(due: str | None, today: str, tone: str) -> tuple[str, str]:
    """Words and tone of the day by which it must be done; `tone` while the day is not over."""
    if not due:
        return "", "plain"
    if (over := between(due, today)) > 0:
        return t("app.next.late", day=day_words(due, today).partition("（")[0], days=over), "bad"
    return t("app.next.latest", day=day_words(due, today)), tone


def day_words(day: str, today: str) -> str:
    """11月28日（后天）; of another year 2025年11月28日."""
    left = between(today, day)
    near = {-1: "app.day.yesterday", 0: "app.today", 1: "app.day.tomorrow", 2: "app.day.after"}.get(left)
    words = said_day(day, today)
    return f"{words}（{t(near)}）" if near else words
