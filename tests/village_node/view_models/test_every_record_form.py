"""Every step that the app offers on a record, a petition or a legal-aid matter has a form that can be filled in and saved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.disputes.forms.answers import to_draft
from shared.disputes.forms.questions import form_for
from shared.disputes.records import aggregates
from tests.support.village_node.form_filler import filled
from tests.support.village_node.node_world import CLERK, DRAFT, VILLAGE
from tests.support.village_node.stages import DAY, Offices, every_person
from village_node.desk.desk import Desk
from village_node.desk.views import ActionView, RecordView
from village_node.point.errors import NodeError
from village_node.view_models.record_page import page, setting_of

DEPTH = 7       # steps of one walk: further than any table is deep
# What a sensible person would say where the first choice would be refused.
EXPERTS = "演示甲\n演示乙\n演示丙\n演示丁\n演示戊"


@pytest.fixture
def offices(tmp_path: Path) -> Iterator[Offices]:
    made = Offices(tmp_path / "world")
    yield made
    made.close()


def save(desk: Desk, view: RecordView | None, staff: str, action: ActionView, *, whole: bool) -> tuple[str, str]:
    """(the id of the record, what kept it from being saved)."""
    setting = setting_of(view, desk, DAY, staff, desk.staff_name(staff))
    form = form_for(action.kind, action.label, setting)
    if form.blocked:
        return "", form.blocked
    answers, signed = filled(form, whole=whole)
    if "experts" in answers:
        answers["experts"] = EXPERTS
    for name in ("repeat_of", "case", "duty"):
        answers.pop(name, None)
    outcome = to_draft(form, answers, signed, setting)
    if outcome.errors:
        return "", str(outcome.errors)
    try:
        return desk.record_forms.act(action.kind, staff, view.id if view else "", outcome.draft), ""
    except NodeError as refused:
        return "", f"{refused} {getattr(refused, 'fields', '')} {outcome.draft}"


@pytest.mark.parametrize("whole", [False, True])
def test_every_step_offered_on_every_record_can_be_filled_in_and_saved(whole: bool, offices: Offices) -> None:
    offices.desks[VILLAGE].register(CLERK, {**DRAFT, "summary": "演示：另一件"})
    offices.share()
    wrong: list[str] = []
    taken: set[str] = set()
    for office, staff in every_person():
        for opening in offices.desks[office].record_forms.openings(staff):
            walk(offices, office, staff, opening, whole, taken, wrong)
    assert not wrong, "\n".join(wrong)
    assert len({kind.partition(".")[0] for kind in taken}) >= 12, sorted(taken)


def walk(offices: Offices, office: str, staff: str, opening: ActionView, whole: bool, taken: set[str], wrong: list[str]) -> None:
    """Opens one, then takes steps that nobody has taken yet, whoever is offered them, until there is none."""
    if opening.kind in taken:
        return
    record, why = save(offices.desks[office], None, staff, opening, whole=whole)
    wrong += [f"{staff} {opening.kind}: {why}"] if why else []
    if not record:
        return
    taken.add(opening.kind)
    offices.share()
    for _ in range(DEPTH):
        found = next(((there, person, view, action) for there, person in every_person()
                      if (view := offices.desks[there].record_forms.view(record, person))
                      for action in view.actions if action.kind not in taken), None)
        if found is None:
            return
        there, person, view, action = found
        taken.add(action.kind)
        _, why = save(offices.desks[there], view, person, action, whole=whole)
        wrong += [f"{person} {action.kind}: {why}"] if why else []
        offices.share()


@pytest.mark.parametrize("aggregate", aggregates.NAMES)
def test_the_page_of_a_record_says_in_chinese_what_it_is(aggregate: str, offices: Offices) -> None:
    offices.desks[VILLAGE].register(CLERK, {**DRAFT, "summary": "演示：另一件"})
    offices.share()
    for office, staff in every_person():
        desk = offices.desks[office]
        opening = next((a for a in desk.record_forms.openings(staff) if a.kind == aggregates.opening(aggregate)), None)
        if opening is not None:
            record, why = save(desk, None, staff, opening, whole=False)
            assert not why
            model = page(desk.record_forms.view(record, staff), desk.today(), desk.office_name, desk.staff_name)
            assert model.title
            assert not [word for word in (model.state, *(n for n, _ in model.facts)) if word.isascii()]
            assert not [value for _, value in model.facts if value.isascii() and value.replace("_", "").isalpha()], "a code"
            return
    pytest.skip("opened by nobody here")
