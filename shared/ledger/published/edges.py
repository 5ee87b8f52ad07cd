"""Edges of a county: hubs beside the publisher, each of which answers for some offices under a key of its own.

    device <county>-<slot>   {..., role: "edge", edge: {name, offices: [ids], served: [ids], urls: [...], tls: [marks],
                              author: device id}}

An edge is a device of the county's office: its key signs receipts, grants and notices (its device id is their `issuer`), never a
head of the directory. `offices` are those it answers for, each with what lies below it; `served` every office that it ever
answered for, by name: its receipts count for devices of these and of what lies below them, its withdrawals for these offices and
its notices for events of them, also after a hand-over, and for no others (decisions 0143 and 0153; in a directory from before the
list is missing, and so is the bound). `author` is the device whose chain
the county's people go on with at its console. What a lost edge has signed counts no more: nothing of it bears a date.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from shared.ledger.errors import Refused
from shared.ledger.formats.documents import check_signature
from shared.ledger.formats.ids import is_office_id
from shared.ledger.published.directory import EMPTY, Device, Directory
from shared.ledger.published.receipts import Receipt

ROLE = "edge"
ACTIVE, LOST = "active", "lost"


@dataclass(frozen=True, slots=True)
class Edge:
    """`id`: its device, the issuer of its receipts."""

    id: str
    name: str
    public_key: str
    status: str
    offices: tuple[str, ...]
    urls: tuple[str, ...]
    tls: tuple[str, ...]
    author: str
    served: tuple[str, ...] | None = None

    @property
    def is_active(self) -> bool:
        return self.status == ACTIVE

    @property
    def is_believed(self) -> bool:
        """Does what it signed count?"""
        return self.status != LOST


def edges_of(directory: Directory) -> tuple[Edge, ...]:
    """All that there ever were, in order of id."""
    return _edges(directory)


@lru_cache(maxsize=8)
def _edges(directory: Directory) -> tuple[Edge, ...]:
    """A version never changes, and this is asked for every document."""
    return tuple(_edge(device) for device in directory.devices() if device.role == ROLE)


def edge_of(directory: Directory, issuer: str) -> Edge | None:
    """The edge that issues under this name; None: it is no edge."""
    return next((edge for edge in edges_of(directory) if edge.id == issuer), None)


def believed_keys(directory: Directory, office: str = "") -> dict[str, str]:
    """Device id -> public key of those whose signature counts; with an `office`, under a receipt for a device of it."""
    return {edge.id: edge.public_key for edge in edges_of(directory)
            if edge.is_believed and (not office or has_served(directory, edge, office))}


def has_served(directory: Directory, edge: Edge, office: str) -> bool:
    """Did it ever answer for this office, or for one above it?"""
    return edge.served is None or any(one in edge.served for one in (office, *directory.ancestors(office)))


class Signers:
    """Which edge wrote a document that the hub publishes, and of whose events it may speak. `directory()`: as it is known now."""

    def __init__(self, directory: Callable[[], Directory] = lambda: EMPTY) -> None:
        self._directory = directory

    def mark(self) -> str:
        """Another one where the answers below may be others; "" without edges."""
        return _mark(self._directory())

    def is_edge(self, issuer: str) -> bool:
        """One whose word counts: not a lost one."""
        edge = edge_of(self._directory(), issuer)
        return edge is not None and edge.is_believed

    def edge_behind(self, doc: Mapping[str, Any]) -> str:
        """The edge whose key signed it; "": another one did, so the hub itself where the signature is good."""
        return next((edge.id for edge in edges_of(self._directory()) if _signed(doc, edge.public_key)), "")

    def may_speak(self, edge: str, office: str) -> bool:
        """Of an event of this office: everybody of those it ever answered for; "" (the hub) of all."""
        found = edge_of(self._directory(), edge) if edge else None
        return not edge or (found is not None and found.is_believed and has_served(self._directory(), found, office))


@lru_cache(maxsize=8)
def _mark(directory: Directory) -> str:
    said = [(edge.id, edge.is_believed, edge.served) for edge in edges_of(directory)]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest() if said else ""


def _signed(doc: Mapping[str, Any], key: str) -> bool:
    try:
        check_signature(doc, key)
    except Refused:
        return False
    return True


def named_and_below(directory: Directory, offices: Iterable[str]) -> set[str]:
    """These offices and all that lie below them in this version: one that is moved later stays in the list."""
    named = set(offices)
    return named | {office.id for office in directory.offices() if not named.isdisjoint(directory.ancestors(office.id))}


def ever_served(versions: Iterable[Directory], edge: str) -> list[str]:
    """What a directory from before this list would have had in it."""
    found = set[str]()
    for directory in versions:
        known = edge_of(directory, edge)
        if known is not None:
            found |= named_and_below(directory, known.offices)
    return sorted(found)


def serving(directory: Directory, office: str) -> tuple[Edge, ...]:
    """The active edges that answer for this office: those that name it, else those that name what lies nearest above it. None:
    the publisher does."""
    active = [edge for edge in edges_of(directory) if edge.is_active]
    line = (office, *directory.ancestors(office)) if active else ()
    found = (tuple(edge for edge in active if one in edge.offices) for one in line)
    return next((edges for edges in found if edges), ())


def joined(receipts: Iterable[Receipt]) -> Receipt | None:
    """What the hub and its edges say of one device together, each with its newest receipt: accepted is what one of them accepted.
    What one refused and another accepted is still among `refused`: a reader that has the event knows its number."""
    found = sorted(receipts, key=lambda one: (one.head or (0, ""), one.by))
    if len(found) < 2:
        return found[0] if found else None
    last = found[-1]
    accepted, forks = last.accepted, last.forks
    for one in found:
        accepted, forks = accepted.merge(one.accepted), forks.merge(one.forks)
    refused = {id: why for one in found for id, why in one.refused.items()}
    return replace(
        last, accepted=accepted, forks=forks, refused=refused, missing=last.missing.without(accepted),
        held={id: why for one in found for id, why in one.held.items() if id not in refused},
        files=tuple(sorted({file for one in found for file in one.files})), received_at=max(one.received_at for one in found))


def _edge(device: Device) -> Edge:
    told = device.raw.get("edge")
    said = told if isinstance(told, dict) else {}
    offices = tuple(office for office in _texts(said.get("offices")) if is_office_id(office))
    return Edge(device.id, str(said.get("name", device.id)), device.public_key, device.status, offices, _texts(said.get("urls")),
                _texts(said.get("tls")), str(said.get("author", "")), _texts(said["served"]) if "served" in said else None)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, Sequence) and all(isinstance(one, str) for one in value) else ()
