"""What the papers of an ending and the letters of DOMAIN.md 4 must tell; the others are in `test_fields`."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import Any

import pytest

from shared.disputes.case.checklist import lacking_documents, must_documents, present_documents
from shared.disputes.papers import case_file, catalogue
from shared.disputes.papers.kit.words import period
from shared.disputes.rules.clocks import deadline, overlaid
from shared.ledger import codes
from shared.ledger.workdays import DEFAULT
from tests.support.shared import forms_case
from tests.support.shared.domain_events import TOWN, VILLAGE
from tests.support.shared.paper_cases import accepted, on_spot, paper
from tests.support.shared.pdf_text import pages_of

pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils are not installed")


def test_the_closing_report_keeps_sums_and_dates_and_counts_no_zero_days() -> None:
    text = paper("D17", forms_case.closed())
    assert "支付人民币1,800.50元（大写：壹仟捌佰元伍角整）" in text
    assert "于2026年3月31日前" in text
    assert "共37天" in text
    text = paper("D17", on_spot())
    assert "演示乙当场清理秸秆" in text
    assert "当日受理、当日办结" in text
    assert "共0天" not in text


def test_the_closing_report_of_a_failed_case_says_why_it_ended() -> None:
    case = forms_case.mediated()
    case.act("case.terminated", {"reason": "failed", "remedies_told": True, "escalation_checked": True}, "2026-03-20")
    text = paper("D17", case)
    assert "因调解不成，于2026年3月20日终止调解" in text
    assert "结案时间2026年3月20日" in text
    assert "共16天" in text
    case.act("case.transferred_out", {"to": "to_litigation", "body": "演示县人民法院"}, "2026-03-22")
    assert {"D17", "E05", "E06"} <= set(catalogue.bound(case.state(), case.context())), "both letters are in the file"


# --- what a file must hold


def test_a_matter_settled_on_the_spot_has_its_register_and_what_was_agreed_by_word() -> None:
    case = on_spot()
    state = case.state()
    assert must_documents(state) == ("D03", "D11")
    assert lacking_documents(state) == ()
    register, oral = paper("D03", case), paper("D11", case)
    assert "2026年3月2日，本人民调解委员会经当事人同意" in register
    for text in (register, oral):
        assert "演示乙当场清理秸秆，演示甲表示谅解。" in text
    assert "人民调解口头协议登记表" in pages_of(case_file.case_file(state, case.context()))[1]
    assert "2026年3月2日至2026年3月2日" in paper("D00", case)


def test_a_visit_is_no_must_and_the_register_stands_for_the_application_where_nobody_applied() -> None:
    agreed = forms_case.agreed().state()
    assert must_documents(agreed) == ("D02", "D04", "D05", "D09", "D10")
    assert must_documents(replace(agreed, source="proactive"))[0] == "D03"
    assert must_documents(replace(agreed, source="hazard", accepted_on=None)) == ("D03",)
    assert "D11" not in present_documents(agreed)


# --- letters: clocks in force, numbers, issuing office


@pytest.mark.parametrize(
    ("fields", "category", "span"),
    [
        ({}, "DC02", "一个月内"),
        ({}, "DC10", "十五日"),
        ({"entrusting_body": "court_preassigned", "source": "entrusted"}, "DC02", "三十日"),
        ({"entrusting_body": "court_entrusted", "source": "entrusted"}, "DC02", "十五日"),
    ],
)
def test_the_notice_of_acceptance_gives_the_clock_that_runs(fields: dict[str, Any], category: str, span: str) -> None:
    case = accepted(category, act={"received_on": "2026-03-03"} if fields else None, **fields)
    clock = next(c for c in case.state().clocks if c.kind.startswith(("mediation", "court_")))
    year, month, day = (int(x) for x in clock.due_date.split("-"))
    text = paper("E01", case)
    assert f"{span}" in text
    assert f"（至{year}年{month}月{day}日）" in text
    assert ("一个月" in text) == (span == "一个月内")


def test_a_medical_dispute_is_told_working_days_and_a_countys_own_number_wins() -> None:
    case = accepted("DC15")
    assert codes.name("category", "DC15") == "医疗纠纷"
    assert "三十个工作日（至" in paper("E01", case)
    rules = overlaid({"mediation": {"amount": 20, "unit": "day", "source": "DEMO"}})
    ordinary = accepted()
    text = paper("E01", ordinary, rules=rules)
    due = deadline("mediation", "2026-03-04", rules=rules, calendar=DEFAULT).due_date
    assert "二十日内调结" in text
    assert f"{int(due[5:7])}月{int(due[8:])}日）" in text


def test_the_notice_keeps_the_first_date_when_the_time_is_extended_later() -> None:
    case = forms_case.mediated()
    before = paper("E01", case)
    case.act(
        "case.extended",
        {"until": "2026-05-06", "consents": [{"party": 0, "signed_on": "2026-04-02"}, {"party": 1, "signed_on": "2026-04-02"}]},
        "2026-04-02",
    )
    assert paper("E01", case) == before
    assert "调解期限至2026年4月7日届满" in paper("E04", case)
    assert "2026年5月6日" in paper("E04", case)


def test_the_courts_letter_says_its_own_time_and_whether_it_came_before_filing() -> None:
    text = paper("E08", forms_case.registered())
    assert "委派调解函签收回执" in text
    assert "委派调解的期限为三十日" in text
    case = accepted(
        act={"received_on": "2026-03-03", "entrust_no": "（2026）演0822委调12号"},
        entrusting_body="court_entrusted",
        source="entrusted",
    )
    text = paper("E08", case)
    assert "委托调解函签收回执" in text
    assert "贵院（2026）演0822委调12号" in text
    assert "委托调解的期限为十五日" in text
    assert "（2026）演0822委调12号" in text
    assert "2026年3月3日" in text
    answer = paper("E09", case)
    assert "委托调解回复函" in answer
    assert "（2026）演0822委调12号" in answer


def test_a_letter_of_transfer_or_supervision_has_its_own_number_or_room_for_it() -> None:
    bare = forms_case.registered()
    for code in ("E06", "E07"):
        text = paper(code, bare)
        assert "〔2026〕＿＿＿号" in text
        assert "编号：（" not in text
    case = forms_case.mediated()
    case.act(
        "case.supervision_issued",
        {"level": "reminder", "text": "DEMO", "to": VILLAGE, "letter_no": "演司督〔2026〕3号"},
        "2026-03-18",
        office=TOWN,
        role="supervisor",
    )
    case.act(
        "case.transferred_out",
        {"to": "to_police", "body": "演示派出所", "letter_no": "甲村移〔2026〕1号", "receipt_on": "2026-03-21"},
        "2026-03-20",
    )
    assert "演司督〔2026〕3号" in paper("E07", case)
    text = paper("E06", case)
    assert "甲村移〔2026〕1号" in text
    assert "我单位已于2026年3月21日收到" in text


def test_an_order_not_yet_given_has_a_place_for_the_office_that_gives_it() -> None:
    case = forms_case.registered()
    assert "（督办单位）" in paper("E07", case, office=VILLAGE)
    text = paper("E07", case, office=TOWN)
    assert "（督办单位）" not in text
    assert "演示镇" in text


def test_before_acceptance_a_paper_names_its_number_as_that_of_the_platform() -> None:
    case = forms_case.registered()
    for code in ("D03", "E02", "E03"):
        assert "平台编号：演示镇甲村〔2026〕001-0012-" in paper(code, case)
    assert "编号：（2026）甲村人调字第3号" in paper("E03", forms_case.mediated())


def test_hours_are_written_out_or_left_open() -> None:
    assert period("2026-03-08", "09:30", "") == "2026年3月8日9时30分"
    assert period("2026-03-08", "", "").endswith("分")
