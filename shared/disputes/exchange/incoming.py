"""One row of another system -> the body of a registration, or why not: heading and one Chinese sentence for each fault. Pure.

Whether the row may be registered at all is asked by the counter, as of everybody. An old case that had ended where it was kept
comes as one that has ended (`taken_over`); a petition that was answered there is left there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.disputes.case.particulars import NO_NUMBER
from shared.disputes.exchange import fields, values
from shared.disputes.exchange.mappings import CODE, Profile
from shared.disputes.exchange.outgoing import SIDES
from shared.disputes.exchange.values import Cell
from shared.disputes.kinds.particulars import MOST_PEOPLE
from shared.disputes.rules import excluded_matters as matters
from shared.ledger import codes, identity
from shared.ledger.entry import BadEntry, shown
from shared.ledger.texts import t

Row = Mapping[str, Cell]                # heading -> cell
# Is this the id, or a name, of an office of the county? Its id, "" for none.
FindOffice = Callable[[str], str]
_BOUNDS = {"people": (1, MOST_PEOPLE), "applicant_age": (0, 150), "respondent_age": (0, 150), "batches": (1, 100_000),
           "person_times": (1, 100_000), "representatives": (1, 100_000)}


@dataclass(frozen=True, slots=True)
class Fault:
    """`head`: the heading of the cell, "" of the whole row."""

    head: str
    reason: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """`draft` is complete without faults. `own`: our number of it, if the row has one; `mark`: (system, number) by which the same
    row is known when it comes again. `left`: why it is not for us to take, "" otherwise."""

    draft: Mapping[str, Any]
    own: str
    mark: tuple[str, str]
    faults: tuple[Fault, ...] = ()
    left: str = ""


@dataclass(slots=True)
class _Reading:
    profile: Profile
    row: Row
    heads: Mapping[str, str]            # field -> heading that stands for it in this file
    faults: list[Fault] = field(default_factory=list)

    def cell(self, name: str) -> Cell:
        return self.row.get(self.heads.get(name, ""))

    def ask(self, name: str, read: Callable[[Cell], Any]) -> Any:
        """The value, None and a fault where it cannot be read."""
        try:
            return read(self.cell(name))
        except BadEntry as wrong:
            self.fault(name, str(wrong))
            return None

    def text(self, name: str) -> str:
        return self.ask(name, values.text) or ""

    def fault(self, name: str, reason: str) -> None:
        self.faults.append(Fault(self.heads.get(name, name), reason))


def headings(profile: Profile, found: Sequence[str]) -> dict[str, str]:
    """field -> heading of this file, for the headings that are known; the profile's own come before what others were met."""
    own = {values_key(head): name for head, name in profile.columns}
    made: dict[str, str] = {}
    for head in found:
        name = own.get(values_key(head))
        if name and name not in made:
            made[name] = head
    known = {name.partition(":")[0] for _, name in profile.columns}
    for name, words in profile.alias.items():
        if name in known and name not in made:
            wanted = set(map(values_key, words))
            met = next((head for head in found if values_key(head) in wanted and head not in made.values()), "")
            made.update({name: met} if met else {})
    return made


def values_key(head: str) -> str:
    return "".join(head.split()).translate(str.maketrans("()（）*＊：:", "（）（）    ")).strip()


def read_case(profile: Profile, row: Row, heads: Mapping[str, str], office_of: FindOffice, today: str) -> Incoming:
    r = _Reading(profile, row, heads)
    category, subcategory = _matter(r)
    source, body = _source(r)
    days = {name: r.ask(name, values.day) for name in ("registered_on", "occurred", "accepted_on", "agreed_on", "closed_on")}
    for name, day in days.items():
        if day is not None and day > today:
            r.fault(name, t("exchange.future", value=day))
    if days["registered_on"] is None and not any(f.head == heads.get("registered_on") for f in r.faults):
        r.fault("registered_on", t("exchange.missing"))
    mark = _mark(r)
    draft: dict[str, Any] = {
        "parties": _parties(r, days["registered_on"] or today), "place": _place(r, office_of), "summary": r.text("summary"),
        "category": category, "subcategory": subcategory, "source": source, "entrusting_body": body,
        "difficulty": _code(r, "difficulty") or "simple", "occurred": days["occurred"], "people": _number(r, "people"),
        "amount_fen": r.ask("amount", values.fen), "language": _code(r, "language"), "foreign": r.ask("foreign", values.yes),
        "stability": r.ask("stability", values.yes), "prevented": _codes(r, "prevented"),
        "risk": int(_code(r, "level") or _code(r, "risk") or 1), "elsewhere": [{"system": mark[0], "number": mark[1]}],
        "taken_over": _taken_over(r, days),
    }
    if not draft["summary"] and not any(f.head == heads.get("summary") for f in r.faults):
        r.fault("summary", t("exchange.missing"))
    return Incoming(_said(draft), r.text("number"), mark, tuple(r.faults))


