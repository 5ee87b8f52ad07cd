"""Papers of finding out: survey record (D07) and evidence (D08) with every file's hash and the pictures."""

from __future__ import annotations

from shared.bodies_case import EvidenceAdded, RecordAdded
from shared.case import CaseState, FileRef
from shared.forms import people
from shared.forms.attached import scans
from shared.forms.context import FormContext
from shared.forms.material import Act, papers_of
from shared.forms.page import SMALL, Page, label, value
from shared.forms.signing import Slot, signature_lines
from shared.forms.words import date_cn
from shared.texts import t

# Files of these forms stand with their own paper, not in the evidence list.
_ELSEWHERE = frozenset({"D02", "D03", "D04", "D05", "D06", "D07", "D09", "D10", "D11", "D12", "D13", "D14"})

Piece = tuple[Act[EvidenceAdded] | None, FileRef | None]


def d07_survey(case: CaseState, ctx: FormContext, page: Page) -> None:
    """One for each survey; without any, a blank one."""
    records = ctx.material.records("D07")
    for record in records:
        _survey(case, ctx, page, record)
    if not records:
        _survey(case, ctx, page, None)
    scans(page, ctx, papers_of(case, "D07"))


def _survey(case: CaseState, ctx: FormContext, page: Page, record: Act[RecordAdded] | None) -> None:
    page.open(t("forms.d07.title"), left=people.foot(case, ctx, t("forms.d07.title")))
    f = "forms.d07."
    page.filled(t(f + "time"), date_cn(record.event.legal_date) if record else "")
    page.filled(t(f + "place"))
    page.filled(t(f + "matter"), people.case_name(case))
    page.filled(t(f + "present"))
    page.filled_row(*((t(f + field), "", share) for field, share in
                      (("person", 0.34), ("gender", 0.2), ("ethnicity", 0.24), ("age", 0.22))))
    page.filled_row((t(f + "address"), "", 0.62), (t(f + "phone"), "", 0.38))
    page.space(2)
    page.paragraph(t(f + "record"), indent=0, bold=True)
    page.ruled(record.body.text if record else "", at_least=10)
    page.paragraph(t(f + "read"))
    page.space(2)
    signature_lines(page, t("forms.sign.investigated"), [Slot()])
    staff = ctx.staff_name(record.event.actor) if record else ""
    signature_lines(page, t("forms.sign.investigator"), [Slot(staff)], fingerprint=False)
    signature_lines(page, t("forms.sign.recorder"), [Slot()], fingerprint=False)


def evidence_files(case: CaseState, ctx: FormContext, for_court: bool = False) -> list[Piece]:
    """Every piece of evidence, file by file; one without a file stands alone. Photographs of the registration or of a
    session count as evidence too; those of a session are confidential and never go `for_court`."""
    by_event: dict[str, list[FileRef]] = {}
    for ref in case.files:
        if ref.purpose != "signature" and ref.document not in _ELSEWHERE:
            by_event.setdefault(ref.event, []).append(ref)
    acts = {a.event.id: a for a in ctx.material.all(EvidenceAdded) if a.body.document not in _ELSEWHERE}
    pieces: list[Piece] = []
    for event, refs in by_event.items():
        if event not in acts and not _shows_the_matter(ctx, event, for_court):
            continue
        pieces += [(acts.get(event), ref) for ref in refs]
    return pieces + [(act, None) for event, act in acts.items() if event not in by_event]


def _shows_the_matter(ctx: FormContext, event: str, for_court: bool) -> bool:
    found = ctx.material.event(event)
    inside = () if for_court else ("case.session_held", "case.note_added")
    return found is not None and found.kind in ("case.registered", *inside)


def d08_evidence(case: CaseState, ctx: FormContext, page: Page, for_court: bool = False) -> None:
    page.open(t("forms.d08.title"), left=people.foot(case, ctx, t("forms.d08.title")))
    f, shares = "forms.d08.", (0.08, 0.24, 0.1, 0.16, 0.08, 0.13)
    heads = zip(("no", "name", "kind", "provider", "count", "form"), shares, strict=True)
    page.row(*(label(t(f + head), share) for head, share in heads), label(t(f + "date"), 0.21), height=11)
    pieces = evidence_files(case, ctx, for_court)
    for no, (act, ref) in enumerate(pieces, 1):
        _piece(page, case, ctx, shares, no, act, ref)
    if not pieces:
        page.row(value(t(f + "empty"), centred=True), height=14)
    sealed = [s for s in ctx.material.sealed if s.event.kind == "case.evidence_added"]
    if sealed:
        page.note(t(f + "sealed", n=len(sealed)))
    page.space(5)
    signature_lines(page, t("forms.sign.collector"), [Slot()], fingerprint=False)
    shown = [(no, ref) for no, (_, ref) in enumerate(pieces, 1) if ref is not None]
    captions = [t(f + "caption", no=no, name=ref.name, sha256=ref.sha256[:16]) for no, ref in shown]
    scans(page, ctx, [ref for _, ref in shown], captions, t(f + "picture_title"))


def _piece(page: Page, case: CaseState, ctx: FormContext, shares: tuple[float, ...], no: int, act: Act[EvidenceAdded] | None,
           ref: FileRef | None) -> None:
    f = "forms.d08."
    body = act.body if act else None
    title = body.title if body else (ref.name if ref else "")
    is_photo = ref is not None and ref.purpose == "photo"
    by = next((p.name for p in case.parties if body and p.no == body.provided_by), "")
    event = ctx.material.event(ref.event) if ref else None
    on = act.event.legal_date if act else (event.legal_date if event else None)
    sort, form = "photo" if is_photo else "paper", "original" if body and body.original else "electronic" if is_photo else "copy"
    texts = (str(no), title, t(f + sort), by, "1", t(f + form))
    # The three rows of one piece stay together.
    page.need(30)
    page.row(*(value(x, s, centred=i != 1) for i, (x, s) in enumerate(zip(texts, shares, strict=True))),
             value(date_cn(on), 0.21, centred=True), height=10)
    if body and body.text:
        page.row(label(t(f + "proves"), 0.18), value(body.text))
    if ref is not None:
        page.row(label(t(f + "file_hash"), 0.2), value(ref.sha256), size=SMALL, height=8)
