"""Places for signatures, fingerprints and the seal.

A signature taken on the glass is drawn where the hand would write; where there is none the line stays open.
A stamp is never drawn: the seal's place is a dashed circle on the committee's name and the date (骑年盖月).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.disputes.papers.kit.canvas import INNER, LEFT
from shared.disputes.papers.kit.page import BODY, SMALL, Page
from shared.disputes.papers.kit.words import date_cn
from shared.ledger.texts import t

LINE = 14.0              # height of a line to sign with a hand and a fingertip
PEN_LINE = 11.0          # with a hand alone
_TITLE_LINE = 8.0
_LONG_TITLE = 48.0       # a longer title would leave too short a line beside fingerprint and date
_NAME, _NAME_ROOM, _NAME_INDENT = 11.0, 46.0, 6.0
_SMALL_NAME, _NAME_LINES = 8.0, 3   # a long name goes on so many small lines; a longer one stands above its line
_BEHIND = 40.0           # the room of a name behind its line
_PRINT_W, _PRINT_H = 17.0, 13.0     # a fingertip, pressed flat
_SEAL_RADIUS = 20.0      # a committee's round seal is 40 mm or a little more across
_TOGETHER = 3            # so many lines of signatures are not parted from their title
BESIDE_SEAL = 74.0       # what is left of a line beside the seal and the committee's name


@dataclass(frozen=True, slots=True)
class Slot:
    """One who signs. `image` is the signature taken on the glass; `signed_on` is printed when known."""

    name: str = ""
    image: bytes | None = None
    signed_on: str | None = None


def signature_lines(page: Page, title: str, slots: Sequence[Slot], *, fingerprint: bool = True, dated: bool = True,
                    width: float = INNER) -> None:
    """A line for each who signs: name, the signature or an open line, a place for a fingerprint, the date; all of it
    `width` wide. A title or name that is long stands above, a short one before and behind the line."""
    shown, lead = slots or (Slot(),), page.width(page.clean(title), BODY)
    above = lead > _LONG_TITLE or any(page.width(page.clean(s.name), SMALL) > _BEHIND for s in shown)
    tall = LINE if fingerprint else PEN_LINE
    page.keep(min(len(shown), _TOGETHER) * tall + (_TITLE_LINE if above else 0.0) + 1)
    if above:
        page.text(LEFT, page.y + _TITLE_LINE / 2 + 1, page.clean(title), BODY)
        page.y += _TITLE_LINE
    for place, slot in enumerate(shown):
        page.need(tall + 1)
        start = LEFT + lead
        if above:
            start = LEFT + _named(page, slot.name, tall)
        elif place == 0:
            page.text(LEFT, page.y + tall / 2 + 1, page.clean(title), BODY)
        _one(page, start, LEFT + width, slot, fingerprint, dated, "" if above else slot.name)


def lines_height(count: int, *, long_title: bool = True, pen: int = 0) -> float:
    """What `signature_lines` will need for so many with a fingerprint and `pen` without."""
    return count * LINE + pen * PEN_LINE + (_TITLE_LINE if long_title else 0.0)


def _named(page: Page, name: str, tall: float) -> float:
    """The name before its line; the width it takes. A long one is set smaller, on several lines, a very long one above."""
    if not name:
        return _NAME_INDENT
    for size in (_NAME, 9.5, _SMALL_NAME):
        lines = page.wrap(name, _NAME_ROOM, size)
        if len(lines) <= (1 if size == _NAME else 2 if size > _SMALL_NAME else _NAME_LINES):
            break
    else:
        return _name_above(page, name, tall)
    step = size * 0.43
    y = page.y + tall / 2 + 1 - step * (len(lines) - 1) / 2
    for place, line in enumerate(lines):
        page.text(LEFT + _NAME_INDENT, y + place * step, line, size)
    return _NAME_INDENT + max(page.width(line, size) for line in lines) + 2


def _name_above(page: Page, name: str, tall: float) -> float:
    lines = page.wrap(name, INNER - _NAME_INDENT, SMALL)
    page.need(len(lines) * 5.0 + tall + 1)
    for line in lines:
        page.text(LEFT + _NAME_INDENT, page.y + 3.5, line, SMALL)
        page.y += 5.0
    return _NAME_INDENT


def _one(page: Page, start: float, right: float, slot: Slot, fingerprint: bool, dated: bool, behind: str) -> None:
    tall = LINE if fingerprint else PEN_LINE
    middle = page.y + tall / 2 + 1
    if dated:
        said = date_cn(slot.signed_on)
        page.text(right - page.width(said, BODY), middle, said, BODY)
        right -= page.width(date_cn(None), BODY) + 2       # signed or not, the lines end alike
    if fingerprint:
        right -= _PRINT_W
        page.box(right, page.y + 0.5, _PRINT_W, _PRINT_H, grey=150, dashed=True)
        said = t("forms.sign.fingerprint")
        page.text(right + (_PRINT_W - page.width(said, SMALL)) / 2, page.y + 0.5 + _PRINT_H / 2, said, SMALL, grey=170)
        right -= 3
    page.line(start, page.y + tall - 1, right, page.y + tall - 1)
    small = page.clean(f"（{behind}）") if behind else ""
    beside = right - page.width(small, SMALL) - 0.5
    page.text(beside, page.y + tall - 3.6, small, SMALL, grey=90)
    if slot.image is not None:
        room = max(12.0, min(46.0, beside - start - 2))
        if not page.picture(slot.image, start + 1, page.y + 0.6, room, tall - 2.2):
            page.text(start + 2, middle, t("forms.picture.damaged"), SMALL, grey=110)
    page.y += tall


def seal(page: Page, body: str, signed_on: str | None = None) -> None:
    """The body's name and the date at the right, and the place of its seal over both."""
    page.need(seal_height())
    top, middle = page.y, LEFT + INNER - 42
    page.circle(middle, top + _SEAL_RADIUS + 1, _SEAL_RADIUS)
    place = t("forms.sign.seal_place")
    page.text(middle - page.width(place, SMALL) / 2, top + 7, place, SMALL, grey=160)
    lines = [*page.wrap(body, 82, BODY), page.clean(date_cn(signed_on))]
    step = 9.0 if len(lines) <= 2 else 7.0
    for number, line in enumerate(lines):
        page.text(middle - page.width(line, BODY) / 2, top + 17 + number * step, line, BODY)
    page.y = max(top + seal_height(), top + 17 + len(lines) * step)


def sign_and_seal(page: Page, title: str, slots: Sequence[Slot], body: str, signed_on: str | None = None) -> None:
    """The last signatures at the left, the seal at their right."""
    beside = BESIDE_SEAL if len(page.wrap(body, 82, BODY)) < 3 else INNER
    page.need(max(seal_height(), lines_height(0, pen=len(slots) or 1)))
    number, top = page.pages, page.y
    signature_lines(page, title, slots, fingerprint=False, dated=False, width=beside)
    after = page.y
    if page.pages == number and beside < INNER:
        page.y = top
    seal(page, body, signed_on)
    page.y = max(page.y, after) if page.pages == number else page.y


def seal_height() -> float:
    return 2 * _SEAL_RADIUS + 2


def date_line(page: Page, on: str | None = None) -> None:
    page.aligned(date_cn(on))
