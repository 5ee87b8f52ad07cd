"""Papers of the mediation: record (D09, one per session), written agreement (D10), register of an oral one (D11).

人民调解法 Arts 27-30. The record is confidential: the court package leaves it out unless every party consents.
"""

from __future__ import annotations

from shared import codes
from shared.bodies_case import AgreementReached
from shared.case import AgreementState, CaseState, ItemState, SessionState
from shared.forms import people
from shared.forms.attached import scans
from shared.forms.context import FormContext
from shared.forms.material import papers_of
from shared.forms.page import Page, label, value
from shared.forms.signing import Slot, lines_height, seal, seal_height, signature_lines
from shared.forms.words import capital, copies, date_cn, listed, numeral, yuan
from shared.texts import t


def d09_record(case: CaseState, ctx: FormContext, page: Page) -> None:
    """One for each session; without any, a blank one."""
    for session in case.sessions:
        _record(case, ctx, page, session)
    if not case.sessions:
        _record(case, ctx, page, None)
    scans(page, ctx, papers_of(case, "D09"))


def _record(case: CaseState, ctx: FormContext, page: Page, session: SessionState | None) -> None:
    many = session is not None and len(case.sessions) > 1
    page.open(t("forms.d09.title") + (t("forms.d09.nth", no=numeral(session.no)) if many and session else ""),
              left=people.foot(case, ctx, t("forms.d09.title")))
    f = "forms.d09."
    body = ctx.material.session(session.event) if session else None
    page.filled(t(f + "time"), date_cn(session.held_on) if session else "")
    page.filled(t(f + "place"), session.place if session else "")
    page.filled(t(f + "matter"), people.case_name(case))
    page.filled(t(f + "parties"), people.all_names(case))
    present = listed(f"{p.name}（{codes.name('participant_role', p.role)}）" for p in (body.participants if body else ())
                     if p.role not in people.PRINCIPALS)
    page.filled(t(f + "present"), present)
    page.filled(t(f + "mediators"), listed(ctx.staff_name(m) for m in session.mediators) if session else "")
    page.space(2)
    page.paragraph(t(f + "record"), indent=0, bold=True)
    page.ruled(_said(ctx, session), at_least=max(4, 9 - len(people.principals(case))))
    page.space(1)
    page.filled(t(f + "result"), session.result if session else "", lines=1 if session and session.result else 2)
    page.paragraph(t(f + "read"))
    page.space(2)
    event, on = (session.event, session.held_on) if session else ("", None)
    people.parties_sign(page, case, ctx, event, on)
    invited = [Slot(p.name) for p in (body.participants if body else ()) if p.role == "invited"]
    signature_lines(page, t("forms.sign.invited"), invited, fingerprint=False)
    people.mediators_sign(page, case, ctx, session.mediators if session else (), event, on)
    signature_lines(page, t("forms.sign.recorder"), [Slot()], fingerprint=False)


def _said(ctx: FormContext, session: SessionState | None) -> str:
    """Only what was recorded: rights told, the records of this session, its summary."""
    if session is None:
        return ""
    body = ctx.material.session(session.event)
    said = [t("forms.d09.rights_told")] if body is not None and body.rights_told else []
    if body is not None and body.closed:
        said.append(t("forms.d09.not_open"))
    records = [r.body.text for r in ctx.material.records("D09") if r.body.of == session.event]
    said += [session.summary] if session.summary else []
    said += records
    if session.sealed:
        closed = [s.sha256[:16] for s in ctx.material.sealed
                  if s.event.kind == "case.record_added" and session.event in s.event.after]
        said += [t("forms.common.closed_record", sha256=listed(closed) or "—")]
    return "\n".join(said)


# --- agreement


def item_text(case: CaseState, item: ItemState) -> str:
    """One promise: who, by when, does what, and pays how much to whom."""
    names = {p.no: p.name for p in case.parties}
    due = t("forms.d10.due", date=date_cn(item.due_date)) if item.due_date else ""
    text = t("forms.d10.promise", who=names.get(item.who, ""), due=due, what=item.what)
    receiver = names.get(item.to, "") if item.to is not None else ""
    if item.amount_fen:
        to = t("forms.d10.pay_to", name=receiver) if receiver else t("forms.d10.pay")
        return text + t("forms.d10.money", to=to, sum=yuan(item.amount_fen), capital=capital(item.amount_fen)) + "。"
    return text + (t("forms.d10.owed_to", name=receiver) if receiver else "") + "。"


