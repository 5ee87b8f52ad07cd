"""The case list as a screen shows it: plain strings and tones, no Kivy, no SQL.

`CardModel` is what one card draws. Tones are the keys of the theme ("plain", "info", "good", "warn", "alert", "bad").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.ledger.texts import t
from village_node.desk.views import CaseRow, DeadlineView
from village_node.point.values import DeliverySummary

FILTERS = ("all", "mine", "warn", "overdue", "waiting")
DELIVERY_TONES = {
    "saved": "warn", "sent": "info", "township": "info", "accepted": "good", "seen": "good", "refused": "bad",
    "received": "plain", "none": "plain",
}
ALARM_TONES = {"ok": "good", "warn": "warn", "ring": "bad", "overdue": "bad", "": "plain"}
RISK_TONES = {"1": "info", "2": "warn", "3": "alert", "4": "bad"}


@dataclass(frozen=True, slots=True)
class CardModel:
    case: str
    title: str
    line: str
    number: str
    state: str
    state_tone: str
    deadline: str
    deadline_tone: str
    delivery: str
    delivery_tone: str
    where: str
    unread: bool


def card(row: CaseRow) -> CardModel:
    """One row of `Desk.list_cases` as a card."""
    deadline, deadline_tone = deadline_words(row)
    delivery, delivery_tone = delivery_words(row.delivery)
    return CardModel(
        case=row.id,
        title=row.parties or row.summary,
        line=" · ".join(part for part in (row.category_label, row.place, row.summary) if part),
        number=row.number,
        state=row.state_label,
        state_tone=RISK_TONES.get(row.risk, "plain") if row.risk in ("3", "4") else "info",
        deadline=deadline,
        deadline_tone=deadline_tone,
        delivery=delivery,
        delivery_tone=delivery_tone,
        where=where_words(row),
        unread=row.unread,
    )


def deadline_words(row: CaseRow) -> tuple[str, str]:
    """Words and tone of the nearest deadline; the desk has computed the alarm on this device."""
    if not row.due_date:
        return t("app.list.no_deadline"), "plain"
    words = f"{row.due_label} {row.due_date[5:]}"
    if row.alarm in ("warn", "ring", "overdue"):
        words = f"{words} {t('app.list.' + row.alarm)}"
    if row.provisional:
        words += t("app.deadline.provisional")
    return words, ALARM_TONES.get(row.alarm, "plain")


def delivery_words(summary: DeliverySummary) -> tuple[str, str]:
    """The least proven state of this device's records of the case, with how many have reached the county."""
    if summary.total == 0:
        return t("app.delivery.own_none"), "plain"
    label = t(f"app.delivery.{summary.worst}")
    done = summary.accepted + summary.seen
    tone = DELIVERY_TONES[summary.worst]
    return t("app.delivery.counts", label=label, done=done, total=summary.total), tone


def where_words(row: CaseRow) -> str:
    if row.pending_to_name:
        return t("app.list.pending", name=row.pending_to_name)
    return t("app.list.holder", name=row.holder_name)


def alarm_counts(alarms: Iterable[DeadlineView]) -> dict[str, int]:
    """How many cases have a deadline that is near or over: `{"warn": n, "overdue": m}`. What rings counts as over."""
    cases: dict[str, set[str]] = {}
    for alarm in alarms:
        cases.setdefault("overdue" if alarm.level == "ring" else alarm.level, set()).add(alarm.case_id)
    return {level: len(ids) for level, ids in cases.items()}


def query(filter_name: str, text: str) -> Mapping[str, Any]:
    """The arguments of `Desk.list_cases` for a filter chip and the search box."""
    arguments: dict[str, Any] = {"text": text.strip()}
    if filter_name == "mine":
        arguments |= {"held_here": True, "open_only": True}
    elif filter_name in ("warn", "overdue"):
        arguments["alarm"] = filter_name
    elif filter_name == "waiting":
        arguments["delivery"] = "waiting"
    return arguments
