"""Find the case of a code, slowly and evenly: who has no code learns nothing, not even whether a number exists.

A right code, a wrong one and a number that nobody has take the same time (`EVEN_S`) and the latter two get the same sentence.
Wrong tries count for the address and for the number.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from county_hub.county.acts import CountyActs
from county_hub.county.desk import CountyDesk
from county_hub.county.officers import Officers
from county_hub.demands import code as demand_codes
from county_hub.demands.desk import Demands, NotTaken
from county_hub.demands.store import Demand
from county_hub.hub.hub import Hub
from county_hub.portal import booking, choosing, projects
from county_hub.portal.booking import Booked, Post
from county_hub.portal.choosing import Offered
from county_hub.portal.handing_in import Fate, fate
from county_hub.portal.progress import Progress, Side, progress_of, sides
from county_hub.portal.projects import Project
from shared.disputes.acts import citizen_codes
from shared.disputes.acts.refusal import Refusal
from shared.disputes.case.citizen_slip import fits
from shared.disputes.case.state import CaseState
from shared.ledger.formats.citizen_code import CitizenCode
from shared.ledger.published.telephones import phone_of
from shared.ledger.texts import speaking, t

EVEN_S = 0.4
STAFF, ROLE = "portal", "party"             # who writes for a party: known to the directory, at the county's own office
LEAST_TEXT = 4                              # letters that say anything at all
_MARK, _SENDING = "portal", "portal sending"


@dataclass(frozen=True, slots=True)
class Found:
    case: CaseState
    code: CitizenCode
    progress: Progress


class NoCase(Exception):
    """One sentence for a citizen. What goes wrong otherwise is told in none of an officer's words."""


