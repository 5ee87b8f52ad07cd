"""The three pictures of the README, of an invented village: `xvfb-run … python -m tests.demo.pictures docs/pictures`.

    village.png    the tablet: a case with its next step      county.png   the console: what waits
    citizen.png    the citizen's page: how far it has come
"""

from __future__ import annotations

import datetime as dt
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

from tests.demo.screens import in_a_process
from tests.support.county_hub.browsing import press, sign_in

PLACE = {"office": "150822100203", "text": "DEMO 三组水渠边"}
# Days before today, office, kind of dispute, risk, what about, between whom; the oldest first, as the devices wrote them.
MATTERS = (
    (40, "150822100203", "DC02", 2, "两家合用的井台谁来修", "演示郭巧云", "演示马六"),
    (33, "150822101200", "DC04", 1, "借的 3 万元到期没还", "演示刘满仓", "演示周玉梅"),
    (30, "150822100201", "DC07", 3, "草场围栏挪了两丈", "演示白云花", "演示金宝"),
    (26, "150822100203", "DC06", 2, "羊吃了隔壁的玉米", "演示赵有福", "演示孙二旺"),
    (21, "150822101200", "DC01", 2, "分家后老人的口粮", "演示李桂花", "演示李占山"),
    (16, "150822100203", "DC03", 4, "新盖的院墙占了过道半米", "演示王秀兰", "演示王大勇"),
    (12, "150822100201", "DC02", 2, "渠边的树挡了地里的光", "演示吴栓柱", "演示陈二梅"),
    (9, "150822101200", "DC05", 3, "工钱拖了四个月，12 人", "演示张三女等", "演示建筑队"),
    (5, "150822100203", "DC02", 3, "上游一夜没关闸，葵花地淹了两亩", "演示田喜顺", "演示高满囤"),
    (3, "150822100201", "DC06", 2, "狗咬了羊", "演示石头", "演示范家院"),
    (2, "150822101200", "DC04", 1, "种子没出苗，店里说是水没浇够", "演示孟家庄", "演示农资店"),
)
WALK_INS = ("邻居装的灯照进屋里", "拉沙子的车压坏了田间路", "承包费收了两回")


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        in_a_process(Path(place), "tablet-800x1280")
        _keep(Path(place) / "tablet-800x1280" / "13-case-new.png", folder / "village.png", 640)
    with tempfile.TemporaryDirectory() as place:
        _pages(Path(place), folder)


def _pages(place: Path, folder: Path) -> None:
    from playwright.sync_api import sync_playwright

    from county_hub.commands.cli import main as county_hub
    from county_hub.county.acts import CountyActs
    from shared.disputes.case.citizen_slip import slip
    from tests.county_hub.portal.test_portal import serving
    from tests.support.county_hub.hub_support import (
        COUNTY,
        found_county,
        opened,
        running_hub,
        store_in_county,
        with_account,
    )

    home = found_county(place)
    person = ["--id", "x1", "--name", "演示王主任", "--office", COUNTY, "--roles", "mediator,supervisor"]
    county_hub(["staff", "add", str(home), *person])
    world = _world()
    store_in_county(home, [event.doc() for events in world.events.values() for event in events])
    with opened(home) as hub:
        acts = CountyActs(hub)
        for words in WALK_INS:
            made = acts.register("x1", {"summary": f"DEMO {words}", "category": "DC02", "place": PLACE, "parties": [
                {"name": "演示苗青", "role": "applicant"}, {"name": "演示杜河", "role": "respondent"}]})
        code = slip(made, [acts.place.device.key], hub.directory.latest())
        assert code is not None
    with_account(home, "x1")
    chromium = shutil.which("chromium")
    with sync_playwright() as play:
        browser: Any = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        with running_hub(home, COUNTY_HUB_DEMO="true") as hub_process:
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            page.goto(f"{hub_process.url}/console/")
            sign_in(page)
            page.goto(f"{hub_process.url}/console/")
            page.screenshot(path=place / "county.png")
        with serving(home) as url:
            page = browser.new_page(viewport={"width": 390, "height": 780}, device_scale_factor=1.5)
            page.goto(f"{url}/")
            page.fill("input[name=code]", code.qr)
            press(page, "form[action='/progress'] button")
            page.screenshot(path=place / "citizen.png")
        browser.close()
    _keep(place / "county.png", folder / "county.png", 1280)
    _keep(place / "citizen.png", folder / "citizen.png", 585)


def _world() -> Any:
    from tests.support.shared.domain_events import World

    world = World()
    for number, (ago, office, category, risk, words, one, other) in enumerate(MATTERS):
        day = (dt.date.today() - dt.timedelta(days=ago)).isoformat()
        case = world.mediating(office=office, date=day, summary=f"DEMO {words}", category=category, risk=risk, parties=[
            {"name": one, "role": "applicant"}, {"name": other, "role": "respondent"}]).subject
        if number % 3 == 0:
            world.agree(case, office=office, date=day)
        if number % 4 == 1:
            up = {"to": office[:9] + "000", "reason": "DEMO 涉及多户"}
            world.event(case, "case.escalate_requested", up, office=office, date=day)
    return world


def _keep(source: Path, target: Path, width: int) -> None:
    """With 128 colours, a third of the bytes and nothing that an eye would miss."""
    with Image.open(source) as picture:
        small = picture.convert("RGB")
        small.thumbnail((width, 4 * width))
        small.quantize(128).save(target, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
