"""Parties change what they promised (D21): performance goes by the new promises, the first paper stays as it was signed."""

from __future__ import annotations

from typing import Any

from shared.disputes.papers import case_file
from tests.support.shared import forms_case
from tests.support.shared.pdf_text import text_of

SIGNED = [{"signer": "party", "party": no, "name": name, "signed_on": "2026-03-25"}
          for no, name in ((0, "演示甲"), (1, "演示乙"))]
LATER = {"item": 1, "who": 1, "to": 0, "what": "赔偿玉米种子及库房损失", "amount_fen": 150000, "due_date": "2026-06-30"}
ENDED = {"item": 2, "who": 0, "what": "每年春季与演示乙共同清淤一次", "ends": True}
ADDED = {"who": 1, "to": 0, "what": "修复库房墙面", "due_date": "2026-05-10"}


def changed(case: forms_case.DemoCase, changes: list[dict[str, Any]], **more: Any) -> Any:
    reached = next(e for e in case.world.events[case.case] if e.kind == "case.agreement_reached")
    body = {"of": reached.id, "changes": changes, "sealed_on": "2026-03-26", "signatures": SIGNED, **more}
    return case.act("case.agreement_changed", body, "2026-03-25")


def note(case: forms_case.DemoCase) -> str:
    return str(case.state().timeline[-1].note)


def test_what_is_performed_and_when_goes_by_the_changed_promises() -> None:
    case = forms_case.agreed()
    changed(case, [LATER, ENDED, ADDED])
    state = case.state("2026-05-01")
    assert state.agreement is not None
    assert [(item.what[:4], item.amount_fen, item.due_date, item.status) for item in state.agreement.items] == [
        ("清除二组", None, "2026-03-20", "overdue"), ("赔偿玉米", 150000, "2026-06-30", "not_due"),
        ("每年春季", None, None, "varied"), ("修复库房", None, "2026-05-10", "not_due")]
    due = {clock.item: clock.due_date for clock in state.clocks if clock.kind == "performance"}
    assert due == {0: "2026-03-20", 1: "2026-06-30", 3: "2026-05-10"}
    paid = {"of": state.agreement.event, "complete": False, "confirmed_by": [0, 1]}
    case.act("case.item_performed", {**paid, "item": 1, "amount_fen": 150000}, "2026-05-02")
    case.act("case.item_performed", {**paid, "item": 0, "complete": True}, "2026-05-02")
    assert case.state("2026-05-03").state == "performing"
    case.act("case.item_performed", {**paid, "item": 3, "complete": True}, "2026-05-04")
    assert case.state("2026-05-05").state == "visit_due", "the sum that was agreed later is enough, what ended is owed no longer"


def test_a_change_binds_nobody_before_all_have_signed_and_the_seal_is_on_it() -> None:
    case = forms_case.agreed()
    changed(case, [LATER], signatures=SIGNED[:1])
    assert "各方当事人签名" in note(case)
    changed(case, [LATER], sealed_on=None)
    assert "盖章" in note(case)
    changed(case, [{**LATER, "item": 9}])
    assert "找不到对应的协议事项" in note(case)
    state = case.state()
    assert state.agreement is not None
    assert (state.agreement.items[1].amount_fen, state.agreement.changes) == (180050, ())


def test_what_was_performed_or_never_took_effect_is_not_changed() -> None:
    case = forms_case.agreed()
    reached = next(e for e in case.world.events[case.case] if e.kind == "case.agreement_reached")
    case.act("case.item_performed", {"of": reached.id, "item": 1, "complete": True, "amount_fen": 180050}, "2026-03-20")
    changed(case, [LATER])
    assert "已经履行" in note(case)
    early = forms_case.agreed(sealed=False)
    changed(early, [LATER])
    assert "尚未生效" in note(early)


def test_the_agreement_stays_as_signed_and_the_paper_of_the_change_says_what_is_new() -> None:
    case = forms_case.agreed()
    changed(case, [LATER, ENDED, ADDED])
    state, context = case.state(), case.context(demo=False)
    first = text_of(case_file.document(state, context, "D10"))
    later = text_of(case_file.document(state, context, "D21"))
    assert "1,800.50元" in first
    assert "修复库房" not in first
    for words in ("第二项变更为：", "1,500.00元", "2026年6月30日前", "第三项不再履行", "增加一项：", "修复库房墙面",
                  "2026年3月26日"):
        assert words in later, words
    assert "1,800.50元" not in later
