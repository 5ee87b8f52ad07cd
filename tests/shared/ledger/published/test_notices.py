"""Notices of refused events: their form, and what the fold makes of them."""

from __future__ import annotations

import dataclasses

import pytest

from shared.disputes.fold.fold import fold_case
from shared.ledger.errors import Refused
from shared.ledger.formats.documents import with_rev
from shared.ledger.formats.envelope import check_document
from shared.ledger.published.notices import build_refused, build_released, check_notice, parse_notice, standing
from tests.support.shared.domain_events import World


def a_chain() -> tuple[World, list]:
    world = World()
    case = world.register().subject
    for n in range(3):
        world.event(case, "case.note_added", {"text": f"DEMO {n}"})
    return world, world.events[case]


def test_children_of_a_refused_event_that_never_came_cite_its_parents() -> None:
    _, (first, bad, child, last) = a_chain()
    without = fold_case([first, child, last])
    assert without.missing == (bad.id,)
    told = fold_case([first, child, last], {bad.id: "policy"}, absent={bad.id: bad.after})
    assert (told.incomplete, told.heads) == (0, (last.id,))
    here = fold_case([first, bad, child, last], {bad.id: "policy"})
    assert dataclasses.replace(here, timeline=(), refused=()) == dataclasses.replace(told, timeline=(), refused=())


def test_a_chain_of_refused_events_is_followed_to_the_first_good_one() -> None:
    _, (first, bad, worse, last) = a_chain()
    state = fold_case([first, last], {bad.id: "x", worse.id: "x"}, absent={bad.id: bad.after, worse.id: worse.after})
    assert state.incomplete == 0
    partly = fold_case([first, last], {worse.id: "x"}, absent={worse.id: worse.after})
    assert partly.missing == (bad.id,)


def test_a_notice_says_always_the_same_and_only_the_hub_can_write_it() -> None:
    world, events = a_chain()
    key = world.key("hub")
    doc = build_refused(events[1], "not_permitted: a clerk may not", key)
    assert doc == build_refused(events[1], "not_permitted: said otherwise", key)
    check_document(doc, "office")
    assert check_notice(doc, key.public).reason == "not_permitted"
    with pytest.raises(Refused):
        check_notice(doc, world.key("thief").public)
    with pytest.raises(Refused):
        parse_notice(with_rev({**doc, "after": [world.register().id]}))


def test_a_release_lifts_a_refusal_whatever_comes_first() -> None:
    world, events = a_chain()
    key = world.key("hub")
    notices = [parse_notice(build_refused(events[1], "x", key)), parse_notice(build_released(events[1].id, key))]
    assert standing(notices) == standing(notices[::-1]) == {}
    assert list(standing(notices[:1])) == [events[1].id]
