"""What an intake holds while it is written: plain JSON, so that it is kept at every change. No Kivy, no SQL.

    answers   step, people [person], open (key of the person whose card is open), tile, category, subcategory, summary, amount,
              count, signs, risk (0 = as computed), office, group, place, occurred, source, body, difficulty, language, foreign,
              stability, other_system, other_number, method, mediator, strokes {key: {lines, ratio, at}}, not_same [case ids]
    person    key ("p1", for life), role, kind, name, phone, number (as typed), last4, gender, age, address, guardian, ward,
              stands_for [keys], special, head, post, later
A whole identity number stays with an unfinished form only where this device encrypts what it keeps (`kept`).
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

Answers = dict[str, Any]
Person = dict[str, Any]
STEPS = ("people", "matter", "place", "evidence", "sign")
SIGN, REVIEW = STEPS.index("sign"), len(STEPS)

_PERSON: Mapping[str, Any] = {
    "key": "", "role": "applicant", "kind": "person", "name": "", "phone": "", "number": "", "last4": "", "gender": "",
    "age": "", "address": "", "guardian": "", "ward": False, "stands_for": [], "special": False, "head": "",
    "post": "", "later": False,
}
_BLANK: Mapping[str, Any] = {
    "step": 0, "people": [], "open": "p1", "tile": "", "category": "", "subcategory": "", "summary": "", "amount": "",
    "count": "", "signs": [], "risk": 0, "office": "", "group": "", "place": "", "occurred": "", "source": "by_application",
    "body": "", "difficulty": "simple", "language": "", "foreign": "", "stability": "", "other_system": "", "other_number": "",
    "method": "people", "mediator": "", "strokes": {}, "not_same": [],
}
SIDES = ("applicant", "respondent")
END = 4                 # characters of an identity number that may stand in the open


def blank(office: str) -> Answers:
    """An intake that nobody has touched: one who comes, and whom it is about."""
    made = {**copy.deepcopy(dict(_BLANK)), "office": office}
    for role in SIDES:
        add_person(made, role)
    made["open"] = "p1"
    return made


def add_person(answers: Answers, role: str, kind: str = "person") -> Person:
    """Another one, whose card is open now."""
    number = 1 + max((int(p["key"][1:]) for p in answers["people"]), default=0)
    made = {**copy.deepcopy(dict(_PERSON)), "key": f"p{number}", "role": role, "kind": kind}
    answers["people"].append(made)
    answers["open"] = made["key"]
    return made


def remove_person(answers: Answers, key: str) -> None:
    """With the strokes of theirs, and out of everybody's list of whom they stand for."""
    answers["people"] = [p for p in answers["people"] if p["key"] != key]
    answers["strokes"].pop(key, None)
    for person in answers["people"]:
        person["stands_for"] = [other for other in person["stands_for"] if other != key]


def person(answers: Answers, key: str) -> Person:
    """Raises KeyError."""
    found: Person | None = next((p for p in answers["people"] if p["key"] == key), None)
    if found is None:
        raise KeyError(key)
    return found


def has_words(person: Mapping[str, Any]) -> bool:
    """Has anybody written something about this one?"""
    return any(person[name] for name in ("name", "phone", "number", "last4", "age", "address", "guardian", "head"))


def named(answers: Mapping[str, Any]) -> list[Person]:
    """Those who are registered: who has neither name nor anything else is left out, unless a side would be empty."""
    return [p for p in answers["people"] if has_words(p)]


def is_touched(answers: Mapping[str, Any], office: str) -> bool:
    """Does it hold more than an empty form? Where one stands in it is no answer."""
    fresh = blank(office)
    quiet = ("step", "open", "mediator", "method")
    return any(answers[name] != fresh[name] for name in fresh if name not in quiet)


def kept(answers: Answers, *, encrypted: bool) -> dict[str, Any]:
    """What of it is written down while it is unfinished."""
    words: dict[str, Any] = copy.deepcopy(answers)
    for one in words["people"]:
        if not encrypted and len(one["number"]) > END:
            one["number"] = one["last4"]
    return words


def restored(words: Mapping[str, Any], office: str) -> Answers:
    """A kept intake; one of an older program becomes one of these. What is not known is left out, what is missing is blank."""
    kept = words.get("answers")
    if not isinstance(kept, Mapping):
        return _of_fields(words, office)
    made = blank(office)
    made |= {name: copy.deepcopy(value) for name, value in kept.items() if name in _BLANK and _fits(value, _BLANK[name])}
    made["people"] = [_person(p) for p in made["people"] if isinstance(p, Mapping) and _is_key(p.get("key"))]
    return made if made["people"] else {**made, "people": blank(office)["people"]}


def _fits(value: Any, like: Any) -> bool:
    return isinstance(value, type(like))


def _is_key(key: Any) -> bool:
    return isinstance(key, str) and key[:1] == "p" and key[1:].isascii() and key[1:].isdigit()


def _person(kept: Mapping[str, Any]) -> Person:
    known = {name: value for name, value in kept.items() if name in _PERSON and _fits(value, _PERSON[name])}
    return {**copy.deepcopy(dict(_PERSON)), **known}


# field of the form of older programs -> name here
_OLD_PERSON = {"name": "name", "phone": "phone", "age": "age", "guardian": "guardian"}
_OLD = {**{name: name for name in ("category", "place", "summary", "difficulty", "source", "occurred", "amount", "language",
                                   "foreign", "stability", "other_system", "other_number")}, "people": "count"}


def _of_fields(words: Mapping[str, Any], office: str) -> Answers:
    made, fields = blank(office), words.get("fields") or {}
    for role, one in zip(SIDES, made["people"], strict=True):
        one |= {new: str(fields.get(f"{role}_{old}") or "") for old, new in _OLD_PERSON.items()}
    made |= {new: str(fields[old]) for old, new in _OLD.items() if fields.get(old)}
    risk = str(fields.get("risk") or "")
    made["risk"] = int(risk) if risk in ("2", "3", "4") else 0
    for party, lines in (words.get("strokes") or {}).items():
        if lines and str(party) in ("0", "1"):
            made["strokes"][f"p{int(party) + 1}"] = {"lines": lines, "ratio": 1 / 3, "at": 0}
    return made


def title(answers: Mapping[str, Any]) -> str:
    """Who and what, as far as it is known: `演示甲、演示乙　三组水渠堵了`."""
    names = "、".join(p["name"] for p in answers["people"] if p["name"])
    return "　".join(part for part in (names, str(answers["summary"])[:24]) if part)


def keys_of(people: Iterable[Person]) -> dict[str, int]:
    """key -> number of the party."""
    return {p["key"]: number for number, p in enumerate(people)}
