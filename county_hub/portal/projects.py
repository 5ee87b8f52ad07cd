"""公开问政: what is planned, asked and promised before a project, as everybody may read it; and a question from a citizen.

A project is shown from the announcement of its meeting on. Who asked is shown to nobody but the officer who answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from county_hub.county.acts import CountyActs
from county_hub.county.officers import Officers
from county_hub.hub.problems import HubProblem
from county_hub.portal.progress import day_words
from shared.disputes.records.machine import RecordState
from shared.disputes.tables import due
from shared.ledger import codes
from shared.ledger.published.offices import Organisation
from shared.ledger.texts import t

AGGREGATE, OPENED = "public_qa", "public_qa.registered"
SHOWN, OPEN = ("announced", "held", "closed"), ("announced", "held")
PAGE = 40


@dataclass(frozen=True, slots=True)
class Promise:
    """`state`: kept | late | due; `day` when it was kept, else by when."""

    text: str
    day: str
    state: str


@dataclass(frozen=True, slots=True)
class Project:
    """`questions`: (question, answer, who answered), the newest first. `meeting`: day and place, or empty."""

    id: str
    title: str
    kind: str
    where: str
    organiser: str
    text: str
    state: str
    meeting: str
    questions: tuple[tuple[str, str, str], ...]
    promises: tuple[Promise, ...]
    open: bool


def listed(officers: Officers, organisation: Organisation, page: int) -> tuple[list[dict[str, str]], int]:
    """(projects of this page, how many pages there are): those that go on first."""
    with officers.read() as db:
        rows = [row for row in due.rows(db, AGGREGATE, limit=due.count(db, AGGREGATE)) if row["state"] in SHOWN]
    first = (page - 1) * PAGE
    return [{"id": row["record_id"], "title": row["title"], "where": _office(organisation, row.get("place") or ""),
             "state": t(f"recordstates.public_qa.{row['state']}")} for row in rows[first:first + PAGE]], -(-len(rows) // PAGE)


def one(acts: CountyActs, officers: Officers, organisation: Organisation, id: str) -> Project | None:
    """None for what is no project that everybody may see."""
    try:
        events = acts.events(id, AGGREGATE)
    except HubProblem:
        return None
    state = acts.fold(AGGREGATE, events)
    first = next((event for event in events if event.kind == OPENED), None)
    if not isinstance(state, RecordState) or state.state not in SHOWN or first is None or "sealed" in first.body:
        return None
    return _public(state, first.body, organisation, officers)


def _public(state: RecordState, said: Mapping[str, Any], organisation: Organisation, officers: Officers) -> Project:
    """`said`: the body that registered it. Words of later steps are not taken from `data`: an assessment is the county's own."""
    data, today = state.data, officers.today()
    hall = data.get("place")
    meeting = " ".join(filter(None, (day_words(str(data.get("date") or "")), hall if isinstance(hall, str) else "")))
    questions = tuple((str(row.get("question", "")), str(row.get("answer", "")), officers.staff_name(str(row.get("by", ""))))
                      for row in reversed(list(data.get("questions", ()))))
    promises = tuple(
        Promise(row["text"], day_words(row["kept_on"] or row["due"] or ""),
                "kept" if row["kept_on"] else "late" if (row["due"] or today) < today else "due")
        for row in data.get("commitments", ()))
    where = " ".join(filter(None, (_office(organisation, state.place), str(said["place"].get("text", "")))))
    kind = codes.name("project_kind", str(said["kind"]))
    return Project(
        state.id, state.title, kind, where, str(said.get("organiser", "")), str(said.get("text", "")),
        t(f"recordstates.public_qa.{state.state}"), meeting, questions, promises, state.state in OPEN)


def _office(organisation: Organisation, office: str) -> str:
    return organisation.display_name(office) if office else ""
