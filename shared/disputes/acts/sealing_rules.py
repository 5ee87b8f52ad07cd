"""Which records are sealed, for whose devices, and who may open them: `data/sealing.toml` as values. Pure; encrypts nothing.

`class_of` is asked before a body is signed, `audience` for the devices that get the key, `may_open` before a body is shown.
The key is a device's and the role a person's: both must fit. Whoever wrote a record may open it where the device can.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from shared.disputes.case.state import CaseState
from shared.disputes.kinds.registry import SEALABLE
from shared.disputes.records.machine import RecordState
from shared.disputes.records.matter import PetitionState
from shared.ledger.published.directory_heads import Directory
from shared.paths import DATA

OFFICES = frozenset({"author", "holder", "co_handlers", "origin"})


@dataclass(frozen=True, slots=True)
class SealedClass:
    """`offices`: words of `OFFICES`; `roles`: who may open it."""

    code: str
    source: str
    offices: tuple[str, ...]
    roles: frozenset[str]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a rule may ask of the case or record, and where its offices are."""

    confidentiality: str = "open"
    closed_session: bool = False
    service: str = ""
    holder: str = ""
    origin: str = ""
    co_handlers: tuple[str, ...] = ()
    protected: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """Sets that are None ask for nothing."""

    sealed_class: str
    kinds: frozenset[str]
    source: str
    about: frozenset[str] | None = None
    author_roles: frozenset[str] | None = None
    documents: frozenset[str] | None = None
    confidentiality: frozenset[str] | None = None
    services: frozenset[str] | None = None
    closed_session: bool = False
    protected: bool = False

    def matches(self, kind: str, body: Mapping[str, Any], role: str, here: Surroundings) -> bool:
        # a body is written without the fields that equal their default; D09 is that of a record, D08 of evidence
        document = body.get("document", "D08" if kind == "case.evidence_added" else "D09")
        here_too = (here.closed_session or not self.closed_session) and (here.protected or not self.protected)
        return kind in self.kinds and here_too and all(
            wanted is None or value in wanted for wanted, value in (
                (self.about, body.get("about", "")), (self.author_roles, role), (self.documents, document),
                (self.confidentiality, here.confidentiality), (self.services, here.service)))


@dataclass(frozen=True, slots=True)
class Aside:
    """`fields` of an open act of `kind` that go into a sealed `into`: in a case of this `confidentiality`, or where the field
    `when` says so. With a `document` they become the text of that record, else they keep their names."""

    sealed_class: str
    kind: str
    fields: tuple[str, ...]
    into: str
    document: str
    confidentiality: frozenset[str]
    when: str
    source: str


@dataclass(frozen=True, slots=True)
class SealingRules:
    classes: Mapping[str, SealedClass] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    asides: tuple[Aside, ...] = ()


@lru_cache(maxsize=1)
def shipped() -> SealingRules:
    """The rules of `data/sealing.toml`. Raises ValueError naming what is wrong in it."""
    raw = tomllib.loads((DATA / "sealing.toml").read_text(encoding="utf-8"))
    classes = {code: _class(code, row) for code, row in raw["classes"].items()}
    rules = tuple(_rule(row) for row in raw["rules"])
    asides = tuple(
        Aside(row["class"], row["kind"], tuple(row["fields"]), row["into"], row.get("document", ""),
              frozenset(row.get("confidentiality", ())), row["when"], row["source"])
        for row in raw["asides"])
    for kinds, code in [*((r.kinds, r.sealed_class) for r in rules), *(({a.into}, a.sealed_class) for a in asides)]:
        if not kinds <= SEALABLE or code not in classes:
            raise ValueError(f"sealing.toml: {code} {sorted(kinds)}: no such class, or a kind that must stay open")
    return SealingRules(classes, rules, asides)


def _class(code: str, row: Mapping[str, Any]) -> SealedClass:
    if not set(row["offices"]) <= OFFICES:
        raise ValueError(f"sealing.toml: {code}.offices: choose of {sorted(OFFICES)}")
    return SealedClass(code, row["source"], tuple(row["offices"]), frozenset(row["roles"]))


def _rule(row: Mapping[str, Any]) -> Rule:
    sets = {name: frozenset(row[name]) for name in
            ("about", "author_roles", "documents", "confidentiality", "services") if name in row}
    return Rule(row["class"], frozenset(row["kinds"]), row["source"], closed_session=row.get("closed_session", False),
                protected=row.get("protected", False), **sets)


def around_case(case: CaseState) -> Surroundings:
    return Surroundings(case.confidentiality, any(s.sealed for s in case.sessions), "", case.holder, case.origin,
                        case.custody.co_handlers)


def around_record(record: object) -> Surroundings:
    """Of a record of another aggregate; what has no service and no origin asks for nothing."""
    if isinstance(record, PetitionState):
        return Surroundings(holder=record.handler, origin=record.origin, protected=record.protected)
    if not isinstance(record, RecordState):
        return Surroundings()
    return Surroundings(service=str(record.data.get("service", "")), holder=record.origin, origin=record.origin)


def class_of(kind: str, body: Mapping[str, Any], role: str, here: Surroundings) -> str:
    """The class under which this body must be sealed; "" for an open one. The first rule that matches decides."""
    return next((rule.sealed_class for rule in shipped().rules if rule.matches(kind, body, role, here)), "")


def aside_of(kind: str, body: Mapping[str, Any], here: Surroundings) -> Aside | None:
    """What of this open act goes aside, if anything: in a confidential case, or when the act says so."""
    for aside in shipped().asides:
        hidden = here.confidentiality in aside.confidentiality or body.get(aside.when) is True
        if aside.kind == kind and hidden and any(body.get(name) for name in aside.fields):
            return aside
    return None


def offices_of(sealed_class: str, author_office: str, here: Surroundings) -> tuple[str, ...]:
    """The offices whose devices get the key; the author's is always one of them."""
    named = {"author": (author_office,), "holder": (here.holder,), "origin": (here.origin,), "co_handlers": here.co_handlers}
    words = shipped().classes[sealed_class].offices
    return tuple(dict.fromkeys(o for o in (author_office, *(o for word in words for o in named[word])) if o))


def audience(sealed_class: str, author_office: str, here: Surroundings, directory: Directory) -> dict[str, str]:
    """Active devices of those offices -> public key."""
    return {
        device.id: device.public_key for office in offices_of(sealed_class, author_office, here)
        for device in directory.devices_of(office) if device.status == "active"
    }


def may_open(sealed_class: str, author: str, person: str, roles: tuple[str, ...]) -> bool:
    """May this person read it, on a device that can? An unknown class of a newer version is its author's alone."""
    known = shipped().classes.get(sealed_class)
    return person == author or (known is not None and not known.roles.isdisjoint(roles))
