"""Which questions each act asks, and how the answers become the body that `Desk.act` takes.

A form is data: `FieldSpec`s, who signs, and one pure function from answers to body. Kinds are those of
`shared.disputes.kinds.registry`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from shared.ledger.entry import whole
from shared.ledger.texts import t
from village_node.desk.views import CaseView
from village_node.point.values import OfficeView

Answers = Mapping[str, str]
Make = Callable[[Answers, Sequence[int]], dict[str, Any]]
Choice = tuple[str, str]


class Codes(Protocol):
    """The part of the desk that forms read."""

    def codes(self, table: str) -> list[Choice]: ...
    def office(self) -> OfficeView: ...
    def offices(self, *, level: str | None = None) -> list[OfficeView]: ...


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """`control`: text | long | choice | date | money (yuan with up to two decimals)."""

    name: str
    label: str
    control: str = "text"
    required: bool = False
    value: str = ""
    hint: str = ""
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class ActionForm:
    kind: str
    fields: tuple[FieldSpec, ...]
    make: Make
    yes: str
    done: str
    words: str = ""
    photos: bool = False
    signers: tuple[tuple[int, str], ...] = ()      # (party, words over the pad)


@dataclass(frozen=True, slots=True)
class FormOutcome:
    draft: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a form is made from: the case, the code tables, the day and who sits at the desk."""

    view: CaseView
    codes: Codes
    today: str
    staff: str
    staff_name: str

    def table(self, name: str) -> tuple[Choice, ...]:
        return tuple(self.codes.codes(name))

    @property
    def parties(self) -> tuple[Choice, ...]:
        return tuple((str(p.index), p.name) for p in self.view.parties)

    def pending(self) -> str:
        """The event id of the hand-over that waits for this office."""
        return str(self.view.state["custody"]["pending"]["event"])

    def agreement(self) -> Mapping[str, Any]:
        return self.view.state.get("agreement") or {}


def to_draft(form: ActionForm, values: Answers, signed: Sequence[int]) -> FormOutcome:
    """The body, or one sentence per field that is wrong. `signed` are the parties whose pad has strokes."""
    errors = {
        spec.name: t("app.form.missing", field=spec.label)
        for spec in form.fields
        if spec.required and not values.get(spec.name)
    }
    errors |= {
        spec.name: t("app.action.money_wrong", value=values[spec.name])
        for spec in form.fields
        if spec.control == "money" and values.get(spec.name) and fen(values[spec.name]) is None
    }
    return FormOutcome(errors=errors) if errors else FormOutcome(form.make(values, signed))


def fen(text: str) -> int | None:
    """Yuan as typed -> fen, exactly; None when it is no amount of money."""
    yuan, _, cents = text.replace(",", "").replace("，", "").strip().partition(".")
    found = whole(yuan, 0, 10**11 - 1), whole(cents.ljust(2, "0"), 0, 99)
    return None if found[0] is None or found[1] is None or len(cents) > 2 else found[0] * 100 + found[1]


def kept(values: Answers, *names: str) -> dict[str, Any]:
    """The answers that were given, under their own names."""
    return {name: values[name] for name in names if values.get(name)}


def party_signatures(setting: Setting, signed: Sequence[int]) -> list[dict[str, Any]]:
    names = dict(setting.parties)
    return [
        {"signer": "party", "name": names[str(party)], "signed_on": setting.today, "party": party}
        for party in signed
    ]


def mediator_signature(setting: Setting) -> dict[str, Any]:
    return {"signer": "mediator", "name": setting.staff_name, "signed_on": setting.today}


def long_text(name: str = "text", label: str = "", *, required: bool = False) -> FieldSpec:
    return FieldSpec(name, label or t("app.action.text"), "long", required)


def yes_no(name: str) -> FieldSpec:
    choices = (("yes", t("common.yes")), ("no", t("common.no")))
    return FieldSpec(name, t(f"app.action.{name}"), "choice", True, "", "", choices)
