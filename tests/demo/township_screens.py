"""Pictures of the township's screens: what came in, the case beside it, the board, its own figures, lists of records."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

DAY_MS = 86_400_000
Shot = Callable[[str, Callable[[], object]], None]


def township(place: Path, folder: Path) -> None:
    """`place`: for the world; `folder`: for the pictures."""
    from tests.support.village_node.app_driver import Driver
    from tests.support.village_node.node_world import OFFICER, TOWNSHIP, World
    from village_node.point.clock import date_of
    from village_node.ui.app import ShuoshiApp
    from village_node.ui.services import AppServices

    world = World(place / "town")
    desk = world.desk(world.home(TOWNSHIP))
    _brought_in(world, desk)
    driver = Driver(ShuoshiApp(AppServices(desk=desk, worker=None, now_ms=world.clock, today=lambda: date_of(world.clock.ms),
                                           demo=True, photo_folder=place / "none", log_file=place / "town.log")))
    app = driver.app

    def shot(name: str, act: Callable[[], object]) -> None:
        act()
        driver.settle()
        driver.shot(folder / f"{name}.png")

    shot("50-township", lambda: app.sit_down(next(p for p in desk.staff() if p.id == OFFICER)))
    _beside(app, shot)
    driver.close()
    desk.close()


def _beside(app: object, shot: Shot) -> None:
    from kivy.core.window import Window

    from village_node.ui.township.desk_page import DOWN

    if app.screens.current == "township":
        shot("51-township-case", lambda: Window.dispatch("on_key_down", DOWN, 0, "", []))
    shot("52-board", lambda: app.open_page("board"))
    shot("53-town-figures", lambda: app.open_page("town figures"))
    shot("54-petitions", lambda: app.open_records("petition"))
    record = app.desk.records("petition")[0]["record_id"]
    shot("55-petition", lambda: app.open_record(record))
    shot("56-letters", lambda: app.open_page("letters", "petition", record))
    shot("57-hazards", lambda: app.open_records("hazard"))
    shot("58-settings", lambda: app.open_page("settings"))
    shot("59-help", lambda: app.open_help())


def _brought_in(world: object, desk: object) -> None:
    """Two cases handed up, one that a village let pass, a petition, hazards."""
    from tests.support.village_node.node_world import CLERK, DRAFT, OFFICER, TOWNSHIP

    village = world.desk(world.home())
    village.register(CLERK, {**DRAFT, "summary": "DEMO 羊进了苜蓿地", "risk": 3})
    for word in ("流转费没给", "草场边界"):
        case = village.register(CLERK, {**DRAFT, "summary": f"DEMO {word}"}).id
        village.act("triage", CLERK, case, {})
        village.act("escalate", CLERK, case, {"reason": "DEMO 双方谈不拢"})
    desk.node.office.bulk_docs([row.doc for row in village.node.office.all_docs(include_docs=True)], new_edits=False)
    village.close()
    world.clock.ms += 5 * DAY_MS
    desk.record_forms.act("petition.registered", OFFICER, "", {
        "persons": ["演示丙"], "phone": "10000000007", "channel": "letter_visit", "form": "visit", "category": "agriculture",
        "summary": "DEMO 渠水分得不公"})
    for n in range(3):
        desk.record_forms.act("hazard.reported", OFFICER, "", {
            "title": f"DEMO 第{n + 1}处烟道", "level": 1 + n, "text": "DEMO", "category": "DC02", "place": {"office": TOWNSHIP}})
