"""A DEMO case that is hard to print: twelve parties, very long texts, a unit with a very long name, many attachments."""

from __future__ import annotations

from functools import lru_cache

from tests.support.shared.domain_events import VILLAGE
from tests.support.shared.forms_case import COMMITTEE, NUMBER, DemoCase, person, photograph

UNIT = "演示自治区演示市演示县演示镇农牧业生产资料与农产品加工销售专业合作社联合社有限责任公司" * 2
SAID = (
    "第{n}段：排水渠道多年未清，又因道路施工堆土，致使雨水、融雪水漫入院落，浸泡房屋、粮食、种子，双方对原因和损失数额各执一词。"
)
PARTIES = [f"演示当事人{c}" for c in "甲乙丙丁戊己庚辛壬"]
ADDRESS = "演示自治区演示市演示县演示镇甲村第三村民小组排水渠东侧第一百二十八号院内西厢房"


def said(count: int) -> str:
    return "".join(SAID.format(n=n) for n in range(1, count + 1))


@lru_cache(maxsize=1)
def big_case() -> DemoCase:
    """Agreed, partly performed, visited; one signature of thirteen is there."""
    demo = DemoCase()
    parties = [person(name, "applicant" if n < 5 else "respondent", address=ADDRESS) for n, name in enumerate(PARTIES)]
    parties.append({"name": UNIT, "kind": "unit", "role": "respondent", "representative": "演示代表", "post": "董事长兼总经理"})
    parties.append(
        {"name": "演示镇水利中心", "kind": "unit", "role": "third_party", "representative": "演示主任", "post": "主任"}
    )
    parties.append(person("演示村组代表", "third_party"))
    photos = [demo.file(photograph(n, (80, 60)), f"现场照片第{n}张排水渠中段堵塞情况.jpg", "photo") for n in range(12)]
    first = demo.world.register(
        parties=parties,
        summary=said(60)[:3900],
        claims=[said(3)] * 8,
        subcategory="drainage",
        date="2026-03-02",
        number=NUMBER,
        place={"office": VILLAGE, "text": "二组东侧排水渠"},
        files=photos,
    )
    demo.case = first.subject
    demo.act("case.triaged", {"category": "DC02", "difficulty": "simple", "risk": 2, "subcategory": "drainage"}, "2026-03-02")
    for n in range(8):
        files = [demo.file(photograph(20 + 2 * n + side, (60, 80)), f"证据{n}-{side}.jpg", "paper") for side in range(2)]
        demo.act(
            "case.evidence_added",
            {
                "title": f"第{n}组：清淤合同、付款凭证、现场测量记录",
                "text": said(3),
                "provided_by": n,
                "count": 2,
                "pages": 14,
                "files": files,
            },
            "2026-03-03",
        )
    demo.act(
        "case.accepted",
        {
            "file_no": "（2026）甲村人调字第9号",
            "committee": COMMITTEE,
            "mediators": ["m1", "m2"],
            "rights_told": True,
            "parties_willing": True,
        },
        "2026-03-04",
    )
    invited = [{"name": f"演示邻居{c}", "role": "invited", "consented": True} for c in "一二三四"]
    session = demo.act(
        "case.session_held",
        {
            "place": "说事室",
            "mediators": ["m1", "m2"],
            "rights_told": True,
            "participants": invited,
            "result": "双方自愿达成调解协议。",
        },
        "2026-03-11",
    )
    demo.act("case.record_added", {"document": "D09", "of": session.id, "text": said(60)[:3900]}, "2026-03-11")
    items = [
        {
            "who": 5 + n % 5,
            "to": n % 5,
            "what": f"第{n}项：清除渠道内的秸秆、碎砖并赔偿损失",
            "amount_fen": 123456 * (n + 1),
            "due_date": "2026-04-20",
        }
        for n in range(14)
    ]
    signed = [{"signer": "party", "party": 0, "name": PARTIES[0], "signed_on": "2026-03-11"}]
    reached = demo.act(
        "case.agreement_reached",
        {"form": "written", "facts": said(40)[:2500], "copies": 13, "items": items, "signatures": signed},
        "2026-03-11",
    )
    for n in range(10):
        demo.act(
            "case.item_performed",
            {
                "of": reached.id,
                "item": n,
                "complete": True,
                "amount_fen": 123456 * (n + 1),
                "confirmed_by": [0, 1],
                "text": said(1),
            },
            "2026-03-20",
        )
    demo.act(
        "case.visited",
        {"method": "in_person", "result": "performed", "text": said(20), "measures": said(8)},
        "2026-03-25",
        actor="v1",
    )
    return demo
