"""What each paper of DOMAIN.md 4 must tell: every field that an act can give is on its sheet, and what nobody gave stays open."""

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
from tests.support.shared.forms_case import DemoCase, person
from tests.support.shared.pdf_text import pages_of, text_of

pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils are not installed")

ACCEPTED = {
    "committee": forms_case.COMMITTEE,
    "mediators": ["m1"],
    "rights_told": True,
    "parties_willing": True,
    "file_no": "（2026）甲村人调字第5号",
}


def paper(code: str, case: DemoCase, **changes: Any) -> str:
    return text_of(case_file.document(case.state(), case.context(demo=False, **changes), code))


def accepted(category: str = "DC02", *, on: str = "2026-03-04", act: dict[str, Any] | None = None, **fields: Any) -> DemoCase:
    case = forms_case.registered(**fields)
    case.act("case.triaged", {"category": category, "difficulty": "simple", "risk": 2}, "2026-03-02")
    case.act("case.accepted", {**ACCEPTED, **(act or {})}, on)
    return case


def on_spot() -> DemoCase:
    case = forms_case.registered()
    case.act(
        "case.settled_on_spot",
        {"text": "演示乙当场清理秸秆，演示甲表示谅解。", "agreed_by": [0, 1], "files": case.signed_by(0, 1, None)},
        "2026-03-02",
        actor="m1",
    )
    return case


# --- D02, D06, D10: a unit's representative, an agent's mandate


def unit(**more: Any) -> dict[str, Any]:
    return {"name": "演示农资公司", "kind": "unit", "role": "respondent", "representative": "演示丙", **more}


def test_the_post_of_a_units_representative_has_a_field_of_its_own_and_can_be_corrected() -> None:
    case = forms_case.registered()
    case.act("case.party_added", {"no": 2, "party": unit(post="总经理", occupation="销售农资")}, "2026-03-03")
    for code in ("D02", "D10"):
        assert "职务总经理" in paper(code, case)
        assert "销售农资" not in paper(code, case)
    case.act("case.party_corrected", {"party": 2, "field": "post", "value": "董事长"}, "2026-03-05")
    case.act("case.party_corrected", {"party": 2, "field": "post", "value": "旧职务"}, "2026-03-04")
    assert "职务董事长" in paper("D02", case)


def test_a_post_written_before_there_was_a_field_for_it_is_still_printed() -> None:
    case = forms_case.registered()
    case.act("case.party_added", {"no": 2, "party": unit(occupation="经理")}, "2026-03-03")
    assert "职务经理" in paper("D02", case)


def test_the_power_of_attorney_names_principal_scope_relation_and_term() -> None:
    case = forms_case.registered()
    mandate = {
        "principals": [0],
        "scope": "special",
        "relation": "兄弟",
        "since": "2026-03-03",
        "until": "2026-06-30",
        "text": "代为协商赔偿数额",
    }
    case.act("case.party_added", {"no": 2, "party": person("演示丁", "agent", mandate=mandate)}, "2026-03-03")
    text = paper("D06", case)
    for field in (
        "委托人演示甲因",
        "自愿委托演示丁",
        "与委托人关系：兄弟",
        "□一般代理",
        "■特别授权",
        "具体权限：代为协商赔偿数额",
        "自2026年3月3日起至2026年6月30日止",
    ):
        assert field in text, field
    case.act(
        "case.party_corrected",
        {"party": 2, "field": "mandate", "value": "改为一般代理", "mandate": {**mandate, "scope": "general"}},
        "2026-03-10",
    )
    text = paper("D06", case)
    assert "■一般代理" in text
    assert "□特别授权" in text
    assert "具体权限" in text


def test_without_a_mandate_both_scopes_stay_open() -> None:
    text = paper("D06", forms_case.registered())
    assert "□一般代理" in text
    assert "□特别授权" in text


# --- D07, D08


def test_a_survey_tells_place_hours_those_present_and_whom_it_asked() -> None:
    case = forms_case.registered()
    case.act(
        "case.record_added",
        {
            "document": "D07",
            "text": "问：渠由谁清？\n答：村里。",
            "started_at": "09:30",
            "ended_at": "11:05",
            "place": "二组渠边",
            "topic": "渠道堵塞原因",
            "present": ["演示村民", "演示组长"],
            "investigators": ["m1", "m2"],
            "recorder": "m2",
            "asked": {
                "name": "演示证人",
                "gender": "female",
                "ethnicity": "回族",
                "age": 61,
                "address": "甲村三组",
                "phone": "13800000009",
            },
        },
        "2026-03-05",
        actor="m1",
    )
    text = paper("D07", case)
    for field in (
        "2026年3月5日9时30分至11时05分",
        "二组渠边",
        "渠道堵塞原因",
        "演示村民、演示组长",
        "被调查人：演示证人",
        "性别：女",
        "民族：回族",
        "年龄：61",
        "单位或住址：甲村三组",
        "电话：13800000009",
        "（演示调解员）",
        "（演示助理）",
    ):
        assert field in text, field


def test_of_a_party_that_was_asked_the_survey_knows_the_rest() -> None:
    case = forms_case.registered()
    case.act("case.record_added", {"document": "D07", "text": "答：是。", "asked": {"name": "演示乙", "party": 1}}, "2026-03-05")
    text = paper("D07", case)
    for field in ("被调查人：演示乙", "性别：女", "民族：蒙古族", "年龄：47", "演示镇甲村二组15号", "13800000002"):
        assert field in text, field


