"""What a relief depot's events mean: four kinds, who may write them, who gets to know of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field

from shared.ledger.domain import Domain
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.fields import Body, EventId, OfficeId, Word
from shared.ledger.published.directory_heads import Directory

Pieces = Annotated[int, Field(ge=1, le=100_000)]


class Opened(Body):
    place: Word


class Received(Body):
    """A parcel came in: from outside, or (`of` names the events) as another depot handed it over."""

    goods: Word
    pieces: Pieces
    of: tuple[EventId, ...] = Field(default=(), strict=False)


class HandedOut(Body):
    """Pieces of a parcel went out: to people, or to another depot, which then gets the parcel's record."""

    pieces: Pieces
    to: Word
    depot: OfficeId | None = None


class Counted(Body):
    goods: Word
    pieces: Annotated[int, Field(ge=0, le=1_000_000)]


BODIES = {"depot.opened": Opened, "parcel.received": Received, "parcel.handed_out": HandedOut, "stock.counted": Counted}
KEEPER, HELPER = "keeper", "helper"
WRITERS = {"depot.opened": {KEEPER}, "stock.counted": {KEEPER},
           "parcel.received": {KEEPER, HELPER}, "parcel.handed_out": {KEEPER, HELPER}}


def read_body(kind: str, schema: int, body: Mapping[str, Any]) -> object:
    """Raises ValueError. A kind or schema of a newer version is kept as it is."""
    return BODIES[kind].model_validate(body) if kind in BODIES and schema == 1 else body


def permits(event: Event, directory: Directory) -> str | None:
    return None if event.role in WRITERS.get(event.kind, {event.role}) else "role_not_allowed"


def stock(events: Iterable[Event], depot: str) -> dict[str, int]:
    """Pieces by goods at one depot. Pure: the same events give the same stock, in whatever order they arrived."""
    there: dict[str, int] = {}
    goods: dict[str, str] = {}
    for event in sorted(events, key=lambda e: e.hlc):
        body = event.body
        if event.kind == "parcel.received":
            goods.setdefault(event.subject, body["goods"])
        name = goods.get(event.subject, "") if event.kind == "parcel.handed_out" else body.get("goods", "")
        if event.office != depot or not name:
            continue
        before = there.get(name, 0)
        there[name] = {"parcel.received": before + body["pieces"], "parcel.handed_out": before - body["pieces"],
                       "stock.counted": body["pieces"]}[event.kind]
    return there


DEPOT = Domain(read_body=read_body, permits=permits, names={"parcel.handed_out": "depot"},
               acknowledges=frozenset({"parcel.received"}))
