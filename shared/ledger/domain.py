"""What a product means by its events, as one value: `Domain`. Each program's `composition` hands it in.

The ledger judges and addresses events, a service point writes and delivers them, a hub routes them; none of them knows a kind of
event. Where they must ask what one means, they ask the domain: disputes are `shared.disputes.domain.DISPUTES`, a relief depot of
150 lines is docs/SERVICE_POINT.md. A field left out has the answer of a product that has no such rule.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from shared.ledger.formats.envelope import Event
from shared.ledger.published.directory_heads import Directory
from shared.ledger.published.edges import Signers
from shared.ledger.tables import EventTables, Genuine

SCHEMAS = "schemas"
PORTAL = "portal"                # setting of the directory: {"url"}, where citizens ask
MATCH_KEY = "match_key"          # setting of the directory: the key of hashes by which a product finds the same person again
Permits = Callable[[Event, Directory], "bool | str | None"]
# The field, or the fields, in which a body names offices: an id, a list of ids, or a list of {"office": id}.
Named = str | tuple[str, ...]


class Projection(Protocol):
    """Tables made of events, as `sync.projector` drives them."""

    @property
    def version(self) -> int: ...

    def create(self, db: sqlite3.Connection) -> None: ...

    def apply(self, db: sqlite3.Connection, docs: Sequence[dict[str, Any]]) -> None: ...

    def all_leaves(self, id: str) -> bool: ...


def _any_body(kind: str, schema: int, body: Mapping[str, Any]) -> object:
    return body


def _never_closed(event: Event, directory: Directory) -> str:
    return ""


def _perhaps(kind: str) -> bool | None:
    return None


def _plain_tables(directory: Callable[[], Directory], genuine: Genuine | None) -> Projection:
    return EventTables(genuine, Signers(directory))


@dataclass(frozen=True, slots=True)
class Domain:
    """`read_body(kind, schema, body)` raises ValueError, TypeError or KeyError when a body does not fit its kind; a kind or
    schema of a newer version is no error.
    `permits(event, directory)`: None or True permits; False, a reason code, or a raised `Refused` does not.
    `closed(event, directory)`: the closed office that forbids this act by its date, or "".
    `names`: kind -> where its body names offices that come in; `to_itself`: kinds that name their author's office when the
    field is absent.
    `founds(kind)`: does this kind found its subject, so that it cites nothing (True), or follow something there (False)? None
    allows both, as for every kind of a newer version.
    `acknowledges`: kinds whose `of` names events that a person has seen; `shares`: kinds that give a device the key of a
    sealed body.
    `schemas`: kind -> the newest schema that this version judges, older ones being read for ever; empty: it judges every kind.
    What it does not judge waits for a version that does (`judges`).
    `numbered`: kinds whose body has a platform number in `number`, given by the author's device (`ids.PlatformNumber`).
    `tables(directory, genuine)`: the tables of a service point and of the hub; `EventTables` or more."""

    read_body: Callable[[str, int, Mapping[str, Any]], object] = _any_body
    permits: Permits | None = None
    closed: Callable[[Event, Directory], str] = _never_closed
    names: Mapping[str, Named] = field(default_factory=dict)
    to_itself: frozenset[str] = frozenset()
    founds: Callable[[str], bool | None] = _perhaps
    acknowledges: frozenset[str] = frozenset()
    shares: frozenset[str] = frozenset()
    schemas: Mapping[str, int] = field(default_factory=dict)
    numbered: frozenset[str] = frozenset()
    tables: Callable[[Callable[[], Directory], Genuine | None], Projection] = _plain_tables

    def judges(self, kind: str, schema: int) -> bool:
        return not self.schemas or schema <= self.schemas.get(kind, 0)


def newer_than_published(kind: str, schema: int, directory: Directory) -> bool:
    """Is this more than the hub says it judges (setting `SCHEMAS` of its directory)? A hub that says nothing takes what comes."""
    published = directory.setting(SCHEMAS)
    return published is not None and schema > int(published.get(kind, 0))
