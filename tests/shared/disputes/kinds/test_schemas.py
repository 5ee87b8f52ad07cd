"""Schema evolution: what was signed once is read for ever; a newer kind or schema is kept, forwarded and shown."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared.disputes.acts.sealed_acts import Keys, state_of
from shared.disputes.fold.fold import fold_case
from shared.disputes.kinds import registry as bodies
from shared.disputes.records import aggregates
from shared.disputes.records.machines import MACHINES
from shared.disputes.rules.county import county_rules
from shared.ledger.formats.envelope import check_document, check_event
from shared.ledger.formats.fields import Body, Sealed
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.directory import EMPTY
from shared.ledger.tables import event_of
from tests.support.shared.domain_events import World

FILES = [json.loads(p.read_text("utf-8")) for p in sorted((Path(__file__).parents[2] / "samples").glob("domain_schema_*.json"))]
OURS = county_rules(EMPTY)
SAMPLES = {"events": [doc for file in FILES for doc in file["events"]]}


def test_every_stored_event_of_schema_1_still_has_its_id_signature_and_body() -> None:
    for keys, doc in ((file["keys"], doc) for file in FILES for doc in file["events"]):
        event = check_event(doc)
        assert event.signed_by(keys[event.device]), event.kind
        assert isinstance(bodies.parse(event.kind, event.schema, event.body), (Body, Sealed)), event.kind
        assert event_of(doc) == event


def test_the_samples_hold_every_kind_of_case_event_and_a_story_of_each_aggregate() -> None:
    kinds = {doc["kind"] for doc in SAMPLES["events"]}
    assert {kind for kind in bodies.CURRENT if kind.startswith("case.")} <= kinds | {"case.registered"}
    assert {kind.split(".")[0] for kind in kinds} >= set(MACHINES)


def test_stored_histories_fold_to_states_today() -> None:
    by_subject: dict[tuple[str, str], list[Any]] = {}
    for doc in SAMPLES["events"]:
        event = check_event(doc)
        by_subject.setdefault((event.aggregate, event.subject), []).append(event)
    for (aggregate, subject), events in by_subject.items():
        folded = fold_case(events) if aggregate == "case" else aggregates.fold(aggregate, events, OURS)
        assert (folded.id, folded.incomplete) == (subject, 0)


def test_an_old_schema_is_upgraded_step_by_step_when_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A schema of tomorrow: schema 2 of a note names its author's mood; schema 3 calls it tone."""
    one = bodies.BODIES["case.note_added", 1]

    class Two(one):     # type: ignore[misc, valid-type]
        mood: str

    class Three(one):   # type: ignore[misc, valid-type]
        tone: str

    monkeypatch.setitem(bodies.BODIES, ("case.note_added", 2), Two)
    monkeypatch.setitem(bodies.BODIES, ("case.note_added", 3), Three)
    monkeypatch.setitem(bodies.CURRENT, "case.note_added", 3)
    monkeypatch.setitem(bodies.UPGRADES, ("case.note_added", 1), lambda body: {**body, "mood": "calm"})
    monkeypatch.setitem(bodies.UPGRADES, ("case.note_added", 2), lambda body: {
        **{k: v for k, v in body.items() if k != "mood"}, "tone": body["mood"]})
    stored = next(doc for doc in SAMPLES["events"] if doc["kind"] == "case.note_added")
    read = bodies.parse("case.note_added", stored["schema"], stored["body"])
    assert isinstance(read, Three)
    assert (read.tone, read.text) == ("calm", stored["body"]["text"])
    assert check_event(stored).body == stored["body"], "the signed document itself is never touched"


def test_a_newer_kind_is_kept_shown_and_moves_nothing() -> None:
    world = World()
    case = world.mediating().subject
    before = world.state(case)
    newer = world.event(case, "case.note_added", {"text": "DEMO", "hologram": True}, schema=9)
    state = world.state(case)
    assert (state.state, state.unknown_kinds, state.heads) == (before.state, 1, (newer.id,))
    assert next(line.effect for line in state.timeline if line.event == newer.id) == "unknown"


@pytest.mark.parametrize(("kind", "body"), [
    ("case.record_added", {"document": "D07", "text": "DEMO"}),
    ("case.evidence_added", {"title": "DEMO"}),
    ("case.session_held", {"place": "DEMO", "mediators": ["m1"], "rights_told": True}),
    ("case.visited", {"method": "phone", "result": "performed"}),
    ("case.transferred_out", {"to": "to_police", "body": "DEMO"}),
    ("case.party_added", {"no": 2, "party": {"name": "DEMO"}}),
])
def test_a_field_added_to_a_form_leaves_older_bodies_as_they_were(kind: str, body: dict[str, Any]) -> None:
    """Fields that the forms of DOMAIN.md 4 want may be left out; a body without them is written as before."""
    assert bodies.build(kind, body) == body
    read = bodies.parse(kind, 1, body)
    assert isinstance(read, Body)
    assert bodies.dump(read) == body


def test_a_stored_sealed_record_is_opened_by_the_device_that_was_given_its_key_later() -> None:
    file = next(file for file in FILES if "sealed" in file)
    state = fold_case([check_event(doc) for doc in file["events"]])
    [ref] = state.sealed
    check_document(file["sealed"], "closed")
    keys = Keys({"s3-b": DeviceKey(bytes.fromhex(file["seed_hex"]))}, ref.actor)
    opened = state_of(ref, file["sealed"], state.id, keys)
    assert (opened.status, opened.body) == ("open", file["opens"])
    assert state_of(replace(ref, shares=()), file["sealed"], state.id, keys).status == "no_key"
    assert len(ref.readers) == 1
