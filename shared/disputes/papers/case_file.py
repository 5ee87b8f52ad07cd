"""Bound PDFs: one paper, the whole file of a case, the package for the court.

    case_file:      cover, index | papers in file order, pages 1..n | back
    court_package:  note with list | application, certificate, agreement, identity, evidence, pages 1..n

Cover, index and back carry no page number (archives practice); the number printed at the foot is the one
the index names, and the PDF's page labels say the same. Pages are counted in a first drawing, printed in a second.
The record of the mediation stays out of the court package unless every party consents (人民调解法 Art 15,
民诉法解释 Art 107, DOMAIN.md 7.8).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial

from shared.disputes.case.papers import BY_CODE, ROWS, evidence_files
from shared.disputes.case.state import CaseState
from shared.disputes.papers import catalogue
from shared.disputes.papers.kit.page import Page
from shared.disputes.papers.sheets import after, court, further, inquiry, intake, letters, mediation, people, slip, volume
from shared.disputes.papers.sheets.context import FormContext
from shared.disputes.papers.sheets.drawn import DRAWN, Draw, draws
from shared.disputes.papers.sheets.volume import Extent, IndexEntry
from shared.disputes.rules import mediation_types
from shared.ledger.errors import Refused
from shared.ledger.texts import t

SHEETS = (after, court, further, inquiry, intake, letters, mediation, slip, volume)      # reading them fills `DRAWN`


@dataclass(frozen=True, slots=True)
class Part:
    """One paper of a bound PDF."""

    name: str
    draw: Draw
    remark: str = ""


def document(case: CaseState, ctx: FormContext, code: str) -> bytes:
    """One paper as PDF. A paper whose act has not happened yet comes as a form to fill in. Raises `Refused` for an
    unknown code."""
    return documents(case, ctx, [code])


def documents(case: CaseState, ctx: FormContext, codes: Sequence[str]) -> bytes:
    """Several papers in one PDF, each with page numbers of its own. Raises `Refused` for an unknown code."""
    for code in codes:
        if code not in BY_CODE:
            raise Refused("document", code, f"choose one of {', '.join(BY_CODE)}")
        if reason := BY_CODE[code].refused(case):
            raise Refused("document", code, reason, code="not_this_paper")
    parts = [_part(case, code) for code in codes]
    counted, ends = _page(ctx, counting=True), [0]
    for part in parts:
        _draw(counted, case, ctx, [part])
        ends.append(counted.pages)
    page = _page(ctx)
    page.entitle(f"{people.case_name(case)}　{'、'.join(part.name for part in parts)}")
    for place, (code, part) in enumerate(zip(codes, parts, strict=True)):
        page.count_from(1 if BY_CODE[code].numbered else None, ends[place + 1] - ends[place])
        _draw(page, case, ctx, [part])
    return page.output()


def case_file(case: CaseState, ctx: FormContext) -> bytes:
    """Cover, index with page numbers, every paper there is, back."""
    parts, listed = _file_parts(case, ctx)

    def front(page: Page, entries: list[IndexEntry]) -> None:
        volume.d00_cover(case, ctx, page)
        volume.d01_index(case, ctx, page, _with_lacking(listed, entries))

    def back(page: Page, extent: Extent) -> None:
        volume.d16_back(case, ctx, page, extent)

    return _bind(case, ctx, front, parts, back)


def court_package(case: CaseState, ctx: FormContext, consents: Collection[int]) -> bytes:
    """What goes to the court with a joint application. `consents`: numbers of the parties who agreed in writing that the
    record goes too; only if they are all of them does it."""
    included = all_consent(case, consents)
    certificate = mediation_types.word("certificate", case.mediation_type)
    parts = [Part(t("forms.d14.application"), court.d14a_application), Part(certificate, court.d14b_certificate)]
    form = "D11" if case.agreement is not None and case.agreement.form == "oral" else "D10"
    there = set(catalogue.bound(case, ctx))
    codes = [form, "D05", *(["D06"] if "D06" in there else [])]
    parts += [_part(case, code) for code in codes]
    if evidence_files(case, ctx.material, for_court=True):
        parts.append(Part(catalogue.title(case, "D08"), partial(inquiry.d08_evidence, for_court=True)))
    if included:
        parts += [_part(case, row.code) for row in ROWS if row.confidential and row.code in there]

    def front(page: Page, entries: list[IndexEntry]) -> None:
        court.court_cover(case, ctx, page, entries, consents, included)

    return _bind(case, ctx, front, parts, None)


def all_consent(case: CaseState, consents: Collection[int]) -> bool:
    parties = people.principals(case)
    return bool(parties) and all(p.no in consents for p in parties)


# --- binding


def _part(case: CaseState, code: str, remark: str = "") -> Part:
    return Part(catalogue.title(case, code), DRAWN[code], remark)


def _file_parts(case: CaseState, ctx: FormContext) -> tuple[list[Part], list[catalogue.Need]]:
    listed, printed = catalogue.needs(case, ctx), set(catalogue.bound(case, ctx))
    return [_part(case, n.code, n.remark) for n in listed if n.code in printed], listed


def _with_lacking(listed: Sequence[catalogue.Need], entries: list[IndexEntry]) -> list[IndexEntry]:
    """The index names lacking papers too, in their place and without a page."""
    by_name = {entry.name: entry for entry in entries}
    return [by_name.get(need.name) or IndexEntry(need.name, None, None, need.remark) for need in listed]


@draws("D01")
def _index_alone(case: CaseState, ctx: FormContext, page: Page) -> None:
    """The index of the file as it would be bound now."""
    parts, listed = _file_parts(case, ctx)
    entries = _draw(_page(ctx, counting=True), case, ctx, parts)
    volume.d01_index(case, ctx, page, _with_lacking(listed, entries))


def _bind(case: CaseState, ctx: FormContext, front: Callable[[Page, list[IndexEntry]], None], parts: Sequence[Part],
          back: Callable[[Page, Extent], None] | None) -> bytes:
    counted = _page(ctx, counting=True)
    entries = _draw(counted, case, ctx, parts)
    total, ahead = counted.pages, _page(ctx, counting=True)
    ahead.count_from(None)
    front(ahead, [IndexEntry(e.name, e.number, None, e.remark) for e in entries])
    page = _page(ctx)
    page.entitle(people.case_name(case))
    page.count_from(None)
    front(page, [IndexEntry(e.name, e.number, ahead.pages + (e.number or 0), e.remark) for e in entries])
    page.count_from(1, total)
    _draw(page, case, ctx, parts)
    if back is not None:
        page.count_from(None)
        back(page, Extent(len(parts), total))
    return page.output()


def _draw(page: Page, case: CaseState, ctx: FormContext, parts: Sequence[Part]) -> list[IndexEntry]:
    """Draw the parts one after the other; where each begins."""
    entries: list[IndexEntry] = []
    for part in parts:
        first = page.numbering.next
        page.lacking.clear()
        part.draw(case, ctx, page)
        if page.lacking:
            page.gap_note()
        entries.append(IndexEntry(part.name, first, None, part.remark))
    return entries


def _page(ctx: FormContext, *, counting: bool = False) -> Page:
    return Page(ctx.font, ctx.printed_on, watermark=t("forms.common.demo") if ctx.demo else "", counting=counting)
