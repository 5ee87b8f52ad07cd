"""Invented people, disputes and pictures of the demo. Nobody here exists; every picture and name says DEMO."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

COUNTY = "150822000000"
TOWNSHIP = "150822100000"        # 巴彦高勒镇
VILLAGE = "150822100203"         # 旧地村
NEIGHBOUR = "150822100202"       # another village of the same township
ELSEWHERE = "150822101200"       # a village of another township (隆盛合镇)

# office -> (staff id, name, roles)
STAFF = {
    COUNTY: ("demo-wang", "演示王主任", "supervisor"),
    TOWNSHIP: ("demo-zhao", "演示赵所长", "judicial_officer,mediator"),
    VILLAGE: ("demo-zhang", "演示张三", "mediator,window_clerk"),
    NEIGHBOUR: ("demo-li", "演示李四", "mediator"),
    ELSEWHERE: ("demo-qian", "演示钱六", "mediator"),
}


def dispute(title: str, category: str, place: str, summary: str, a: str, b: str, **more: Any) -> dict[str, Any]:
    return {
        "parties": [
            {"name": f"演示{a}", "role": "applicant", "phone": "13800000001"},
            {"name": f"演示{b}", "role": "respondent", "phone": "13800000002"},
        ],
        "category": category,
        "place": {"office": VILLAGE, "text": place},
        "source": "by_application",
        "summary": f"DEMO·{title}：{summary}",
        **more,
    }


DITCH = dispute("水渠", "DC02", "三组水渠东侧", "浇地时水漫进隔壁院子，两家为堵沟争了三天。", "甲一", "乙一")
FENCE = dispute("院墙", "DC03", "二组巷口", "新砌院墙占了半米通道，车进不来。", "甲二", "乙二", subcategory="passage")
SHEEP = dispute("羊吃苗", "DC02", "五组西地", "三只羊进了玉米地，吃了半亩苗。", "甲三", "乙三")
LOAN = dispute("借款", "DC04", "村委会旁", "去年借的八千元到期没有还。", "甲四", "乙四", difficulty="ordinary",
               subcategory="lending")
OLDER = dispute("农机费", "DC05", "镇东头", "收割费用说法不一，差六百元。", "甲五", "乙五")
RETURNED = dispute("地界", "DC07", "四组南头", "两家地界的石桩被移动。", "甲六", "乙六", subcategory="boundary")


def photograph(path: Path, words: str, seed: int) -> Path:
    """A made-up landscape of some 60 kB with DEMO across it."""
    rng = random.Random(seed)
    image = Image.new("RGB", (960, 640), (176, 205, 230))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 300, 960, 640), fill=(150, 130, 85))
    draw.polygon([(400, 300), (470, 300), (640, 640), (300, 640)], fill=(90, 125, 140))
    for _ in range(2500):
        x, y = rng.randrange(960), rng.randrange(300, 640)
        shade = rng.randrange(70, 170)
        draw.line((x, y, x + rng.randrange(-6, 6), y - rng.randrange(3, 12)), fill=(shade, shade + 20, shade // 2))
    draw.text((30, 30), f"DEMO {words}", fill=(140, 30, 120), font_size=56)
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, "JPEG", quality=78)
    return path


def signature(path: Path, seed: int) -> Path:
    rng = random.Random(seed)
    image = Image.new("1", (600, 200), 1)
    points = [(40 + i * 26, 100 + rng.randrange(-70, 70)) for i in range(20)]
    ImageDraw.Draw(image).line(points, fill=0, width=3, joint="curve")
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, "PNG", optimize=True)
    return path
