"""A rich DEMO case for the printed papers: two sessions, photographs, signatures on the glass, agreement, proof, visit.

Everything in it is made up; names and telephone numbers cannot be anybody's.
"""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pylopdf_fonts_zh_cn
from PIL import Image, ImageDraw

from shared.disputes.case.state import CaseState
from shared.disputes.papers.sheets.context import FormContext
from shared.ledger.formats.ids import PlatformNumber
from tests.support.shared.domain_events import COUNTY, TOWN, VILLAGE, World

NUMBER = str(PlatformNumber(VILLAGE, 2026, 1, 12))
FONT = pylopdf_fonts_zh_cn.serif_path()
COMMITTEE = "演示县演示镇甲村人民调解委员会"
FACTS = (
    "2026年2月20日，演示乙在二组东侧排水渠上方堆放秸秆和建筑垃圾，致使渠道堵塞。2月26日融雪，积水漫入演示甲院落，浸泡西侧库房"
    "一间，库房内存放的玉米种子约300公斤受潮。双方对堵塞原因和损失数额有争议：演示甲认为损失全部由演示乙造成，要求赔偿3000元"
    "并恢复渠道原状；演示乙认为渠道多年未清淤，自己只应承担部分责任。经现场查看，渠道中段被秸秆、碎砖堵塞约12米，下游完好。"
)


