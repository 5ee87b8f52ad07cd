"""Who acts for whom: an agent with a special mandate signs for those who sent him, a guardian for one without full capacity.

Pure questions to the parties of a case. An agent's mandate (form D06) names its principals, its powers and its term; only a
special one lets him sign an agreement (民事诉讼法 Art 62 by analogy), and only within the term. A side of many elects
representatives from among itself, who sign for those who elected them (民事诉讼法 Arts 56, 57). A minor, or a party marked as
without full capacity, is a *ward*: a yes or a signature of his own binds nobody, his guardian's does (民法典 Arts 17-23,
27, 28, 34).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from shared.disputes.case.state import PartyState, Signature

AGENT, GUARDIAN = "agent", "guardian"
SIDES = ("applicant", "respondent", "third_party")
Parties = Mapping[int, PartyState]


def is_ward(party: PartyState, adult_age: int) -> bool:
    return party.kind == "person" and (party.vulnerable or (party.age is not None and party.age < adult_age))


def is_guardian_of(party: PartyState, ward: PartyState) -> bool:
    """A party of the case with that role, who names the ward among his principals or is named at the ward."""
    if party.role != GUARDIAN:
        return False
    return (party.mandate is not None and ward.no in party.mandate.principals) or (party.name == ward.guardian != "")


def has_guardian(parties: Parties, ward: PartyState) -> bool:
    return bool(ward.guardian) or any(is_guardian_of(party, ward) for party in parties.values())


def without_guardian(parties: Parties, adult_age: int) -> tuple[PartyState, ...]:
    """Wards among those who settle or promise, for whom nobody stands."""
    return tuple(p for p in parties.values() if p.role != GUARDIAN and is_ward(p, adult_age) and not has_guardian(parties, p))


def powerful(agent: PartyState, day: str) -> frozenset[int]:
    """The principals for whom this agent, or this representative elected by his side, may sign on a day."""
    given = agent.mandate
    if agent.role not in (AGENT, *SIDES) or given is None or given.scope != "special":
        return frozenset()
    in_term = (given.since or "") <= day and (given.until is None or day <= given.until)
    return frozenset(given.principals) if in_term else frozenset()


def bound_by(parties: Parties, no: int, day: str, adult_age: int, name: str = "") -> frozenset[int]:
    """The parties who are bound when this one says yes or signs on a day. `name`: whose hand it was, where the paper says so."""
    party = parties.get(no)
    if party is None:
        return frozenset({no})
    wards_of = parties.values() if party.role == GUARDIAN else ()
    others = {w.no for w in wards_of if is_ward(w, adult_age) and is_guardian_of(party, w)} | powerful(party, day)
    own = not is_ward(party, adult_age) or (name == party.guardian != "")
    wards = {n for n in others if n in parties and is_ward(parties[n], adult_age) and not is_guardian_of(party, parties[n])}
    return frozenset(({no} if own else set()) | (others - wards))


def bound(parties: Parties, numbers: Iterable[int], day: str, adult_age: int) -> set[int]:
    """Everybody who is bound when these say yes."""
    found: set[int] = set()
    for no in numbers:
        found |= bound_by(parties, no, day, adult_age)
    return found


def powerless(parties: Parties, signature: Signature) -> bool:
    """An agent signed who may not: only a general mandate, none, or outside its term."""
    party = parties.get(signature.party) if signature.party is not None else None
    return party is not None and party.role == AGENT and not powerful(party, signature.signed_on)


def signing_hand(party: Mapping[str, Any], adult_age: int) -> str:
    """Whose name goes with a signature on this party's pad (a party as JSON values): the guardian's for a ward."""
    child = party.get("age") is not None and party["age"] < adult_age
    ward = party.get("kind", "person") == "person" and (party.get("vulnerable") or child)
    return str(party["guardian"] if ward and party.get("guardian") else party["name"])
