"""Papers after the agreement: proof of performance (D12) and return visit (D13)."""

from __future__ import annotations

from shared.disputes.case.material import Act, papers_of
from shared.disputes.case.state import CaseState, VisitState
from shared.disputes.kinds.case_agreement import ItemPerformed
from shared.disputes.kinds.case_ending import Visited
from shared.disputes.papers.kit.page import Page, label, value
from shared.disputes.papers.kit.signing import Slot, lines_height, signature_lines
from shared.disputes.papers.kit.words import capital, date_cn, listed, yuan
from shared.disputes.papers.sheets import blocks, people
from shared.disputes.papers.sheets.attached import scans
from shared.disputes.papers.sheets.context import FormContext
from shared.disputes.papers.sheets.drawn import draws
from shared.ledger import codes
from shared.ledger.texts import t

_CELL = 10.0
_SHARES = (0.07, 0.16, 0.16, 0.27, 0.16, 0.18)


@draws("D12")
def d12_proof(case: CaseState, ctx: FormContext, page: Page) -> None:
    """What was performed, a receipt to sign for each payment, and the pictures of bank slips and receipts."""
    page.open(t("forms.d12.title"), left=people.foot(case, ctx, t("forms.d12.title")))
    page.aligned(t("forms.common.number", number=case.file_no or t("forms.common.blank") * 2))
    f = "forms.d12."
    heads = zip(("no", "who", "to", "what", "sum", "date"), _SHARES, strict=True)
    acts = [a for a in ctx.material.all(ItemPerformed) if case.agreement and a.body.of == case.agreement.event]
    with page.table(*(label(t(f + head), share) for head, share in heads)):
        for no, act in enumerate(acts, 1):
            _performed(page, case, no, act)
        if not acts:
            page.row(value(t(f + "empty"), centred=True), height=14)
    for act in acts:
        if act.body.amount_fen:
            _receipt(page, case, act)
    events = {a.event.id for a in acts}
    files = [x for x in case.files if x.purpose != "signature" and (x.event in events or x.document == "D12")]
    scans(page, ctx, files, heading=t(f + "picture_title"))


def _sides(case: CaseState, act: Act[ItemPerformed]) -> tuple[str, str, str]:
    names = {p.no: p.name for p in case.parties}
    items = case.agreement.items if case.agreement else ()
    if act.body.item >= len(items):
        return "", "", ""
    item = items[act.body.item]
    return names.get(item.who, ""), names.get(item.to, "") if item.to is not None else "", item.what


def _performed(page: Page, case: CaseState, no: int, act: Act[ItemPerformed]) -> None:
    f, body = "forms.d12.", act.body
    who, to, what = _sides(case, act)
    amount = yuan(body.amount_fen) if body.amount_fen else ""
    texts = zip((str(no), who, to, what, amount, date_cn(act.event.legal_date)), _SHARES, strict=True)
    cells = [value(x, s, centred=i != 3) for i, (x, s) in enumerate(texts)]
    names = {p.no: p.name for p in case.parties}
    confirmed = listed(names.get(p, "") for p in body.confirmed_by)
    remarks = [t(f + ("complete" if body.complete else "partly"))]
    remarks += [t(f + "confirmed", names=confirmed)] if confirmed else []
    remarks += [body.text] if body.text else []
    if case.agreement and body.item < len(case.agreement.items) and case.agreement.items[body.item].disputed:
        remarks.append(t(f + "disputed"))
    remark = (label(t(f + "remark"), 0.22), value("；".join(remarks)))
    # The two rows of one act stay together.
    page.keep(page.height_of_row(*cells, height=11, size=_CELL) + page.height_of_row(*remark))
    page.row(*cells, height=11, size=_CELL)
    page.row(*remark)


def _receipt(page: Page, case: CaseState, act: Act[ItemPerformed]) -> None:
    f = "forms.d12."
    who, to, _ = _sides(case, act)
    money = t(f + "money", sum=yuan(act.body.amount_fen or 0), capital=capital(act.body.amount_fen or 0))
    said = t(f + "receipt", who=who, number=case.file_no, what=money)
    page.need(24 + page.height_of(said) + lines_height(1))
    page.space(8)
    page.title(t(f + "receipt_head"), 16)
    page.paragraph(said)
    signature_lines(page, t("forms.sign.payee"), [Slot(to)])


@draws("D13")
def d13_visit(case: CaseState, ctx: FormContext, page: Page) -> None:
    """One for each visit; without any, a blank one."""
    for visit in case.visits:
        _visit(case, ctx, page, visit)
    if not case.visits:
        _visit(case, ctx, page, None)
    scans(page, ctx, papers_of(case, "D13"))


def _visit(case: CaseState, ctx: FormContext, page: Page, visit: VisitState | None) -> None:
    page.fit(lambda sheet: _one_visit(case, ctx, sheet, visit))


def _one_visit(case: CaseState, ctx: FormContext, page: Page, visit: VisitState | None) -> None:
    page.open(people.title(case, "d13"), left=people.foot(case, ctx, people.title(case, "d13")))
    f = "forms.d13."
    act = ctx.material.at(visit.event, Visited) if visit else None
    satisfied = codes.name("satisfaction", visit.satisfaction) if visit and visit.satisfaction else ""
    page.row(label(t(f + "parties")), value(people.all_names(case)), height=11)
    number = case.file_no or (t("forms.d00.platform", number=ctx.number(case.number)) if case.number else "")
    page.row(label(t(f + "number")), value(number), height=11)
    page.row(label(t(f + "matter")), value(t(f + "matter_text", case=people.case_name(case))), height=11)
    page.row(label(t(f + "time")), value(date_cn(visit.visited_on if visit else None), 0.34), label(t(f + "method")),
             value(codes.name("visit_method", visit.method) if visit else ""), height=11)
    page.row(label(t(f + "result")), value(codes.name("visit_result", visit.result) if visit else "", 0.34),
             label(t(f + "satisfaction")), value(satisfied), height=11)
    page.row(label(t(f + "content")), value(visit.text if visit else ""), height=44)
    for field in ("court_result", "errors", "escalation", "measures"):
        page.row(label(t(f + field)), value(getattr(act.body, field) if act else ""), height=18)
    page.space(3)
    event = visit.event if visit else ""
    on = visit.visited_on if visit else None
    seen = act.body.parties if act else []
    visited = [p for p in case.parties if p.no in seen] or people.principals(case)
    signature_lines(page, t("forms.sign.visited"), people.party_slots(case, ctx, visited, event, on))
    blocks.staff_sign(page, case, ctx, "visitor", [visit.visitor] if visit else [], event, on)
