"""Supervision as cards: 提醒 -> 预警 (yellow) -> 督办 (red) -> 通报 (DOMAIN.md 7.6). It never moves the lifecycle. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shared.disputes.case.risk_facts import age_days, unticked
from shared.disputes.case.state import CaseState
from shared.disputes.rules.clocks import ClockRules
from shared.ledger import codes
from shared.ledger.days import instant, later, local_date, local_time, said_day
from shared.ledger.texts import t

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


@dataclass(frozen=True, slots=True)
class Climb:
    """An overdue clock whose days of grace are over: the supervisor one level above its owner takes it up (DOMAIN.md 2.7)."""

    kind: str
    event: str
    owner: str
    to: str
    due: str
    since: str                          # first day on which it is the upper level's


def climbs(case: CaseState, today: str, rules: ClockRules) -> tuple[Climb, ...]:
    """By due date. What is information, a right, or the county's own has nowhere to climb."""
    found = []
    for clock in case.clocks:
        if clock.stopped is not None or clock.outside or clock.kind == "confirmation" or not clock.owner:
            continue
        since = later(clock.due_date, rules.grace_days + 1)
        to = rules.lineage.parent_of(clock.owner)
        if to is not None and since <= today:
            found.append(Climb(clock.kind, clock.event, clock.owner, to, clock.due_date, since))
    return tuple(found)


def age(case: CaseState, today: str) -> str:
    """The days since the case was first registered, whoever held it (DOMAIN.md 2.7), in words; "" on its first day."""
    days = age_days(case, today) if case.registered_on else 0
    return t("supervision.age", days=days) if days else ""


def ringing(case: CaseState, now: int) -> tuple[str, ...]:
    """One sentence for each duty whose alarm within the day rings at this instant (ms since 1970), with the hour since when."""
    today = local_date(now)
    return tuple(t("supervision.rings", clock=codes.name("clock", clock.kind), at=said_day(local_time(clock.alarm_at), today))
                 for clock in case.clocks if clock.rings(now))


def watch(case: CaseState, today: str, rules: ClockRules, name: Callable[[str], str], now: int | None = None) -> tuple[str, ...]:
    """What whoever opens the case must be warned of: alarms that ring, the open cards, what climbed, and risk items that the case
    shows and nobody ticked, one sentence each. `name` gives an office's name; `now` is the instant, None the end of `today`."""
    said: list[str] = [*ringing(case, instant(today, now))]
    for card in cards(case, today):
        if card.state in ("accepted", "replied"):
            continue
        said.append(t("supervision.card", card=t(f"supervision.{card.colour}"), level=codes.name("supervision_level", card.level),
                      to=name(card.to), state=t(f"supervision.state_{card.state}"), due=said_day(card.due or "", today)))
        if card.next_level:
            said.append(t("supervision.next", level=codes.name("supervision_level", card.next_level)))
    said += [t("supervision.climbed", clock=codes.name("clock", c.kind), due=said_day(c.due, today), to=name(c.to))
             for c in climbs(case, today, rules)]
    items = unticked(case, today, rules.risk) if case.is_open else ()
    if items:
        said.append(t("supervision.unticked", names="、".join(item.name for item in items)))
    return tuple(said)
