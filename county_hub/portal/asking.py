"""Find the case of a code, slowly and evenly: who has no code learns nothing, not even whether a number exists.

A right code, a wrong one and a number that nobody has take the same time (`EVEN_S`) and the latter two get the same sentence.
Wrong tries count for the address and for the number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from county_hub.county.acts import CountyActs
from county_hub.county.officers import Officers
from county_hub.hub.hub import Hub
from county_hub.hub.problems import UsageProblem
from county_hub.portal.progress import Progress, progress_of
from shared.disputes.acts import citizen_codes
from shared.disputes.acts.refusal import Refusal
from shared.disputes.case.citizen_slip import fits
from shared.disputes.case.state import CaseState
from shared.ledger.formats.citizen_code import CitizenCode
from shared.ledger.texts import t

EVEN_S = 0.4
STAFF, ROLE = "portal", "party"             # who writes for a party: known to the directory, at the county's own office
_MARK = "portal"


@dataclass(frozen=True, slots=True)
class Found:
    case: CaseState
    code: CitizenCode
    progress: Progress


class Asking:
    def __init__(self, hub: Hub, officers: Officers, acts: Callable[[], CountyActs]) -> None:
        self._hub, self._officers, self._acts = hub, officers, acts

    def find(self, number: str, code: str, address: str) -> Found:
        """Raises `UsageProblem`: the code was not typed whole, is of no case, or this address must wait."""
        read = self._read(number, code)
        marks = (_MARK, f"{_MARK} {read.number}")
        if any(self._hub.registry.too_many_failures(mark, address) for mark in marks):
            raise UsageProblem(t("portal.too_many"))
        case = self._case(read)
        if case is None:
            for mark in marks:
                self._hub.registry.record_failure(mark, address)
            raise UsageProblem(t("portal.wrong"))
        organisation = self._officers.organisation()
        number = self._officers.short_number(organisation, case.number, case.id)
        return Found(case, read, progress_of(case, organisation, self._hub.directory.latest(), number))

    def rate(self, found: Found, party: str, score: str, text: str) -> None:
        """Once a party, when there is something to rate. Raises `UsageProblem`."""
        side = next((side for side in found.progress.sides if str(side.party) == party), None)
        if side is None or score not in ("1", "2", "3", "4", "5"):
            raise UsageProblem(t("portal.rate_choose"))
        if side.rated or not found.progress.may_rate:
            raise UsageProblem(t("portal.rated_already" if side.rated else "portal.rate_later"))
        self._known_writer()
        draft = {"party": side.party, "score": int(score), "channel": "portal", **({"text": text} if text else {})}
        self._acts().case("rate", found.case.id, STAFF, draft)

    def _read(self, number: str, code: str) -> CitizenCode:
        offices = ((office.id, self._names(office.id)) for office in self._officers.organisation().offices.values())
        try:
            return citizen_codes.read(code, number, offices)
        except Refusal as refused:
            raise UsageProblem(str(refused)) from None

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
