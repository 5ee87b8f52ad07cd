"""What the screens say, without a window: words, tones and forms."""

from __future__ import annotations

import dataclasses

import pytest

from shared.ledger.texts import t
from village_node.desk.views import CaseRow
from village_node.point.values import DeliverySummary, NodeStatus, OfficeView, SyncProgress
from village_node.view_models import case_list, intake_form
from village_node.view_models.action_answers import fen
from village_node.view_models.sync_bar import sync_bar

OFFICE = OfficeView("150822100203", "旧地村", "village", "150822100000", "巴彦高勒镇")


def row(**changes: object) -> CaseRow:
    made = {f.name: "" for f in dataclasses.fields(CaseRow)} | {
        "held_here": True, "incomplete": 0, "needs_review": False, "provisional": False, "unread": False,
        "delivery": DeliverySummary(), "files": DeliverySummary(),
    }
    return CaseRow(**(made | changes))  # type: ignore[arg-type]


def status(events: DeliverySummary, **changes: object) -> NodeStatus:
    made = {f.name: "" for f in dataclasses.fields(NodeStatus)} | {
        "office": OFFICE, "slot": 1, "directory_version": 1, "events": events, "files": DeliverySummary(), "cases": 1,
        "last_success": None, "clock_offset_ms": None, "progress": SyncProgress("idle", ""), "disk_free": None,
    }
    return NodeStatus(**(made | changes))  # type: ignore[arg-type]


def test_a_case_with_one_record_only_saved_here_never_says_sent_or_accepted() -> None:
    summary = DeliverySummary(saved=1, accepted=3, total=4, worst="saved")
    words, tone = case_list.delivery_words(summary)
    assert t("app.delivery.saved") in words
    assert "3/4" in words
    assert tone == "warn"


def test_an_overdue_case_is_red_and_says_so_in_words() -> None:
    words, tone = case_list.deadline_words(row(due_date="2026-11-26", due_label="受理", alarm="overdue"))
    assert tone == "bad"
    assert t("app.list.overdue") in words


def test_a_provisional_deadline_is_marked() -> None:
    words, _ = case_list.deadline_words(row(due_date="2027-01-04", due_label="受理", alarm="ok", provisional=True))
    assert t("app.deadline.provisional") in words


def test_the_bar_counts_what_has_no_receipt_of_the_county() -> None:
    bar = sync_bar(status(DeliverySummary(saved=2, sent=1, accepted=4, total=7, worst="saved")), 0)
    assert bar.words == t("app.sync.waiting", n=3, total=7)
    assert bar.tone == "warn"


def test_the_bar_is_good_only_when_everything_is_accepted() -> None:
    bar = sync_bar(status(DeliverySummary(accepted=5, seen=2, total=7, worst="accepted")), 0)
    assert bar.tone == "good"


def test_a_refused_record_outranks_everything_else_in_the_bar() -> None:
    bar = sync_bar(status(DeliverySummary(refused=1, saved=3, total=4, worst="refused")), 0)
    assert bar.tone == "bad"
    assert bar.words == t("app.sync.refused", n=1)


def test_a_running_round_shows_n_of_total() -> None:
    bar = sync_bar(status(DeliverySummary(total=9, saved=9, worst="saved"), progress=SyncProgress("events", "案件", 3, 12)), 0)
    assert "3/12" in bar.words
    assert bar.fraction == 0.25


GOOD = {"applicant_name": "演示甲", "respondent_name": "演示乙", "category": "DC02", "place": "三组", "summary": "DEMO 堵沟"}


def test_the_form_becomes_a_draft() -> None:
    outcome = intake_form.check(GOOD | {"applicant_phone": "138 0000-0001", "risk": "2"}, OFFICE.id)
    assert not outcome.errors
    assert outcome.draft["parties"][0] == {"name": "演示甲", "role": "applicant", "phone": "13800000001"}
    assert outcome.draft["place"] == {"office": OFFICE.id, "text": "三组"}
    assert outcome.draft["risk"] == 2


@pytest.mark.parametrize("name", sorted(intake_form.REQUIRED))
def test_a_field_left_empty_is_named(name: str) -> None:
    outcome = intake_form.check({k: v for k, v in GOOD.items() if k != name}, OFFICE.id)
    assert set(outcome.errors) == {name}
    assert not outcome.draft


def test_a_wrong_phone_is_shown_with_its_value() -> None:
    outcome = intake_form.check(GOOD | {"respondent_phone": "12a"}, OFFICE.id)
    assert "12a" in outcome.errors["respondent_phone"]


@pytest.mark.parametrize(("typed", "amount"), [
    ("1200", 120000), ("1200.5", 120050), ("0.05", 5), ("1,200.50", 120050),
    ("一百", None), ("1.234", None), ("-5", None), ("", None),
])
def test_money_is_counted_in_fen_without_rounding(typed: str, amount: int | None) -> None:
    assert fen(typed) == amount