def read_petition(profile: Profile, row: Row, heads: Mapping[str, str], office_of: FindOffice, today: str) -> Incoming:
    r = _Reading(profile, row, heads)
    mark = _mark(r)
    persons = r.ask("persons", values.names) or []
    identity_end, _ = _identity(r, "id_last4", today)
    draft: dict[str, Any] = {
        "channel": _code(r, "channel") or "letter_visit", "form": _word(r, "form", codes.names("petition_form")) or "visit",
        "category": _code(r, "category") or "", "place": _place(r, office_of), "summary": r.text("summary"),
        "received_on": r.ask("registered_on", values.day), "batches": _number(r, "batches") or 1,
        "person_times": _number(r, "person_times") or max(len(persons), 1), "representatives": _number(r, "representatives"),
        "abnormal_visit": r.ask("abnormal_visit", values.yes) or False, "persons": persons, "phone": r.text("phone"),
        "skip_level_visit": r.ask("skip_level_visit", values.yes) or False, "id_last4": identity_end,
        "address": r.text("address")[:120],
        "elsewhere": [{"system": mark[0], "number": mark[1]}],
    }
    for name in ("summary", "category"):
        if not draft[name] and not any(f.head == heads.get(name) for f in r.faults):
            r.fault(name, t("exchange.missing"))
    left = t("exchange.answered") if r.ask("answered_on", values.day) else ""
    return Incoming(_said(draft), r.text("number"), mark, tuple(r.faults), left)


def _said(draft: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in draft.items() if value not in (None, "", [])}


def _mark(r: _Reading) -> tuple[str, str]:
    """The number there; of a row without one a hash of all it says, so that the same file taken in twice is taken in once."""
    number, own = r.text("other_number"), r.text("number")
    if number or own:
        return (r.profile.system, number[:120]) if number else ("old", own[:120])
    said = json.dumps({head: values.text(cell) for head, cell in sorted(r.row.items()) if cell is not None}, ensure_ascii=False)
    return "old", NO_NUMBER + hashlib.sha256(said.encode()).hexdigest()[:16]


def _place(r: _Reading, office_of: FindOffice) -> dict[str, str]:
    where = r.text("place_text")[:120]
    for name in ("place_office", "place_name"):
        typed = r.text(name)
        if typed:
            office = office_of(typed)
            if office:
                return _said({"office": office, "text": where})
            r.fault(name, t("exchange.no_office", value=shown(typed)))
            return {}
    return {"text": where} if where else {}


def _parties(r: _Reading, on: str) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for side in SIDES:
        names = r.ask(f"{side}_name", values.names) or []
        for place, name in enumerate(names):
            made.append({"name": name, "role": side, **(_details(r, side, on) if place == 0 else {})})
    if not made and not any(f.head == r.heads.get("applicant_name") for f in r.faults):
        r.fault("applicant_name", t("exchange.missing"))
    return made


def _details(r: _Reading, side: str, on: str) -> dict[str, Any]:
    end, read = _identity(r, f"{side}_id_last4", on)
    return _said({
        "id_number": r.text(f"{side}_id_last4") if read else "",
        "phone": r.text(f"{side}_phone"), "address": r.text(f"{side}_address")[:120],
        "ethnicity": r.text(f"{side}_ethnicity")[:20],
        "gender": _word(r, f"{side}_gender", fields.WORDS[f"{side}_gender"]) or (read.gender if read else ""),
        "age": _number(r, f"{side}_age") if r.text(f"{side}_age") else read.age_on(on) if read else None,
        "id_last4": end, "id_kind": _code(r, f"{side}_id_kind") or ("id_card" if read else ""),
    })


