"""The registry of event kinds, read off their declarations (`declare`): which model a body has, how old schemas are read.

`BODIES[(kind, schema)]` is the model; `CURRENT[kind]` the schema that is written now. `build` makes the
body of a new event (it normalises text and checks codes), `parse` reads the body of any event, upgrading
old schemas step by step, for ever. An unknown kind or a newer schema is not an error: `parse` gives
`Unknown`, and the event is kept, forwarded and shown as such.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from shared.disputes.kinds import (
    case_agreement,
    case_custody,
    case_ending,
    case_intake,
    case_levels,
    case_mediation,
    case_risk,
    case_sealed,
    case_tracks,
    clinics,
    entered,
    legal_aid,
    petition,
    records,
)
from shared.disputes.kinds.declare import KINDS as DECLARED
from shared.disputes.kinds.declare import Kind
from shared.disputes.rules import excluded_matters as matters
from shared.ledger import codes
from shared.ledger.errors import NotCanonical
from shared.ledger.formats.characters import tidy
from shared.ledger.formats.fields import Body, Sealed

_DECLARED = (case_intake, case_mediation, case_agreement, case_ending, case_risk, case_custody, case_levels, case_tracks,
             case_sealed, petition, legal_aid, records, clinics)
_PLACE = {module.__name__: place for place, module in enumerate(_DECLARED)}

# Every kind in the order of the modules above, which is that of the verbs in a list.
KINDS: dict[str, Kind] = dict(sorted(DECLARED.items(), key=lambda item: _PLACE[item[1].body.__module__]))
BODIES: dict[tuple[str, int], type[Body]] = {
    (name, schema): kind.body for name, kind in KINDS.items() for schema in range(1, kind.schema + 1)}
CURRENT: dict[str, int] = {name: kind.schema for name, kind in KINDS.items()}
# Kinds whose body may be sealed: the fold never needs what they say.
SEALABLE = frozenset(name for name, kind in KINDS.items() if kind.sealable)
# Which code table a body's field belongs to, checked when written (not when read).
CODED: dict[str, Mapping[str, str]] = {name: kind.codes for name, kind in KINDS.items() if kind.codes}

# Kind -> fields of the body that came, or have parts that came, after schema 1.
_NONE: frozenset[str] = frozenset()
NEWER = {name: frozenset(path.partition(".")[0] for path in kind.newer) for name, kind in KINDS.items() if kind.newer}

# (kind, schema) -> the same body at schema + 1; fields that came later have their defaults. Never remove one: signed events are
# for ever.
UPGRADES: dict[tuple[str, int], Callable[[dict[str, Any]], dict[str, Any]]] = {
    (name, schema): dict for name, kind in KINDS.items() for schema in range(1, kind.schema)}


def _renamed(old: str, new: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda body: {new if name == old else name: value for name, value in body.items()}


UPGRADES["hazard.assessed", 1] = _renamed("key_persons", "people_concerned")


class InvalidBody(ValueError):
    """A body that does not fit its kind. `field` is the dotted path, `reason` one sentence; `words` says it in Chinese when a
    rule of entry was broken."""

    def __init__(self, kind: str, field: str, reason: str, words: str = "") -> None:
        super().__init__(f"{kind}: {field}: {reason}" if field else f"{kind}: {reason}")
        self.kind, self.field, self.reason, self.words = kind, field, reason, words


@dataclass(frozen=True, slots=True)
class Unknown:
    """A body this version cannot read: a newer kind or schema. Kept as it is."""

    kind: str
    schema: int
    body: Mapping[str, Any]


def is_known(kind: str, schema: int) -> bool:
    return (kind, schema) in BODIES


def parse(kind: str, schema: int, body: Mapping[str, Any], *, opened: bool = False) -> Body | Unknown:
    """The typed body of an event. Raises `InvalidBody`; gives `Unknown` for a kind or schema of a newer
    version. `opened`: it came out of a sealed body, or is to go into one."""
    model = BODIES.get((kind, schema))
    if model is None:
        return Unknown(kind, schema, body)
    try:
        if "sealed" in body and kind in SEALABLE:
            return Sealed.model_validate(body)
        if KINDS[kind].only_sealed and not opened:
            raise InvalidBody(kind, "", "it is only written sealed")
        if schema < CURRENT[kind] and schema < (said := schema_of(kind, body)) <= CURRENT[kind]:
            raise InvalidBody(kind, "", f"schema {schema} has no such fields; they came with schema {said}")
        while schema < CURRENT[kind]:
            body = UPGRADES[kind, schema](dict(body))
            schema += 1
            model = BODIES[kind, schema]
        return model.model_validate(body)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        path = ".".join(str(part) for part in first["loc"])
        raise InvalidBody(kind, path, f"{first['msg']} (got {str(first['input'])[:80]!r})") from None


def schema_of(kind: str, body: Mapping[str, Any]) -> int:
    """The oldest schema that can say this body: what new events are written at."""
    if NEWER.get(kind, _NONE).isdisjoint(body):
        return 1
    return max((schema for path, schema in KINDS[kind].newer.items() if _says(body, path)), default=1)


def _says(part: Any, path: str) -> bool:
    name, _, rest = path.partition(".")
    if isinstance(part, (list, tuple)):
        return any(_says(one, path) for one in part)
    if not isinstance(part, Mapping) or name not in part:
        return False
    return _says(part[name], rest) if rest else True


def build(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The body to sign for a new event of `kind` at its current schema: text made NFC and trimmed, what was typed made as it is
    kept (`entered`), codes checked against `shared.ledger.codes`, defaults left out. Raises `InvalidBody` naming the field."""
    if kind not in CURRENT:
        raise InvalidBody(kind, "", "no such kind of event")
    body = parse(kind, CURRENT[kind], as_kept(kind, fields), opened=True)
    assert not isinstance(body, Unknown)
    if isinstance(body, Sealed):
        return body.model_dump(by_alias=True)
    for field, table in CODED.get(kind, {}).items():
        value = getattr(body, field)
        for code in value if isinstance(value, (list, tuple)) else (value,):
            if code and code not in codes.table(table):
                raise InvalidBody(kind, field, f"{code!r} is not in the code table {table}")
    _check_matter(kind, body)
    _check_consents(kind, body)
    return dump(body)