def items_text(case: CaseState, agreement: AgreementState) -> str:
    return "\n".join(t("forms.d10.item", no=numeral(i.no + 1), text=item_text(case, i)) for i in agreement.items)


def way_text(ctx: FormContext, agreement: AgreementState) -> str:
    reached = ctx.material.at(agreement.event, AgreementReached)
    if reached is not None and reached.body.performed_on_spot:
        return t("forms.d10.way_on_spot")
    dates = [item.due_date for item in agreement.items if item.due_date]
    return t("forms.d10.way_items", date=date_cn(max(dates))) if dates else t("forms.d10.way_open")


def d10_agreement(case: CaseState, ctx: FormContext, page: Page) -> None:
    """人民调解法 Art 29: parties, facts and matter, what was agreed, way and time of performance, three signings."""
    page.open(t("forms.d10.title"), left=people.foot(case, ctx, t("forms.d10.title")))
    made = case.agreement if case.agreement is not None and case.agreement.form == "written" else None
    page.aligned(t("forms.common.number", number=case.file_no or t("forms.common.blank") * 2))
    people.party_blocks(page, case, ctx)
    page.space(3)
    page.heading(t("forms.d10.facts_head"))
    _text_or_lines(page, made.facts if made else "", 4)
    page.heading(t("forms.d10.agreed_head"))
    _text_or_lines(page, items_text(case, made) if made else "", 5)
    page.heading(t("forms.d10.way_head"))
    _text_or_lines(page, way_text(ctx, made) if made else "", 1)
    reached = ctx.material.at(made.event, AgreementReached) if made else None
    number = reached.body.copies if reached else max(3, len(people.principals(case)) + 1)
    # Signatures never stand on a sheet without text of the agreement.
    last = t("forms.d10.copies", n=copies(number)) + "\n" + t("forms.d10.effect")
    page.keep(page.height_of(last) + lines_height(len(people.principals(case)) + 2) + seal_height() + 8)
    page.paragraph(last)
    page.space(3)
    people.agreement_signs(page, case, ctx, made is not None)
    page.space(2)
    seal(page, people.committee(case, ctx), made.sealed_on if made else None)
    if made and made.effective_on:
        page.note(t("forms.d10.effective_on", date=date_cn(made.effective_on)))
    scans(page, ctx, papers_of(case, "D10"))


def _text_or_lines(page: Page, text: str, lines: int) -> None:
    if text:
        page.paragraph(text)
    else:
        page.ruled("", at_least=lines)


def d11_oral(case: CaseState, ctx: FormContext, page: Page) -> None:
    """人民调解法 Arts 28, 30: the mediator writes down what was agreed by word."""
    page.open(t("forms.d11.title"), left=people.foot(case, ctx, t("forms.d11.title")))
    made = case.agreement if case.agreement is not None and case.agreement.form == "oral" else None
    page.aligned(t("forms.common.number", number=case.file_no or t("forms.common.blank") * 2))
    people.party_blocks(page, case, ctx)
    page.row(label(t("forms.d11.facts"), 0.16), value(made.facts if made else case.summary), height=40)
    page.row(label(t("forms.d11.content"), 0.16), value(items_text(case, made) if made else ""), height=48)
    signing = lines_height(len(people.principals(case)) + len(case.mediators) + 2)
    page.keep(18 + 12 + signing + seal_height())
    page.row(label(t("forms.d11.way"), 0.16), value(way_text(ctx, made) if made else ""), height=18)
    page.space(2)
    page.note(t("forms.d11.effect"))
    page.space(2)
    people.agreement_signs(page, case, ctx, made is not None)
    seal(page, people.committee(case, ctx), made.reached_on if made else None)
    scans(page, ctx, papers_of(case, "D11"))