class NotNow(Exception):
    """A sentence beside the page of a case that was found; `faults`: by field of its form."""

    def __init__(self, sentence: str, found: Found, faults: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.found, self.faults = found, dict(faults or {})


class Asking:
    def __init__(self, hub: Hub, officers: Officers, acts: Callable[[], CountyActs], demands: Demands) -> None:
        self._hub, self._officers, self._acts, self.demands = hub, officers, acts, demands
        self._one_at_a_time = threading.Lock()

    def phone(self, office: str = "") -> str:
        """What a citizen may call about this office, or at all."""
        return phone_of(self._hub.directory.latest(), self._hub.county, office)

    def find(self, number: str, code: str, address: str) -> Found:
        """Raises `NoCase`: the code was not typed whole, is of no case, or this address must wait."""
        read = self._read(number, code)
        marks = (_MARK, f"{_MARK} {read.number}")
        if any(self._hub.registry.too_many_failures(mark, address) for mark in marks):
            raise NoCase(t("portal.too_many"))
        case = self._case(read)
        if case is None:
            for mark in marks:
                self._hub.registry.record_failure(mark, address)
            raise NoCase(t("portal.wrong"))
        organisation = self._officers.organisation()
        number = self._officers.short_number(organisation, case.number, case.id)
        return Found(case, read, progress_of(case, organisation, number, self.phone))

    def project(self, id: str) -> Project | None:
        return projects.one(self._acts(), self._officers, self._officers.organisation(), id)

    def may_ask(self, about: str) -> bool:
        """Is this no question, or one about a project that answers questions now?"""
        if not about:
            return True
        found = self.project(about[:40])
        return found is not None and found.open

    def refuses(self, address: str) -> str:
        """Why nothing is taken from this address now, whatever it is, or ""."""
        if self._hub.registry.too_many_failures(_SENDING, address):
            return t("portal.too_many")
        return self.demands.refuses(address, worked=True)

    def not_taken(self, told: NotTaken, address: str) -> None:
        """Pictures cost us much and a stranger nothing: what had some that are none counts like a wrong code."""
        if "photos" in told.faults:
            self._hub.registry.record_failure(_SENDING, address)

    def fate(self, code: str, address: str) -> Fate:
        """What became of a demand. Raises `NoCase`."""
        if self._hub.registry.too_many_failures(_MARK, address):
            raise NoCase(t("portal.too_many"))
        plain = demand_codes.read(code)
        demand = self.demands.known(plain) if plain else None
        if plain is None or demand is None:
            self._hub.registry.record_failure(_MARK, address)
            raise NoCase(t("portal.wrong_demand"))
        return self.fate_of(demand, plain)

    def fate_of(self, demand: Demand, code: str) -> Fate:
        slip = self._acts().slip(demand.case_id) if demand.case_id else None
        case = None
        if slip is not None:
            case = (self._officers.short_number(self._officers.organisation(), slip.number, ""), slip.typed, slip.qr)
        return fate(demand, code, self._hub.settings.portal_answer_days, case)

    def rate(self, code: str, address: str, party: str, score: str, text: str) -> Found:
        """Once a party, when there is something to rate; the case as it stands then. Raises `NotNow`, and what `find` raises."""
        with self._one_at_a_time:           # a finger that taps twice sends two
            found = self.find("", code, address)
            self._rate(found, party, score, text)
        return self.find("", code, address)

    def _rate(self, found: Found, party: str, score: str, text: str) -> None:
        side = self._side(found, party)
        faults = _faults(party=side is None, score=score not in ("1", "2", "3", "4", "5"))
        if side is not None and side.rated:
            faults["party"] = t("portal.rated_already")
        if not found.progress.may_rate:
            raise NotNow(t("portal.rate_later"), found)
        side = _sound(side, faults, found)
        with speaking(None):
            self._known_writer()
        draft = {"party": side.party, "score": int(score), "channel": "portal", **({"text": text} if text else {})}
        self._acts().case("rate", found.case.id, STAFF, draft)

    def bookings(self, found: Found) -> tuple[list[Booked], list[Post]]:
        """What was asked for in this case, and where there is room."""
        acts = self._acts()
        return booking.booked(acts, found.case.id), booking.posts(acts, self._officers.today())

    def book(self, found: Found, party: str, duty: str, topic: str) -> None:
        """One at a time for a case. Raises `NotNow`."""
        with self._one_at_a_time:
            booked, posts = self.bookings(found)
            side = self._side(found, party)
            if any(one.open for one in booked):
                raise NotNow(t("portal.book.already"), found)
            if not posts:
                raise NotNow(t("portal.book.none"), found)
            faults = _faults(duty=not duty, party=side is None, topic=len(topic) < LEAST_TEXT)
            if duty and all(post.id != duty for post in posts):
                faults["duty"] = t("portal.book.taken")
            side = _sound(side, faults, found)
            with speaking(None):
                self._known_writer()
                booking.book(self._acts(), STAFF, found.case, side.party, duty, topic)

    def offered(self, found: Found) -> Offered:
        return choosing.offered(CountyDesk(self._hub), found.case)

    def choose(self, found: Found, party: str, method: str, mediator: str) -> None:
        """Once a party; what it chose otherwise, it says to the office. Raises `NotNow`."""
        with self._one_at_a_time:
            offer, side = self.offered(found), self._side(found, party)
            if not choosing.may_choose(found.case):
                raise NotNow(t("portal.choose.late"), found)
            faults = _faults(party=side is None, method=method not in dict(offer.methods),
                             mediator=mediator not in (choosing.BY_OFFICE, *dict(offer.mediators)))
            if side is not None and side.party in offer.chosen:
                faults["party"] = t("portal.choose.once")
            side = _sound(side, faults, found)
            with speaking(None):
                self._known_writer()
                choosing.choose(self._acts(), STAFF, found.case, side.party, method, mediator)

    def say(self, found: Found, party: str, item: str, kept: str, text: str) -> None:
        """What a party says of one promise. Raises `NotNow`."""
        with self._one_at_a_time:
            promises, side = {str(one.no): one for one in choosing.promises(found.case)}, self._side(found, party)
            faults = _faults(item=item not in promises, party=side is None, kept=kept not in ("yes", "no"),
                             text=kept == "no" and len(text) < LEAST_TEXT)
            if item in promises and promises[item].state == {"yes": "kept", "no": "disputed"}.get(kept):
                faults["item"] = t("portal.item.known")
            side, one = _sound(side, faults, found), promises.get(item)
            assert one is not None
            with speaking(None):
                self._known_writer()
                if kept == "yes":
                    label = next(one.label for one in sides(found.case) if one.party == side.party)
                    choosing.say_kept(self._acts(), STAFF, found.case, label, one.no)
                else:
                    choosing.say_broken(self._acts(), STAFF, found.case, side.party, one.no, text)

    @staticmethod
    def _side(found: Found, party: str) -> Side | None:
        return next((side for side in found.progress.sides if str(side.party) == party), None)

    def _read(self, number: str, code: str) -> CitizenCode:
        offices = ((office.id, self._names(office.id)) for office in self._officers.organisation().offices.values())
        try:
            return citizen_codes.read(code, number, offices)
        except Refusal as refused:
            raise NoCase(str(refused)) from None

    def _names(self, office: str) -> tuple[str, ...]:
        organisation = self._officers.organisation()
        return tuple({organisation.short_name(office), organisation.display_name(office)})

    def _case(self, code: CitizenCode) -> CaseState | None:
        with self._officers.read() as db:
            rows = db.execute("SELECT case_id FROM cases WHERE number = ? LIMIT 5", (code.number,)).fetchall()
        for (id,) in rows:
            case = self._officers.case(id)
            if case is not None and fits(case, code):
                return case
        return None

    def _known_writer(self) -> None:
        """What a party does here is signed by the hub's device in the name of the portal, which holds no other role."""
        latest = self._hub.directory.latest()
        known = latest.staff(STAFF)
        if known is None or not known.active:
            self._hub.directory.add_staff([(STAFF, t("portal.writer"), self._hub.county, (ROLE,))], self._officers.today())


def _faults(**wrong: bool) -> dict[str, str]:
    """A sentence for each field that is wrong."""
    return {name: t(f"portal.fault.{name}") for name, bad in wrong.items() if bad}


def _sound(side: Side | None, faults: Mapping[str, str], found: Found) -> Side:
    """The side that speaks. Raises `NotNow` with all that is wrong."""
    if side is None or faults:
        raise NotNow(t("portal.submit.faults"), found, faults)
    return side
