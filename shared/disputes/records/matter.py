"""Matters with statutory clocks, petitions and legal aid: their folded states as commands print them. Frozen values; what a
matter does stands in its machine (`petition`, `legal_aid`). It must not know mediation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.disputes.case.state import Clock
from shared.disputes.records.machine import Folding

Date = str


@dataclass(frozen=True, slots=True)
class Step:
    """One accepted event as the history shows it. `effect`: "" or the reason why it moved nothing (section `effect`)."""

    event: str
    kind: str
    office: str
    actor: str
    legal_date: Date
    effect: str = ""


@dataclass(frozen=True, slots=True)
class PetitionState:
    """`state`: registered | forwarded | accepted | declined | answered | reviewing | reviewed | final_reviewing | ended."""

    id: str
    number: str = ""
    state: str = "registered"
    channel: str = ""
    form: str = ""
    category: str = ""
    place: str = ""
    summary: str = ""
    origin: str = ""                    # office that registered it
    handler: str = ""                   # office that must handle it now
    registered_on: Date = ""
    received_on: Date = ""
    persons: tuple[str, ...] = ()       # who came; none where Art 30 protects
    protected: bool = False
    sealed_names: tuple[str, ...] = ()  # the sealed steps that say who came
    batches: int = 1
    person_times: int = 1
    repeat_of: str = ""
    abnormal_visit: bool = False
    skip_level_visit: bool = False
    case: str = ""
    accepted_on: Date | None = None
    declined_on: Date | None = None
    answered_on: Date | None = None
    answer: str = ""
    extended_until: Date | None = None
    forwarded: tuple[tuple[Date, str, str], ...] = ()       # (date, to, event) of each forwarding
    reviews: tuple[tuple[str, Date, Date, str], ...] = ()   # (stage, asked, answered or "", upheld | changed | "")
    score: int | None = None            # the last rating
    rated_on: Date | None = None
    clocks: tuple[Clock, ...] = ()
    steps: tuple[Step, ...] = ()
    heads: tuple[str, ...] = ()
    incomplete: int = 0
    unknown_kinds: int = 0
    faults: tuple[str, ...] = ()        # events that a fault of this program could not fold, "" for the clocks
    updated_hlc: str = ""
    elsewhere: tuple[tuple[str, str], ...] = ()     # (other system, its number)


@dataclass(frozen=True, slots=True)
class LegalAidState:
    """`state`: registered | granted | refused | appointed | objected | terminated | ended. `objections`: (date of the objection,
    date of its answer or "", "upheld" | "corrected" | "")."""

    id: str
    number: str = ""
    state: str = "registered"
    matter: str = ""
    place: str = ""
    summary: str = ""
    origin: str = ""
    registered_on: Date = ""
    case: str = ""
    decided_on: Date | None = None
    granted: bool | None = None
    appointed_on: Date | None = None
    lawyer: str = ""
    applicant: str = ""
    ended_on: Date | None = None
    objections: tuple[tuple[Date, Date, str], ...] = ()
    clocks: tuple[Clock, ...] = ()
    steps: tuple[Step, ...] = ()
    heads: tuple[str, ...] = ()
    incomplete: int = 0
    unknown_kinds: int = 0
    faults: tuple[str, ...] = ()        # events that a fault of this program could not fold, "" for the clocks
    updated_hlc: str = ""


def common(f: Folding) -> dict[str, Any]:
    """The fields that every matter has."""
    made: dict[str, Any] = {
        "id": f.subject, "state": f.state or "registered", "clocks": f.clocks, "heads": f.order.heads, "incomplete": f.incomplete,
        "unknown_kinds": sum(not one.known for one in f.taken), "faults": tuple(f.faults),
        "updated_hlc": max((event.hlc for event in f.order.events), default=""),
        "steps": tuple(Step(e.id, e.kind, e.office, e.actor, e.legal_date, one.reason)
                       for one in f.taken for e in (one.event,)),
    }
    if f.first is not None:
        place = f.get("place")
        made.update(
            origin=f.first.office, registered_on=f.first.legal_date, number=f.get("number", ""), summary=f.get("summary", ""),
            place=place["office"] if isinstance(place, Mapping) else "", case=f.get("case", ""))
    return made


def received_on(f: Folding) -> str:
    """When the office had it, which may be before it was registered."""
    return str(f.get("received_on") or (f.first.legal_date if f.first else ""))
