"""Places for signatures, fingerprints and the seal.

A signature taken on the glass is drawn where the hand would write; where there is none the line stays open.
A stamp is never drawn: the seal's place is a dashed circle on the committee's name and the date (骑年盖月).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.forms.canvas import INNER, LEFT
from shared.forms.page import BODY, SMALL, Page
from shared.forms.words import date_cn
from shared.texts import t

LINE = 12.0              # height of one signature line: a hand needs it
_TITLE_LINE = 8.0
_LONG_TITLE = 48.0       # a longer title would leave too short a line beside fingerprint and date
_NAME, _NAME_ROOM, _NAME_INDENT = 11.0, 46.0, 8.0
_PRINT_W, _PRINT_H = 15.0, 10.0     # a fingertip, pressed flat
_SEAL_RADIUS = 20.0      # a committee's round seal is 40 mm or a little more across


@dataclass(frozen=True, slots=True)
class Slot:
    """One who signs. `image` is the signature taken on the glass; `signed_on` is printed when known."""

    name: str = ""
    image: bytes | None = None
    signed_on: str | None = None


def signature_lines(page: Page, title: str, slots: Sequence[Slot], *, fingerprint: bool = True, dated: bool = True) -> None:
    """A line for each who signs: name, the signature or an open line, a place for a fingerprint, the date. A long `title`
    stands above its lines, a short one before the first; they are kept on one page."""
    shown, lead = slots or (Slot(),), page.width(page.clean(title), BODY)
    above = lead > _LONG_TITLE
    page.keep(lines_height(len(shown), long_title=above) + 1)
    if above:
        page.text(LEFT, page.y + _TITLE_LINE / 2 + 1, page.clean(title), BODY)
        page.y += _TITLE_LINE
    for place, slot in enumerate(shown):
        page.need(LINE + 1)
        start = LEFT + lead
        if above:
            start = LEFT + _named(page, slot.name)
        elif place == 0:
            page.text(LEFT, page.y + LINE / 2 + 1, page.clean(title), BODY)
        _one(page, start, slot, fingerprint, dated, "" if above else slot.name)


def lines_height(count: int, *, long_title: bool = True) -> float:
    """What `signature_lines` will need for so many."""
    return count * LINE + (_TITLE_LINE if long_title else 0.0)


def _named(page: Page, name: str) -> float:
    """The name before its line; the width it takes. A long one is set smaller."""
    text = page.clean(name + "　" if name else "")
    size = min(_NAME, _NAME * _NAME_ROOM / max(page.width(text, _NAME), 1.0))
    page.text(LEFT + _NAME_INDENT, page.y + LINE / 2 + 1, text, size)
    return _NAME_INDENT + page.width(text, size)


def _one(page: Page, start: float, slot: Slot, fingerprint: bool, dated: bool, behind: str) -> None:
    middle, right = page.y + LINE / 2 + 1, LEFT + INNER
    if dated:
        said = date_cn(slot.signed_on)
        right -= page.width(said, BODY)
        page.text(right, middle, said, BODY)
        right -= 4
    if fingerprint:
        right -= _PRINT_W
        page.box(right, page.y + 1, _PRINT_W, _PRINT_H, grey=150, dashed=True)
        said = t("forms.sign.fingerprint")
        page.text(right + (_PRINT_W - page.width(said, SMALL)) / 2, page.y + 1 + _PRINT_H / 2, said, SMALL, grey=170)
        right -= 3
    page.line(start, page.y + LINE - 0.6, right, page.y + LINE - 0.6)
    small = page.clean(f"（{behind}）") if behind else ""
    beside = right - page.width(small, SMALL) - 0.5
    page.text(beside, middle + 1.5, small, SMALL, grey=90)
    if slot.image is not None:
        room = max(12.0, min(42.0, beside - start - 2))
        if not page.picture(slot.image, start + 1, page.y + 0.6, room, LINE - 1.6):
            page.text(start + 2, middle, t("forms.picture.damaged"), SMALL, grey=110)
    page.y += LINE


def seal(page: Page, body: str, signed_on: str | None = None) -> None:
    """The body's name and the date at the right, and the place of its seal over both."""
    page.need(2 * _SEAL_RADIUS + 2)
    top, middle = page.y, LEFT + INNER - 42
    page.circle(middle, top + _SEAL_RADIUS + 1, _SEAL_RADIUS)
    place = t("forms.sign.seal_place")
    page.text(middle - page.width(place, SMALL) / 2, top + 8, place, SMALL, grey=160)
    for row, said in enumerate((page.clean(body), date_cn(signed_on))):
        lines = page.wrap(said, 82, BODY)
        for line in lines:
            page.text(middle - page.width(line, BODY) / 2, top + 17 + row * 9, line, BODY)
            top += 7 if len(lines) > 1 and line is not lines[-1] else 0
    page.y = max(page.y + 2 * _SEAL_RADIUS + 2, top + 34)


def seal_height() -> float:
    return 2 * _SEAL_RADIUS + 2


def date_line(page: Page, on: str | None = None) -> None:
    page.aligned(date_cn(on))
