"""Everything beside cases under one roof: one machine each, the small aggregates (`machines`) and the matters with statutory
clocks, petitions and legal aid. What opens one, which steps there are, and its folded state, for desks and command lines. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from shared.disputes.kinds import registry as bodies
from shared.disputes.records import legal_aid, machines, petition
from shared.disputes.records.machine import Folding, Machine, RecordState, RecordStep, Way, kind_title, record_view, run
from shared.disputes.records.matter import LegalAidState, PetitionState
from shared.disputes.rules.county import CountyRules
from shared.ledger.formats.envelope import Event
from shared.ledger.texts import has, t

State = RecordState | PetitionState | LegalAidState
# aggregate -> its machine: one more row is one more aggregate
MACHINES: dict[str, Machine] = {**machines.MACHINES, "petition": petition.MACHINE, "legal_aid": legal_aid.MACHINE}
# those with statutory clocks (`rules.statutory`) and a view of their own
MATTERS: dict[str, Callable[[Folding], State]] = {
    "petition": petition.petition_view, "legal_aid": legal_aid.legal_aid_view}
NAMES = tuple(MACHINES)
NOT_YET = "0" * 26      # stands for the id of what is not founded yet, in the bond of what is sealed with it
# Kinds whose body carries a platform number, which the author's device gives.
NUMBERED = frozenset({"case.registered", "petition.registered", "legal_aid.registered"})


def steps_of(aggregate: str) -> dict[str, Way]:
    """Every step but the opening one: from which states, to which ("" = it stays, or what it says decides)."""
    return dict(MACHINES[aggregate].steps)


def opening(aggregate: str) -> str:
    """The kind that opens one."""
    return MACHINES[aggregate].opens


OPENINGS = frozenset({"case.registered", *map(opening, NAMES)})


def opens(kind: str) -> bool | None:
    """Does this kind of event open a case, a record or a matter? None for a kind that this version does not know."""
    return kind in OPENINGS if kind in bodies.CURRENT else None


def aggregate_of_kind(kind: str) -> str:
    """The aggregate of a step that this version knows; "" for any other word."""
    aggregate = kind.partition(".")[0]
    known = aggregate in NAMES and (kind == opening(aggregate) or kind in steps_of(aggregate))
    return aggregate if known else ""


def kinds(aggregate: str = "") -> list[dict[str, Any]]:
    """{kind, title, from, to, fields} of every step, the opening one first; `fields` marks those that must be given with *."""
    made = []
    for name in NAMES if not aggregate else (aggregate,):
        rows = {opening(name): (frozenset[str](), MACHINES[name].start), **steps_of(name)}
        made += [{"kind": kind, "title": kind_title(kind), "from": sorted(before), "to": after, "fields": fields(kind)}
                 for kind, (before, after) in rows.items()]
    return made


def fields(kind: str) -> list[str]:
    """Names of the body's fields, with a * those that have no default (the platform number is given by the device)."""
    model = bodies.BODIES[kind, bodies.CURRENT[kind]]
    return [f"{field.alias or name}{'*' if field.is_required() else ''}" for name, field in model.model_fields.items()
            if not (kind in NUMBERED and name.startswith("number"))]


def fold(
    aggregate: str, events: Iterable[Event], ours: CountyRules, refused: Mapping[str, str] | None = None,
    today: str | None = None, *, absent: Mapping[str, Sequence[str]] | None = None, history: bool = True,
) -> State:
    """The state of one of them under the county's rules. Raises ValueError without events."""
    machine, view = MACHINES[aggregate], MATTERS.get(aggregate)
    rules = ours.rules if view is None else ours.matters
    f = run(machine, events, refused, today, rules=rules, calendar=ours.calendar, absent=absent)
    if view is not None:
        return view(f)
    return record_view(machine, f, refused or {}, history=history)


def why_not(state: State, event: str) -> str:
    """Why this event moved nothing, in words; "" when it had its effect."""
    step = next((step for step in state.steps if step.event == event), None)
    if isinstance(step, RecordStep):
        return (step.note or step.title) if step.effect != "yes" else ""
    if step is None or not step.effect:
        return ""
    return t(f"effect.{step.effect}") if has(f"effect.{step.effect}") else step.effect
