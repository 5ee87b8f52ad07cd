"""What is typed into a body, made as it is kept: the rules of `shared.ledger.entry`, by the name of the field, in every kind.

A field of one name means one thing in every body, so one table says it. What a correction puts in place of a party's detail obeys
the rules of registration (`Party`). Asked of what is written now; what was accepted earlier stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from shared.ledger import entry, identity
from shared.ledger.entry import BadEntry, check_name, file_name, id_end, running_text, shown, telephone, whole
from shared.ledger.formats.fields import Party

# Names of people, of bodies that have a name, and lists of such.
_NAMES = (
    "name", "representative", "guardian", "adviser", "asker", "lawyer", "firm", "teller", "household", "judge", "organiser",
    "recorder", "by", "approved_by", "court", "body", "committee", "person", "attendees", "leaders", "experts", "signed_by",
    "present", "grid", "persons", "applicant",
)
_RULES: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(_NAMES, check_name), "phone": telephone, "id_last4": id_end, "paper_number": identity.plain,
}
MOST_AGE = 150
_GENDERS = {"": "", "male": "male", "female": "female", "男": "male", "女": "female"}      # as typed -> as kept


class BadField(ValueError):
    """`field` is the dotted path, `wrong` says why, in Chinese."""

    def __init__(self, field: str, wrong: BadEntry) -> None:
        super().__init__(f"{field}: {wrong}")
        self.field, self.wrong = field, wrong


def entered(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as they are kept. Raises `BadField` at the first that cannot be."""
    made, wrong = tried(kind, fields)
    for path, words in wrong.items():
        raise BadField(path, words)
    return made


def tried(kind: str, fields: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, BadEntry]]:
    """The same, with every one that cannot be kept: dotted path -> why. It stays as it was typed."""
    wrong: dict[str, BadEntry] = {}
    try:
        fields = _corrected(fields) if kind == "case.party_corrected" else fields
    except BadField as no:
        wrong[no.field] = no.wrong
    return _within(fields, "", wrong), wrong


def left_out(fields: Mapping[str, Any]) -> dict[str, str]:
    """What would be kept without some of its characters: dotted path -> those characters."""
    return dict(_lost(fields, ""))


def _lost(value: Any, path: str) -> Iterator[tuple[str, str]]:
    parts: Iterable[tuple[object, Any]] = ()
    if isinstance(value, Mapping):
        parts = value.items()
    elif isinstance(value, (list, tuple)):
        parts = enumerate(value)
    elif isinstance(value, str) and path.rpartition(".")[2] not in _RULES and (gone := entry.left_out(value)):
        yield path, gone
    for name, part in parts:
        if name != "files":
            yield from _lost(part, f"{path}.{name}" if path else str(name))


def _within(fields: Mapping[str, Any], path: str, wrong: dict[str, BadEntry]) -> dict[str, Any]:
    return {name: _value(name, value, f"{path}{name}", wrong) for name, value in fields.items()}


def _value(name: str, value: Any, path: str, wrong: dict[str, BadEntry]) -> Any:
    if isinstance(value, Mapping):
        return _within(value, path + ".", wrong)
    if isinstance(value, (list, tuple)):
        if name == "files":
            return [_file(item) for item in value]
        return [_value(name, item, f"{path}.{place}", wrong) for place, item in enumerate(value)]
    if not isinstance(value, str):
        return value
    try:
        return _RULES.get(name, running_text)(value)
    except BadEntry as no:
        wrong.setdefault(path, no)
        return value


def _file(manifest: Any) -> Any:
    if isinstance(manifest, Mapping) and isinstance(manifest.get("name"), str):
        return {**manifest, "name": file_name(manifest["name"])}
    return manifest


def _corrected(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """The new value of a party's detail, by the rule that the detail had when the party was registered."""
    field, value = fields.get("field"), fields.get("value")
    if not isinstance(field, str) or not isinstance(value, str):
        return fields                       # the model says what is wrong
    try:
        kept = _RULES[field](value) if field in _RULES else _ANSWERS.get(field, running_text)(value)
    except BadEntry as wrong:
        raise BadField("value", wrong) from None
    if field == "name" and not kept:
        raise BadField("value", BadEntry("name_blank", value=""))
    return {**fields, "value": kept}


def _age(text: str) -> str:
    if text and whole(text, 0, MOST_AGE) is None:
        raise BadEntry("age", value=shown(text))
    return str(int(text)) if text else ""


def _gender(text: str) -> str:
    if text not in _GENDERS:
        raise BadEntry("gender", value=shown(text))
    return _GENDERS[text]


_ANSWERS: dict[str, Callable[[str], str]] = {"age": _age, "gender": _gender}


def detail(field: str, value: str) -> Any:
    """A corrected detail of a party as the fold takes it from an accepted event: the value in its type, `ValueError` for one that
    a registration would not hold. By the bounds of the format alone, so that every program of every year says the same."""
    typed: Any = value
    if field == "age":
        typed = whole(value) if value else None
        if value and typed is None:
            raise ValueError(value)
    try:
        made = Party.model_validate({"name": "-", field: typed})
    except ValidationError as wrong:
        raise ValueError(value) from wrong
    return getattr(made, field)
