"""What a line of the audit log is about, as a person says it: of an id of a case or record its number and where it is read.

The log keeps ids, for numbers come later and names change; who reads it reads no id.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from county_hub.county.officers import Officers
from shared.disputes.acts.refusal import act_title
from shared.disputes.records import aggregates
from shared.disputes.tables.cases import known_as

_SQL = """SELECT case_id, 'case', number FROM cases WHERE case_id IN (SELECT value FROM json_each(:ids))
UNION ALL SELECT petition_id, 'petition', number FROM petitions WHERE petition_id IN (SELECT value FROM json_each(:ids))
UNION ALL SELECT aid_id, 'legal_aid', number FROM legal_aid WHERE aid_id IN (SELECT value FROM json_each(:ids))
UNION ALL SELECT record_id, aggregate, title FROM records WHERE record_id IN (SELECT value FROM json_each(:ids))"""


@dataclass(frozen=True, slots=True)
class Subject:
    """`href`: below /console/, "" where there is no page of it."""

    words: str
    href: str


def subjects(officers: Officers, ids: Iterable[str]) -> dict[str, Subject]:
    """Of those that are a case, a record, or one of their events; of everything else nothing."""
    of = {id: id.split(":")[1] if id.count(":") == 3 else id for id in ids}      # an event names its subject
    with officers.read() as db:
        rows = db.execute(_SQL, {"ids": json.dumps([*dict.fromkeys(of.values())])}).fetchall()
    organisation, found = officers.organisation(), dict[str, Subject]()
    for id, kind, called in rows:
        called = str(called or "")
        if kind == "case":
            found[id] = Subject(officers.short_number(organisation, called, id), f"cases/{id}")
        else:
            name = officers.short_number(organisation, called, id) if kind in ("petition", "legal_aid") else officers.who(called)
            found[id] = Subject(f"{act_title(aggregates.opening(kind))} {name}".strip(), f"records/{id}")
    return {id: found[subject] for id, subject in of.items() if subject in found and found[subject].words}


def ids_of(officers: Officers, text: str) -> list[str]:
    """Of a case that somebody names by its number its ids; of everything else the text itself."""
    names = officers.organisation().names()
    with officers.read() as db:
        return (known_as(db, text, names) if text else []) or [text]
