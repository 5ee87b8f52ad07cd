"""Risk score, six haves, papers of the file, duplicates: what the system proposes to a person."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.disputes.advice.duplicates import duplicates
from shared.disputes.case.checklist import lacking_documents, must_documents, six_haves
from shared.disputes.rules.risk_score import default_risk, items, score
from shared.ledger import codes
from tests.support.shared.domain_events import COUNTY, NEIGHBOUR, World

ITEMS = st.sets(st.sampled_from([item.code for item in items()]))


@pytest.mark.parametrize(("ticked", "points", "level"), [
    ((), 0, 1), (("vulnerable", "persons_10"), 25, 2), (("police_calls", "persons_10", "repeat_petition"), 40, 2),
    (("violence",), 30, 3), (("self_harm",), 25, 3), (("violence", "self_harm", "police_calls"), 70, 4),
    (("persons_5", "persons_10"), 15, 1), (("sum_50k", "sum_100k"), 10, 1),
])
def test_the_score_gives_the_colour(ticked: tuple, points: int, level: int) -> None:
    assert (score(ticked).points, score(ticked).level) == (points, level)


@given(ITEMS, ITEMS)
def test_more_items_never_lower_the_level_and_the_score_stays_within_100(a: set, b: set) -> None:
    assert score(a | b).level >= score(a).level
    assert 0 <= score(a | b).points <= 100


@given(ITEMS)
def test_any_violence_or_self_harm_is_at_least_orange(ticked: set) -> None:
    assert score(ticked | {"violence"}).level >= 3
    assert score(ticked | {"self_harm"}).level >= 3


def test_an_unknown_item_scores_nothing_and_is_named() -> None:
    assert score(["violence", "from_the_future"]).unknown == ("from_the_future",)


def test_the_case_itself_suggests_items() -> None:
    assert default_risk().suggested({"persons": 12, "amount_fen": 6_000_000, "open_days": 61, "vulnerable": 1}) == (
        "persons_10", "sum_50k", "unresolved_60", "vulnerable")


def test_the_six_haves_fill_as_the_case_goes() -> None:
    world = World()
    case = world.mediating().subject
    assert [h.has for h in six_haves(world.state(case))] == [True, True, False, False, False, True]
    world.event(case, "case.note_added", {"text": "DEMO", "about": "judge_guidance"}, office=COUNTY, role="judge")
    world.event(case, "case.note_added", {"text": "DEMO", "about": "expert_opinion"}, office=COUNTY, role="expert")
    world.event(case, "case.session_held", {
        "place": "DEMO", "mediators": ["m1"], "rights_told": True,
        "participants": [{"name": "DEMO", "role": "invited", "consented": True}]})
    haves = six_haves(world.state(case))
    assert all(h.has for h in haves)
    assert [h.wanted for h in haves] == [True, True, True, False, True, True]     # a simple matter needs no expert


def test_the_file_names_its_lacking_papers() -> None:
    world = World()
    case = world.mediating().subject
    agreement = world.agree(case)
    state = world.state(case)
    assert set(must_documents(state)) <= set(codes.names("document"))
    assert lacking_documents(state) == ("D05",)          # digits are no copy; a visit is no must: 回访记录 if any
    world.seal(case, agreement)
    world.event(case, "case.visited", {"method": "phone", "result": "performed"}, actor="other")
    world.event(case, "case.evidence_added", {"title": "DEMO", "document": "D05", "files": [
        {"name": "id.jpg", "type": "image/jpeg", "size": 3, "sha256": "0" * 64, "chunks": ["0" * 64],
         "purpose": "paper"}]})
    assert lacking_documents(world.state(case)) == ()


def test_verdict_5_the_same_dispute_registered_twice_is_suggested_never_merged() -> None:
    world = World()
    one = world.state(world.register(date="2026-03-02").subject)
    other_case = world.register(office=NEIGHBOUR, place={"office": one.place.office}, date="2026-03-20").subject
    world.accept(other_case, office=NEIGHBOUR, date="2026-03-21")
    other = world.state(other_case)
    (found,) = duplicates(one, [one, other])
    assert (found.primary, found.other) == (other.id, one.id)      # the earliest acceptance protects the clock
    assert one.state == "registered"
    assert duplicates(one, [replace(other, category="DC01")]) == ()
    assert duplicates(one, [replace(other, registered_on="2026-05-20")]) == ()
    strangers = tuple(replace(p, name="演示丁", phone="") for p in other.parties)
    assert duplicates(one, [replace(other, parties=strangers)]) == ()
