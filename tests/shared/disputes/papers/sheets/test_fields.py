"""What each paper of DOMAIN.md 4 must tell up to the visit: every field that an act can give is on its sheet, and what nobody
gave stays open. (Endings and letters: `test_fields_of_endings`.)"""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from tests.support.shared import forms_case
from tests.support.shared.forms_case import person
from tests.support.shared.paper_cases import accepted, paper

pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils are not installed")


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
