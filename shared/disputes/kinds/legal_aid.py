"""Bodies of a legal-aid matter (法律援助): applied for, decided, a lawyer appointed (法律援助法 Art 43)."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from shared.disputes.kinds.declare import kind
from shared.disputes.rules.roles import AID, PARTY, STAFF, at, everywhere
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


# legal aid: applied for anywhere, decided by the county's legal-aid body (法律援助法 Arts 5, 12, 43)
@kind("legal_aid.registered", who=everywhere(STAFF | AID), codes={"matter": "legal_aid_matter"})
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


@kind("legal_aid.decided", who=at(county=STAFF | AID))
class Decided(WithFiles):
    granted: bool
    text: OptText = ""


@kind("legal_aid.appointed", who=at(county=STAFF | AID))
class Appointed(Body):
    """The lawyer who takes it. A name, because lawyers need not be staff."""

    lawyer: Word
    firm: OptWord = ""


@kind("legal_aid.terminated", who=at(county=STAFF | AID))
# the applicant's objection is written by an office that has the matter; one taken elsewhere comes there as a referral
# (`matters.object_elsewhere`). The justice bureau decides, not the legal-aid body itself (Art 49)
@kind("legal_aid.objected", who=everywhere(STAFF | AID | PARTY))
@kind("legal_aid.ended", who=at(county=STAFF | AID))
class Ended(WithFiles):
    text: Text


@kind("legal_aid.objection_decided", who=at(county=STAFF))
class ObjectionDecided(WithFiles):
    """The justice bureau on the applicant's objection: the decision stands, or the legal-aid body must correct it (Art 49)."""

    upheld: bool
    text: OptText = ""
