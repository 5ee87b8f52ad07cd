"""Every verb that the app offers has a form that can be filled in and saved: in every state, for everybody, on real desks.

Each state is a case of its own at the same three desks. There each form is tried by half of the people, whom `SEED` chooses (by
all with `make soak`); and each person saves each form once, with all its questions answered, where it is first offered.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.disputes.acts.verbs import VERBS
from shared.disputes.forms.answers import to_draft
from shared.disputes.forms.form import ActionForm, Setting
from shared.disputes.forms.questions import form_for
from tests.support.sample import SEED
from tests.support.village_node.form_filler import filled
from tests.support.village_node.node_world import CLERK, DRAFT, OFFICER, TOWNSHIP, VILLAGE
from tests.support.village_node.stages import DAY, STAGES, Offices, build, every_person
from village_node.desk.desk import Desk
from village_node.desk.views import ActionView, CaseView
from village_node.point.errors import NodeError

pytestmark = pytest.mark.long
NO_BUTTON = frozenset({"acknowledge"})     # done by opening the case


PEOPLE = every_person()


class Played:
    """The desks, and what was done there so far."""

    def __init__(self, folder: Path) -> None:
        self.offices, self.stages = Offices(folder), set[str]()
        self.saved: set[tuple[str, str]] = set()
        something_beside(self.offices)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    made = Played(tmp_path_factory.mktemp("forms") / "world")
    yield made
    made.offices.close()


def something_beside(offices: Offices) -> None:
    """Another case and a petition, for acts that name one."""
    offices.desks[VILLAGE].register(CLERK, {**DRAFT, "summary": "演示：另一件"})
    offices.desks[TOWNSHIP].write_record("petition.registered", OFFICER, None, {
        "channel": "online", "form": "online", "category": "agriculture", "summary": "演示：信访", "place": {"office": VILLAGE}})
    offices.share()


def offered(view: CaseView) -> list[ActionView]:
    return [a for a in view.actions if a.enabled and a.verb not in NO_BUTTON]


def form_and_setting(desk: Desk, view: CaseView, staff: str, action: ActionView) -> tuple[ActionForm, Setting]:
    setting = Setting(view, desk, DAY, staff, desk.staff_name(staff))
    return form_for(action.kind, action.label, setting), setting


def complaint(desk: Desk, case: str, view: CaseView, staff: str, action: ActionView, *, whole: bool, save: bool) -> str:
    """What keeps the filled form from being saved, "" when nothing does. `view`: the case as this person sees it."""
    form, setting = form_and_setting(desk, view, staff, action)
    if form.blocked:
        return form.blocked
    try_it = desk.act if save else desk.would_take
    wrong = ""
    for yes in ("yes", "no"):               # a person who is refused a yes may still say no
        answers, signed = filled(form, whole=whole, yes=yes)
        outcome = to_draft(form, answers, signed, setting)
        if outcome.errors:
            return f"{outcome.errors}"
        try:
            try_it(action.verb, staff, case, outcome.draft)
            return ""
        except NodeError as refused:
            wrong = wrong or f"{refused} {getattr(refused, 'fields', '')}"
    return wrong


@pytest.mark.parametrize("count", [len(PEOPLE) // 2, pytest.param(len(PEOPLE), marks=pytest.mark.soak)])
@pytest.mark.parametrize("stage", STAGES)
def test_what_is_offered_to_anybody_at_this_stage_can_be_filled_in_and_saved(stage: str, count: int, played: Played) -> None:
    print(f"SEED={SEED} chose the people")
    offices, chosen = played.offices, random.Random(f"{SEED} {stage}").sample(PEOPLE, count)
    case, wrong = build(offices, stage), []
    for office, staff in PEOPLE:
        desk = offices.desks[office]
        view = desk.case(case, staff_id=staff)
        for action in offered(view):
            if (office, staff) in chosen:
                why = complaint(desk, case, view, staff, action, whole=False, save=False)
                wrong += [f"{office} {staff} {action.verb}: {why}"] if why else []
            if (staff, action.verb) not in played.saved:
                played.saved.add((staff, action.verb))
                with offices.copy(office) as apart:     # what is saved there leaves the original as it was
                    why = complaint(apart, case, view, staff, action, whole=True, save=True)
                wrong += [f"{office} {staff} {action.verb}, saved: {why}"] if why else []
    played.stages.add(stage)
    assert not wrong, "\n".join(wrong)


def test_every_verb_was_saved(played: Played) -> None:
    if played.stages != set(STAGES):
        pytest.skip("not every stage was played here")
    assert {verb for _, verb in played.saved} == set(VERBS) - NO_BUTTON
