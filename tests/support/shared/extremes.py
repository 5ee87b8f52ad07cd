"""Events that the schema allows and nobody would write: every kind, its fields at their bounds, clocks of other ages.

`bodies_of(kind)` draws a body from the kind's own model; `histories(aggregate)` a subject with an opening event and a few
steps, all of them signed and whole, so that they may lie in a database. Nothing here knows what a fold makes of them.
"""

from __future__ import annotations

import os
import random
import typing
from collections.abc import Sequence
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any

from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from shared.disputes.kinds import registry
from shared.disputes.records.aggregates import opening
from shared.ledger import codes
from shared.ledger.formats import hlc
from shared.ledger.formats.envelope import Draft, Event, seal
from shared.ledger.formats.keys import DeviceKey
from tests.support.shared.domain_events import COUNTY, NEIGHBOUR, TOWN, VILLAGE
from tests.support.shared.founding import founded

OFFICES = (VILLAGE, NEIGHBOUR, TOWN, COUNTY)
DAYS = ("0001-01-01", "0001-12-31", "1582-10-15", "1970-01-01", "2024-02-29", "2026-03-02", "2026-11-29", "9998-12-31",
        "9999-12-30", "9999-12-31")
TEXTS = ("甲", "\u00b2", "\u2463", "\uff14\uff17", "长期", "=1+1", "{text}", "%s", "<b>", "\u202e\u2067x", "\u200b", "\x01",
         "\x07\x1b[31m", "a\nb\r\nc", "\U00020bb7", "9" * 120, "字" * 119, "'\"`;--", "150822199001011234", "-1", "1e9",
         "\uff12\uff10\uff12\uff16-11-23")
CASE_IDS = ("01J9ZK3V7Q8W9X0Y1Z2A3B4C5D", "0" * 26, "7" + "Z" * 25)
TIMES = (0, 1, 1_772_413_200_000, 2**47, 2**48 - 1)
_SAMPLES: dict[str, Sequence[str]] = {           # pattern of a field -> texts that fit it
    r"^[0-9]{12}$": (*OFFICES, "0" * 12, "9" * 12), r"^([0-9]{12})?$": ("", *OFFICES, "9" * 12),
    r"^[0-9A-HJKMNP-TV-Z]{26}$": CASE_IDS, r"^[0-9a-f]{64}$": ("0" * 64, "f" * 64),
    r"^(([01][0-9]|2[0-3]):[0-5][0-9])?$": ("", "00:00", "23:59"), r"^[0-9+\- ]{0,20}$": ("", "+", "-" * 20, "13800000001"),
    r"^[A-Za-z0-9+/]+={0,2}$": ("A" * 40, "A" * 43 + "="), r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$": ("d", "d" * 64),
    r"^([0-9]{3}[0-9X])?$": ("", "123X"), r"^([0-9A-HJKMNP-TV-Z]{26})?$": ("", *CASE_IDS),
}


def the_seed() -> int:
    """Of this run: EXTREMES_SEED, or a fresh one; printed by whoever uses it."""
    return int(os.environ.get("EXTREMES_SEED") or random.randrange(2**32))


# --- bodies


@lru_cache(maxsize=20_000)
def bodies_of(kind: str, events: tuple[str, ...] = ()) -> st.SearchStrategy[dict[str, Any]]:
    """A body that `parse` takes; `events` are ids that it may cite."""
    if kind in registry.KINDS and registry.KINDS[kind].only_sealed:
        return st.just({"sealed": "0" * 64, "class": "closed"})
    model = registry.BODIES[kind, registry.CURRENT[kind]]
    tables = registry.CODED.get(kind, {})
    return _model(model, tables, events).filter(lambda body: _fits(kind, body))


def _fits(kind: str, body: dict[str, Any]) -> bool:
    try:
        registry.parse(kind, registry.CURRENT[kind], body)
    except registry.InvalidBody:
        return False
    return True


def _model(
    model: type[BaseModel], tables: typing.Mapping[str, str], events: tuple[str, ...]
) -> st.SearchStrategy[dict[str, Any]]:
    must, may = {}, {}
    for name, field in model.model_fields.items():
        strategy = _field(field, tables.get(name, ""), events)
        (must if field.is_required() else may)[field.alias or name] = strategy
    return st.fixed_dictionaries(must, optional=may)


def _field(field: FieldInfo, table: str, events: tuple[str, ...]) -> st.SearchStrategy[Any]:
    return _value(field.annotation, tuple(field.metadata), table, events)


def _value(annotation: Any, metadata: tuple[Any, ...], table: str, events: tuple[str, ...]) -> st.SearchStrategy[Any]:
    origin, inside = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _value(inside[0], (*inside[1:], *metadata), table, events)
    if origin in (typing.Union, UnionType):
        return st.one_of([st.none() if part is NoneType else _value(part, metadata, table, events) for part in inside])
    if origin is list:
        least, most = int(_bound(metadata, "min_length", 0)), int(_bound(metadata, "max_length", 3))
        return st.lists(_value(inside[0], (), table, events), min_size=least, max_size=max(least, min(most, 3)))
    if annotation is bool:
        return st.booleans()
    if annotation is int:
        least, most = int(_bound(metadata, "ge", -(2**53) + 1)), int(_bound(metadata, "le", 2**53 - 1))
        return st.sampled_from([least, most, *(n for n in (0, 1, 2, 3, 5) if least <= n <= most)])
    if annotation is str:
        return _text(metadata, table, events)
    assert isinstance(annotation, type), annotation
    assert issubclass(annotation, BaseModel), annotation
    return _model(annotation, {}, events)


