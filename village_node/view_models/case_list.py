"""The case list as a screen shows it: plain words, tones and icons, no Kivy, no SQL.

`CardModel` is what one card draws. Tones are the keys of the theme ("plain", "info", "good", "warn", "alert", "bad"), icons the
names of the icon font. Every tone has its word and its shape.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.ledger.days import between
from shared.ledger.texts import has, t
from village_node.desk.views import CaseRow
from village_node.point.values import DeliverySummary

# the lists of `village_node.desk.lists`, in the order of the chips
FILTERS = ("mine", "warn", "overdue", "new", "waiting", "refused", "all")
DELIVERY_TONES = {
    "saved": "warn", "sent": "info", "township": "info", "accepted": "good", "seen": "good", "refused": "bad",
    "received": "plain", "none": "plain",
}
# hops that have signed for a record: this device, the township, the county
DELIVERY_FILLED = {"saved": 1, "sent": 1, "township": 2, "accepted": 3, "seen": 3, "refused": 1}
ALARM_TONES = {"ok": "plain", "warn": "warn", "ring": "bad", "overdue": "bad", "": "plain"}
ALARM_ICONS = {"ok": "clock-outline", "warn": "clock-alert-outline", "ring": "alert", "overdue": "alert", "": ""}
NEAR = 2            # days before a day that has no warning of its own: from then on it is amber
RISK_TONES = {"1": "info", "2": "yellow", "3": "alert", "4": "bad"}


@dataclass(frozen=True, slots=True)
class DeliveryModel:
    """`filled` of `hops` dots; `refused`: a triangle at the last. An office that is not on the way is left out."""

    words: str
    tone: str
    filled: int
    hops: int
    refused: bool = False


@dataclass(frozen=True, slots=True)
class CardModel:
    case: str
    title: str
    line: str
    number: str
    state: str
    state_tone: str
    risk: str
    risk_tone: str
    risk_level: int
    deadline: str
    deadline_tone: str
    deadline_icon: str
    delivery: str
    delivery_tone: str
    filled: int
    hops: int
    refused: int
    unread: bool


def card(row: CaseRow, today: str, office: str) -> CardModel:
    """One row of a list as a card, at this office."""
    deadline, deadline_tone, icon = deadline_words(row, today)
    state, state_tone = status_words(row, office)
    delivery = summary_model(row.delivery, row.own_level)
    return CardModel(
        case=row.id, title=row.parties or row.summary,
        line=" · ".join(part for part in (row.category_label.removesuffix("纠纷"), row.place, row.summary) if part),
        number=row.number, state=state, state_tone=state_tone, risk=risk_words(row.risk),
        risk_tone=RISK_TONES.get(row.risk, "plain"), risk_level=int(row.risk) if row.risk in RISK_TONES else 0,
        deadline=deadline, deadline_tone=deadline_tone, deadline_icon=icon, delivery=delivery.words, delivery_tone=delivery.tone,
        filled=delivery.filled, hops=delivery.hops, refused=int(delivery.refused), unread=row.unread,
    )


def status_words(row: CaseRow, office: str) -> tuple[str, str]:
    """In which stage the case is, for a person of this office: what waits, with whom."""
    if row.pending_to and row.pending_to != office:
        return t("app.status.waits", who=level_word(row.pending_level)), "info"
    if row.pending_to:
        return t("app.status.take"), "warn"
    if row.returned_by:
        return t("app.status.returned", who=row.returned_by, reason=row.returned_reason), "warn"
    if row.waits_for:
        return t(f"app.status.waits_for_{row.waits_for}"), "info"
    key = f"app.status.{row.state}"
    return (t(key) if has(key) else row.state_label), ("good" if row.state in ("closed", "archived") else "info")


def level_word(level: str) -> str:
    """村里 | 镇里 | 县里."""
    return t(f"app.level.{level}")


def risk_words(risk: str) -> str:
    return t(f"app.risk.{risk}") if risk in RISK_TONES else ""


def deadline_words(row: CaseRow, today: str) -> tuple[str, str, str]:
    """Words, tone and icon of the nearest deadline; the desk has computed the alarm on this device."""
    if not row.due_date:
        return "", "plain", ""
    words = pill_words(row.due_date, row.alarm, today)
    if row.provisional:
        words += t("app.deadline.provisional")
    return words, ALARM_TONES.get(row.alarm, "plain"), ALARM_ICONS.get(row.alarm, "")


def due_pill(due: str, today: str, near: int = NEAR) -> tuple[str, str, str]:
    """Words, tone and icon of a day by which something is to be done, where nobody has reckoned an alarm; none without a day."""
    if not due:
        return "", "plain", ""
    left = between(today, due)
    alarm = "overdue" if left < 0 else "warn" if left <= near else "ok"
    return pill_words(due, alarm, today), ALARM_TONES[alarm], ALARM_ICONS[alarm]


def pill_words(due: str, alarm: str, today: str) -> str:
    """超期 2 天 · 今天到期 · 明天到期 · 还有 5 天."""
    left = between(today, due)
    if alarm == "ring":
        return t("app.deadline.rings")
    if left < 0:
        return t("app.deadline.over", days=-left)
    near = {0: "app.deadline.today", 1: "app.deadline.tomorrow"}.get(left)
    return t(near) if near else t("app.deadline.left", days=left)


def delivery_model(state: str, level: str) -> DeliveryModel:
    """One record's mark. A township's own records have no village on their way."""
    hops = {"village": 3, "township": 2}.get(level, 1)
    if state in ("received", "none"):
        return DeliveryModel(t(f"app.delivery.{state}"), "plain", 0, 0)
    filled = DELIVERY_FILLED.get(state, 0)
    return DeliveryModel(t(f"app.delivery.{state}"), DELIVERY_TONES[state], min(filled, hops), hops, state == "refused")


def summary_model(summary: DeliverySummary, level: str) -> DeliveryModel:
    """The least proven state of this device's records of a case."""
    if summary.total == 0:
        return DeliveryModel(t("app.delivery.none"), "plain", 0, 0)
    return delivery_model(summary.worst, level)


def count_words(shown: int, total: int, text: str, name: str = "all") -> str:
    """The line below the list `name`: never more, never less than there is; of an empty one what would be here."""
    if not total:
        return t("app.list.nothing_found", text=text) if text else t(f"app.list.empty_{name}")
    return t("app.list.count", n=total) if shown >= total else t("app.list.shown", shown=shown, n=total)
