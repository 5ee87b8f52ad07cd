"""Demands of citizens as the county's officers decide them: registering one is an act like any other, asked of the counter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from county_hub.county import queries
from county_hub.county.acts import CountyActs
from county_hub.demands.desk import CannotDecide, Demands, Limits, choices
from county_hub.demands.store import Demand, DemandStore
from county_hub.hub.hub import Hub
from county_hub.hub.problems import UsageProblem
from shared.disputes.records.machine import RecordState
from shared.ledger.texts import t
from sync import blobs


def opened_demands(hub: Hub) -> Demands:
    settings = hub.settings
    limits = Limits(settings.portal_demands_a_day, settings.portal_demands_without_script, settings.portal_demands_a_phone)
    return Demands(DemandStore(hub.home.demands, hub.clock, hub.file_key), limits, bytes.fromhex(hub.secrets["cookie_key"]))


def draft_of(demand: Demand, county: str) -> dict[str, Any]:
    """What a registration begins with; the officer corrects it."""
    chosen = choices().get(demand.category, {})
    return {
        "summary": demand.text, "category": chosen.get("category", "DC99"), "subcategory": chosen.get("subcategory", ""),
        "source": "online", "parties": [{"name": demand.name, "phone": demand.phone, "role": "applicant"}],
        "place": {"office": demand.office or county, "text": demand.place},
    }


def accept(acts: CountyActs, demands: Demands, n: int, staff: str, changes: Mapping[str, Any]) -> Demand:
    """The demand with its case. `changes`: what the officer says otherwise than `draft_of`, and the other side's name under
    `respondent`. Raises `HubProblem`, `UsageProblem`."""
    said = {name: value for name, value in changes.items() if name != "respondent"}
    other = [{"name": changes["respondent"], "role": "respondent"}] if changes.get("respondent") else []

    def register(demand: Demand) -> str:
        if demand.about:
            raise CannotDecide(t("demand.is_question", n=n))
        if demand.begun and (known := _registered(acts, demand)):
            return known                        # an earlier call ended between the record and this file
        files = demands.files(demand.n)
        begun = draft_of(demand, acts.hub.county)
        draft = {**begun, **said, "parties": [*begun["parties"], *other], "files": [file.manifest for file in files]}
        acts.registration("case.registered", staff, draft)          # refused before any file is stored
        if files:
            with acts.hub.databases.lease(f"office-{acts.hub.county}-files") as replica:
                blobs.store(replica, [doc for file in files for doc in file.docs])
        return acts.register(staff, draft).id

    try:
        return demands.accept(n, staff, str(said.get("summary") or _text(demands, n)), register)
    except CannotDecide as told:
        raise UsageProblem(str(told)) from None


def answer(acts: CountyActs, demands: Demands, n: int, staff: str, draft: Mapping[str, Any]) -> Demand:
    """The answer to a question about a project, for everybody to read. `draft`: as of `public_qa.question_answered`; the question
    as the officer words it, or the citizen's. Raises `HubProblem`, `UsageProblem`."""
    def write(demand: Demand) -> str:
        if not demand.about:
            raise CannotDecide(t("demand.no_question", n=n))
        if not (demand.begun and _answered(acts, demand)):
            acts.record("public_qa.question_answered", demand.about, staff, {"question": demand.text, **draft})
        return ""

    said = str(draft.get("answer", ""))
    try:
        return demands.accept(n, staff, said, write, said)
    except CannotDecide as told:
        raise UsageProblem(str(told)) from None


def _text(demands: Demands, n: int) -> str:
    demand = demands.get(n)
    return demand.text if demand is not None else ""


def _registered(acts: CountyActs, demand: Demand) -> str:
    """The case that a call which was broken off registered for it, or ""."""
    acts.catch_up()
    with acts.officers.read() as db:
        found = [row for words in demand.begun for row in queries.registered_online(db, acts.hub.county, words, demand.at)]
    return next((case for case, names in found if demand.name in names), "")


def _answered(acts: CountyActs, demand: Demand) -> bool:
    state = acts.show(demand.about)
    questions = state.data.get("questions", ()) if isinstance(state, RecordState) else ()
    return any(row.get("answer") in demand.begun for row in questions)


def send_back(acts: CountyActs, demands: Demands, n: int, staff: str, reason: str) -> Demand:
    """Raises `HubProblem`, `UsageProblem`."""
    acts.require_role("case.registered", staff)
    try:
        return demands.send_back(n, staff, reason)
    except CannotDecide as told:
        raise UsageProblem(str(told), {told.field: str(told)} if told.field else None) from None
