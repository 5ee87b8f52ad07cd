"""A sheet for each office with its enrolment code: put into an envelope, and scanned on the day the tablets are given out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import segno

from shared.disputes.papers.kit.canvas import INNER, LEFT
from shared.disputes.papers.kit.page import Page
from shared.ledger.texts import t

_SIDE = 90.0            # mm: a code with two addresses has modules of more than a millimetre


@dataclass(frozen=True, slots=True)
class OfficeCode:
    """`whole` is the QR code and, in `lines`, what is typed where no camera is; `short` what is typed beside an address."""

    office: str
    role: str
    whole: str
    lines: Sequence[str]
    short: str
    urls: str
    until: str


def sheet(font: str | Path, made_on: str, county: str, codes: Sequence[OfficeCode], *, demo: bool) -> bytes:
    """A PDF of one page an office."""
    page = Page(font, made_on, watermark="DEMO" if demo else "")
    page.entitle(t("enrol.sheet.title"))
    for code in codes:
        page.open(code.office, heading=f"{county}{t('enrol.sheet.title')}")
        page.filled(t("enrol.sheet.office"), code.office)
        page.filled(t("enrol.sheet.role"), code.role)
        page.space(4)
        rows = [list(row) for row in segno.make(code.whole, error="l").matrix]
        page.squares(LEFT + (INNER - _SIDE) / 2, page.y, _SIDE, rows)
        page.space(_SIDE + 3)
        page.aligned(t("enrol.sheet.scan"), "C")
        page.space(3)
        page.filled(t("enrol.sheet.short"), code.short)
        page.filled(t("enrol.sheet.urls"), code.urls)
        page.filled(t("enrol.sheet.until"), code.until)
        page.note(t("enrol.sheet.whole"))
        for number, line in enumerate(code.lines, start=1):
            page.aligned(f"{number:2d}  {line}", "L", 10, leading=5.2)
        page.note(t("enrol.sheet.keep"))
    return page.output()