def test_evidence_tells_kind_copies_pages_source_and_collector() -> None:
    case = forms_case.registered()
    case.act(
        "case.evidence_added",
        {
            "title": "清淤合同",
            "kind": "documentary",
            "count": 2,
            "pages": 14,
            "source": "演示镇水利站",
            "original": True,
            "collected_by": "m2",
            "files": [
                case.file(forms_case.photograph(4), "合同.jpg", "paper"),
                case.file(forms_case.photograph(5), "合同背面.jpg", "paper"),
            ],
        },
        "2026-03-03",
        actor="m1",
    )
    case.act("case.evidence_added", {"title": "渠边录音", "kind": "audiovisual", "provided_by": 1}, "2026-03-03", actor="m1")
    text = paper("D08", case)
    for field in ("种类", "份数", "页数", "收取人", "2份", "14页", "演示镇水利站", "视听资料", "（演示助理）", "（演示调解员）"):
        assert field in text, field
    assert text.count("14页") == 1, "the second file of one piece does not count again"


# --- D09, D10


def test_a_record_names_hours_host_recorder_and_what_was_told() -> None:
    case = accepted()
    session = case.act(
        "case.session_held",
        {
            "place": "说事室",
            "mediators": ["m1", "m2"],
            "host": "m2",
            "recorder": "演示书记",
            "rights_told": True,
            "identities_checked": True,
            "risk_told": True,
            "remedies_told": True,
            "started_at": "14:00",
            "ended_at": "16:20",
            "result": "未达成协议。",
        },
        "2026-03-09",
    )
    text = paper("D09", case)
    for field in (
        "2026年3月9日14时00分至16时20分",
        "主持人：演示助理",
        "记录人：演示书记",
        "已核对当事人",
        "权利和承担的义务",
        "不达成协议和不履行协议各自的风险",
        "仲裁、行政、司法等途径",
        "（演示书记）",
    ):
        assert field in text, field
    case.act(
        "case.record_added",
        {
            "document": "D09",
            "of": session.id,
            "text": "各方陈述。",
            "verified": "渠道堵塞约12米",
            "risks": "诉讼时间较长",
            "failure": "赔偿数额相差太大",
        },
        "2026-03-09",
    )
    text = paper("D09", case)
    order = [
        text.index(x)
        for x in (
            "各方陈述。",
            "经查明：渠道堵塞约12米",
            "告知风险：诉讼时间较长",
            "未达成协议的原因：赔偿数额相差太大",
            "调解员已告知当事人可以依法",
        )
    ]
    assert order == sorted(order)


def test_what_was_not_told_is_not_printed_as_told() -> None:
    case = accepted()
    case.act("case.session_held", {"place": "说事室", "mediators": ["m1"], "rights_told": True}, "2026-03-09")
    text = paper("D09", case)
    for phrase in ("已核对当事人", "风险", "途径维护"):
        assert phrase not in text
    assert "时分至时分" in text, "the hours are left to be written"


def test_an_agreement_has_responsibility_and_way_of_performance() -> None:
    case = accepted()
    case.act("case.session_held", {"place": "说事室", "mediators": ["m1"], "rights_told": True}, "2026-03-09")
    agreement = {"form": "written", "facts": "DEMO", "items": [{"who": 1, "to": 0, "what": "清理渠道", "due_date": "2026-03-20"}]}
    case.act(
        "case.agreement_reached",
        {**agreement, "responsibility": "演示乙负主要责任。", "way": "在二组渠边由组长验收。"},
        "2026-03-10",
    )
    text = paper("D10", case)
    assert "各方责任：演示乙负主要责任。" in text
    assert "在二组渠边由组长验收。" in text
    assert "最后期限为2026年3月20日" in text
    assert "各方责任：" not in paper("D10", forms_case.agreed())
    assert "各方责任：" in paper("D10", forms_case.registered()), "a blank one has the place for it"


# --- D13, D17


def test_a_visit_answers_every_question_of_its_form() -> None:
    case = forms_case.agreed()
    case.act(
        "case.visited",
        {
            "method": "phone",
            "result": "not_performed",
            "parties": [1],
            "text": "尚欠五百元。",
            "court_result": "未起诉",
            "errors": "无错误调解",
            "escalation": "有口角，暂无激化",
            "measures": "约定五日内付清",
            "satisfaction": 3,
        },
        "2026-04-10",
        actor="v1",
    )
    text = paper("D13", case)
    for field in ("起诉及法院", "未起诉", "无错误调解", "有口角，暂无激化", "约定五日内付清", "尚欠五百元"):
        assert field in text, field
    signing = text[text.index("被回访人") :]
    assert "演示乙" in signing
    assert "演示甲" not in signing, "only who was visited signs"


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
    assert "委派调解函" in text
    assert "三十日内完成调解" in text
    case = accepted(
        act={"received_on": "2026-03-03", "entrust_no": "（2026）演0822委调12号"},
        entrusting_body="court_entrusted",
        source="entrusted",
    )
    text = paper("E08", case)
    assert "委托调解函" in text
    assert "现委托你委员会" in text
    assert "十五日内完成调解" in text
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
