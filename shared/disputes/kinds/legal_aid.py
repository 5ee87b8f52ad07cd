"""Bodies of a legal-aid matter (法律援助): applied for, decided, a lawyer appointed (法律援助法 Art 43)."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from shared.ledger.formats.fields import (
    Body,
    CaseId,
    Code,
    IsoDate,
    Number,
    OptText,
    OptWord,
    Phone,
    Place,
    Text,
    WithFiles,
    Word,
)


class Registered(WithFiles):
    """An application. Income and evidence of hardship are files; no amount is written here."""

    number: Number
    number_provisional: bool = False
    matter: Code                        # table `legal_aid_matter`
    place: Place
    summary: Text
    received_on: IsoDate | None = None
    case: CaseId | None = None          # the mediation case that it came from
    hardship: bool = True               # false: a matter that needs no proof of hardship (Arts 32, 42)
    applicant: OptWord = ""
    phone: Phone = ""
    id_last4: Annotated[str, StringConstraints(pattern=r"^([0-9]{3}[0-9X])?$")] = ""
    address: OptWord = ""


class Decided(WithFiles):
    granted: bool
    text: OptText = ""


class Appointed(Body):
    """The lawyer who takes it. A name, because lawyers need not be staff."""

    lawyer: Word
    firm: OptWord = ""


class Ended(WithFiles):
    text: Text


class ObjectionDecided(WithFiles):
    """The justice bureau on the applicant's objection: the decision stands, or the legal-aid body must correct it (Art 49)."""

    upheld: bool
    text: OptText = ""
