"""Seats of a duty post (D3): who may still be confirmed, by whom. Pure questions over folded records.

The hub owns the calendar, so a village never confirms from it while offline; it may fill the seats of its own quota, numbered
from 1, because nobody else can. Two confirmations of one seat, or more than there are, are shown to the county.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from shared.records import RecordState

_TAKES = frozenset({"confirmed", "checked_in", "advised", "closed", "no_show", "became_case"})


@dataclass(frozen=True, slots=True)
class Seats:
    """`own` is the village's quota, `common` what the county gives out."""

    own: int
    own_free: tuple[int, ...]
    common: int
    common_free: int
    clashes: tuple[str, ...]            # appointments that share a seat or came too many: the county decides


def seats(duty: RecordState, appointments: Iterable[RecordState], office: str = "") -> Seats:
    """Free seats of a duty for an office ("" = the county)."""
    quotas: dict[str, int] = {}
    rows: list[Any] = list(duty.data.get("quotas") or ())
    for row in rows:
        quotas[row["office"]] = quotas.get(row["office"], 0) + row["seats"]
    whole = 0 if duty.state == "withdrawn" else int(duty.data.get("seats", 0))
    taken: dict[int, list[str]] = {}
    common: list[str] = []
    other: list[str] = []
    for appointment in sorted(appointments, key=lambda a: a.updated_hlc):
        if appointment.state not in _TAKES or appointment.data.get("duty") != duty.id:
            continue
        seat = appointment.data.get("seat")
        if seat is None:
            common.append(appointment.id)
        elif appointment.origin == office:
            taken.setdefault(int(seat), []).append(appointment.id)
        else:
            other.append(appointment.id)
    own = quotas.get(office, 0) if whole else 0
    shared_seats = max(0, whole - sum(quotas.values()))
    clashes = [id for group in taken.values() for id in group[1:]] + common[shared_seats:]
    clashes += [id for seat, group in taken.items() if seat > own for id in group[:1]]
    return Seats(own, tuple(n for n in range(1, own + 1) if n not in taken), shared_seats,
                 max(0, shared_seats - len(common)), tuple(sorted(clashes)))