def _check_consents(kind: str, body: Body) -> None:
    """人民调解法 Art 20: consent to an invited person is said, never assumed. (Older records left it to the default.)"""
    if isinstance(body, case_mediation.SessionHeld):
        for place, one in enumerate(body.participants):
            if one.role == "invited" and "consented" not in one.model_fields_set:
                raise InvalidBody(kind, f"participants.{place}.consented", "say whether every party consents to this person")


def _check_matter(kind: str, body: Body) -> None:
    """A subcategory belongs to its category. Asked of what is written now: older records stay as they are."""
    if "subcategory" not in CODED.get(kind, {}):
        return
    category, subcategory = body.category, body.subcategory     # type: ignore[attr-defined]
    if not matters.table().fits(category, subcategory):
        known = ", ".join(matters.table().of_category(category))
        raise InvalidBody(kind, "subcategory", f"{subcategory!r} does not belong to {category}; choose one of {known}")


def worded(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields typed as `name=value`, where 150822100000 reads as a number: text again where the body wants text (an office id)."""
    model = BODIES.get((kind, CURRENT.get(kind, 0)))
    if model is None:
        return dict(fields)
    try:
        model.model_validate(dict(fields))
    except ValidationError as wrong:
        texts = {error["loc"][0] for error in wrong.errors() if error["type"] == "string_type" and len(error["loc"]) == 1}
        return {name: str(value) if name in texts and type(value) is int else value for name, value in fields.items()}
    return dict(fields)


def dump(body: Body) -> dict[str, Any]:
    """The JSON object of a body without the fields that equal their default."""
    return body.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def as_kept(kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, as an event keeps it. Raises `InvalidBody` naming the field."""
    try:
        return entered.entered(kind, normalised(dict(fields)))
    except NotCanonical as wrong:
        raise InvalidBody(kind, wrong.field, wrong.remedy) from None
    except entered.BadField as wrong:
        raise InvalidBody(kind, wrong.field, wrong.wrong.code, str(wrong.wrong)) from None


def normalised(value: Any, path: str = "") -> Any:
    """Texts in normal form C without spaces at both ends. Raises `NotCanonical` with the dotted path of
    a text that holds a character that none may (`characters`)."""
    if isinstance(value, str):
        return tidy(value, path)
    if isinstance(value, Mapping):
        return {tidy(str(key), path): normalised(item, f"{path}.{key}" if path else str(key)) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [normalised(item, f"{path}.{place}" if path else str(place)) for place, item in enumerate(value)]
    return value
