"""What a form of an act is, in the app and in the console: questions, who signs, words.

Made by `questions.form_for`, read by `answers.to_draft`. A form is data. What an answer looks like: one string ("" when not
given), a list of strings where several may be chosen, a mapping for a group, a list of mappings for rows. All of it plain JSON,
so a half-filled form can be kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from shared.disputes.forms.sought import Choice, Seeker
from shared.ledger.texts import has, t

Answers = Mapping[str, Any]
PHRASES_APART = "|"     # between the phrases of one text of the catalogue


class OfficePart(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def parent(self) -> str | None: ...
    @property
    def parent_name(self) -> str: ...


class StaffPart(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


class OtherCase(Protocol):
    """A line of the list of cases, in words."""

    @property
    def id(self) -> str: ...
    @property
    def parties(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def summary(self) -> str: ...


class PartyPart(Protocol):
    @property
    def index(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def raw(self) -> Mapping[str, Any]: ...


class LinePart(Protocol):
    """One record of the history."""

    @property
    def id(self) -> str: ...
    @property
    def office(self) -> str: ...
    @property
    def legal_date(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def actor_name(self) -> str: ...
    @property
    def refused(self) -> str: ...


class RowPart(Protocol):
    @property
    def holder(self) -> str: ...
    @property
    def risk(self) -> str | int: ...


class SubjectView(Protocol):
    """The case or record that the act is about, as far as a form asks: `state` is the folded state as JSON values."""

    @property
    def id(self) -> str: ...
    @property
    def row(self) -> RowPart: ...
    @property
    def state(self) -> Mapping[str, Any]: ...
    @property
    def parties(self) -> Sequence[PartyPart]: ...
    @property
    def timeline(self) -> Sequence[LinePart]: ...


class DeskPart(Protocol):
    """What forms read of the desk: a tablet's, or the county's."""

    def codes(self, table: str) -> list[Choice]: ...
    def office(self) -> OfficePart: ...
    def offices(self) -> Sequence[OfficePart]: ...
    def staff(self) -> Sequence[StaffPart]: ...
    def staff_name(self, staff: str) -> str: ...
    def roster(self) -> Sequence[Any]: ...
    def list_cases(self, *, limit: int = 200) -> Sequence[OtherCase]: ...
    def records(self, aggregate: str = "", *, limit: int = 200) -> list[dict[str, Any]]: ...
    def known(self, kind: str, staff_id: str, case: str) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Question:
    """`control`: text | long | lines | phone | id_last4 | paper_number | date | time | number | money | yes | choice |
    choices | group | rows. `whole`: the body wants a number. `narrowed`: choices by the answer to the question `by`. `when`:
    (other question, answer) at which this one is asked. `least`, `most`: bounds of a number, or of how many are chosen.
    `total`: how many choices there are, where `choices` are a part of them; `words`: what was looked for among them."""

    name: str
    label: str
    control: str = "text"
    required: bool = False
    blank: bool = False                 # an empty answer is an answer, and sent
    value: Any = ""
    hint: str = ""
    choices: tuple[Choice, ...] = ()
    phrases: tuple[str, ...] = ()
    whole: bool = False
    least: int | None = None
    most: int | None = None
    parts: tuple[Question, ...] = ()
    when: tuple[str, str] | None = None
    by: str = ""
    narrowed: Mapping[str, tuple[Choice, ...]] = field(default_factory=dict)
    total: int = 0
    words: str = ""

    def offered(self, answers: Answers) -> tuple[Choice, ...]:
        """The choices as the other answers stand."""
        return self.narrowed.get(str(answers.get(self.by, "")), ()) if self.by else self.choices

    @property
    def is_kept(self) -> bool:
        """May an unfinished form keep the answer on disk? Numbers of identity papers never."""
        return self.control != "paper_number" and all(part.is_kept for part in self.parts)

    def is_asked(self, answers: Answers) -> bool:
        return self.when is None or answers.get(self.when[0]) == self.when[1]

    @property
    def cannot_be_answered(self) -> bool:
        """It must be chosen, and there is nothing to choose from."""
        return self.required and self.control in ("choice", "choices") and not self.by and not self.choices and not self.words


@dataclass(frozen=True, slots=True)
class ActionForm:
    """`signers`: (party, words over the pad). `signs`: what becomes of the signatures: "" nothing but pictures, "signatures",
    "consents", or the name of the question whose list they join."""

    kind: str
    questions: tuple[Question, ...]
    more: tuple[Question, ...]
    yes: str
    done: str
    words: str = ""
    photos: bool = False
    signers: tuple[Choice, ...] = ()
    signs: str = ""
    blocked: str = ""                   # why it cannot be filled in now

    @property
    def all(self) -> tuple[Question, ...]:
        return (*self.questions, *self.more)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a form is made from: the case, the desk, the day and who sits there. `seeker`: of a page that offers a part of a long
    list and can be asked for another."""

    view: SubjectView
    desk: DeskPart
    today: str
    staff: str
    staff_name: str
    seeker: Seeker | None = field(default=None, kw_only=True)

    def table(self, name: str) -> tuple[Choice, ...]:
        return tuple(self.desk.codes(name))

    @property
    def parties(self) -> tuple[Choice, ...]:
        return tuple((str(p.index), p.name) for p in self.view.parties)

    def known(self, kind: str) -> Mapping[str, Any]:
        """What the desk fills into this act by itself."""
        return self.desk.known(kind, self.staff, self.view.id)

    def agreement(self) -> Mapping[str, Any]:
        return self.view.state.get("agreement") or {}


def word(kind: str, part: str) -> str:
    """A text of this kind's form, "" when it has none of its own."""
    key = f"kinds.{kind}.{part}"
    return t(key) if has(key) else ""
