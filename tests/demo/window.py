"""The app in a real window, driven by touches, for the demo: `intake` takes in a dispute, `look` makes pictures.

usage: python -m tests.demo.window intake|look HOME STAFF SCREENS NAME [CASE]
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.village_node.app_driver import Driver  # first: it prepares Kivy's environment

from shared.ledger.texts import t  # isort: skip
from tests.demo import cast  # isort: skip
from tests.support.village_node import intake_filler as filler  # isort: skip
from village_node.ui.app import ShuoshiApp  # isort: skip
from village_node.ui.start import services_for  # isort: skip


def main() -> None:
    scene, home, staff, screens, name, *rest = sys.argv[1:]
    services = services_for(Path(home), sync=False)
    services.photo_folder = Path(home).parent / "papers" / "photos"
    driver = Driver(ShuoshiApp(services))
    pictures = Path(screens)
    try:
        driver.shot(pictures / f"{name}-1-people.png")
        driver.app.sit_down(next(p for p in services.desk.staff() if p.id == staff))
        driver.shot(pictures / f"{name}-2-list.png")
        if scene == "intake":
            take_in(driver, pictures, name)
        else:
            look(driver, pictures, name, rest[0])
    finally:
        driver.close()
        services.desk.close()


def take_in(driver: Driver, pictures: Path, name: str) -> None:
    """The whole intake by touch: type, choose, photograph, sign, save."""
    driver.tap("登记纠纷")
    form = driver.app.intake
    body = cast.LOAN
    first, second = body["parties"]
    for key, party in (("p1", first), ("p2", second)):
        filler.open_person(driver, form, key)
        driver.type(form.fields[f"people.{key}.name"].entry, party["name"])
        driver.type(form.fields[f"people.{key}.phone"].entry, party["phone"])
    driver.shot(pictures / f"{name}-3-intake.png")
    filler.onward(driver, form)
    filler.what(driver, form, body["summary"], "lending")
    driver.tap(t("intake.matter.more"))
    driver.tap("一般")
    filler.onward(driver, form)
    filler.where(driver, form, body["place"]["text"])
    filler.onward(driver, form)
    cast.photograph(Path(driver.app.photo_folder) / "loan-note.jpg", "loan", 9)
    driver.tap("选照片")
    picker = driver.find(cls="PhotoPicker")
    driver.tap(next(tile for tile in picker.tiles if tile.path.endswith("loan-note.jpg")))
    driver.shot(pictures / f"{name}-4-photo.png")
    driver.tap("确定")
    driver.until(lambda: form.shelf.photos and not form.shelf.busy, "the photograph is made fit")
    filler.onward(driver, form)
    for card in form.page.cards.values():
        driver.sign(card.pad)
    driver.shot(pictures / f"{name}-5-signed.png")
    filler.onward(driver, form)
    filler.register(driver, form)
    driver.find(part="经过 3")
    driver.shot(pictures / f"{name}-6-saved.png")


def look(driver: Driver, pictures: Path, name: str, case: str) -> None:
    """The case page, its escalate dialog when offered, and the list."""
    driver.app.open_case(case)
    driver.find(part="经过 ")
    driver.shot(pictures / f"{name}-7-case.png")
    driver.app.open_list()
    driver.settle()
    driver.shot(pictures / f"{name}-8-list.png")
    other = next((row for row in driver.app.desk.list_cases() if not row.pending_to and row.held_here), None)
    if other is not None:
        driver.app.open_case(other.id)
        driver.tap(driver.find("移交"))
        if driver.look("上报") is not None:
            driver.tap("上报")
            driver.shot(pictures / f"{name}-9-escalate.png")


if __name__ == "__main__":
    main()
