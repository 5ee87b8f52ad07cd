"""Who may enter a room and how far: link and code, consent, the waiting room, the officer's word. Then minutes and signatures.

    empty --code, consent--> waiting --admitted (the consent becomes an event)--> in --> removed
                                |                                                  ^
                                `--> refused                                      again with the same code

Every rule is judged here, whichever page asks; what is for ever is written by `meeting`, who is there now knows `live`.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from county_hub.county.acts import CountyActs
from county_hub.county.officers import Officers
from county_hub.hub.hub import Hub
from county_hub.room import meeting, tuning
from county_hub.room.chair import Chair
from county_hub.room.live import Hall
from county_hub.room.notin import NotIn
from county_hub.room.pictures import BadPicture, signature
from county_hub.room.store import EMPTY, IN, REFUSED, REMOVED, WAITING, Room, RoomStore, Seat, count_open, insert, officer, one
from county_hub.room.turn import ice_servers
from shared.ledger.entry import running_text
from shared.ledger.formats import spelling
from shared.ledger.published.telephones import phone_of
from shared.ledger.texts import t

_MARK = "room"


@dataclass(frozen=True, slots=True)
class Guest:
    """Who is expected: a person by name, or an office that is called."""

    name: str
    office: str = ""


class Rooms:
    """One per serving hub: both its servers ask it."""

    def __init__(self, hub: Hub, officers: Officers, acts: Callable[[], CountyActs]) -> None:
        self.hub, self.officers, self.acts = hub, officers, acts
        self.store = RoomStore(hub.home.rooms, hub.clock, hub.file_key)
        self.hall = Hall()
        self.chair = Chair(self.store, self.hall, officers, hub.clock, hub.settings.room_away_seconds)
        # What is told is read and told in one step, so that nobody hears of an older state last.
        self._telling = threading.Lock()

    def close(self) -> None:
        """Lines end, and the file is closed."""
        self.hall.end()
        self.store.close()

    # -- made by an officer --

    def make(self, staff: str, plan: meeting.Plan, guests: Sequence[Guest], deputy: str = "") -> Room:
        """Writes the meeting down as agreed and gives everybody a code; `deputy` is a colleague who may take it over. Raises
        `HubProblem`, `NotIn`."""
        if deputy and deputy not in dict(self.chair.colleagues(None, staff)):
            raise NotIn(t("room.no_colleague"), 400)
        if not 1 <= len(guests) <= tuning.MOST_PEOPLE - 1:
            raise NotIn(t("room.guests", most=tuning.MOST_PEOPLE - 1), 400)
        now, name = self.hub.clock(), secrets.token_urlsafe(18)
        with self.store.reading() as db:
            if count_open(db, now) >= tuning.MOST_ROOMS:
                raise NotIn(t("room.too_many_rooms", n=tuning.MOST_ROOMS), 409)
        shared = new_code()         # of all offices that are called: it travels with the record that reaches them
        offices = [guest.office for guest in guests if guest.office]
        join = self.link(name) + (f"#{shared}" if offices else "")
        made = meeting.agree(self.acts(), staff, plan, join, offices)
        host = {**officer(staff, self.officers.staff_name(staff), now), "state": IN}
        rows = [{"name": guest.name, "office": guest.office, "code": shared if guest.office else new_code(), "token": "",
                 "state": EMPTY} for guest in guests]
        with self.store.changing() as db:
            id = insert(db, {"name": name, "record": made.record, "case_id": made.case, "appointment": made.appointment,
                             "title": plan.title, "host": staff, "begins": plan.begins,
                             "ends": max(now, plan.begins) + self.hub.settings.room_hours * 3_600_000}, [host, *rows])
        room = self.store.room(id)
        assert room is not None
        if deputy:
            self.chair.ask_in(room, deputy)
        return room

    def link(self, name: str) -> str:
        return f"{self.hub.settings.portal_url.rstrip('/')}/room/{name}"

    def of_officer(self, staff: str) -> list[Room]:
        return self.store.rooms_of(staff, self.hub.clock(), tuning.MOST_ROOMS) if staff else []

    def officer_of(self, staff: str, id: int) -> tuple[Room, Seat]:
        """The room and this officer's place in it. Raises `NotIn`: of another room he learns nothing."""
        room = self.store.room(id)
        seat = self.chair.seat_of(room, staff)
        assert room is not None
        return room, seat

    def is_open(self, room: Room) -> bool:
        return room.closed is None and self.hub.clock() < room.ends

    # -- a guest comes --

    def enter(self, name: str, code: str, address: str) -> tuple[Room, list[Seat]]:
        """The seats that this code may take. A link that is none, a wrong code and a room that is over are told alike, and wrong
        codes count. Raises `NotIn`."""
        room = self.store.named(name)
        marks = (_MARK, f"{_MARK} {room.id}") if room is not None else (_MARK,)
        if any(self.hub.registry.too_many_failures(mark, address) for mark in marks):
            raise NotIn(t("room.too_many_tries"), 429)
        plain = spelling.typed(code[:40])
        seats = [seat for seat in room.seats if seat.code and secrets.compare_digest(seat.code.encode(), plain.encode())
                 ] if room is not None and self.is_open(room) else []
        if room is None or not seats:
            for mark in marks:
                self.hub.registry.record_failure(mark, address)
            raise NotIn(t("room.wrong"))
        if all(seat.state in (REFUSED, REMOVED) for seat in seats):
            raise NotIn(t("room.sent_off"))
        return room, [seat for seat in seats if seat.state not in (REFUSED, REMOVED)]

    def take(self, name: str, code: str, no: int, address: str, *, recording: bool) -> tuple[Room, Seat, str]:
        """The seat, whose guest has read the words and agreed, and the token for it. An earlier token of the seat ends. Raises
        `NotIn`."""
        room, seats = self.enter(name, code, address)
        seat = next((seat for seat in seats if seat.no == no), None)
        if seat is None:
            raise NotIn(t("room.wrong"))
        token = secrets.token_urlsafe(24)
        values: dict[str, Any] = {"token": _hash(token), "recording": int(recording and self.may_record(room))}
        if seat.state != IN:
            values.update(state=WAITING, consented=self.hub.clock(), version=meeting.VERSION)
        self.store.change_seat(room.id, no, **values)
        self.hall.send_off(room.id, no, "elsewhere")
        self.tell_people(room.id)
        return room, self._seat(room.id, no), token

    def by_token(self, name: str, token: str) -> tuple[Room, Seat]:
        """Raises `NotIn` for a token of another room, of a seat that was taken anew or sent off, of a room that is over."""
        room = self.store.named(name)
        hashed = _hash(token)
        seat = next((seat for seat in room.seats if seat.token and secrets.compare_digest(seat.token, hashed)),
                    None) if room is not None and token else None
        if room is None or seat is None or not self.is_open(room):
            raise NotIn(t("room.over"), 401)
        if seat.state not in (WAITING, IN):
            raise NotIn(t("room.sent_off"))
        return room, seat

    def go(self, room: int, no: int) -> None:
        """A guest leaves by himself; the same code lets him wait again."""
        self.store.change_seat(room, no, token="", state=EMPTY)
        self.hall.send_off(room, no, "left")
        self.tell_people(room)

    # -- the officer's word --

    def admit(self, room: Room, no: int) -> None:
        """Writes the consent as an event, then lets in. Raises `HubProblem`, `NotIn`."""
        seat = room.seat(no)
        if seat is None or seat.staff or seat.state != WAITING or seat.consented is None:
            raise NotIn(t("room.nobody_waits"), 409)
        if self.chair.is_full(room, no):
            raise NotIn(t("room.full", most=tuning.MOST_PEOPLE), 409)
        if self.hall.is_recording(room.id) and not seat.recording:
            raise NotIn(t("room.recording_first", name=seat.name), 409)
        if not seat.noted:
            meeting.note_consents(self.acts(), room, [seat], recording=False)
        self.store.change_seat(room.id, no, state=IN, noted=1)
        self.hall.tell(room.id, no, {"kind": "in"})
        self.tell_people(room.id)
        self.welcome(room.id, no)

    def send_off(self, room: Room, no: int) -> None:
        """Refuses who waits, removes who is in; the code is used up."""
        seat = room.seat(no)
        if seat is None or seat.staff or seat.state not in (WAITING, IN):
            raise NotIn(t("room.nobody_waits"), 409)
        self.store.change_seat(room.id, no, token="", state=REFUSED if seat.state == WAITING else REMOVED)
        self.hall.send_off(room.id, no, "refused" if seat.state == WAITING else "removed")
        self.tell_people(room.id)

    def invite_again(self, room: Room, no: int) -> None:
        """A seat whose guest was sent off, for somebody with a new code."""
        seat = room.seat(no)
        if seat is None or seat.staff or seat.state not in (REFUSED, REMOVED):
            raise NotIn(t("room.nobody_waits"), 409)
        self.store.change_seat(room.id, no, token="", state=EMPTY, code=new_code(), consented=None, signed=0, signature=None)
        self.tell_people(room.id)

    # -- minutes and signatures --

    def write_minutes(self, room: Room, text: str) -> None:
        if room.signing:
            raise NotIn(t("room.minutes_locked"), 409)
        kept = running_text(text)
        if len(kept) > tuning.MINUTES_LETTERS:
            raise NotIn(t("room.minutes_long", most=tuning.MINUTES_LETTERS), 400)
        self.store.change_room(room.id, minutes=kept)
        self._tell_minutes(room.id)

    def ask_signatures(self, room: Room, on: bool) -> None:
        """While they are asked the words stand still; taken back, what was signed is void."""
        if on and not room.minutes.strip():
            raise NotIn(t("room.minutes_empty"), 409)
        if on != bool(room.signing):
            with self.store.changing() as db:
                db.execute("UPDATE rooms SET signing = ?, revision = revision + ? WHERE id = ?", (int(on), int(on), room.id))
                db.execute("UPDATE seats SET signed = 0, signature = NULL WHERE room = ?", (room.id,))
        self._tell_minutes(room.id)
        self.tell_people(room.id)

    def sign(self, room: Room, no: int, revision: int, picture: bytes) -> None:
        """Raises `NotIn` when other words are asked about by now, or nothing was drawn."""
        if not room.signing or revision != room.revision:
            raise NotIn(t("room.not_signing"), 409)
        try:
            drawn = signature(picture)
        except BadPicture:
            raise NotIn(t("room.signature_bad"), 400) from None
        self.store.change_seat(room.id, no, signed=revision, signature=drawn)
        self.tell_people(room.id)

    # -- recording --

    def may_record(self, room: Room) -> bool:
        """Does the county allow it, and is the case one that is not closed to others?"""
        if not self.hub.settings.room_recording:
            return False
        case = self.officers.case(room.case_id) if room.case_id else None
        return case is None or case.confidentiality == "open"

    def record(self, room: Room, on: bool) -> None:
        """Raises `NotIn` naming who has not consented. That it began, with everybody's consent, becomes an event."""
        if on:
            lacking = [seat.name for seat in room.inside if not seat.recording]
            if not self.may_record(room) or lacking:
                raise NotIn(t("room.recording_refused", names="、".join(lacking)) if lacking else t("room.recording_off"), 409)
            meeting.note_consents(self.acts(), room, [seat for seat in room.inside if not seat.staff], recording=True)
            self.hall.recorders.setdefault(room.id, set()).add(room.lead)
        self.hall.set_recording(room.id, on)
        self._tell_inside(room.id, {"kind": "recording", "on": on})

    def left(self, id: int, no: int) -> None:
        """A line ended. Nobody records when the page of the officer who leads is gone."""
        room = self.store.room(id)
        if room is not None and no == room.lead:
            self._stop_recording(room)
        self.tell_people(id)

    def _stop_recording(self, room: Room) -> None:
        if self.hall.is_recording(room.id):
            self.hall.set_recording(room.id, False)
            self._tell_inside(room.id, {"kind": "recording", "on": False})

    def step_in(self, staff: str, id: int) -> None:
        """Raises `NotIn`."""
        self.chair.step_in(staff, id)
        self.tell_people(id)

    def give(self, room: Room, no: int, *, taken: bool = False) -> None:
        """The room is another officer's from now on: of the place `no`, who takes it himself or is handed it. Raises `NotIn`."""
        seat = room.seat(no)
        if taken and seat is not None:
            self.chair.take_over(room, seat)
        else:
            self.chair.hand_over(room, no)
        self._stop_recording(room)      # it ran in the other one's browser
        self.tell_people(room.id)

    def keep_part(self, room: Room, no: int, data: bytes) -> None:
        """Of the seat that leads, or led when it recorded: what it has heard comes in although another leads by now."""
        by = no == room.lead or no in self.hall.recorders.get(room.id, ())
        if not by or not self.may_record(room) or any(not seat.recording for seat in room.inside):
            raise NotIn(t("room.recording_off"), 409)
        kept = meeting.keep_part(self.hub, data, len(self.store.parts(room.id)) + 1)
        if not self.store.add_part(room.id, kept, tuning.MOST_PARTS):
            raise NotIn(t("room.recording_full"), 409)

    # -- what is shown, and the end --

    def show(self, room: Room, title: str, page: int, pages: int, type: str, data: bytes) -> None:
        picture = self.hall.show(room.id, title, page, pages, type, data)
        self._tell_inside(room.id, {"kind": "shown", "shown": picture.about()})

    def put_away(self, room: Room) -> None:
        self.hall.put_away(room.id)
        self._tell_inside(room.id, {"kind": "shown", "shown": None})

    def finish(self, room: Room, *, rights_told: bool) -> None:
        """Writes minutes and signatures down and ends the room; without minutes it only ends. Raises `HubProblem`, `NotIn`."""
        if room.minutes.strip():
            signed = [seat for seat in room.seats if room.signing and seat.signed == room.revision and seat.signature]
            if not any(seat.no == room.lead for seat in signed):
                raise NotIn(t("room.sign_first"), 409)
            parts = self.store.parts(room.id)
            staged = meeting.write_down(self.acts(), room, signed, parts, rights_told=rights_told,
                                        case_written=lambda: self.store.change_room(room.id, recorded=1))
            assert staged
        self.store.change_room(room.id, closed=self.hub.clock())
        for no in self.hall.pages(room.id):
            self.hall.send_off(room.id, no, "finished")

    def forget(self) -> int:
        """Rooms that ended a while ago: what is to stay stands in events."""
        return self.store.forget(self.hub.clock() - self.hub.settings.room_keep_days * 86_400_000)

    # -- what a page is told --

    def _hello(self, room: Room, seat: Seat) -> dict[str, Any]:
        """Everything a page needs to begin, or to go on after a lost line."""
        made = {"kind": "hello", "me": seat.no, "state": seat.state, "title": room.title, "people": self._people(room, seat.no),
                "record": seat.state == IN and self.may_record(room)}
        if seat.state == IN:
            settings = self.hub.settings
            made["ice"] = ice_servers(settings, self.hub.clock(), room.ends, f"{room.id}-{seat.no}")
            made["relayed"] = settings.room_turn_only
            made.update(self._state(room))
        return made

    def phone(self) -> str:
        return phone_of(self.hub.directory.latest(), self.hub.county)

    def tell_people(self, id: int) -> None:
        with self._telling:
            room = self.store.room(id)
            for no in self.hall.pages(id) if room is not None else ():
                assert room is not None
                self.hall.tell(id, no, {"kind": "people", "people": self._people(room, no)})

    def welcome(self, id: int, no: int) -> None:
        """Everything, to whose line has just begun or who has just been let in."""
        with self._telling:
            room = self.store.room(id)
            seat = room.seat(no) if room is not None else None
            if room is not None and seat is not None:
                self.hall.tell(id, no, self._hello(room, seat))

    def _people(self, room: Room, asker: int) -> list[dict[str, Any]]:
        """Who is in; officers see also who waits and who is expected."""
        pages, low, own = self.hall.pages(room.id), self.hall.low(room.id), room.seat(asker)
        inside, all_told = own is not None and own.state == IN, own is not None and bool(own.staff)
        return [
            {"no": seat.no, "name": seat.name, "state": seat.state, "page": pages.get(seat.no, "") if seat.state == IN else "",
             "here": seat.no in pages, "low": seat.no in low, "recording": bool(seat.recording),
             "officer": bool(seat.staff), "lead": seat.no == room.lead,
             "signed": bool(room.signing and seat.signed == room.revision)}
            for seat in room.seats if all_told or seat.no == asker or (inside and seat.state == IN)]

    def _state(self, room: Room) -> dict[str, Any]:
        shown = self.hall.shown(room.id)
        recording = self.hall.is_recording(room.id)
        return {"minutes": _minutes(room), "shown": shown.about() if shown else None, "recording": recording}

    def _tell_minutes(self, id: int) -> None:
        with self._telling:
            room = self.store.room(id)
            if room is not None:
                self._tell_inside(id, {"kind": "minutes", "minutes": _minutes(room)})

    def _tell_inside(self, id: int, message: dict[str, Any]) -> None:
        room = self.store.room(id)
        if room is not None:
            self.hall.tell_all(id, message, [seat.no for seat in room.inside])

    def _seat(self, room: int, no: int) -> Seat:
        with self.store.reading() as db:
            found = one(db, "id", room)
        seat = found.seat(no) if found is not None else None
        assert seat is not None
        return seat


def _minutes(room: Room) -> dict[str, Any]:
    return {"text": room.minutes, "revision": room.revision, "signing": bool(room.signing)}


def new_code() -> str:
    secret = "".join(secrets.choice(spelling.ALPHABET) for _ in range(tuning.CODE_LETTERS))
    return secret + spelling.checks(secret)


def _hash(token: str) -> str:
    return hashlib.sha256(f"room/1 {token}".encode()).hexdigest()
