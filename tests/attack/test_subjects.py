"""Cases of others: a neighbour's device, enrolled and in good order, names a case that it was never given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from shared.disputes.fold.fold import fold_case
from shared.disputes.kinds import registry as bodies
from shared.ledger.formats.envelope import Draft, Event, check_event, seal
from shared.ledger.formats.hlc import make_hlc
from shared.ledger.formats.ids import PlatformNumber
from tests.support.attacks import refused
from tests.support.county_hub.hub_routing_support import (
    COUNTY,
    NEIGHBOUR,
    START_MS,
    TOWN,
    VILLAGE,
    County,
    db,
    key_of,
)
from tests.support.shared.founding import founded

MINE = {"number": str(PlatformNumber(NEIGHBOUR, 2026, 1, 1)), "place": {"office": NEIGHBOUR}, "summary": "DEMO 我的",
        "category": "DC01", "parties": [{"name": "演示丙", "role": "applicant"}, {"name": "演示丁", "role": "respondent"}]}


@pytest.fixture
def county(tmp_path: Path) -> Iterator[County]:
    made = County(tmp_path)
    yield made
    made.close()


def signed(
    county: County, kind: str, subject: str, body: Mapping[str, Any], *, after: tuple[str, ...] = (), **fields: Any
) -> Event:
    """What a program that asks no rules signs with the neighbour's own key, into its own database: as early as can be."""
    device = f"{NEIGHBOUR}-001"
    draft = Draft(**{
        "kind": kind, "subject": subject, "body": body, "office": NEIGHBOUR, "actor": f"s{NEIGHBOUR}", "role": "mediator",
        "device": device, "device_seq": 1, "prev": None, "after": after, "directory": county.directory.cited(),
        "hlc": make_hlc(1), "device_time": START_MS, "clock_offset_ms": 0, "legal_date": "2026-06-01", "app": "shuoshi/0.1.0",
        **fields})
    doc, _ = seal(draft if subject else founded(draft), key_of(device))
    with county.databases.lease(db(NEIGHBOUR)) as replica:
        assert replica.bulk_docs([doc], new_edits=False) == []
    return check_event(doc)


def reasons(county: County) -> dict[str, str]:
    return {doc["doc_id"]: doc["reason"].partition(":")[0] for doc in county.docs("quarantine", "quarantine:")}


def folded(county: County, case: str) -> Any:
    docs = county.docs(db(VILLAGE), f"case:{case}:")
    return fold_case([Event.from_doc(doc) for doc in docs])


@refused("quarantine not_founder")
def test_a_neighbour_registers_a_case_again_whose_id_he_knows_and_earlier_than_its_owner(county: County) -> None:
    first = county.register()
    county.router().run_pending()
    claim = signed(county, "case.registered", first.subject, MINE)
    county.router().run_pending()
    assert claim.id < first.id
    assert reasons(county) == {claim.id: "not_founder"}
    state = folded(county, first.subject)
    assert (state.number, state.custody.holder, state.summary) == (first.body["number"], VILLAGE, first.body["summary"])
    assert first.id not in county.ids(db(NEIGHBOUR)), "and nothing of it was copied to him"


@refused("quarantine not_founder")
@pytest.mark.parametrize(("kind", "body"), [
    ("case.note_added", {"text": "DEMO"}), ("case.escalate_requested", {"to": NEIGHBOUR, "reason": "DEMO"}),
    ("case.teleported", {"to": NEIGHBOUR}),
])
def test_a_neighbour_writes_into_it_without_having_seen_anything_of_it(
    county: County, kind: str, body: Mapping[str, Any]
) -> None:
    first = county.register()
    claim = signed(county, kind, first.subject, body)
    county.router().run_pending()
    assert reasons(county) == {claim.id: "not_founder"}
    assert first.id not in county.ids(db(NEIGHBOUR))


def names_of(county: County, prefix: str, *offices: str) -> list[str]:
    return [id for office in offices for id in county.ids(db(office), prefix)]


@refused("held not_in_audience")
@pytest.mark.parametrize(("kind", "body"), [
    ("case.note_added", {"text": "DEMO"}), ("case.co_handler_added", {"office": NEIGHBOUR}), ("case.teleported", {}),
])
def test_a_neighbour_writes_into_a_case_of_which_he_has_seen_an_event(
    county: County, kind: str, body: Mapping[str, Any]
) -> None:
    first = county.register()
    router = county.router()
    router.run_pending()
    stray = signed(county, kind, first.subject, body, after=(first.id,))
    router.run_pending()
    assert [w.reason.partition(":")[0] for w in router.status().waiting] == ["not_in_audience"]
    assert names_of(county, "case:", NEIGHBOUR) == [stray.id], "he gets nothing of it"
    assert names_of(county, "case:", VILLAGE, TOWN, COUNTY) == [first.id] * 3, "and they nothing of his"
    receipt = county.receipt(NEIGHBOUR)
    assert receipt is not None
    assert list(receipt.held) == [stray.id]


@refused("held not_in_audience")
@pytest.mark.parametrize(("opening", "kind", "body"), [
    ("hazard.reported", "hazard.checked", {"text": "DEMO"}), ("talk_item.told", "talk_item.discussed", {
        "minutes": "DEMO", "attendees": ["演示甲"]}),
])
def test_a_neighbour_adds_a_step_to_a_record_that_is_no_case(
    county: County, opening: str, kind: str, body: Mapping[str, Any]
) -> None:
    told = {"title": "DEMO", "text": "DEMO", "place": {"office": VILLAGE}, "level": 1}
    fields = bodies.BODIES[opening, 1].model_fields
    first = county.write(None, opening, {name: value for name, value in told.items() if name in fields})
    router = county.router()
    router.run_pending()
    stray = signed(county, kind, first.subject, body, after=(first.id,))
    router.run_pending()
    assert [w.doc["_id"] for w in router.status().waiting] == [stray.id]
    assert names_of(county, f"{first.aggregate}:", NEIGHBOUR) == [stray.id]


@refused("no notice")
def test_a_neighbour_sends_the_people_of_a_case_word_of_forged_events(county: County) -> None:
    first = county.register()
    county.router().run_pending()
    for number in range(2, 6):
        signed(county, "case.note_added", first.subject, {"text": "DEMO"}, device_seq=number)
    county.router().run_pending()
    assert len(reasons(county)) == 4
    assert names_of(county, "refused:", VILLAGE, TOWN) == []


@refused("quarantine not_founder")
def test_a_neighbour_founds_it_first_while_its_owner_has_no_line(county: County) -> None:
    stolen = signed(county, "case.registered", "", MINE)      # an honest founding of his own
    for claim in ({"subject": stolen.subject, "device_seq": 2}, {"subject": stolen.subject, "device_time": START_MS + 1}):
        signed(county, "case.registered", body=MINE, **claim)
    county.router().run_pending()
    assert sorted(reasons(county).values()) == ["not_founder", "not_founder"]
    assert county.ids(db(TOWN)) == [stolen.id]
