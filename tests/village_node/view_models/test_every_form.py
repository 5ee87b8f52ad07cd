"""Every verb that the app offers has a form that can be filled in and saved: in every state, for everybody, on real desks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.disputes.acts.verbs import VERBS
from shared.disputes.forms.answers import to_draft
from shared.disputes.forms.form import ActionForm, Setting
from shared.disputes.forms.questions import form_for
from tests.support.village_node.form_filler import filled
from tests.support.village_node.node_world import CLERK, DRAFT, OFFICER, TOWNSHIP, VILLAGE
from tests.support.village_node.stages import DAY, STAGES, Offices, build, every_person
from village_node.desk.desk import Desk
from village_node.desk.views import ActionView, CaseView
from village_node.point.errors import NodeError

NO_BUTTON = frozenset({"acknowledge"})     # done by opening the case


@pytest.fixture
def offices(tmp_path: Path) -> Iterator[Offices]:
    made = Offices(tmp_path / "world")
    yield made
    made.close()


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


@pytest.mark.parametrize("stage", STAGES)
def test_what_is_offered_to_anybody_at_this_stage_can_be_filled_in_and_taken(stage: str, offices: Offices) -> None:
    case = build(offices, stage)
    something_beside(offices)
    wrong = [
        f"{office} {staff} {action.verb}: {why}"
        for office, staff in every_person()
        for view in [offices.desks[office].case(case, staff_id=staff)]
        for action in offered(view)
        if (why := complaint(offices.desks[office], case, view, staff, action, whole=False, save=False))
    ]
    assert not wrong, "\n".join(wrong)


def test_every_form_is_saved_by_everybody_with_all_its_questions_answered(tmp_path: Path) -> None:
    """Once for each person, where it is first offered, on a copy of the HOME."""
    saved: set[tuple[str, str]] = set()
    wrong: list[str] = []
    for place, stage in enumerate(STAGES):
        offices = Offices(tmp_path / f"world-{place}")
        try:
            case = build(offices, stage)
            something_beside(offices)
            for office, staff in every_person():
                view = offices.desks[office].case(case, staff_id=staff)
                for action in offered(view):
                    if (staff, action.verb) not in saved:
                        saved.add((staff, action.verb))
                        with offices.copy(office) as desk:
                            why = complaint(desk, case, view, staff, action, whole=True, save=True)
                            wrong += [f"{stage}: {staff} {action.verb}: {why}"] if why else []
        finally:
            offices.close()
    assert not wrong, "\n".join(wrong)
    assert {verb for _, verb in saved} == set(VERBS) - NO_BUTTON
