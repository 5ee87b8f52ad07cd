"""Supervision as cards: 提醒 -> 预警 (yellow) -> 督办 (red) -> 通报 (DOMAIN.md 7.6). It never moves the lifecycle. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from shared.case import CaseState

LADDER = ("reminder", "warning", "supervise", "circular")
COLOURS = {"reminder": "blue", "warning": "yellow", "supervise": "red", "circular": "red"}


@dataclass(frozen=True, slots=True)
class Card:
    """`state`: issued | received | replied | accepted | again. `next_level` is what is due when the reply is overdue or was sent
    back, "" while there is time."""

    event: str
    level: str
    colour: str
    state: str
    to: str
    by: str
    due: str | None
    overdue: bool
    next_level: str


def cards(case: CaseState, today: str) -> tuple[Card, ...]:
    """Every supervision of the case, oldest first."""
    due = {clock.event: clock.due_date for clock in case.clocks if clock.kind == "supervision_reply"}
    found = []
    for s in case.supervisions:
        state = s.verdict or ("replied" if s.replied_on else "received" if case.seen_by(s.event, s.to) else "issued")
        late = s.replied_on is None and due.get(s.event, "9999") < today
        worse = LADDER[min(LADDER.index(s.level) + 1, len(LADDER) - 1)] if s.level in LADDER else ""
        found.append(Card(s.event, s.level, COLOURS.get(s.level, "blue"), state, s.to, s.by, due.get(s.event), late,
                          worse if late or state == "again" else ""))
    return tuple(found)


def colour(case: CaseState, today: str) -> str:
    """The worst open card: "" | blue | yellow | red."""
    order = ("", "blue", "yellow", "red")
    return max((c.colour for c in cards(case, today) if c.state not in ("accepted", "replied")), key=order.index, default="")
