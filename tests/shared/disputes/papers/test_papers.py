"""Every paper of a rich DEMO case: its fields are on the sheet, signatures and places to sign too."""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
from dataclasses import replace
from functools import lru_cache
from typing import Any

import pytest

from shared.disputes.case.papers import BY_CODE
from shared.disputes.papers import case_file, catalogue
from shared.disputes.papers.kit import fonts
from shared.ledger.errors import Refused
from tests.support.shared import forms_case
from tests.support.shared.forms_case import DemoCase
from tests.support.shared.pdf_text import pages_of, text_of

needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils are not installed")
pytestmark = needs_poppler


@lru_cache(maxsize=1)
def demo() -> DemoCase:
    return forms_case.closed()


def paper(code: str, case: DemoCase | None = None, **changes: Any) -> str:
    made = case or demo()
    return text_of(case_file.document(made.state(), made.context(**changes), code))


FIELDS = {
    "D00": (
        "演示县演示镇甲村人民调解委员会",
        "调解卷宗",
        "演示甲与演示乙邻里纠纷",
        "（2026）甲村人调字第3号",
        "演示调解员、演示助理",
        "2026年3月8日至2026年3月11日",
        "保管期限",
        "演示镇甲村〔2026〕001-0012-",
    ),
    "D01": ("卷内目录", "人民调解申请书", "人民调解记录", "页号"),
    "D02": (
        "申请人",
        "被申请人",
        "汉族",
        "蒙古族",
        "13800000002",
        "演示镇甲村二组15号",
        "受潮",
        "赔偿玉米种子及库房损失3000元",
        "自愿申请",
        "指印",
    ),
    "D03": (
        "2026年3月4日，本人民调解委员会经当事人同意",
        "邻里纠纷（排水）",
        "■当事人申请",
        "□人民调解委员会主动调解",
        "登记人（签名）",
        "（印章处）",
    ),
    "D04": (
        "选择或者接受人民调解员",
        "要求调解公开进行或者不公开进行",
        "如实陈述纠纷事实",
        "尊重对方当事人行使权利",
        "不收取任何费用",
        "平等的基础上",
        "具有法律约束力",
        "三十日内共同向人民法院申请司法确认",
    ),
    "D05": ("居民身份证，尾号123X", "国徽面", "核对无异"),
    "D06": ("授权委托书", "特别授权", "委托期限", "指印"),
    "D07": ("2026年3月5日", "近两年没有清过", "调查人（签名）", "演示助理"),
    "D08": ("渠道堵塞.jpg", "受潮玉米种子", "证明库房进水", "SHA-256", "电子件", "收取人"),
    "D09": (
        "第一次",
        "第二次",
        "甲村老百姓说事室",
        "演示邻居（参加人）",
        "秸秆是我家堆的",
        "双方自愿达成调解协议",
        "记录人（签名）",
    ),
    "D10": (
        "（2026）甲村人调字第3号",
        "纠纷主要事实",
        "演示乙于2026年3月31日前（含当日）赔偿玉米种子及库房损失，向演示甲支付人民币1,800.50元（大写：壹仟捌佰元伍角整）",
        "一式叁份",
        "2026年3月12日",
        "本协议于2026年3月12日生效",
    ),
    "D11": ("口头协议内容", "履行方式、时限", "非生效要件", "蒙古族"),
    "D18": ("推选", "为代表人，代表我们参加", "被推选的代表人（签名）", "推选人（签名"),
    "D19": ("第二十三条第三项", "申请不公开进行调解", "本件还缺：申请理由", "申请人（签名"),
    "D20": ("申请调解员", "准予回避", "有权选择或者接受调解员", "（印章处）"),
    "D21": ("2026年3月11日达成调解协议（编号：（2026）甲村人调字第3号）", "民法典第五百四十三条", "本件还缺：变更的内容"),
    "A01": ("申请行政调解", "赔偿玉米种子及库房损失3000元", "不影响依法申请行政复议"),
    "A02": ("于2026年3月4日决定受理", "有权申请回避", "（行政机关）", "（印章处）"),
    "A03": ("地点：甲村老百姓说事室", "调解主持人（签名）", "双方自愿达成调解协议"),
    "A04": ("经本机关主持调解", "清除二组东侧排水渠内的秸秆", "（印章处）"),
    "A05": ("终止行政调解", "本件还缺：终止调解的日期", "行政复议"),
    "F01": ("第一百八十六条", "书面申请", "不予行政处罚", "演示甲", "演示乙", "指印"),
    "F02": ("制作调解书", "十五日内共同提出", "劳动人事争议仲裁委员会"),
    "F03": ("支付令", "1,800.50元", "第十六条", "演示县人民法院"),
    "F04": ("本人承诺", "家庭月收入", "法律援助法第四十二条", "免予核查"),
    "M01": ("会诊意见", "本件还缺：议题（事项）、参加人员、意见（内容）", "会诊专家（签名）"),
    "M02": ("议题", "参会人员（签名）", "共识和分工"),
    "M03": ("可控性", "风险等级", "评估结论"),
    "S01": ("受送达人", "演示乙", "留置送达", "拒收事由", "送达时间"),
    "R01": ("登记编号", "演示镇甲村〔2026〕001-0012", "演示调解员", "0478-0000000", "登记编号二维码"),
    "D12": ("演示乙", "1,800.50元", "履行完毕", "今收到演示乙", "2026年3月30日"),
    "D13": ("上门", "非常满意", "渠道畅通", "2026年4月10日", "回访人（签名）", "演示回访员"),
    "D14": ("司法确认申请书", "第三十三条", "演示县人民法院", "兹证明", "送达地址", "裁定书粘贴处", "已确认"),
    "D15": ("材料齐全", "达成书面协议"),
    "D16": ("立卷人", "检查人", "演示司法员"),
    "D17": ("2026年3月4日", "结案方式", "达成书面协议", "第二项：履行完毕"),
    "E01": ("受理通知书", "演示甲", "一个月内调结", "不收取任何费用", "送达回证"),
    "E02": ("不予受理通知书", "依法通过仲裁、行政、司法等途径"),
    "E03": ("调解通知书", "甲村老百姓说事室", "拒绝调解或者要求终止调解"),
    "E04": ("延长调解期限同意书", "自愿同意继续调解", "2026年3月4日受理"),
    "E05": ("终止调解通知书", "第二十六条"),
    "E06": ("案件移送函", "回执"),
    "E07": ("督办函", "督办等级：提醒", "春灌期间", "2026年3月25日前", "已于3月19日清理完毕", "予以认可"),
    "E08": ("委派调解函", "调解的期限为三十日"),
    "E09": ("委派调解回复函", "演示县人民法院", "2026年3月11日自愿达成调解协议"),
    "E10": ("一案一码查询凭条", "查询码", "本机没有这个案件的查询码", "旧码作废"),
}


