"""Parts that event bodies are made of: bounded strings, dates, files, parties, promises, signatures.

Strict on purpose: extra fields, floats and numbers as text are refused, strings are NFC and bounded,
lists are bounded. Codes are only checked for their shape here (`shared.ledger.codes` knows the names), so an
event with a newer code stays readable. A default is for ever: bodies are written without the fields that
equal it.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import VERSION, AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from shared.ledger.days import is_day
from shared.ledger.formats.characters import is_nfc
from shared.ledger.formats.hidden import shown

MAX_MONEY_FEN = 10**13              # a hundred billion yuan: above any county's dispute, far below 2^53
MAX_FILES = 50                      # of one event; more belong into several events
MAX_PARTIES = 1000                  # of one case: a whole township against one developer; a list of numbers holds them all
MAX_CHUNKS = 1024                   # 16 MiB of 16 KiB chunks: a scanned page or a photograph, not a film


# Of what almost every text is made: no normal form changes it and none of it is hidden, so that one look is enough.
PLAIN = re.compile("[ -~\u2014\u2018\u2019\u201c\u201d\u2026\u3001-\u3003\u3007-\u3011\u4e00-\u9fa5\uff01-\uff5e]*")


def _nfc(value: str) -> str:
    if PLAIN.fullmatch(value):
        return value
    # of fixed characters (docs/decisions/0017), so that an old signed body never becomes unreadable
    if not is_nfc(value):
        raise ValueError("text must be Unicode NFC")
    return shown(value)      # whoever reads a body shows it sooner or later; what is signed stays as it is


def _date(value: str) -> str:
    if not is_day(value):
        raise ValueError("a date is a day of the calendar, written YYYY-MM-DD")
    return value


Nfc = AfterValidator(_nfc)
Word = Annotated[str, StringConstraints(min_length=1, max_length=120), Nfc]       # a name, a place, a title
OptWord = Annotated[str, StringConstraints(max_length=120), Nfc]
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000), Nfc]      # one paragraph of a form
OptText = Annotated[str, StringConstraints(max_length=4000), Nfc]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,40}$")]
OptCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{0,40}$")]
OfficeId = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]
OptOffice = Annotated[str, StringConstraints(pattern=r"^([0-9]{12})?$")]
StaffId = Annotated[str, StringConstraints(min_length=1, max_length=64), Nfc]
EventId = Annotated[str, StringConstraints(min_length=1, max_length=160, pattern=r"^[a-z_]+:[!-~]+$")]
CaseId = Annotated[str, StringConstraints(pattern=r"^[0-9A-HJKMNP-TV-Z]{26}$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Number = Annotated[str, StringConstraints(min_length=1, max_length=60), Nfc]
IsoDate = Annotated[str, AfterValidator(_date)]
Time = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]       # "09:30", Asia/Shanghai
OptTime = Annotated[str, StringConstraints(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9])?$")]     # "09:30", Asia/Shanghai
OptStaffId = Annotated[str, StringConstraints(max_length=64), Nfc]
Gender = Annotated[str, StringConstraints(pattern=r"^(male|female)?$")]
Age = Annotated[int, Field(ge=0, le=150)]
Ethnicity = Annotated[str, StringConstraints(max_length=20), Nfc]
Phone = Annotated[str, StringConstraints(pattern=r"^[0-9+\- ]{0,20}$")]
IdLast4 = Annotated[str, StringConstraints(pattern=r"^([0-9]{3}[0-9X])?$")]
# The whole number of an identity paper: digits, letters, of an officer's card also characters.
PaperNumber = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z\u4e00-\u9fff][0-9A-Z()/.\u4e00-\u9fff]{3,29}$")]
Fen = Annotated[int, Field(ge=0, le=MAX_MONEY_FEN)]
PartyNo = Annotated[int, Field(ge=0, le=MAX_PARTIES - 1)]
PartyNos = Annotated[list[PartyNo], Field(max_length=MAX_PARTIES)]
ItemNo = Annotated[int, Field(ge=0, le=MAX_PARTIES - 1)]        # of a promise of the agreement, from 0
RiskLevel = Annotated[int, Field(ge=1, le=4)]


# A program starts with some hundred bodies and reads a few: each is made ready when the first is read, a tenth of every start.
# Two threads may be the first; pydantic lets one wait for the other since 2.14, before it the wrong validator might answer.
_WHEN_READ = tuple(int(part) for part in VERSION.split(".")[:2]) >= (2, 14)


class Body(BaseModel):
    """Base of every body and part: frozen, strict, nothing extra."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=_WHEN_READ)


