"""What the screens say, without a window: words, tones and forms."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import pytest

from shared.disputes.forms.answers import fen
from shared.ledger.texts import t
from village_node.desk.views import CaseRow
from village_node.point.values import DeliverySummary, NodeStatus, OfficeView, SyncProgress
from village_node.view_models import case_list, next_step
from village_node.view_models.around import cards
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
    made = case_list.summary_model(DeliverySummary(saved=1, accepted=3, total=4, worst="saved"), "village")
    assert (made.words, made.filled, made.hops, made.tone) == (t("app.delivery.saved"), 1, 3, "warn")


def test_an_office_that_is_not_on_the_way_is_left_out() -> None:
    assert case_list.delivery_model("accepted", "township").hops == 2
    assert case_list.delivery_model("accepted", "county").hops == 1


def test_a_refused_record_shows_the_hop_that_refused_and_its_word() -> None:
    made = case_list.delivery_model("refused", "village")
    assert (made.refused, made.tone, made.words) == (True, "bad", t("app.delivery.refused"))


@pytest.mark.parametrize(("due", "alarm", "words", "tone"), [
    ("2026-11-24", "overdue", "超期 2 天", "bad"), ("2026-11-26", "warn", "今天到期", "warn"),
    ("2026-11-27", "warn", "明天到期", "warn"),
    ("2026-12-01", "ok", "还有 5 天", "plain"), ("2026-11-26", "ring", "超时", "bad"),
])
def test_a_deadline_has_words_a_tone_and_a_shape(due: str, alarm: str, words: str, tone: str) -> None:
    said, shown, icon = case_list.deadline_words(row(due_date=due, alarm=alarm), "2026-11-26")
    assert (said, shown) == (words, tone)
    assert icon


@pytest.mark.parametrize(("due", "words", "tone"), [
    ("2026-11-22", "超期 4 天", "bad"), ("2026-11-26", "今天到期", "warn"), ("2026-11-28", "还有 2 天", "warn"),
    ("2026-11-29", "还有 3 天", "plain"), ("", "", "plain"),
])
def test_a_day_that_nobody_warns_of_has_words_a_tone_and_a_shape_too(due: str, words: str, tone: str) -> None:
    said, shown, icon = case_list.due_pill(due, "2026-11-26")
    assert (said, shown, bool(icon)) == (words, tone, bool(due))


@pytest.mark.parametrize(("due", "words", "tone"), [
    ("2026-11-24", "最晚 11月24日，超期 2 天", "bad"), ("2026-11-26", "最晚 11月26日（今天）", "warn"),
    ("2026-11-28", "最晚 11月28日（后天）", "warn"),
])
def test_a_case_that_waits_too_long_for_being_taken_says_since_when(due: str, words: str, tone: str) -> None:
    view = SimpleNamespace(row=row(pending_to=OFFICE.id, pending_kind="escalate", pending_due=due, due_date=due, alarm="overdue"),
                           actions=(), state={})
    step = next_step.next_step(view, "2026-11-26", OFFICE.id)      # type: ignore[arg-type]
    assert (step.due, step.due_tone) == (words, tone)


def test_a_page_has_one_filled_button() -> None:
    button = cards.Button("DEMO", "case", primary=True)
    page = [cards.InfoCard("a"), cards.InfoCard("b", buttons=(button, button)), cards.InfoCard("c", buttons=(button,))]
    made = cards.one_primary(page)
    assert [b.primary for card in made for b in card.buttons] == [True, False, False]


def test_a_provisional_deadline_is_marked() -> None:
    words, _, _ = case_list.deadline_words(row(due_date="2027-01-04", alarm="ok", provisional=True), "2026-11-26")
    assert t("app.deadline.provisional") in words


def test_a_case_says_with_whom_it_waits_and_that_it_came_back() -> None:
    up = row(state="triaging", pending_to="150822100000", pending_kind="escalate", pending_level="township")
    assert case_list.status_words(up, OFFICE.id)[0] == "等镇里接收"
    assert case_list.status_words(up, "150822100000") == (t("app.status.take"), "warn")
    back = row(state="triaging", returned_by="演示镇", returned_reason="缺照片")
    assert case_list.status_words(back, OFFICE.id) == ("演示镇退回：缺照片", "warn")


def test_every_stage_of_a_case_has_a_word_and_every_icon_a_shape() -> None:
    pytest.importorskip("fonticon_mdi7")
    from fonticon_mdi7.mdi7 import MDI7

    from shared.ledger import codes
    from village_node.view_models import case_page, home

    for state in codes.names("lifecycle"):
        assert case_list.status_words(row(state=state, state_label=codes.name("lifecycle", state)), OFFICE.id)[0]
    icons = {*case_page.ICONS.values(), *(icon for icon, _ in case_page.GROUPS.values()), *case_list.ALARM_ICONS.values(),
             *(icon for _, icon, _ in (*home.TILES, *home.GRID))} - {""}
    assert [name for name in icons if not hasattr(MDI7, name.replace("-", "_"))] == []


def test_every_verb_stands_in_one_group_of_the_page_and_every_step_is_a_verb() -> None:
    from shared.disputes.acts.verbs import VERBS
    from village_node.view_models import case_page

    grouped = [verb for _, verbs in case_page.GROUPS.values() for verb in verbs]
    assert len(grouped) == len(set(grouped))
    assert set(grouped) <= set(VERBS)
    steps = {verb for verbs in next_step.STEPS.values() for verb in verbs} | set(next_step.ENDED)
    assert steps | {v for pair in next_step.TAKE.values() for v in pair} <= set(VERBS)


def test_the_line_below_a_list_says_neither_more_nor_less_than_there_is() -> None:
    assert case_list.count_words(50, 20_000, "") == t("app.list.shown", shown=50, n=20_000)
    assert case_list.count_words(4, 4, "") == t("app.list.count", n=4)
    assert "找不着" in case_list.count_words(0, 0, "找不着")
    empty = [case_list.count_words(0, 0, "", name) for name in case_list.FILTERS]
    assert len(set(empty)) == len(empty), "each list says what would be in it"


def test_the_bar_counts_what_has_no_receipt_of_the_county() -> None:
    bar = sync_bar(status(DeliverySummary(saved=2, sent=1, accepted=4, total=7, worst="saved")), 0)
    assert bar.words == t("app.sync.waiting", n=3, total=7)
    assert bar.tone == "warn"
    assert bar.narrow == t("app.sync.narrow", n=3), "a telephone's bar has room for the number beside the icon"


def test_the_bar_is_good_only_when_everything_is_accepted() -> None:
    bar = sync_bar(status(DeliverySummary(accepted=5, seen=2, total=7, worst="accepted")), 0)
    assert bar.tone == "good"
    assert bar.narrow == bar.short == t("app.sync.short_all")


def test_a_refused_record_outranks_everything_else_in_the_bar() -> None:
    bar = sync_bar(status(DeliverySummary(refused=1, saved=3, total=4, worst="refused")), 0)
    assert bar.tone == "bad"
    assert bar.words == t("app.sync.refused", n=1)


def test_a_running_round_shows_n_of_total() -> None:
    bar = sync_bar(status(DeliverySummary(total=9, saved=9, worst="saved"), progress=SyncProgress("events", "案件", 3, 12)), 0)
    assert "3/12" in bar.words
    assert bar.fraction == 0.25


@pytest.mark.parametrize(("typed", "amount"), [
    ("1200", 120000), ("1200.5", 120050), ("0.05", 5), ("1,200.50", 120050), ("１，２００．５", 120050), (" 12 ", 1200),
    ("一百", None), ("1.234", None), ("-5", None), ("", None), ("1²", None), ("1000000000000", None),
])
def test_money_is_counted_in_fen_without_rounding(typed: str, amount: int | None) -> None:
    assert fen(typed) == amount
