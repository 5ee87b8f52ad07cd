"""Seats of a duty post (D3): who may still be confirmed, by whom, and what the county answers. Pure, over folded records.

The hub owns the calendar, so a village never confirms from it while offline: its request is pending until the county has
answered. It may fill the seats of its own quota, numbered from 1, because nobody else can.

    requested -> confirmed                      a seat was free; or a numbered seat of the village's quota
              -> offered -> confirmed           the seat was gone: another is held until a day, the asker says yes
              -> waitlisted                     nothing is free yet
Requests are answered in the order in which they were made. Two confirmations of one seat, or more than there are, are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.disputes.records.machine import RecordState, last_words
from shared.ledger.days import later
from shared.ledger.formats.envelope import split_event_id
from shared.ledger.texts import t

# An offered seat is held; one that was used or missed is used up.
_TAKES = frozenset({"confirmed", "offered", "checked_in", "advised", "closed", "no_show", "became_case"})


@dataclass(frozen=True, slots=True)
class Seats:
    """`own` is the village's quota, `common` what the county gives out; `quotas` (office, seats, taken) of every village."""

    own: int
    own_free: tuple[int, ...]
    common: int
    common_free: int
    clashes: tuple[str, ...]            # appointments that share a seat or came too many: the county decides
    quotas: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the county should write about one appointment: a kind and its body."""

    appointment: str
    kind: str
    body: Mapping[str, Any]


def seats(duty: RecordState, appointments: Iterable[RecordState], office: str = "") -> Seats:
    """Free seats of a duty for an office ("" = the county)."""
    quotas: dict[str, int] = {}
    rows: list[Any] = list(duty.data.get("quotas") or ())
    for row in rows:
        quotas[row["office"]] = quotas.get(row["office"], 0) + row["seats"]
    whole = 0 if duty.state == "withdrawn" else int(duty.data.get("seats", 0))
    taken: dict[tuple[str, int], list[str]] = {}
    common: list[str] = []
    for appointment in sorted(appointments, key=lambda a: (a.updated_hlc, a.id)):
        if appointment.state not in _TAKES or appointment.data.get("duty") != duty.id:
            continue
        seat = appointment.data.get("seat")
        if seat is None:
            common.append(appointment.id)
        else:
            taken.setdefault((appointment.origin, int(seat)), []).append(appointment.id)
    own = quotas.get(office, 0) if whole else 0
    shared_seats = max(0, whole - sum(quotas.values()))
    clashes = [id for group in taken.values() for id in group[1:]] + common[shared_seats:]
    clashes += [group[0] for (village, seat), group in taken.items() if seat > (quotas.get(village, 0) if whole else 0)]
    return Seats(
        own, tuple(n for n in range(1, own + 1) if (office, n) not in taken), shared_seats,
        max(0, shared_seats - len(common)), tuple(sorted(clashes)),
        tuple((village, n, sum(1 for place, _ in taken if place == village)) for village, n in sorted(quotas.items())))


def answers(duties: Sequence[RecordState], appointments: Sequence[RecordState], today: str, hold_days: int) -> list[Answer]:
    """What the county answers now to every request that waits, the oldest first; appointments of a withdrawn duty are moved.
    Those that wait and for whom still nothing is free get no second answer. An offered seat is held for `hold_days`."""
    ahead = sorted((d for d in duties if d.state == "published" and str(d.data.get("date", "")) >= today),
                   key=lambda d: (d.data["date"], d.data["start"], d.id))
    free = {duty.id: seats(duty, appointments).common_free for duty in ahead}
    found = []
    for request in sorted((a for a in appointments if _waits(a, duties, today)), key=_asked):
        if request.state == "offered":          # not answered in time: the seat goes back, the next round asks again
            found.append(Answer(request.id, "appointment.waitlisted", {"text": t("appointments.lapsed")}))
            continue
        asked = next((d for d in ahead if d.id == _wished(request)), None)
        exact = asked or next((d for d in ahead if _fits(request, d) and d.data["date"] == request.data.get("wanted")
                               and free[d.id]), None)
        other = next((d for d in ahead if _fits(request, d) and free[d.id] and (asked is None or d.id != asked.id)), None)
        if exact is not None and free[exact.id] and request.state != "confirmed":
            free[exact.id] -= 1
            found.append(Answer(request.id, "appointment.confirmed", _when(exact)))
        elif other is not None:
            free[other.id] -= 1
            until = min(later(today, hold_days), str(other.data["date"]))
            body = {**_when(other), "until": until, "text": _why(request, asked)}
            found.append(Answer(request.id, "appointment.offered", body))
        elif request.state != "waitlisted":
            found.append(Answer(request.id, "appointment.waitlisted", {"text": _why(request, asked)}))
    return found


def _wished(request: RecordState) -> str:
    """The duty that the asker named; one that was only offered is none of their wishes."""
    return str((request.data.get("asked") or request.data).get("duty") or "")


def _waits(appointment: RecordState, duties: Sequence[RecordState], today: str) -> bool:
    if appointment.state in ("requested", "waitlisted"):
        return True
    if appointment.state == "offered":
        return str(appointment.data.get("until") or "") < today
    gone = {duty.id for duty in duties if duty.state == "withdrawn"}
    return appointment.state == "confirmed" and appointment.data.get("duty") in gone


def _asked(appointment: RecordState) -> tuple[str, str]:
    """The time of the request: a village that was long without a line does not lose its place."""
    return (split_event_id(appointment.steps[0].event)[2] if appointment.steps else appointment.updated_hlc, appointment.id)


def _fits(request: RecordState, duty: RecordState) -> bool:
    wanted = str(request.data.get("wanted") or "")
    return bool(duty.data.get("service") == request.data.get("service", "lawyer") and str(duty.data["date"]) >= wanted)


def _when(duty: RecordState) -> dict[str, Any]:
    return {"duty": duty.id, "date": duty.data["date"], "start": duty.data["start"]}


def _why(request: RecordState, asked: RecordState | None) -> str:
    if request.state == "confirmed":
        return t("appointments.withdrawn")
    return t("appointments.full", date=asked.data["date"], start=asked.data["start"]) if asked else t("appointments.no_day")


def words(a: RecordState, delivery: str, *, clash: bool = False) -> str:
    """What is true of the appointment, for the clerk to say to the asker. `delivery` is that of its newest record here: saved |
    sent | township | accepted | seen | refused | received. Nothing is called confirmed that the county has not confirmed,
    unless it is a seat of the village's own quota."""
    if delivery == "refused":
        return t("appointments.refused")
    here = delivery in ("saved", "sent", "township")
    day = {"date": a.data.get("date") or "", "start": a.data.get("start") or "", "seat": a.data.get("seat") or "",
           "until": a.data.get("until") or "", "text": last_words(a.data)}
    if clash:
        return t("appointments.clash", **day)
    key = a.state if a.state in ("offered", "waitlisted", "cancelled") else ""
    if a.state == "requested":
        key = f"requested_{delivery if here else 'accepted'}"
    elif a.state == "confirmed":
        key = ("quota_here" if here else "quota_told") if a.data.get("seat") else "confirmed"
    if not key:
        return t("appointments.other", state=a.state)
    return t(f"appointments.{key}", **day) + (t("appointments.not_told") if here and a.state == "cancelled" else "")
