"""Pictures of the app's screens in one shape, as they are looked at: `python -m tests.demo.screens FOLDER NAME`.

The shape comes from the environment (`SHUOSHI_WIDTH`, `SHUOSHI_HEIGHT`, `KIVY_METRICS_DENSITY`); `make screenshots` makes all of
them and one contact sheet for each. Every name is invented and marked.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

# width, height, density, size of letters (the largest of the app's own settings, on the tablet and on the telephone)
SHAPES = {
    "tablet-1280x800": ("1280", "800", "1", "1"), "tablet-800x1280": ("800", "1280", "1.33", "1"),
    "telephone-360x740": ("360", "740", "1", "1"), "laptop-1366x768": ("1366", "768", "1", "1"),
    "large-type-800x1280": ("800", "1280", "1.33", "1.3"), "large-type-360x740": ("360", "740", "1", "1.3"),
}


def one_shape(folder: Path, shape: str) -> None:
    from tests.support.village_node.app_driver import Driver  # first: it prepares Kivy's environment  # isort: skip

    from tests.demo.township_screens import township
    from tests.support.village_node.grid_village import people_and_grids
    from tests.support.village_node.node_world import CLERK, World
    from village_node.point.clock import date_of
    from village_node.ui.app import ShuoshiApp
    from village_node.ui.intake.receipt import open_receipt
    from village_node.ui.services import AppServices

    with tempfile.TemporaryDirectory() as place:
        world = World(Path(place) / "world")
        world.publish(people_and_grids())
        desk = world.desk(world.home())
        cases = _cases(desk, world)
        driver = Driver(ShuoshiApp(AppServices(
            desk=desk, worker=None, now_ms=world.clock, today=lambda: date_of(world.clock.ms), demo=True,
            photo_folder=Path(place) / "photos",
            log_file=Path(place) / "app.log",
        )))
        app = driver.app
        person = next(p for p in desk.staff() if p.id == CLERK)

        def shot(name: str, act: Callable[[], object]) -> None:
            act()
            driver.settle()
            driver.shot(folder / shape / f"{name}.png")

        shot("01-people", lambda: None)
        _photos(Path(place) / "photos")
        app.sit_down(person)
        app.open_intake()
        _intake(app, driver, shot)
        shot("03-home", app.intake.leave)
        shot("04-list", lambda: app.open_list("mine"))
        shot("05-list-new", lambda: app.open_list("new"))
        for number, (name, case) in enumerate(cases.items()):
            shot(f"1{number}-case-{name}", lambda case=case: app.open_case(case))
        _closed(app, Path(place) / "photos", cases["new"], shot)
        shot("20-timeline", lambda: _tab(app, "timeline"))
        shot("20-papers", lambda: _tab(app, "papers"))
        shot("20-receipt", lambda: open_receipt(app, cases["new"], again=True))
        app._key(None, 27)
        _tab(app, "overview")
        driver.settle()
        shot("21-group", lambda: driver.tap(driver.find("文书")))
        app._key(None, 27)
        shot("22-sync", lambda: app.foot.dispatch("on_release"))
        app._key(None, 27)
        for number, (name, what) in enumerate((("all", ()), ("due", ()), ("tasks", ()), ("calendar", ()), ("directory", ()),
                                               ("scan", ()), ("conflicts", ()), ("tools", (cases["handed-up"],)),
                                               ("papers", (cases["agreement"],)))):
            shot(f"3{number}-{name}", lambda name=name, what=what: app.open_page(name, *what))
        shot("23-mine", lambda: app.open_tab("mine"))
        shot("24-figures", lambda: app.open_records("figures"))
        _grid_member(app, world, shot)
        shot("25-photos", lambda: _picker(app))
        driver.close()
        desk.close()
        township(Path(place), folder / shape)


def _intake(app: object, driver: object, shot: Callable[..., None]) -> None:
    """The five steps, the review and, of another one, the receipt."""
    from tests.support.village_node import intake_filler as filler

    form = app.intake
    filler.people(driver, form, "演示郭巧云", "演示马六", "10000000001")
    shot("02-intake-1-people", lambda: driver.type(form.fields["people.p2.number"].entry, "110105194912310021"))
    form.fields["people.p2.number"].entry.text = ""
    filler.onward(driver, form)
    filler.what(driver, form, "DEMO 狗咬了羊", "livestock")
    driver.tap(form.page.signs["violence"])
    shot("02-intake-2-matter", lambda: setattr(form.scroll, "scroll_y", 1))
    shot("02-intake-2-matter-below", lambda: setattr(form.scroll, "scroll_y", 0))
    filler.onward(driver, form)
    shot("02-intake-3-place", lambda: form.page._group("一组"))
    filler.onward(driver, form)
    form.shelf.take([app.photo_folder / "DEMO-0.jpg"])
    driver.until(lambda: form.shelf.photos and not form.shelf.busy, "a photograph is made fit")
    shot("02-intake-4-evidence", lambda: None)
    filler.onward(driver, form)
    driver.sign(form.page.cards["p1"].pad)
    shot("02-intake-5-sign", lambda: setattr(form.scroll, "scroll_y", 1))
    shot("02-intake-6-review", lambda: form.go(5))


def _grid_member(app: object, world: object, shot: Callable[..., None]) -> None:
    """The home of somebody of the grid, with a sweep and a report."""
    from tests.support.village_node import grid_village as grid
    from tests.support.village_node.node_world import DRAFT, OFFICER, TOWNSHIP, VILLAGE
    from village_node.point.clock import date_of

    clerk, member = app.staff, next(p for p in app.desk.staff() if p.id == grid.MEMBER)
    due = date_of(world.clock.ms + 4 * 86_400_000)
    grid.upper(world, app.desk, TOWNSHIP, OFFICER, "sweep.planned", {
        "title": "DEMO 烟道排查", "offices": [VILLAGE], "due": due, "grids": [grid.GRID]})
    app.desk.register(grid.MEMBER, {**DRAFT, "summary": "DEMO 狗咬了羊"})
    shot("26-grid-home", lambda: app.sit_down(member))
    shot("26-grid-home-below", lambda: setattr(app.home.children[0], "scroll_y", .35))
    app.sit_down(clerk)


def _closed(app: object, photos: Path, then: str, shot: Callable[..., None]) -> None:
    """A case that was settled on the spot, with a photograph, in each of its tabs."""
    from tests.support.village_node.node_world import CLERK, DRAFT
    from village_node.desk.desk import FileDraft

    people = [{"name": "演示李桂花", "phone": "10000000001", "role": "applicant"}, {"name": "演示王大勇", "role": "respondent"}]
    case = app.desk.register(CLERK, {**DRAFT, "parties": people, "summary": "DEMO 羊踩了菜地，当场赔了。"}).id
    photo = FileDraft(data=(photos / "DEMO-0.jpg").read_bytes(), name="菜地.jpg")
    app.desk.add_evidence(CLERK, case, {"title": "DEMO 菜地"}, files=[photo])
    app.desk.act("settle_on_spot", CLERK, case, {"text": "DEMO 赔菜钱一百元，当场付清。", "agreed_by": [0, 1]})
    shot("14-case-closed", lambda: app.open_case(case))
    for name in ("timeline", "files", "papers"):
        shot(f"14-case-closed-{name}", lambda name=name: _tab(app, name))
    shot("15-list-all", lambda: app.open_list("all"))
    app.open_case(then)


def _tab(app: object, name: str) -> None:
    from village_node.ui.kit.tabs import Tabs

    for widget in app.case.walk():
        if isinstance(widget, Tabs) and name in widget._tabs:
            widget.choose(name)


def _picker(app: object) -> None:
    app.open_intake()
    app.intake.shelf.pick()


def _photos(folder: Path) -> None:
    from tests.demo import cast

    for n in range(7):
        cast.photograph(folder / f"DEMO-{n}.jpg", f"photo {n}", n)


def _cases(desk: object, world: object) -> dict[str, str]:
    from tests.support.village_node.node_world import CLERK, DRAFT

    def made(a: str, b: str, **more: object) -> str:
        people = [{"name": f"演示{a}", "phone": "10000000001", "role": "applicant"},
                  {"name": f"演示{b}", "role": "respondent"}]
        return desk.register(CLERK, {**DRAFT, "parties": people, **more}).id

    sheep = "DEMO 三只羊进了玉米地，吃了半亩苗，两家说法不一。"
    old = made("赵有福", "孙二旺", summary=sheep, risk=3, place={"text": "二组西地"})
    world.clock.ms += 3 * 86_400_000
    up = made("刘满仓", "周玉梅", summary="DEMO 浇地漫水，争了三天。", risk=2)
    desk.escalate(CLERK, up, {"reason": "双方谈不拢"})
    talk = made("王秀兰", "李占山", summary="DEMO 占了过道，车进不来。", place={"text": "三组井台西侧"})
    desk.triage(CLERK, talk, {"category": "DC02", "subcategory": "drainage", "difficulty": "simple", "risk": 2,
                              "mediation_type": "people"})
    desk.accept(CLERK, talk, {"rights_told": True, "parties_willing": True})
    desk.hold_session(CLERK, talk, {"rights_told": True, "place": "说事室", "summary": "DEMO 谈了半天，双方各让一步。"})
    desk.reach_agreement(CLERK, talk, {"form": "written", "facts": "DEMO 过道", "items": [
        {"who": 1, "what": "拆掉外墙半米", "due_date": "2026-12-10"}, {"who": 0, "what": "补砖钱", "amount_fen": 60000}]})
    new = made("吴栓柱", "农资店", summary="DEMO 种子没出苗，买主说是种子不好，店里说是水没浇够，都要对方赔一季的收成。")
    return {"overdue": old, "handed-up": up, "agreement": talk, "new": new}


def contact_sheet(folder: Path, shape: str) -> None:
    from PIL import Image

    pictures = [Image.open(path) for path in sorted((folder / shape).glob("*.png"))]
    if not pictures:
        return
    width = 480
    small = [p.resize((width, p.height * width // p.width)) for p in pictures]
    columns, high = 4, max(p.height for p in small)
    sheet = Image.new("RGB", (columns * width, (len(small) + columns - 1) // columns * high), "white")
    for n, picture in enumerate(small):
        sheet.paste(picture.convert("RGB"), (n % columns * width, n // columns * high))
    sheet.save(folder / f"{shape}.png")


def in_a_process(folder: Path, shape: str) -> int:
    """Kivy takes its shape from the environment, once."""
    width, height, density, letters = SHAPES[shape]
    env = {**os.environ, "SHUOSHI_WIDTH": width, "SHUOSHI_HEIGHT": height, "KIVY_METRICS_DENSITY": density,
           "KIVY_METRICS_FONTSCALE": letters, "KIVY_DPI": str(int(96 * float(density)))}
    return subprocess.run([sys.executable, "-m", "tests.demo.screens", str(folder), shape], env=env).returncode


def main() -> int:
    folder = Path(sys.argv[1]).absolute()
    if len(sys.argv) > 2:
        one_shape(folder, sys.argv[2])
        return 0
    failed = 0
    for shape in SHAPES:
        failed |= in_a_process(folder, shape)
        contact_sheet(folder, shape)
        print(folder / f"{shape}.png")
    return failed


if __name__ == "__main__":
    sys.exit(main())
