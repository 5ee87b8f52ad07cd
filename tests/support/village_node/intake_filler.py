"""Fills in the intake by touch, step by step, as a clerk does."""

from __future__ import annotations

from typing import Any

from shared.ledger.texts import t
from village_node.view_models.intake import matter

NEXT = "下一步"


def onward(driver: Any, form: Any, steps: int = 1) -> None:
    for _ in range(steps):
        driver.tap(form.ids.save)


def open_person(driver: Any, form: Any, key: str) -> None:
    """Taps 改 of a card that is closed."""
    if form.answers["open"] != key:
        closed = [p["key"] for p in form.answers["people"] if p["key"] != form.answers["open"]]
        buttons = [w for w in form.page.walk() if getattr(w, "text", "") == t("intake.person.edit")]
        driver.tap(buttons[closed.index(key)])


def people(driver: Any, form: Any, applicant: str = "演示甲", respondent: str = "演示乙", phone: str = "") -> None:
    for key, name in (("p1", applicant), ("p2", respondent)):
        open_person(driver, form, key)
        driver.type(form.fields[f"people.{key}.name"].entry, name)
        if phone and key == "p1":
            driver.type(form.fields["people.p1.phone"].entry, phone)


def what(driver: Any, form: Any, summary: str = "DEMO 堵沟", tile: str = "neighbour") -> None:
    driver.tap(matter.BY_CODE[tile].words)
    driver.type(form.fields["summary"].entry, summary)


def where(driver: Any, form: Any, place: str = "水渠东") -> None:
    driver.type(form.fields["place"].entry, place)


def to_review(driver: Any, form: Any, *, sign: bool = False, **more: str) -> None:
    """From an open form to its last page. `more`: applicant, respondent, phone, summary, tile, place."""
    people(driver, form, **{name: more[name] for name in ("applicant", "respondent", "phone") if name in more})
    onward(driver, form)
    what(driver, form, **{name: more[name] for name in ("summary", "tile") if name in more})
    onward(driver, form)
    where(driver, form, **{name: more[name] for name in ("place",) if name in more})
    onward(driver, form, 2)
    if sign:
        for card in form.page.cards.values():
            driver.sign(card.pad)
    onward(driver, form)


def register(driver: Any, form: Any) -> None:
    """The last tap, and the receipt is closed."""
    driver.tap(form.ids.save)
    driver.tap(t("intake.receipt.see"))
