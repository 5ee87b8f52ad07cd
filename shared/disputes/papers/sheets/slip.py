"""The slip of a case (E10, 一案一码): what a party takes home to ask for progress and to rate. Half a page, to be cut off."""

from __future__ import annotations

import segno

from shared.disputes.case.citizen_slip import Slip
from shared.disputes.case.state import CaseState
from shared.disputes.papers.kit.canvas import INNER, LEFT
from shared.disputes.papers.kit.page import Page
from shared.disputes.papers.kit.words import date_cn
from shared.disputes.papers.sheets.context import FormContext
from shared.disputes.papers.sheets.drawn import draws
from shared.ledger.texts import t

_SIDE = 46.0            # mm: a QR code of version 5 has modules of 1.2 mm, read from a creased slip by an old telephone


@draws("E10")
def e10_slip(case: CaseState, ctx: FormContext, page: Page) -> None:
    page.open(t("citizen.slip.title"))
    page.paragraph(t("citizen.slip.case"))
    page.space(4)
    if ctx.slip is not None:
        _qr(page, ctx.slip)
    page.filled(t("citizen.slip.number"), ctx.number(case.number))
    page.filled(t("citizen.slip.code"), ctx.slip.typed if ctx.slip is not None else t("citizen.slip.blank"))
    page.filled(t("citizen.slip.office"), ctx.office_name(case.origin, case.registered_on))
    page.filled(t("citizen.slip.registered"), date_cn(case.registered_on))
    page.space(4)
    if ctx.slip is not None and ctx.slip.portal:
        page.paragraph(t("citizen.slip.portal", url=ctx.slip.portal), indent=0)
    page.note(t("citizen.slip.keep"))


def _qr(page: Page, slip: Slip) -> None:
    page.need(_SIDE + 12)
    rows = [list(row) for row in segno.make(slip.qr, error="m").matrix]
    page.squares(LEFT + (INNER - _SIDE) / 2, page.y, _SIDE, rows)
    page.space(_SIDE + 3)
    page.aligned(t("citizen.slip.scan" if slip.portal else "citizen.slip.scan_here"), "C", 10)
    page.space(3)
