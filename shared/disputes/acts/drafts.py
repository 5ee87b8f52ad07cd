"""What was filled into a form -> the body to sign, or one Chinese sentence that names field, value and remedy.

The rules are those of `shared.disputes.kinds.registry` (pydantic, strict); this module only finds the words. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from shared.disputes.acts.refusal import Refusal
from shared.disputes.kinds import entered
from shared.disputes.kinds import registry as bodies
from shared.disputes.records.aggregates import NUMBERED
from shared.disputes.rules import excluded_matters as matters
from shared.ledger import codes
from shared.ledger.entry import sign_words, whole
from shared.ledger.errors import NotCanonical
from shared.ledger.formats.characters import called, unknown
from shared.ledger.texts import has, t

PLACEHOLDER = "000000000000-2026-000-0001-0"      # the author of the event gives the real number
_SIGNS = 6          # more kinds of hidden characters than this explain nothing
BY_TYPE = {
    "missing": "missing", "string_too_short": "missing", "too_short": "missing",
    "string_too_long": "too_long", "too_long": "too_many", "extra_forbidden": "extra",
    "string_type": "text", "int_type": "number", "int_from_float": "number", "bool_type": "boolean",
    "list_type": "list", "model_type": "object", "dict_type": "object", "model_attributes_type": "object",
    "greater_than_equal": "range", "less_than_equal": "range",
    "string_pattern_mismatch": "pattern", "value_error": "value",
}


def check(kind: str, draft: Mapping[str, Any], on: str = "") -> dict[str, Any]:
    """The body of `kind` without its defaults; `on`: the day on which its codes must be in force, "" asks nothing. Raises
    Refusal: every wrong field in `.fields`."""
    if not isinstance(draft, Mapping):
        raise not_object()
    numbered = kind in NUMBERED and not draft.get("number")
    fields = _clean({**draft, "number": PLACEHOLDER} if numbered else draft)
    found, cause = _every(kind, fields)
    if found:
        first = next(iter(found.values()))
        told = t("node.form.and_more", first=first, count=len(found) - 1) if len(found) > 1 else first
        raise Refusal("draft", "bad_field", told, found) from cause
    try:
        body = bodies.build(kind, fields)
    except bodies.InvalidBody as wrong:
        value = _at(fields, wrong.field)
        sentence = t("node.form.code", field=label(tuple(wrong.field.split("."))), value=_short(value))
        if wrong.field == "subcategory" and value in codes.table("subcategory"):
            category = str(fields.get("category") or "")
            known = "、".join(f"{code}（{codes.name('subcategory', code)}）" for code in matters.table().of_category(category))
            sentence = t("node.form.subcategory", value=codes.name("subcategory", str(value)),
                         category=codes.name("category", category), known=known)
        if wrong.field.endswith(".consented"):
            sentence = t("node.form.missing", field=label(tuple(wrong.field.split("."))), value="", limit="")
        raise Refusal("draft", "bad_code", sentence, {wrong.field: sentence}) from None
    if numbered:
        del body["number"]
    if on:
        _require_in_force(kind, body, on)
    return body


def wrong(kind: str, draft: Mapping[str, Any]) -> dict[str, str]:
    """Path -> sentence, of all that the body of this kind does not take: what is missing, too long, not to be kept as typed."""
    return _every(kind, _clean(draft))[0]


def _every(kind: str, fields: Mapping[str, Any]) -> tuple[dict[str, str], ValidationError | None]:
    """Path -> what is wrong there: what cannot be kept as it was typed, and what the body's own rules say of the others."""
    kept, wrong = entered.tried(kind, fields)
    found = {path: t("node.form.entry", field=label(tuple(path.split("."))), words=str(no)) for path, no in wrong.items()}
    if "sealed" in fields:
        return found, None
    try:
        bodies.BODIES[kind, bodies.CURRENT[kind]].model_validate(kept)
    except ValidationError as no:
        for error in no.errors(include_url=False, include_context=True):
            found.setdefault(".".join(str(part) for part in error["loc"]), _sentence(error))
        return found, no
    return found, None


def _require_in_force(kind: str, body: Mapping[str, Any], on: str) -> None:
    """A code that has ended stays readable and is written no more."""
    found: dict[str, str] = {}
    for field, name in bodies.CODED.get(kind, {}).items():
        given, table = body.get(field, ()), codes.table(name)
        for code in given if isinstance(given, (list, tuple)) else (given,):
            if code and code in table.names and code not in table.open_on(on):
                days = table.valid.get(code, {})
                sentence = t("node.form.ended", field=label((field,)), value=table.names[code], since=days.get("from", "—"),
                             until=days.get("to", "—"), day=on)
                found.setdefault(field, sentence)
    if found:
        raise Refusal("draft", "ended_code", "\n".join(found.values()), found)


def left_out(draft: Mapping[str, Any]) -> str:
    """What of the draft is kept without characters that nobody sees, in one sentence for who typed it; "" when nothing is."""
    found = entered.left_out(draft)
    if not found:
        return ""
    signs = sorted({sign_words(character) for gone in found.values() for character in gone})
    return t("node.form.left_out", fields="、".join(label(tuple(path.split("."))) for path in found),
             count=sum(map(len, found.values())), signs="、".join(signs[:_SIGNS]))


def not_object() -> Refusal:
    return Refusal("usage", "not_object", t("node.form.not_object"))


def _sentence(error: Mapping[str, Any]) -> str:
    """In Chinese; where a law sets the bound, the sentence is the law's."""
    lawful = f"node.law.{error['loc'][-1]}" if error["loc"] and error["type"] == "less_than_equal" else ""
    if lawful and has(lawful):
        return t(lawful)
    word = BY_TYPE.get(error["type"], "value")
    context = error.get("ctx") or {}
    limit = next((context[k] for k in ("max_length", "le", "ge", "min_length") if k in context), "")
    place = error["loc"]
    field = f"{label(place[:-1])}“{place[-1]}”" if word == "extra" else label(place)
    return t(f"node.form.{word}", field=field, value=_short(error.get("input")), limit=limit)


def label(path: tuple[Any, ...]) -> str:
    """("parties", 0, "name") -> 当事人第1项的姓名; a field without a name in the catalogue shows as it was typed."""
    words = []
    for part in path:
        if isinstance(part, int) or whole(str(part)) is not None:
            words.append(t("node.form.nth", n=int(part) + 1))
        else:
            words.append(t(f"node.field.{part}") if has(f"node.field.{part}") else f"“{part}”")
    return "".join(words)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 30 else text[:29] + "…"


def _at(fields: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(fields, Mapping):
            fields = fields.get(part)
        elif isinstance(fields, list) and whole(part, 0, len(fields) - 1) is not None:
            fields = fields[int(part)]
        else:
            return ""
    return fields


def _clean(fields: Mapping[str, Any]) -> dict[str, Any]:
    """As `bodies.build` does: NFC, no spaces at the ends. Raises InvalidDraft naming a character that is too new."""
    try:
        found: dict[str, Any] = bodies.normalised(fields)
    except NotCanonical as wrong:
        character = unknown(str(wrong.value)) or ""
        shown = called(character) if "\ud800" <= character <= "\udfff" else f"{character}（{called(character)}）"
        sentence = t("node.form.unknown_character", field=label(tuple(wrong.field.split("."))), character=shown)
        raise Refusal("draft", "unknown_character", sentence, {wrong.field: sentence}) from None
    return found
