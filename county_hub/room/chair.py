"""Who holds a room, and how it goes to another officer, so that nobody is thrown out when one drops out.

    the officer who made it leads: he alone admits, writes the minutes, ends the meeting
    asked in        a colleague, at the making or later: he has a place of his own, sees who waits, and may be handed the room
    hand over       the leader gives it to a colleague who is in
    take over       a colleague who is in takes it when the leader's line is gone for longer than a grace (`room_away_seconds`)
    step in         an officer of the command centre takes a room whose leader is gone while somebody waits or sits in it

Places never change, so that no picture stops: only who leads does. Of two who take it at once the first has it. It must not know
HTTP.
"""

from __future__ import annotations

from collections.abc import Callable

from county_hub.county.officers import Officers
from county_hub.room import tuning
from county_hub.room.live import Hall
from county_hub.room.notin import NotIn
from county_hub.room.store import EMPTY, IN, WAITING, Room, RoomStore, Seat
from shared.ledger.texts import t

COMMAND_CENTRE = frozenset(("dispatcher", "supervisor"))


class Chair:
    def __init__(self, store: RoomStore, hall: Hall, officers: Officers, clock: Callable[[], int], away_s: int) -> None:
        """`away_s`: how long a leader's line may be away before another one can have the room."""
        self.store, self.hall, self.officers, self.clock, self.away_s = store, hall, officers, clock, away_s

    def is_away(self, room: Room) -> bool:
        """Has the leader had no line for longer than the grace?"""
        return room.lead not in self.hall.pages(room.id) and self.hall.gone_for(room.id, room.lead) >= self.away_s

    def is_full(self, room: Room, no: int) -> bool:
        """For who sits at `no`. An officer without a line leaves his place to others meanwhile."""
        pages = self.hall.pages(room.id)
        others = [seat for seat in room.inside if seat.no != no and (not seat.staff or seat.no in pages)]
        return len(others) >= tuning.MOST_PEOPLE

    def seat_of(self, room: Room | None, staff: str) -> Seat:
        """The place of this officer. Raises `NotIn`: of another room he learns nothing."""
        found = next((seat for seat in room.seats if staff and seat.staff == staff), None) if room is not None else None
        if found is None:
            raise NotIn(t("room.not_yours"), 404)
        return found

    def colleagues(self, room: Room | None, staff: str) -> list[tuple[str, str]]:
        """(id, name) of officers who may be asked in."""
        taken = {seat.staff for seat in room.seats} if room is not None else {staff}
        return [(id, name) for id, name in self.officers.colleagues() if id not in taken]

    def ask_in(self, room: Room, staff: str) -> None:
        """Raises `NotIn` for who is no officer of the county, and when there are enough."""
        known = dict(self.colleagues(room, room.host))
        if staff not in known:
            raise NotIn(t("room.no_colleague"), 400)
        if sum(bool(seat.staff) for seat in room.seats) >= tuning.MOST_OFFICERS:
            raise NotIn(t("room.officers_full", most=tuning.MOST_OFFICERS), 409)
        self.store.add_officer(room.id, staff, known[staff], self.clock())

    def sit_down(self, room: Room, seat: Seat) -> None:
        """The officer opens his page. Raises `NotIn` when all places are taken."""
        if self.is_full(room, seat.no):
            raise NotIn(t("room.full", most=tuning.MOST_PEOPLE), 409)
        if seat.state != IN:
            self.store.change_seat(room.id, seat.no, state=IN)

    def leave(self, room: Room, seat: Seat) -> None:
        """An officer goes, and may come again. Raises `NotIn` for the leader: he hands over first, or ends the meeting."""
        if seat.no == room.lead:
            raise NotIn(t("room.lead_stays"), 409)
        self.store.change_seat(room.id, seat.no, state=EMPTY)
        self.hall.send_off(room.id, seat.no, "left")

    def hand_over(self, room: Room, no: int) -> None:
        seat = room.seat(no)
        if seat is None or not seat.staff or seat.state != IN or no == room.lead or no not in self.hall.pages(room.id):
            raise NotIn(t("room.colleague_away"), 409)
        self._give(room, seat)

    def take_over(self, room: Room, seat: Seat) -> None:
        if not seat.staff or seat.state != IN or seat.no == room.lead:
            raise NotIn(t("room.officer_only"))
        if not self.is_away(room) and room.lead not in self.hall.pages(room.id):
            raise NotIn(t("room.lead_just_left", name=_name(room, room.lead), n=self.away_s), 409)
        if not self.is_away(room):
            raise NotIn(t("room.lead_is_here", name=_name(room, room.lead)), 409)
        self._give(room, seat)

    def _give(self, room: Room, seat: Seat) -> None:
        if not self.store.give(room.id, room.lead, seat.no, seat.staff):
            raise NotIn(t("room.lead_changed"), 409)

    # -- a room without anybody who admits --

    def orphans(self, staff: str) -> list[Room]:
        """Rooms of others whose leader is away while somebody waits or sits in them: for the command centre alone, and none
        about a case that is not open to it."""
        if not COMMAND_CENTRE & self.officers.roles_of(staff):
            return []
        return [room for room in self.store.open_rooms(self.clock(), tuning.MOST_ROOMS)
                if self._is_orphan(room) and not any(seat.staff == staff for seat in room.seats)]

    def step_in(self, staff: str, id: int) -> None:
        """Raises `NotIn`."""
        room = next((room for room in self.orphans(staff) if room.id == id), None)
        if room is None:
            raise NotIn(t("room.not_yours"), 404)
        if self.is_full(room, -1):          # who leads must be able to sit
            raise NotIn(t("room.full", most=tuning.MOST_PEOPLE), 409)
        no = self.store.add_officer(room.id, staff, self.officers.staff_name(staff), self.clock())
        if not self.store.give(room.id, room.lead, no, staff):
            raise NotIn(t("room.lead_changed"), 409)

    def _is_orphan(self, room: Room) -> bool:
        case = self.officers.case(room.case_id) if room.case_id else None
        somebody = any(seat.state in (WAITING, IN) and not seat.staff for seat in room.seats)
        return somebody and self.is_away(room) and (case is None or case.confidentiality == "open")


def _name(room: Room, no: int) -> str:
    seat = room.seat(no)
    return seat.name if seat is not None else ""
