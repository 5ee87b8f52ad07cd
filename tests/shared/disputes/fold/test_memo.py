"""States folded a moment ago: given again for the same question, and for no other."""

from __future__ import annotations

from shared.disputes.case.state import CaseState
from shared.disputes.fold.fold import fold_case
from shared.disputes.fold.memo import Folds
from shared.disputes.rules.clocks import default_rules
from shared.ledger.formats.envelope import Event
from shared.ledger.workdays import DEFAULT
from tests.support.shared.domain_events import World

TODAY = "2026-03-10"


def asked(folds: Folds, events: list[Event], today: str = TODAY, cited: int = 1, **more: object) -> CaseState:
    refused = more.pop("refused", {})
    return folds.case(events, refused, today, rules=default_rules(), calendar=DEFAULT, cited=cited, **more)     # type: ignore[arg-type]


def case_of(world: World) -> list[Event]:
    first = world.register()
    world.event(first.subject, "case.note_added", {"text": "DEMO"})
    return world.events[first.subject]


def test_the_same_question_has_the_same_answer_whatever_the_order() -> None:
    folds, events = Folds(), case_of(World())
    state = asked(folds, events)
    assert state == fold_case(events, {}, TODAY)
    assert asked(folds, [*reversed(events)]) is state


def test_whatever_a_fold_depends_on_makes_it_another_question() -> None:
    folds, events = Folds(size=100), case_of(World())
    first, note = events
    state = asked(folds, events)
    others = [
        asked(folds, [first]), asked(folds, events, today="2026-09-01"), asked(folds, events, cited=2),
        asked(folds, events, history=False), asked(folds, events, refused={note.id: "bad_body"}),
        asked(folds, events, refused={note.id: "not_holder"}),
        asked(folds, [first], refused={note.id: "bad_body"}, absent={note.id: (first.id,)}),
    ]
    assert all(other is not state for other in others)
    assert len({id(other) for other in others}) == len(others)
    assert others[4].refused == (note.id,)


def test_what_is_refused_of_other_cases_is_no_other_question() -> None:
    world, folds = World(), Folds()
    events, others = case_of(world), case_of(world)
    assert asked(folds, events, refused={others[1].id: "bad_body"}) is asked(folds, events)


def test_only_the_last_few_are_kept() -> None:
    world, folds = World(), Folds(size=2)
    cases = [case_of(world) for _ in range(3)]
    states = [asked(folds, events) for events in cases]
    assert asked(folds, cases[2]) is states[2]
    assert asked(folds, cases[1]) is states[1]
    assert asked(folds, cases[0]) is not states[0]
