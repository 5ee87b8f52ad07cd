"""The citizen's code of a case (一案一码): made with the registration, shown again where it was made, asked at a counter.

What it looks like is `shared.ledger.formats.citizen_code`, how a case has it `shared.disputes.case.citizen_slip`. A device makes
it from its own key, so it can show the codes it made as long as it has this key (also one from before a renewal), and no other
device can; where the slip is lost and the device is not here, `case.code_renewed` gives another one. Whoever types a code is told
in one sentence what is wrong with it; a code of no case and a wrong one of some case are told alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from shared.disputes.acts.place import Place
from shared.disputes.acts.refusal import Refusal
from shared.disputes.case.citizen_slip import Slip, fits
from shared.disputes.case.state import CaseState
from shared.ledger.errors import Refused
from shared.ledger.formats import citizen_code
from shared.ledger.formats.citizen_code import CitizenCode
from shared.ledger.texts import has, t

RENEWED = "case.code_renewed"

def fresh(place: Place) -> dict[str, Any]:
    """The field `citizen_code` of a registration or a renewal that is signed on this device."""
    return {"citizen_code": citizen_code.make(place.device.key, place.random(citizen_code.SALT_BYTES)).value()}


def read(text: str, number: str = "", offices: Iterable[tuple[str, Iterable[str]]] = ()) -> CitizenCode:
    """A code that was scanned, or typed beside a number. Raises `Refusal` with one sentence."""
    try:
        return citizen_code.read_parts(number, text, offices) if number.strip() else citizen_code.read(text)
    except Refused as wrong:
        word = wrong.code if has(f"citizen.fault.{wrong.code}") else "bad_number"
        raise Refusal("usage", wrong.code, t(f"citizen.fault.{word}", value=wrong.value)) from None


def case_of(place: Place, code: CitizenCode) -> CaseState:
    """The case that is here and has this code. Raises `Refusal`, in the same words for a case that is not here, a void code and a
    guessed one."""
    for case in place.find(code.number):
        state = place.fold_case(place.events("case", case))
        if fits(state, code):
            return state
    raise Refusal("absent", "wrong_code", t("citizen.wrong"))


def as_value(slip: Slip | None) -> Mapping[str, str] | None:
    """For commands."""
    return {"number": slip.number, "code": slip.typed, "qr": slip.qr} if slip is not None else None