def _identity(r: _Reading, name: str, on: str) -> tuple[str, identity.Identity | None]:
    """The last four characters, and what a whole number says."""
    typed = r.text(name)
    if not identity.is_whole(typed):
        return typed, None
    read = r.ask(name, lambda cell: identity.read(values.text(cell)))
    return (read.last4, read) if read else ("", None)


def _number(r: _Reading, name: str) -> int | None:
    found: int | None = r.ask(name, lambda cell: values.count(cell, *_BOUNDS[name]))
    return found


def _matter(r: _Reading) -> tuple[str, str]:
    """Category and subcategory; a subcategory that stands where the category should names both when it belongs to one alone."""
    value = _code(r, "category")
    if value is None:
        return "", ""
    category, _, sub = value.partition("/")
    if not category:
        if not any(f.head in (r.heads.get("category"), r.heads.get("category" + CODE)) for f in r.faults):
            r.fault("category", t("exchange.missing"))
        return "", ""
    sub = sub or (_code(r, "subcategory") or "" if "subcategory" in r.heads else "")
    if sub and not matters.table().fits(category, sub):
        r.fault("subcategory", t("exchange.not_of", sub=codes.name("subcategory", sub),
                                 category=codes.name("category", category)))
    return category, sub


def _source(r: _Reading) -> tuple[str, str]:
    value = _code(r, "source") or ""
    source, _, body = value.partition("/")
    body = body or (_code(r, "entrusting_body") or "" if "entrusting_body" in r.heads else "")
    return source or ("hotline_12345" if r.profile.only == "hotline" else "entrusted" if body else "by_application"), body


def _code(r: _Reading, name: str) -> str | None:
    """The own value of a coded cell: by the code of the other side, its name, or our name. "" where nothing stands, None with a
    fault where it is in no list."""
    table = r.profile.tables.get(name)
    typed = r.text(name + CODE) if name + CODE in r.heads and r.text(name + CODE) else r.text(name)
    if not typed:
        return ""
    if table is not None:
        code = table.code_of(typed)
        own = table.own_value(code) if code is not None else None
        if own is not None:
            return own
        r.fault(name, t("exchange.not_in_list", value=shown(typed), list=r.profile.name))
        return None
    return _word(r, name, codes.names(fields.CODES[name])) if name in fields.CODES else ""


def _word(r: _Reading, name: str, names: Mapping[str, str]) -> str | None:
    """The code whose name this is, with or without `纠纷` at its end."""
    typed = r.text(name)
    if not typed or typed in names:
        return typed
    found = [code for code, word in names.items() if values.same(word, typed) or values.same(word, f"{typed}纠纷")
             or values.same(word.partition("（")[0], typed)]
    if len(found) == 1:
        return found[0]
    r.fault(name, t("exchange.not_in_list", value=shown(typed), list=t("exchange.ours")))
    return None


def _codes(r: _Reading, name: str) -> list[str]:
    made, names = [], codes.names(fields.CODES[name])
    for word in r.ask(name, values.names) or []:
        code = next((code for code, known in names.items() if values.same(known, word) or code == word), None)
        if code is None:
            r.fault(name, t("exchange.not_in_list", value=shown(word), list=t("exchange.ours")))
        else:
            made.append(code)
    return made


def _taken_over(r: _Reading, days: Mapping[str, str | None]) -> dict[str, Any]:
    outcome = _code(r, "outcome") or ""
    form = _word(r, "form", fields.WORDS["form"]) or ""
    return _said({
        "profile": r.profile.id, "ended": bool(outcome or days["closed_on"]),
        "registered_on": days["registered_on"], "accepted_on": days["accepted_on"], "agreed_on": days["agreed_on"],
        "closed_on": days["closed_on"], "outcome": outcome, "form": form, "performance": _code(r, "performance") or "",
        "file_no": r.text("file_no")[:120],
    })