def test_every_paper_is_tested() -> None:
    assert set(FIELDS) == set(catalogue.DOCUMENTS)


@pytest.mark.parametrize("code", sorted(FIELDS))
def test_a_paper_shows_its_fields(code: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        text = paper(code, forms_case.mediated() if BY_CODE[code].refused(demo().state()) else None)
    for field in FIELDS[code]:
        assert field in text, (code, field, text)
    assert "缺字" not in text
    assert not caplog.records, [r.message for r in caplog.records]


@pytest.mark.parametrize("code", ["D02", "D07", "D09", "D10", "D13", "E05"])
def test_a_paper_can_be_printed_before_its_act_as_a_form_to_fill_in(code: str) -> None:
    case = forms_case.registered()
    text = paper(code, case)
    assert catalogue.name(code)[:4] in text
    assert "演示甲" in text
    assert "签名" in text


def test_signatures_taken_on_the_glass_are_drawn_and_missing_ones_leave_a_line() -> None:
    case, bare = demo(), forms_case.registered()
    assert _pictures(case_file.document(case.state(), case.context(), "D10")) == 3
    assert _pictures(case_file.document(bare.state(), bare.context(), "D10")) == 0
    text = paper("D10", demo())
    assert text.count("指印") >= 2


def test_a_picture_that_has_not_arrived_is_named_with_its_hash() -> None:
    text = paper("D08", file_bytes=lambda _sha256: None)
    assert "图像尚未传到本机" in text
    assert "有4件图像尚未传到" not in text
    assert "签名图像待同步" in paper("D10", file_bytes=lambda _sha256: None)
    assert "图像尚未传到打印的设备" in paper("D15", file_bytes=lambda _sha256: None)


def test_bytes_that_are_no_picture_do_not_cost_the_paper() -> None:
    assert "图像不能显示" in paper("D08", file_bytes=lambda _sha256: b"\xff\xd8\xff broken")


def test_every_page_of_a_paper_says_its_number_and_the_case() -> None:
    pages = pages_of(case_file.document(demo().state(), demo().context(), "D09"))
    for number, page in enumerate(pages, 1):
        assert f"第{number}页共{len(pages)}页" in page
        assert "（2026）甲村人调字第3号" in page


def test_the_watermark_is_drawn_only_when_asked() -> None:
    assert "DEMO" in paper("D00")
    assert "演示样张" not in paper("D00", demo=False)


def test_a_unit_is_written_with_its_representative_and_code_of_papers() -> None:
    case = forms_case.registered()
    case.act(
        "case.party_added",
        {
            "no": 2,
            "party": {
                "name": "演示农资公司",
                "kind": "unit",
                "role": "respondent",
                "representative": "演示丙",
                "address": "演示镇一街1号",
            },
        },
        "2026-03-03",
    )
    text = paper("D02", case)
    for field in ("演示农资公司", "法定代表人", "演示丙", "单位地址"):
        assert field in text
    assert "统一社会信用代码证书" in paper("D05", case)
    assert "演示农资公司" in paper("D14", case)


def test_an_oral_agreement_fills_the_register_and_takes_no_seal_date() -> None:
    case = forms_case.mediated()
    case.act(
        "case.agreement_reached",
        {"form": "oral", "facts": "DEMO 事实", "performed_on_spot": True, "items": [{"who": 1, "to": 0, "what": "当场赔礼道歉"}]},
        "2026-03-11",
    )
    text = paper("D11", case)
    assert "当场赔礼道歉" in text
    assert "本协议当场履行完毕" in text
    assert "DEMO事实" in text
    assert "当场赔礼道歉" not in paper("D10", case)


def test_a_rare_character_is_marked_and_noted_at_the_end_of_the_paper(
        caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "HELPERS", ())         # a device without the helping faces of Debian
    case = forms_case.registered()
    case.act("case.party_corrected", {"party": 1, "field": "name", "value": "演示\U00020001"}, "2026-03-03")
    case.act("case.party_corrected", {"party": 1, "field": "address", "value": "ᠮᠣᠩᠭᠣᠯ 二组🏠"}, "2026-03-03")
    with caplog.at_level(logging.WARNING):
        text = paper("D02", case)
    assert "演示〔缺字U+20001〕" in text
    assert "〔缺字6个〕二组〔缺字U+1F3E0〕" in text
    assert "有7个字不在打印字库内（U+1823、U+1829、U+182D、" in text
    assert not caplog.records, [r.message for r in caplog.records]


def test_a_long_record_goes_on_over_the_page_and_loses_nothing() -> None:
    case = forms_case.mediated()
    session = next(e for e in case.world.events[case.case] if e.kind == "case.session_held")
    said = "".join(f"第{n}句渠道堵塞之争议陈述。" for n in range(300))[:3900]
    case.act("case.record_added", {"document": "D09", "of": session.id, "text": said}, "2026-03-08")
    pages = pages_of(case_file.document(case.state(), case.context(demo=False), "D09"))
    assert len(pages) >= 4
    whole = re.sub(r"人民调解记录（2026）甲村人调字第3号第\d页共\d页", "", "".join(pages))      # a sentence may go over the page
    assert all(f"第{n}句" in whole for n in range(said.count("句") - 1))


def test_a_long_summary_splits_the_table_row_and_repeats_its_label() -> None:
    case = forms_case.registered()
    long = replace(case.state(), summary="".join(f"第{n}处渠道堵塞。" for n in range(420)))
    pdf = case_file.document(long, case.context(demo=False), "D02")
    whole = text_of(pdf)
    assert len(pages_of(pdf)) >= 2
    assert whole.count("纠纷简要情况") >= 2
    whole = re.sub(r"人民调解申请书演示镇甲村〔2026〕[-\d]+第\d页共\d页|纠纷简要情况", "", whole)
    assert len([n for n in range(420) if f"第{n}处" in whole]) == 420


def test_a_sealed_record_is_printed_only_for_those_who_may_open_it() -> None:
    case = forms_case.mediated()
    session = next(e for e in case.world.events[case.case] if e.kind == "case.session_held")
    digest = "ab" * 32
    case.act("case.record_added", {"sealed": digest, "class": "closed"}, "2026-03-12")
    hidden = {"document": "D09", "of": session.id, "text": "不公开的陈述"}
    assert "不公开的陈述" not in paper("D09", case)
    assert "不公开的陈述" in paper("D09", case, sealed_body=lambda sha256: hidden if sha256 == digest else None)
    assert "有1件不公开记录另行密封保存" in paper("D15", case)


def test_an_extension_shows_each_consent_with_its_date() -> None:
    case = forms_case.mediated()
    case.act(
        "case.extended",
        {
            "until": "2026-05-06",
            "text": "等待损失鉴定",
            "consents": [{"party": 0, "signed_on": "2026-04-02"}, {"party": 1, "signed_on": "2026-04-03"}],
        },
        "2026-04-03",
    )
    text = paper("E04", case)
    for field in ("等待损失鉴定", "2026年5月6日", "2026年4月2日", "2026年4月3日"):
        assert field in text


def test_a_termination_and_a_transfer_tell_their_reason() -> None:
    case = forms_case.mediated()
    case.act("case.terminated", {"reason": "failed", "remedies_told": True, "escalation_checked": True}, "2026-03-20")
    assert "因调解不成" in paper("E05", case)
    assert "已于2026年3月20日终止调解" in paper("E09", case)
    other = forms_case.registered()
    other.act(
        "case.acceptance_rejected", {"reason": "土地权属争议不属于人民调解范围", "channel": "to_adjudication"}, "2026-03-03"
    )
    text = paper("E02", other)
    assert "土地权属争议" in text
    assert "政府处理" in text


def test_the_register_of_an_oral_agreement_is_not_printed_beside_a_written_one() -> None:
    with pytest.raises(Refused, match="已有书面调解协议"):
        paper("D11")


def test_an_unknown_paper_is_refused_with_the_list_of_those_there_are() -> None:
    with pytest.raises(Refused, match="D10"):
        case_file.document(demo().state(), demo().context(), "D99")


def test_equal_input_gives_equal_bytes() -> None:
    case = demo()
    once, again = (case_file.document(case.state(), case.context(), "D10") for _ in range(2))
    assert once == again


def _pictures(pdf: bytes) -> int:
    shown = subprocess.run(["pdfimages", "-list", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    return len([line for line in shown.splitlines()[2:] if " image " in line])
