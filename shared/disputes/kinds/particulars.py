"""Parts of bodies that came with schema 2: numbers of other systems, people and money involved, an old case taken over."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.ledger.formats.fields import Body, Code, Fen, IsoDate, OptCode, OptWord, Word

MOST_PEOPLE = 100_000           # as of a petition: far above any dispute of a county


class OtherNumber(Body):
    """The number of the matter in another system."""

    system: Code                        # table `other_system`
    number: Word


class TakenOver(Body):
    """How a case stood where it was kept before (old registers, other platforms). What is said here happened there; nothing of
    it is proven by events, and no clock runs for a case that had ended."""

    profile: Code
    ended: bool = False
    registered_on: IsoDate | None = None
    accepted_on: IsoDate | None = None
    agreed_on: IsoDate | None = None
    closed_on: IsoDate | None = None
    outcome: OptCode = ""               # table `outcome`
    form: Annotated[str, StringConstraints(pattern=r"^(written|oral)?$")] = ""
    performance: OptCode = ""           # table `performance`
    file_no: OptWord = ""


class WithParticulars(Body):
    """What the registers of the justice bureau, the governance centre and the hotline ask beside the dispute (人民调解统计报表;
    GB/T 31000). None and "" = nobody has said."""

    people: Annotated[int, Field(ge=1, le=MOST_PEOPLE)] | None = None
    amount_fen: Fen | None = None
    language: OptCode = ""              # table `language`
    foreign: bool | None = None         # 涉外
    stability: bool | None = None       # 涉稳
    prevented: Annotated[list[Code], Field(max_length=10)] = Field(default_factory=list)     # table `prevented`
    elsewhere: Annotated[list[OtherNumber], Field(max_length=20)] = Field(default_factory=list)


# What these fields are to `declare.kind`: the schema that brought them, and their code tables.
NEWER = dict.fromkeys(WithParticulars.model_fields, 2)
TABLES = {"language": "language", "prevented": "prevented"}