def _text(metadata: tuple[Any, ...], table: str, events: tuple[str, ...]) -> st.SearchStrategy[str]:
    if any("_date" in getattr(getattr(part, "func", None), "__name__", "") for part in metadata):
        return st.sampled_from(DAYS)
    pattern = str(_bound(metadata, "pattern", "") or "")
    if pattern.startswith("^[a-z_]+:"):
        return st.sampled_from([*events, "case:x"])
    if pattern in _SAMPLES:
        return st.sampled_from(_SAMPLES[pattern])
    if pattern.startswith("^[A-Za-z0-9_]"):
        known = sorted(codes.names(table)) if table else []
        return st.sampled_from([*known, "zz9", "A" * 40, *([""] if "{0," in pattern else [])])
    if pattern:
        return st.from_regex(pattern, fullmatch=True)
    least, most = int(_bound(metadata, "min_length", 0)), int(_bound(metadata, "max_length", 4000))
    return st.sampled_from([text for text in (*TEXTS, "") if least <= len(text) <= most])


def _bound(metadata: tuple[Any, ...], name: str, default: Any) -> Any:
    found = [getattr(part, name) for part in metadata if getattr(part, name, None) is not None]
    return found[-1] if found else default


# --- histories


class Writer:
    """Signs what a device of each office would have written, whatever its clock says."""

    def __init__(self) -> None:
        self.heads: dict[str, tuple[int, str | None]] = {}
        self.events: dict[str, list[Event]] = {}

    def write(self, kind: str, body: dict[str, Any], subject: str = "", *, office: str = VILLAGE, day: str = "2026-03-02",
              time: int = TIMES[2], offset: int = 0) -> Event:
        known = self.events.get(subject, [])
        seq, prev = self.heads.get(office, (0, None))
        corrected = min(max(time + offset, 0), 2**48 - 1)
        stamp = hlc.next_hlc(None, corrected, [e.hlc for e in known], max_ahead_ms=2**48)
        cited = {id for event in known for id in event.after}
        draft = Draft(
            kind=kind, subject=subject, body=body, office=office, actor=f"s{office}", role="mediator", device=f"d{office}",
            device_seq=seq + 1, prev=prev, after=tuple(sorted(e.id for e in known if e.id not in cited)),
            directory=("e1", 1, "1" * 64), hlc=stamp, device_time=time,
            clock_offset_ms=corrected - time, legal_date=day, app="shuoshi/0.1.0",
            schema=registry.CURRENT[kind])
        _, event = seal(draft if subject else founded(draft), KEY)
        self.heads[office] = (seq + 1, event.h)
        self.events.setdefault(event.subject, []).append(event)
        return event


KEY = DeviceKey.generate(lambda count: b"\x07" * count)
AGGREGATES = sorted({kind.partition(".")[0] for kind in registry.CURRENT})


def opening_of(aggregate: str) -> str:
    return "case.registered" if aggregate == "case" else opening(aggregate)


def steps_of(aggregate: str) -> list[str]:
    return sorted(kind for kind in registry.CURRENT if kind.startswith(aggregate + "."))


@st.composite
def histories(draw: st.DrawFn, aggregate: str, least: int = 0, most: int = 6) -> list[Event]:
    """One subject of this aggregate: its opening, then any of its kinds, by any office on any day at any time."""
    writer = Writer()
    first = _one(draw, writer, opening_of(aggregate), "")
    for _ in range(draw(st.integers(least, most))):
        _one(draw, writer, draw(st.sampled_from(steps_of(aggregate))), first.subject)
    return writer.events[first.subject]


@st.composite
def with_every_kind(draw: st.DrawFn, aggregate: str) -> list[Event]:
    """One subject with each kind of its aggregate once, in any order."""
    writer = Writer()
    first = _one(draw, writer, opening_of(aggregate), "")
    for kind in draw(st.permutations([kind for kind in steps_of(aggregate) if kind != first.kind])):
        _one(draw, writer, kind, first.subject)
    return writer.events[first.subject]


@st.composite
def opened_then(draw: st.DrawFn, kind: str) -> list[Event]:
    """One subject that was opened and then had this step."""
    writer = Writer()
    first = _one(draw, writer, opening_of(kind.partition(".")[0]), "")
    if kind != first.kind:
        _one(draw, writer, kind, first.subject)
    return writer.events[first.subject]


def _one(draw: st.DrawFn, writer: Writer, kind: str, subject: str) -> Event:
    known = tuple(event.id for event in writer.events.get(subject, []))
    body = draw(bodies_of(kind, known))
    return writer.write(kind, _canonical(body), subject, office=draw(st.sampled_from(OFFICES)), day=draw(st.sampled_from(DAYS)),
                        time=draw(st.sampled_from(TIMES)), offset=draw(st.sampled_from((0, 0, -(2**48) + 1, 2**48 - 1))))


def _canonical(body: dict[str, Any]) -> dict[str, Any]:
    """Without what equals its default, as a body is written; what cannot be read back so stays whole."""
    return {name: value for name, value in body.items() if value is not None}


