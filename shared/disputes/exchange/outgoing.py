"""A folded case or petition -> one row for another system: the record in our own values, then the cells of a profile. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from shared.disputes.case.particulars import NO_NUMBER
from shared.disputes.case.state import CaseState, PartyState
from shared.disputes.exchange import fields
from shared.disputes.exchange.mappings import CODE, Profile, lost, named
from shared.disputes.records.matter import PetitionState
from shared.ledger import codes

Record = Mapping[str, Any]
Value = str | int | float | dt.date | None
Names = Callable[[str], str]                    # the name of an office
SIDES = ("applicant", "respondent")
# Of several promises the one that matters most to who asks how it is kept.
_WORST = ("refused", "enforcement", "overdue", "partly", "performing", "not_due", "waits_for_effect", "varied", "performed",
          "performed_on_spot")


def belongs(case: CaseState, profile: Profile) -> bool:
    """Is it a matter of this system? Of a court: entrusted by it, or brought to it; of the hotline: passed on by it."""
    numbered = any(other.system == profile.system for other in case.particulars.elsewhere)
    if profile.only == "hotline":
        return numbered or case.source == "hotline_12345"
    if profile.only == "court":
        brought = case.confirmation is not None or case.outcome == "to_litigation"
        return numbered or brought or case.entrusting_body.startswith("court")
    return True


def case_record(case: CaseState, profile: Profile, name: Names) -> Record:
    """The case in our own values; "" and None where nothing is known."""
    said, old = case.particulars, case.particulars.taken_over
    agreed = case.agreement
    sides = {role: next((p for p in case.parties if p.role == role), None) for role in SIDES}
    names = {role: "、".join(p.name for p in case.parties if p.role == role) for role in SIDES}
    score = next((rating.score for rating in reversed(case.ratings) if rating.counts), None)
    return {
        "number": case.number, "other_number": _number(case, profile.system), "title": _title(case),
        "registered_on": case.registered_on, "occurred": case.occurred, "accepted_on": case.accepted_on,
        "closed_on": case.closed_on,
        "place_office": case.place.office, "place_name": name(case.place.office) if case.place.office else "",
        "place_text": case.place.text, "category": _joined(case.category, case.subcategory), "subcategory": case.subcategory,
        "source": _joined(case.source, case.entrusting_body if case.source == "entrusted" else ""),
        "entrusting_body": case.entrusting_body, "difficulty": case.difficulty, "mediation_type": case.mediation_type,
        "summary": case.summary, "risk": str(case.risk.level), "level": str(case.risk.level),
        "nature": _joined(case.category, case.subcategory), "committee": case.committee, "holder_name": name(case.holder),
        "people": said.people or len(case.parties) or None, "amount": said.amount_fen, "language": said.language,
        "foreign": said.foreign, "stability": said.stability, "prevented": said.prevented,
        "outcome": case.outcome, "form": agreed.form if agreed else old.form if old else "",
        "agreed_on": agreed.reached_on if agreed else old.agreed_on if old else None,
        "performance": _performance(case), "file_no": case.file_no,
        "confirmation": case.confirmation.status if case.confirmation else "", "satisfaction": str(score) if score else "",
        **{f"{role}_name": names[role] for role in SIDES},
        **{f"{role}_{key}": value for role, party in sides.items() for key, value in _party(party).items()},
    }


def petition_record(petition: PetitionState, profile: Profile, name: Names) -> Record:
    """A petition; whom Art 30 protects is not named."""
    return {
        "number": petition.number, "registered_on": petition.received_on or petition.registered_on, "form": petition.form,
        "other_number": next((number for system, number in petition.elsewhere if system == profile.system), ""),
        "channel": petition.channel, "category": petition.category, "place_office": petition.place,
        "place_text": name(petition.place) if petition.place else "", "persons": "、".join(petition.persons),
        "batches": petition.batches, "person_times": petition.person_times, "abnormal_visit": petition.abnormal_visit,
        "skip_level_visit": petition.skip_level_visit, "repeat": bool(petition.repeat_of), "summary": petition.summary,
        "state": petition.state, "accepted_on": petition.accepted_on, "answered_on": petition.answered_on,
    }


def cells(profile: Profile, record: Record) -> list[Value]:
    """The row in the order of the profile's columns: texts, whole numbers, yuan, days."""
    return [_cell(profile, field, record) for _, field in profile.columns]


def losses(profile: Profile, record: Record) -> list[tuple[str, str, str]]:
    """(heading, own value in words, what it no longer says) of this row."""
    found = []
    for head, field in profile.columns:
        table = profile.tables.get(field)
        value = str(record.get(field) or "")
        if table is not None and table.own and value:
            loss = lost(table, value)
            if loss:
                found.append((head, named(list(table.own), value), loss))
    return found


def _cell(profile: Profile, field: str, record: Record) -> Value:
    base, wanted_code = field.removesuffix(CODE), field.endswith(CODE)
    value, table = record.get(base), profile.tables.get(base)
    if table is not None:
        code = _target(profile, base, record)
        return code if wanted_code else table.names.get(code, code)
    if value is None or value == "":
        return None
    return _plain(base, value)


def _target(profile: Profile, field: str, record: Record) -> str:
    table, value = profile.tables[field], str(record.get(field) or "")
    if table.steps:
        return table.of_number(int(record.get("people") or 0))
    target = table.target(value) if value else None
    return target.code if target else ""


def _plain(field: str, value: Any) -> Value:
    if field in fields.DAYS:
        return dt.date.fromisoformat(value)
    if field in fields.MONEY:
        return int(value) / 100
    if field in fields.YES_NO:
        return "是" if value else "否"
    if field in fields.LISTS:
        return "、".join(codes.name(fields.CODES[field], code) for code in value) or None
    if field in fields.WORDS and value in fields.WORDS[field]:
        return fields.WORDS[field][value]
    if field == "form":
        return codes.name("petition_form", value)
    if field in fields.CODES:
        return codes.name(fields.CODES[field], str(value).partition("/")[0])
    return value if isinstance(value, int) else str(value)


def _party(party: PartyState | None) -> dict[str, Any]:
    """Of the first of a side; a party whose data is restricted (PIPL Art 47) has nothing but a name."""
    if party is None or party.restricted:
        return {}
    return {"gender": party.gender, "age": party.age, "phone": party.phone, "id_kind": party.id_kind,
            "id_last4": party.id_last4, "address": party.address}


def _performance(case: CaseState) -> str:
    if case.agreement is None:
        return case.particulars.taken_over.performance if case.particulars.taken_over else ""
    found = {item.status for item in case.agreement.items}
    return next((status for status in _WORST if status in found), "")


def _number(case: CaseState, system: str) -> str:
    return next((other.number for other in reversed(case.particulars.elsewhere) if other.system == system
                 and not other.number.startswith(NO_NUMBER)), "")


def _title(case: CaseState) -> str:
    who = "与".join(p.name for p in case.parties[:2])
    return f"{who}{codes.name('category', case.category)}" if case.category else who


def _joined(first: str, second: str) -> str:
    return f"{first}/{second}" if second else first
