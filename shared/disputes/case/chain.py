"""The way of a report upward, whole: grid member -> group leader -> village leader -> township -> county (DOMAIN.md 1.6, 7.3),
with who has it, since when and until when it may take, and how each hand-over was answered. Pure, from the folded case.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.disputes.case.state import CaseState, Clock
from shared.disputes.case.tracks import HandOver
from shared.ledger.published.lineage import Lineage


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to take the matter and its answer: "" (waiting) | accepted | returned | gone. Until it is accepted, who asked
    stays responsible. `due_date`: by when it should be answered."""

    to: str                             # a role within the grid, an office beyond it
    on: str
    by: str
    reason: str
    answer: str
    answered_on: str
    answered_by: str
    answer_reason: str
    due_date: str
    state: str
    late: bool


@dataclass(frozen=True, slots=True)
class Link:
    """One who is or was responsible. `level`: the role within the grid, else village | township | county.
    `state` of its time: running | warning | overdue | stopped. The link with `until` None has it now."""

    level: str
    office: str
    actor: str
    since: str
    until: str | None
    due_date: str
    state: str
    late: bool
    asked: tuple[Asked, ...]


def chain(case: CaseState, lines: Lineage) -> tuple[Link, ...]:
    """From the first who had it to the one who has it now."""
    actors = {line.event: line.actor for line in case.timeline}
    history = case.custody.history
    found = []
    for place, step in enumerate(case.grid_steps):
        left = step.until or (history[0].until if history and place == len(case.grid_steps) - 1 else None)
        found.append(_link(case, step.role, case.origin, step.event, step.since, left, actors))
    for held in history[1:] if case.grid_steps else history:
        found.append(_link(case, lines.level_of(held.office), held.office, held.event, held.since, held.until, actors))
    return tuple(found)


def _link(case: CaseState, level: str, office: str, event: str, since: str, until: str | None, actors: dict[str, str]) -> Link:
    clock = next((c for c in case.clocks if c.event == event and c.kind.startswith("handle_")), None)
    asked = tuple(_asked(case, h) for h in case.hand_overs if h.link == event)
    return Link(level, office, actors.get(event, ""), since, until, clock.due_date if clock else "", clock.state if clock else "",
                bool(clock and clock.late), asked)


def _asked(case: CaseState, h: HandOver) -> Asked:
    clock: Clock | None = next((c for c in case.clocks if c.event == h.event and c.kind == h.clock), None)
    answer = h.answer or ("gone" if clock is not None and clock.stopped else "")
    return Asked(h.to, h.asked_on, h.by, h.reason, answer, h.answered_on, h.answered_by, h.answer_reason,
                 clock.due_date if clock else "", clock.state if clock else "", bool(clock and clock.late))
