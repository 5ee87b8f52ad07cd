"""A case folded on from where it stood is the case folded anew, whatever came in which order."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.disputes.fold.draft import HANDLERS
from shared.disputes.fold.fold import fold_case
from shared.disputes.fold.kept import READ_AHEAD, Drafts
from shared.disputes.kinds import registry
from shared.disputes.rules.clocks import default_rules
from shared.disputes.rules.county import CountyRules
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.order import order
from shared.ledger.workdays import DEFAULT
from tests.shared.disputes.fold.test_fold import _random_case
from tests.shared.disputes.fold.test_fuzz import OFFICES, odd_body, odd_case
from tests.support.shared.domain_events import COUNTY, TOWN, World

OURS = CountyRules(default_rules(), DEFAULT)


def whole(events: list[Event]) -> object:
    return fold_case(events, rules=OURS.rules, calendar=OURS.calendar, history=False)


def event_by_event(events: list[Event], drafts: Drafts) -> int:
    """Compares after each event; how often the kept draft was enough."""
    case, used = events[0].subject, 0
    for count in range(1, len(events) + 1):
        here = events[:count]
        state = drafts.grown(case, [e.id for e in here], {here[-1].id: here[-1]}, OURS)
        used += state is not None
        assert (state or drafts.fold(case, here, OURS)) == whole(here), here[-1].kind
    return used


@settings(max_examples=40)
@given(st.integers(0, 2**32))
def test_any_odd_history_taken_event_by_event_is_the_history_folded_whole(seed: int) -> None:
    (events,) = odd_case(seed).events.values()
    event_by_event(events, Drafts())
    random.Random(seed).shuffle(events)
    event_by_event(events, Drafts())


@settings(max_examples=40)
@given(st.integers(0, 2**32))
def test_any_work_of_three_offices_taken_event_by_event_is_folded_alike(seed: int) -> None:
    (events,) = _random_case(seed).events.values()
    event_by_event(events, Drafts())


@pytest.mark.parametrize("kind", sorted(k for k in registry.CURRENT if k.startswith("case.")))
def test_each_kind_may_come_last_after_any_history(kind: str) -> None:
    """Written by somebody who had seen everything, which is what a kept draft takes: no kind may change what was folded before,
    but those that are read ahead of their turn."""
    for seed in range(4):
        chance = random.Random(f"{kind} {seed}")
        world = odd_case(chance.randrange(2**32))
        ((case, events),) = world.events.items()
        drafts = Drafts()
        drafts.fold(case, events, OURS)
        for _ in range(3):
            body = odd_body(kind, chance, [e.id for e in events])
            last = world.event(case, kind, body, office=chance.choice(OFFICES), date="2026-11-29")
            state = drafts.grown(case, [e.id for e in events], {last.id: last}, OURS)
            assert (state is None) == (kind in READ_AHEAD), (kind, seed)
            assert (state or drafts.fold(case, events, OURS)) == whole(events), (kind, seed)


@given(st.integers(0, 2**32))
def test_an_order_that_is_followed_is_the_order_made_anew(seed: int) -> None:
    (events,) = odd_case(seed).events.values()
    made = order(events[:1], {})
    for count, event in enumerate(events[1:], 2):
        anew = order(events[:count], {})
        followed = made.followed_by(event)
        assert followed is None or followed == anew
        made = anew


def day(world: World, count: int = 3) -> list[Event]:
    first = world.register()
    for _ in range(count):
        world.event(first.subject, "case.note_added", {"text": "DEMO"})
    return world.events[first.subject]


def test_one_persons_work_on_a_case_is_folded_on() -> None:
    events = day(World(), 9)
    assert event_by_event(events, Drafts()) == 9


def test_what_was_not_seen_by_its_author_is_folded_anew() -> None:
    world, drafts = World(), Drafts()
    events = day(world)
    case = events[0].subject
    drafts.fold(case, events[:3], OURS)
    late = world.event(case, "case.note_added", {"text": "DEMO"}, office=COUNTY, after=events[:2])
    ids = [e.id for e in events]
    assert drafts.grown(case, ids, {e.id: e for e in (events[3], late)}, OURS) is None


def test_nothing_is_given_for_another_set_of_events_or_other_numbers_of_the_county() -> None:
    events, drafts = day(World()), Drafts()
    case, ids = events[0].subject, [e.id for e in events]
    drafts.fold(case, events, OURS)
    assert drafts.grown(case, ids, {}, OURS) == whole(events)
    assert drafts.grown(case, ids[:3], {}, OURS) is None
    assert drafts.grown(case, [*ids, "case:x"], {}, OURS) is None
    assert drafts.grown(case, ids, {}, CountyRules(default_rules(), DEFAULT)) is None
    assert drafts.grown("another", ids, {}, OURS) is None


def test_no_more_events_are_kept_than_agreed_the_cases_used_last_stay() -> None:
    world, drafts = World(), Drafts(most=10)
    histories = [day(world) for _ in range(4)]        # four events each
    for events in histories[:2]:
        drafts.fold(events[0].subject, events, OURS)

    def is_kept(events: list[Event]) -> bool:
        return drafts.grown(events[0].subject, [e.id for e in events], {}, OURS) is not None

    assert is_kept(histories[1])
    assert is_kept(histories[0])
    drafts.fold(histories[2][0].subject, histories[2], OURS)
    assert [is_kept(events) for events in histories] == [True, False, True, False]
    large = day(world, 11)
    assert drafts.fold(large[0].subject, large, OURS) == whole(large)
    assert not is_kept(large)


def test_a_record_that_cannot_be_folded_is_told_each_time_as_a_whole_fold_tells_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """No record is known that makes our code fail, so the fault is put in by hand."""
    def broken(*_: object) -> None:
        raise RuntimeError("DEMO")

    monkeypatch.setitem(HANDLERS, "case.evidence_added", broken)
    world = World()
    case = world.mediating().subject
    world.event(case, "case.evidence_added", {"title": "DEMO"})
    world.event(case, "case.note_added", {"text": "DEMO"})
    assert event_by_event(world.events[case], Drafts()) == 4, "from the fault on it is folded anew"
    assert "cannot be folded" in caplog.text


def test_a_later_complaint_is_open_at_a_visit_that_had_not_seen_it() -> None:
    """Why complaints are read ahead: the visit before it closes the case no more."""
    world = World()
    case = world.mediating().subject
    agreement = world.agree(case, date="2026-03-05")
    world.seal(case, agreement, date="2026-03-06")
    world.event(case, "case.item_performed", {"of": agreement.id, "item": 0, "complete": True}, date="2026-03-06")
    complaint = {"of": agreement.id, "item": 0, "party": 0, "text": "DEMO"}
    world.event(case, "case.performance_disputed", complaint, date="2026-03-07")
    world.event(case, "case.visited", {"method": "phone", "result": "performed"}, office=TOWN, date="2026-03-08")
    world.event(case, "case.performance_disputed", complaint, date="2026-03-09")
    event_by_event(world.events[case], Drafts())


def test_a_later_decision_counts_where_it_was_asked_for() -> None:
    """Why decisions are read ahead: the extension before it counts after all."""
    world = World()
    case = world.mediating().subject
    consents = [{"party": party, "signed_on": "2026-03-20"} for party in (0, 1)]
    extended = world.event(case, "case.extended", {"until": "2026-05-10", "consents": consents}, date="2026-03-20",
                           at="2026-04-20")
    world.event(case, "case.review_resolved", {"finding": "extension_backdated", "events": [extended.id],
                                               "decision": "confirmed", "text": "DEMO"}, office=TOWN, date="2026-04-21")
    event_by_event(world.events[case], Drafts())
