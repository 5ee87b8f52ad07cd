"""The page of a case: its papers, whose signature a picture is, what the marks mean, why a whole group is closed."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from tests.village_node.ui.test_window import Table, table  # noqa: F401  isort: skip

import pytest

from shared.ledger.texts import t
from tests.support.village_node.node_world import CLERK, DRAFT
from village_node.desk.desk import FileDraft
from village_node.ui.kit.signature import signature_png
from village_node.ui.kit.tabs import Tabs
from village_node.ui.screens.case import SLICE

pytestmark = pytest.mark.gui
Lay = Callable[..., Table]
STROKES = [[(.1, .3), (.3, .8), (.5, .3), (.8, .7)]]


def opened(one: Table, tab: str) -> str:
    signed = FileDraft(data=signature_png(STROKES, .26), name="s.png", type="image/png", purpose="signature", party=0)
    people = [{"name": "演示甲", "gender": "female", "age": 58}, {"name": "演示乙", "role": "respondent"}]
    case = one.desk.register(CLERK, {**DRAFT, "parties": people}, files=[signed]).id
    one.sit_down()
    one.app.open_case(case)
    one.driver.settle()
    tabs = next(w for w in one.app.case.walk() if isinstance(w, Tabs))
    tabs.choose(tab)
    one.driver.settle()
    return case


def of_many(one: Table) -> str:
    """A case of many people, not shown yet."""
    people = [{"name": f"演示甲{n}", "role": "applicant" if n % 2 else "respondent"} for n in range(24)]
    case = one.desk.register(CLERK, {**DRAFT, "parties": people}).id
    one.sit_down()
    return case


def watched(one: Table) -> list[tuple[object, list[str]]]:
    """Frame by frame until all is drawn: (the page that is shown, the classes of its widgets)."""
    seen: list[tuple[object, list[str]]] = []

    def look() -> bool:
        page = one.app.case.children[0] if one.app.case.children else None
        seen.append((page, [type(w).__name__ for w in page.walk(restrict=True)] if page else []))
        return not one.app.asking.busy

    one.driver.until(look, "the case is drawn")
    return seen


def test_a_long_case_is_made_in_slices_and_its_next_step_before_all_else(table: Lay) -> None:  # noqa: F811
    one = table()
    case = of_many(one)
    one.app.open_case(case)
    counts = [len(widgets) for _, widgets in watched(one)]
    grown = [after - before for before, after in itertools.pairwise(counts) if after > before]
    assert len(grown) > 8
    assert max(grown) <= 2 * SLICE              # one row of two people may come over it
    one.app.go_back()
    one.app.open_case(case)
    first = next(widgets for _, widgets in watched(one) if "PrimaryButton" in widgets)
    assert first.count("CallButton") <= 2       # of the 24 people: they come after the button of the next step


def test_a_page_that_stands_is_replaced_whole_when_something_changed(table: Lay) -> None:  # noqa: F811
    one = table()
    case = of_many(one)
    one.app.open_case(case)
    one.driver.settle()
    before = one.app.case.children[0]
    one.desk.act("triage", CLERK, case, {})
    one.app.refresh()
    seen = watched(one)
    after = one.app.case.children[0]
    assert after is not before
    assert {id(page) for page, _ in seen} == {id(before), id(after)}        # never empty
    assert len({len(widgets) for page, widgets in seen if page is after}) == 1      # and never half


def test_a_page_that_is_replaced_before_it_stood_leaves_the_eye_where_it_was(table: Lay) -> None:  # noqa: F811
    one = table()
    case = of_many(one)
    one.app.open_case(case)
    one.driver.settle()
    page = one.app.case
    page._scrolls["overview"].scroll_y = .25
    for verb, draft in (("triage", {}), ("add_note", {"text": "DEMO"})):
        one.desk.act(verb, CLERK, case, draft)
        pieces = page._draw(page._read(case, CLERK))
        assert pieces is not None
        one.app.asking.draw(page.name, pieces)      # the first of the two is not whole when the second begins
    one.driver.settle()
    assert page._scrolls["overview"].scroll_y == pytest.approx(.25, abs=.02)


def test_what_a_tab_shows_is_made_when_it_is_opened(table: Lay) -> None:  # noqa: F811
    one = table()
    one.app.open_case(of_many(one))
    one.driver.settle()
    papers = [p.name for p in one.app.case._papers]
    assert not [name for name in papers if one.driver.look(name)]
    next(w for w in one.app.case.walk() if isinstance(w, Tabs)).choose("papers")
    one.driver.settle()
    assert all(one.driver.look(name) for name in papers)


def test_a_signature_says_whose_it_is_and_when(table: Lay) -> None:  # noqa: F811
    one = table()
    opened(one, "files")
    one.driver.find(t("app.case.signed_by", name="演示甲", day="11月23日"))
    one.driver.find("女 58岁")
    one.shot("60-files")


def test_the_papers_stand_behind_a_tab_and_the_slip_comes_back_on_the_glass(table: Lay) -> None:  # noqa: F811
    one = table()
    case = opened(one, "papers")
    assert one.app.case._papers[0].code == "E10"
    one.shot("61-papers")
    one.driver.tap(one.driver.find(one.app.case._papers[0].name))
    sheet = one.driver.find(cls="ReceiptSheet")
    assert sheet.model.typed == one.desk.citizens.slip(case).typed
    one.app._key(None, 27)
    one.driver.settle()
    one.driver.tap(one.driver.find(one.app.case._papers[1].name))
    one.driver.find(cls="Preview")


def test_what_the_marks_mean_stands_above_what_happened(table: Lay) -> None:  # noqa: F811
    one = table()
    opened(one, "timeline")
    for word in ("legend_here", "legend_not", "legend_refused", "legend_seen", "legend_way"):
        one.driver.find(t(f"app.case.{word}"))


def test_a_group_in_which_nothing_may_be_done_is_grey_and_says_why(table: Lay) -> None:  # noqa: F811
    from village_node.ui.screens import case_parts as parts
    from village_node.view_models.case_page import groups

    one = table()
    case = opened(one, "timeline")
    closed = next(g for g in groups(tuple(a for a in one.desk.actions(case, staff_id=CLERK) if not a.enabled)))
    words = [w.text for w in parts.why_not(closed).walk() if getattr(w, "text", "")]
    assert t("app.case.why_not", group=closed.name, reason=closed.forbidden[0].reason) in words
    assert parts.group_button(closed, lambda: None).ink != parts.theme.PRIMARY_DOWN


def test_a_picker_shows_what_is_chosen_now(table: Lay) -> None:  # noqa: F811
    from village_node.ui.kit.basic import PrimaryButton
    from village_node.ui.kit.dialogs import Picker

    one = table()
    Picker(title="演示", choices=[("1", "甲"), ("2", "乙")], chosen="2", on_choice=lambda value: None).open()
    assert isinstance(one.driver.find("✓ 乙"), PrimaryButton)
    assert one.driver.look("甲") is not None
    one.shot("62-picker")
    one.app._key(None, 27)


def test_the_bar_at_the_foot_opens_the_scanner(table: Lay) -> None:  # noqa: F811
    one = table()
    one.sit_down()
    one.driver.tap(t("app.nav.scan"))
    assert one.app.screens.current == "scan"
    one.app.go_back()
    assert one.app.screens.current == "home"
