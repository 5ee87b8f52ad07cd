"""Whole numbers of identity papers: sealed beside the act that brings them, masked on screens.

A draft may give a party's `id_number` beside its details; the event never does. The end of it stands in the open (`id_last4`),
the whole in a sealed `case.identities_noted` of the same transaction. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.disputes.acts.drafts import label
from shared.disputes.acts.refusal import Refusal
from shared.disputes.case.state import CaseState
from shared.ledger import identity
from shared.ledger.entry import BadEntry
from shared.ledger.formats.characters import is_digits
from shared.ledger.texts import t

KIND = "case.identities_noted"
TYPED = "id_number"
_LISTS = {"case.registered": "parties", "case.parties_added": "parties", "case.party_added": "party"}
_CARD = ("", "id_card")


def taken(kind: str, draft: Mapping[str, Any], on: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """(the draft without whole numbers, those as `identities` of a sealed body). What a number says of its holder is filled in
    where it was left open. `on`: ISO day for the age. Raises `Refusal`."""
    made, found = dict(draft), list[dict[str, Any]]()
    name = _LISTS.get(kind, "")
    given = made.get(name)
    rows = given if isinstance(given, list) else [given]
    first = made.get("no", 0) if kind != "case.registered" else 0
    if not any(isinstance(row, Mapping) and TYPED in row for row in rows):
        return made, found
    kept, wrong = [], dict[str, str]()
    for place, row in enumerate(rows):
        path = f"{name}.{place}" if rows is given else name
        if isinstance(row, Mapping) and TYPED in row:
            try:
                row, whole = _apart(row, path, on)
            except Refusal as no:
                wrong |= no.fields
            else:
                found += [{"party": first + place, **whole}] if whole else []
        kept.append(row)
    if wrong:
        raise Refusal("draft", "bad_field", "\n".join(wrong.values()), wrong)
    made[name] = kept if rows is given else kept[0]
    return made, found


def without(kind: str, draft: Mapping[str, Any]) -> dict[str, Any]:
    """The draft as if no whole number had been typed."""
    name = _LISTS.get(kind, "")
    given = draft.get(name)
    rows = [{key: value for key, value in row.items() if key != TYPED} if isinstance(row, Mapping) else row
            for row in (given if isinstance(given, list) else [given])]
    return {**draft, name: rows if isinstance(given, list) else rows[0]} if name in draft else dict(draft)


def _apart(party: Mapping[str, Any], path: str, on: str) -> tuple[dict[str, Any], dict[str, Any]]:
    rest = {name: value for name, value in party.items() if name != TYPED}
    typed = party[TYPED]
    at = f"{path}.{TYPED}"
    if not isinstance(typed, str):
        raise _wrong(at, t("node.form.text", field=label(tuple(at.split("."))), value="…", limit=""))
    number = identity.plain(typed)
    if not number:
        return rest, {}
    kind = rest.get("id_kind") or ("credit_code" if rest.get("kind") == "unit" else "id_card")
    said = _read(kind, number, at)
    rest["id_kind"] = kind
    if _is_end(number[-4:]):
        rest["id_last4"] = number[-4:]
    if said is not None:
        told = {"gender": said.gender, "age": said.age_on(on)}
        rest |= {name: value for name, value in told.items() if rest.get(name) in ("", None)}
    return rest, {"id_kind": kind, "paper_number": number}


def _read(kind: str, number: str, path: str) -> identity.Identity | None:
    """What an identity card's number says; one of another paper says nothing."""
    if kind not in _CARD:
        return None
    try:
        return identity.read(number)
    except BadEntry as wrong:
        raise _wrong(path, str(wrong)) from None


def corrections(body: Mapping[str, Any], state: CaseState) -> list[dict[str, Any]]:
    """What else must be written when numbers are noted later: the end and the kind where they were open. Raises `Refusal` for a
    number that is wrong, of nobody here, or whose end is not the one that is there."""
    by_no, made = {p.no: p for p in state.parties}, list[dict[str, Any]]()
    for place, row in enumerate(body["identities"]):
        path, party = f"identities.{place}.paper_number", by_no.get(row["party"])
        if party is None:
            raise _wrong(f"identities.{place}.party", t("identities.nobody", value=row["party"]))
        number = row["paper_number"]
        kind = row.get("id_kind") or ("credit_code" if party.kind == "unit" else "id_card")
        _read(kind, number, path)
        if _is_end(number[-4:]):
            if party.id_last4 and party.id_last4 != number[-4:]:
                raise _wrong(path, t("identities.other_end", name=party.name, end=party.id_last4))
            made += [{"party": party.no, "field": "id_last4", "value": number[-4:]}] if not party.id_last4 else []
        made += [{"party": party.no, "field": "id_kind", "value": kind}] if party.id_kind != kind else []
    return made


def for_screen(kind: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """An opened body as a screen or a command shows it."""
    if kind != KIND:
        return body
    return {**body, "identities": [{**row, "paper_number": identity.masked(row["paper_number"])} for row in body["identities"]]}


def in_words(body: Mapping[str, Any], names: Sequence[tuple[int, str]]) -> str:
    """One line of the history: whose numbers, masked."""
    by_no = dict(names)
    said = (f"{by_no.get(row['party'], '')} {identity.masked(row['paper_number'])}" for row in body["identities"])
    return "、".join(map(str.strip, said))


def require_none(fields: Mapping[str, Any]) -> None:
    """No whole identity number in any text of an open body. Raises `Refusal` naming the field, never the number."""
    path = _where(fields, "")
    if path:
        raise _wrong(path, t("identities.in_text", field=label(tuple(path.split(".")))))


def _where(value: Any, path: str) -> str:
    if isinstance(value, str):
        return path if identity.within(value) else ""
    parts: Iterable[tuple[object, Any]] = value.items() if isinstance(value, Mapping) else enumerate(value) \
        if isinstance(value, (list, tuple)) else ()
    return next((found for name, part in parts if (found := _where(part, f"{path}.{name}" if path else str(name)))), "")


def _is_end(text: str) -> bool:
    return len(text) == 4 and is_digits(text[:3]) and (is_digits(text[3]) or text[3] == "X")


def _wrong(path: str, sentence: str) -> Refusal:
    return Refusal("draft", "identity", sentence, {path: sentence})


