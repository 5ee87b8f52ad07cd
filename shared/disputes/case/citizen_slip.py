"""The citizen's code of a folded case: shown again where it was made, compared with one that somebody brings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shared.disputes.case.state import CaseState
from shared.ledger.domain import PORTAL
from shared.ledger.formats import citizen_code
from shared.ledger.formats.citizen_code import CitizenCode, Kept
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.directory_heads import Directory


@dataclass(frozen=True, slots=True)
class Slip:
    """What a party takes home. `number` in machine form, `typed` the code beside it, `qr` what the QR code holds."""

    number: str
    typed: str
    qr: str
    portal: str


def slip(case: CaseState, keys: Iterable[DeviceKey], directory: Directory) -> Slip | None:
    """The code in force, where one of `keys` made it; else None."""
    kept = _kept(case)
    found = next((code for key in keys if (code := citizen_code.again(key, kept, case.number))), None) if kept else None
    if found is None:
        return None
    portal = str((directory.setting(PORTAL) or {}).get("url") or "")
    return Slip(found.number, found.typed(), found.qr(portal), portal)


def fits(case: CaseState, code: CitizenCode) -> bool:
    """Is it the code in force of this case?"""
    kept = _kept(case)
    return kept is not None and case.number == code.number and kept.fits(code.secret)


def _kept(case: CaseState) -> Kept | None:
    return Kept(case.citizen_code.salt, case.citizen_code.hash) if case.citizen_code is not None else None
