"""Names and closures of offices in time (DOMAIN.md 5): what an office was called on a day, and since when one is closed.

An office id is for ever; name, code and parent are periods with a first and a last day (`directory_values`). A paper, a record
and a printed number bear the name of their own day, lists the name of today. A closed office begins and takes nothing after its
last day, but finishes, hands over and answers what it has. An act is judged by the directory that its author knew, so what a
service point began offline before it could know of its closure stays, and waits to be handed over. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from shared.ledger.authoring import corrected_date
from shared.ledger.errors import Refused
from shared.ledger.formats.ids import is_ulid, parse_number, ulid_ms

SUCCESSOR = "successor"      # field of a closed office's last value: the office that goes on


class Period(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def parent(self) -> str | None: ...
    @property
    def raw(self) -> Mapping[str, Any]: ...


class KnowsPeriods(Protocol):
    """What is asked of a directory."""

    def office(self, id: str, on: str | None = None) -> Any: ...
    def office_then(self, id: str, on: str) -> Any: ...
    def office_history(self, id: str) -> tuple[Any, ...]: ...
    def closed_since(self, id: str) -> str | None: ...


def name_on(directory: KnowsPeriods, office: str, on: str = "") -> str:
    """The name with its parent, both of that day ("": today); names repeat within a county, so a village carries its town's."""
    found = _at(directory, office, on)
    if found is None:
        return office
    parent = _at(directory, found.parent, on) if found.parent and found.level == "village" else None
    return f"{parent.name}{found.name}" if parent else str(found.name)


def short_name_on(directory: KnowsPeriods, office: str, on: str = "") -> str:
    found = _at(directory, office, on)
    return str(found.name) if found is not None else office


def names_ever(directory: KnowsPeriods, office: str) -> tuple[str, ...]:
    """Every name it has or had, alone and with its parent: what an old paper may be looked up by."""
    periods = directory.office_history(office)
    above = [past for period in periods if period.parent for past in directory.office_history(period.parent)]
    days = {"0000-00-00", *(str(period.valid_from) for period in (*periods, *above) if period.valid_from)}
    return tuple(sorted({n for day in days for n in (short_name_on(directory, office, day), name_on(directory, office, day))}))


def given_on(subject: str) -> str:
    """The day (in China) on which a case was opened and its number given, from its id; "" for an alien id. The author's
    corrected clock makes id and number at once, and no later correction of a date changes what is printed."""
    return corrected_date(ulid_ms(subject)).isoformat() if is_ulid(subject) else ""


def printed_number(directory: KnowsPeriods, number: str, subject: str) -> str:
    """旧地村〔2026〕001-0012-7, with the name of the day on which it was given; an alien number as it is."""
    try:
        parsed = parse_number(number)
    except Refused:
        return number
    return str(parsed.short(short_name_on(directory, parsed.office, given_on(subject))))


def is_closed(directory: KnowsPeriods, office: str, on: str) -> bool:
    """Does this day lie after the last day of an office that was closed?"""
    last = directory.closed_since(office)
    return last is not None and last < on


def successor(directory: KnowsPeriods, office: str) -> str:
    """Who goes on with what a closed office had; its parent when nobody was named."""
    periods = directory.office_history(office)
    return str(periods[-1].raw.get(SUCCESSOR) or periods[-1].parent or "") if periods else ""


def closed_values(directory: KnowsPeriods, office: str) -> dict[str, str]:
    """{name, last, successor} of a closed office, for its sentences."""
    last = directory.closed_since(office) or ""
    return {"name": name_on(directory, office, last), "last": last,
            "successor": name_on(directory, successor(directory, office)) or "—"}


def open_at(directory: KnowsPeriods, offices: Iterable[str], on: str) -> list[str]:
    """Those that are not closed on this day."""
    return [office for office in offices if not is_closed(directory, office, on)]


def _at(directory: KnowsPeriods, office: str, on: str) -> Any:
    return directory.office_then(office, on) if on else directory.office(office)