class Sealed(Body):
    """A body kept apart in the office's closed database (DESIGN.md 3); only its salted hash travels
    here."""

    sealed: Sha256
    class_: Annotated[str, Field(alias="class", pattern=r"^(closed|counselling|reporter)$")]


class File(Body):
    """Manifest of one file (ARCHITECTURE.md, Files)."""

    name: Word
    type: Annotated[str, StringConstraints(max_length=100), Nfc]
    size: Annotated[int, Field(ge=0, le=MAX_CHUNKS * 16384)]
    sha256: Sha256
    chunks: Annotated[list[Sha256], Field(max_length=MAX_CHUNKS)]
    purpose: Annotated[str, StringConstraints(pattern=r"^(photo|signature|paper)$")]
    party: PartyNo | None = None
    thumb: Annotated[str, StringConstraints(max_length=5600)] | None = None      # base64 of at most 4 KiB


Files = Annotated[list[File], Field(max_length=MAX_FILES)]


class WithFiles(Body):
    files: Files = Field(default_factory=list)


class Mandate(Body):
    """What an agent may do (D06). `special`: may also admit, waive, change claims, and sign the agreement."""

    principals: PartyNos = Field(default_factory=list)
    scope: Annotated[str, StringConstraints(pattern=r"^(general|special)$")] = "general"
    relation: OptWord = ""              # of the agent to who sends it
    since: IsoDate | None = None
    until: IsoDate | None = None
    text: OptText = ""                  # powers in words


class Party(Body):
    """One party as on form D02. The whole id number is never stored, only its last four characters."""

    name: Word
    role: Code = "applicant"
    kind: Annotated[str, StringConstraints(pattern=r"^(person|unit)$")] = "person"
    phone: Phone = ""
    id_last4: IdLast4 = ""
    address: OptWord = ""
    gender: Gender = ""
    age: Age | None = None
    # only on the form (DOMAIN.md 6)
    ethnicity: Ethnicity = ""
    occupation: OptWord = ""
    representative: OptWord = ""        # of a unit: the person who acts for it
    guardian: OptWord = ""
    vulnerable: bool = False            # minor, or without full capacity
    post: OptWord = ""                  # of a unit: what its representative is there
    mandate: Mandate | None = None      # of an agent
    id_kind: OptCode = ""               # table `identity_paper`: which paper `id_last4` is the end of


class Asked(Body):
    """Who was asked in a survey (D07), as the form wants it; `party` when it is one of the case."""

    name: Word
    party: PartyNo | None = None
    gender: Gender = ""
    ethnicity: Ethnicity = ""
    age: Age | None = None
    address: OptWord = ""               # unit or home
    phone: Phone = ""


class Place(Body):
    office: OfficeId
    text: OptWord = ""


class Consent(Body):
    """A party's dated consent; the date is that on the paper."""

    party: PartyNo
    signed_on: IsoDate
    text: OptText = ""


Consents = Annotated[list[Consent], Field(max_length=MAX_PARTIES)]


class Item(Body):
    """One promise of an agreement: who does what for whom, by when."""

    who: PartyNo
    what: Text
    to: PartyNo | None = None
    amount_fen: Fen | None = None
    due_date: IsoDate | None = None


class Signature(Body):
    """A signature, stamp or fingerprint; `party` when the signer is one."""

    signer: Annotated[str, StringConstraints(pattern=r"^(party|mediator|recorder|invited)$")]
    name: Word
    signed_on: IsoDate
    party: PartyNo | None = None
    method: Annotated[str, StringConstraints(pattern=r"^(sign|stamp|fingerprint)$")] = "sign"
    file: Sha256 | None = None


Signatures = Annotated[list[Signature], Field(max_length=MAX_PARTIES + 100)]       # of all parties, and who mediated


class Participant(Body):
    name: Word
    role: Code
    party: PartyNo | None = None
    consented: bool = True              # an invited person needs the parties' consent (人民调解法 Art 20)
    helper: OptCode = ""                # table `helper_kind`: of an invited person of the village's pool
