"""One case as the screen shows it: header, banners, timeline with a delivery mark on every record, and what may be done now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.ledger.days import moment
from shared.ledger.texts import t
from village_node.desk.views import ActionView, CaseView, DeadlineView, FileView, TimelineEntry
from village_node.point.values import Delivery
from village_node.view_models.case_list import ALARM_TONES, DELIVERY_TONES, RISK_TONES


@dataclass(frozen=True, slots=True)
class Mark:
    words: str
    tone: str


@dataclass(frozen=True, slots=True)
class EntryModel:
    title: str
    who: str
    text: str
    mark: Mark
    struck: str              # why the record was refused; empty when it counts
    files: tuple[FileView, ...]


@dataclass(frozen=True, slots=True)
class CasePageModel:
    title: str
    lines: tuple[str, ...]
    chips: tuple[Mark, ...]
    banners: tuple[str, ...]
    entries: tuple[EntryModel, ...]


def case_page(view: CaseView) -> CasePageModel:
    row = view.row
    chips = [Mark(row.state_label, "info")]
    if row.risk_label:
        chips.append(Mark(row.risk_label, RISK_TONES.get(row.risk, "plain")))
    chips += [deadline_mark(d) for d in view.deadlines if not d.stopped]
    return CasePageModel(
        title=row.parties or row.summary,
        lines=(
            t("app.case.number", number=row.number),
            row.category_label,
            t("app.case.place", place=row.place),
            t("app.list.holder", name=row.holder_name),
            view.description or row.summary,
            *([view.age] if view.age else []),
            *_haves(view),
        ),
        chips=tuple(chips),
        banners=view.banners,
        entries=tuple(entry_model(e) for e in view.timeline),
    )


def _haves(view: CaseView) -> tuple[str, ...]:
    """The six haves in one line: how many, and what is still wanted."""
    wanted = [have for have in view.haves if have.wanted]
    lacking = "、".join(have.name for have in wanted if not have.has)
    if not wanted:
        return ()
    return (t("app.case.haves", n=sum(have.has for have in wanted), of=len(wanted), lacking=lacking or t("app.case.haves_all")),)


# What a person most likely came for, in this order; everything else stands behind one button.
LIKELY = (
    "accept_escalation", "acknowledge_assignment", "supervise_reply", "settle_on_spot", "triage", "accept", "hold_session",
    "reach_agreement", "sign_agreement", "seal", "perform_item", "visit", "close", "archive", "escalate",
    "return_escalation", "return_assignment", "add_evidence", "add_note", "assign",
)
SHOWN_AT_ONCE = 7


def sorted_actions(actions: Sequence[ActionView]) -> tuple[list[ActionView], list[ActionView]]:
    """(at once, behind "more"): likely first, the desk's own order otherwise. `acknowledge` happens by opening the case."""
    offered = [a for a in actions if a.enabled and a.verb != "acknowledge"]
    offered.sort(key=lambda a: LIKELY.index(a.verb) if a.verb in LIKELY else len(LIKELY))
    return (offered, []) if len(offered) <= SHOWN_AT_ONCE + 1 else (offered[:SHOWN_AT_ONCE], offered[SHOWN_AT_ONCE:])


def deadline_mark(deadline: DeadlineView) -> Mark:
    words = deadline.sentence + (t("app.deadline.provisional") if deadline.provisional else "")
    return Mark(words, ALARM_TONES.get(deadline.level, "plain"))


def delivery_mark(delivery: Delivery) -> Mark:
    return Mark(t(f"app.delivery.{delivery.state}"), DELIVERY_TONES.get(delivery.state, "plain"))


def entry_model(entry: TimelineEntry) -> EntryModel:
    struck = ""
    if entry.refused:
        struck = t("app.case.refused", reason=entry.refused)
    elif entry.delivery.state == "refused":
        struck = t("app.case.refused", reason=f"{entry.delivery.reason} {entry.delivery.remedy}".strip())
    return EntryModel(
        title=entry.title,
        who=f"{entry.office_name}　{entry.actor_name}　{entry.legal_date} {moment(entry.device_time):%H:%M}",
        text=t("app.case.newer") if entry.newer else entry.text,
        mark=delivery_mark(entry.delivery),
        struck=struck,
        files=entry.files,
    )