def photograph(seed: int, size: tuple[int, int] = (800, 600)) -> bytes:
    """A picture with a ditch drawn in it; each seed another."""
    image = Image.new("RGB", size, (170 + seed * 7 % 60, 190, 160))
    draw = ImageDraw.Draw(image)
    for n in range(0, size[0], 8):
        draw.line((n, size[1] // 2 + (n * seed) % 60, n + 8, size[1] // 2 + 40 + (n * seed) % 47), fill=(90, 110, 160), width=9)
    draw.polygon([(0, size[1]), (size[0], size[1]), (size[0] // 2, size[1] // 2)], fill=(140, 110, 80))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=70)
    return out.getvalue()


def signature(seed: int) -> bytes:
    """Strokes on glass: black on nothing."""
    image = Image.new("RGBA", (420, 150), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    points = [(20 + n * 38, 40 + (n * seed * 37 + seed * 11) % 80) for n in range(10)]
    draw.line(points, fill=(10, 10, 40, 255), width=6, joint="curve")
    draw.line([(x + 12, 140 - y // 2) for x, y in points], fill=(10, 10, 40, 255), width=5, joint="curve")
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


class DemoCase:
    """The case under way; `files` holds the bytes by hash, as the device would."""

    def __init__(self) -> None:
        self.world, self.files = World(), dict[str, bytes]()
        self.case = ""

    def file(self, data: bytes, name: str, purpose: str, party: int | None = None) -> dict[str, Any]:
        digest = hashlib.sha256(data).hexdigest()
        self.files[digest] = data
        kind = "image/png" if data.startswith(b"\x89PNG") else "image/jpeg" if data.startswith(b"\xff\xd8") else "application/pdf"
        return {
            "name": name,
            "type": kind,
            "size": len(data),
            "sha256": digest,
            "chunks": [digest],
            "purpose": purpose,
            "party": party,
            "thumb": None,
        }

    def signed_by(self, *parties: int | None) -> list[dict[str, Any]]:
        return [self.file(signature(3 + (p if p is not None else 8)), "签名.png", "signature", p) for p in parties]

    def act(self, kind: str, body: dict[str, Any], date: str, **options: Any) -> Any:
        return self.world.event(self.case, kind, body, date=date, **options)

    def state(self, today: str = "2026-04-20") -> CaseState:
        return self.world.state(self.case, today)

    def context(self, **changes: Any) -> FormContext:
        values: dict[str, Any] = {
            "font": FONT,
            "printed_on": "2026-04-20",
            "events": tuple(self.world.events[self.case]),
            "file_bytes": self.files.get,
            "offices": {VILLAGE: "演示镇甲村", TOWN: "演示镇", COUNTY: "演示县"},
            "committee": COMMITTEE,
            "court": "演示县人民法院",
            "telephone": "0478-0000000",
            "staff": {"m1": "演示调解员", "m2": "演示助理", f"s{VILLAGE}": "演示登记员", "v1": "演示回访员"},
            "keeper": "演示登记员",
            "checker": "演示司法员",
            "demo": True,
            **changes,
        }
        return FormContext(**values)


def person(name: str, role: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "role": role,
        "gender": "male",
        "ethnicity": "汉族",
        "age": 52,
        "occupation": "农民",
        "phone": "13800000001",
        "address": "演示镇甲村二组12号",
        "id_last4": "123X",
        **more,
    }


def registered(*, parties: list[dict[str, Any]] | None = None, **fields: Any) -> DemoCase:
    demo = DemoCase()
    first = demo.world.register(
        parties=parties or [
            person("演示甲", "applicant"),
            person(
                "演示乙",
                "respondent",
                gender="female",
                ethnicity="蒙古族",
                age=47,
                phone="13800000002",
                address="演示镇甲村二组15号",
            ),
        ],
        summary=FACTS,
        claims=["清除堵塞，恢复排水渠原状；", "赔偿玉米种子及库房损失3000元；", "今后不得在渠道上方堆放杂物。"],
        subcategory="drainage",
        place={"office": VILLAGE, "text": "二组东侧排水渠"},
        date="2026-03-02",
        number=NUMBER,
        files=[demo.file(photograph(1), "渠道堵塞.jpg", "photo"), *demo.signed_by(0)],
        **fields,
    )
    demo.case = first.subject
    return demo


def mediated() -> DemoCase:
    """Accepted, surveyed, two sessions."""
    demo = registered()
    demo.act("case.triaged", {"category": "DC02", "difficulty": "simple", "risk": 2, "subcategory": "drainage"}, "2026-03-02")
    demo.act(
        "case.evidence_added",
        {
            "title": "受潮玉米种子",
            "text": "证明库房进水和种子受潮的数量",
            "provided_by": 0,
            "original": True,
            "files": [demo.file(photograph(2), "种子.jpg", "photo"), demo.file(photograph(3, (480, 900)), "库房.jpg", "photo")],
        },
        "2026-03-03",
    )
    demo.act(
        "case.evidence_added",
        {
            "title": "村委会清淤记录",
            "text": "2024年、2025年均未清淤",
            "files": [demo.file(b"%PDF-1.4 DEMO", "清淤记录.pdf", "paper")],
        },
        "2026-03-03",
    )
    demo.act(
        "case.evidence_added",
        {
            "title": "身份证复印件",
            "document": "D05",
            "files": [
                demo.file(photograph(4, (856, 540)), "身份证人像面.jpg", "paper", 0),
                demo.file(photograph(5, (856, 540)), "身份证国徽面.jpg", "paper", 0),
            ],
        },
        "2026-03-03",
    )
    demo.act(
        "case.accepted",
        {
            "file_no": "（2026）甲村人调字第3号",
            "committee": COMMITTEE,
            "mediators": ["m1", "m2"],
            "rights_told": True,
            "parties_willing": True,
            "files": demo.signed_by(0, 1, None),
        },
        "2026-03-04",
    )
    demo.act(
        "case.record_added",
        {
            "document": "D07",
            "text": (
                "问：排水渠平时由谁清理？\n答：以前是村里统一清，近两年没有清过。\n问：渠上堆的秸秆是谁的？\n"
                "答：大部分是演示乙家的，碎砖是前年修路剩下的。"
            ),
        },
        "2026-03-05",
        actor="m2",
    )
    _session(demo, "2026-03-08", "各方陈述了事实，对责任比例未取得一致，约定三日后再次协商。", "未达成协议，继续调解。")
    _session(demo, "2026-03-11", "调解员讲解相邻关系的规定，双方同意共同清理，演示乙承担主要责任。", "双方自愿达成调解协议。")
    return demo


def _session(demo: DemoCase, date: str, summary: str, result: str) -> None:
    session = demo.act(
        "case.session_held",
        {
            "place": "甲村老百姓说事室",
            "mediators": ["m1"],
            "rights_told": True,
            "summary": summary,
            "result": result,
            "participants": [
                {"name": "演示甲", "role": "applicant", "party": 0},
                {"name": "演示乙", "role": "respondent", "party": 1},
                {"name": "演示邻居", "role": "invited", "consented": True},
            ],
            "files": demo.signed_by(0, 1, None),
        },
        date,
    )
    demo.act(
        "case.record_added",
        {
            "document": "D09",
            "of": session.id,
            "text": (
                "演示甲：水是从渠里漫出来的，库房的种子都湿了，要求赔偿三千元。\n演示乙：秸秆是我家堆的，这一点我认，但渠几年没人清。"
                "\n调解员：不动产的相邻权利人应当为相邻方排水提供必要的便利，双方都有维护渠道的责任。"
            ),
        },
        date,
    )


def agreed(*, sealed: bool = True) -> DemoCase:
    demo = mediated()
    reached = demo.act(
        "case.agreement_reached",
        {
            "form": "written",
            "facts": FACTS,
            "copies": 3,
            "items": [
                {"who": 1, "to": 0, "what": "清除二组东侧排水渠内的秸秆、碎砖，恢复渠道原状", "due_date": "2026-03-20"},
                {"who": 1, "to": 0, "what": "赔偿玉米种子及库房损失", "amount_fen": 180050, "due_date": "2026-03-31"},
                {"who": 0, "what": "每年春季与演示乙共同清淤一次"},
            ],
            "signatures": [
                {"signer": "party", "party": 0, "name": "演示甲", "signed_on": "2026-03-11"},
                {"signer": "party", "party": 1, "name": "演示乙", "signed_on": "2026-03-11", "method": "fingerprint"},
                {"signer": "mediator", "name": "演示调解员", "signed_on": "2026-03-11"},
                {"signer": "recorder", "name": "演示助理", "signed_on": "2026-03-11"},
            ],
            "files": demo.signed_by(0, 1, None),
        },
        "2026-03-11",
    )
    if sealed:
        demo.act(
            "case.sealed", {"of": reached.id, "sealed_on": "2026-03-12", "committee": COMMITTEE}, "2026-03-12", role="seal_keeper"
        )
    return demo


def closed() -> DemoCase:
    """Performed, visited, confirmed by the court, supervised on the way, closed."""
    demo = agreed()
    reached = next(e for e in demo.world.events[demo.case] if e.kind == "case.agreement_reached")
    demo.act("case.confirmation_applied", {"of": reached.id, "court": "演示县人民法院", "parties": [0, 1]}, "2026-03-16")
    demo.act(
        "case.supervision_issued",
        {"level": "reminder", "text": "请督促按期清理渠道，防止春灌期间再次堵塞。", "to": VILLAGE, "due": "2026-03-25"},
        "2026-03-18",
        office=TOWN,
        role="supervisor",
    )
    supervision = demo.world.events[demo.case][-1]
    demo.act("case.supervision_replied", {"of": supervision.id, "text": "已于3月19日清理完毕。"}, "2026-03-20")
    demo.act("case.supervision_judged", {"of": supervision.id, "accepted": True}, "2026-03-21", office=TOWN, role="supervisor")
    for item, amount, date in ((0, None, "2026-03-19"), (1, 180050, "2026-03-30"), (2, None, "2026-04-02")):
        demo.act(
            "case.item_performed",
            {
                "of": reached.id,
                "item": item,
                "complete": True,
                "confirmed_by": [0, 1],
                "text": "现场查看属实",
                **({"amount_fen": amount, "files": [demo.file(photograph(6), "转账截图.jpg", "paper")]} if amount else {}),
            },
            date,
        )
    demo.act("case.confirmation_decided", {"status": "confirmed", "text": "DEMO"}, "2026-04-03")
    demo.act(
        "case.visited",
        {
            "method": "in_person",
            "result": "performed",
            "satisfaction": 5,
            "parties": [0, 1],
            "text": "渠道畅通，赔偿款已付清，双方关系恢复，没有新的矛盾苗头。",
            "files": demo.signed_by(0, 1, None),
        },
        "2026-04-10",
        actor="v1",
    )
    demo.act("case.closed", {"outcome": "agreement_written"}, "2026-04-12")
    return demo
