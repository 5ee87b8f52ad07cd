"""Papers of the mediation: record (D09, one per session), written agreement (D10), register of an oral one (D11).

人民调解法 Arts 27-30. The record is confidential: the court package leaves it out unless every party consents.
"""

from __future__ import annotations

from dataclasses import replace

from shared.disputes.case.guards import copies_for
from shared.disputes.case.material import Act, papers_of
from shared.disputes.case.state import AgreementState, CaseState, ItemState, SessionState
from shared.disputes.kinds.case_agreement import AgreementChanged, AgreementReached
from shared.disputes.kinds.case_mediation import SessionHeld, SettledOnSpot
from shared.disputes.papers.kit.page import Page, label, value
from shared.disputes.papers.kit.signing import Slot, lines_height, sign_and_seal, signature_lines
from shared.disputes.papers.kit.words import capital, copies, date_cn, listed, numeral, period, yuan
from shared.disputes.papers.sheets import blocks, people, rosters
from shared.disputes.papers.sheets.attached import scans
from shared.disputes.papers.sheets.context import FormContext
from shared.disputes.papers.sheets.drawn import draws
from shared.disputes.papers.sheets.people import number_line
from shared.disputes.papers.sheets.rosters import Many, details, grouped, many_text
from shared.disputes.rules import mediation_types
from shared.ledger import codes
from shared.ledger.texts import t

_SMALLER = 10.5


@draws("D09")
def d09_record(case: CaseState, ctx: FormContext, page: Page) -> None:
    """One for each session; without any, a blank one."""
    for session in case.sessions:
        _record(case, ctx, page, session)
    if not case.sessions:
        _record(case, ctx, page, None)
    scans(page, ctx, papers_of(case, "D09"))


def _record(case: CaseState, ctx: FormContext, page: Page, session: SessionState | None) -> None:
    page.fit(lambda sheet: _minutes(case, ctx, sheet, session))


def _minutes(case: CaseState, ctx: FormContext, page: Page, session: SessionState | None) -> None:
    many = session is not None and len(case.sessions) > 1
    page.open(people.title(case, "d09") + (t("forms.d09.nth", no=numeral(session.no)) if many and session else ""),
              left=people.foot(case, ctx, people.title(case, "d09")))
    f = "forms.d09."
    body = ctx.material.session(session.event) if session else None
    page.filled(t(f + "time"), period(session.held_on, body.started_at, body.ended_at) if session and body else "")
    page.filled(t(f + "place"), session.place if session else "")
    page.filled(t(f + "matter"), people.case_name(case))
    page.filled(t(f + "parties"), people.all_names(case))
    page.filled(t(f + "present"), _present(body))
    host = (body.host if body else "") or (session.mediators[0] if session and session.mediators else "")
    page.filled_row((t(f + "host"), ctx.staff_name(host), 0.5), (t(f + "recorder"), _recorder(ctx, body), 0.5))
    page.filled(people.spoken(case, "d09.mediators"), listed(ctx.staff_name(m) for m in session.mediators) if session else "")
    interpreters = _interpreters(body)
    if interpreters or case.particulars.language:
        spoken = codes.name("language", case.particulars.language) if case.particulars.language else ""
        page.filled_row((t(f + "language"), spoken, 0.5), (t(f + "interpreter"), listed(interpreters), 0.5))
    page.space(2)
    page.paragraph(t(f + "record"), indent=0, bold=True)
    page.ruled(_said(case, ctx, session), at_least=max(4, 9 - len(people.principals(case))))
    page.space(1)
    page.filled(t(f + "result"), session.result if session else "", lines=1 if session and session.result else 2)
    page.paragraph(t(f + "read"))
    page.space(2)
    _record_signs(case, ctx, page, session, body)


def _record_signs(case: CaseState, ctx: FormContext, page: Page, session: SessionState | None, body: SessionHeld | None) -> None:
    event, on = (session.event, session.held_on) if session else ("", None)
    blocks.parties_sign(page, case, ctx, event, on)
    if _interpreters(body):
        signature_lines(page, t("forms.sign.interpreter"), [Slot(name) for name in _interpreters(body)], fingerprint=False)
    invited = [Slot(p.name) for p in (body.participants if body else ()) if p.role == "invited"]
    signature_lines(page, t("forms.sign.invited"), invited, fingerprint=False)
    blocks.mediators_sign(page, case, ctx, session.mediators if session else (), event, on)
    signature_lines(page, t("forms.sign.recorder"), [Slot(_recorder(ctx, body))], fingerprint=False)
    said = _said(case, ctx, session) if session is not None else ""
    blocks.lacking(page, [name for name, there in (("session", said), ("hours", body and body.started_at)) if not there])


def _interpreters(body: SessionHeld | None) -> list[str]:
    return [p.name for p in (body.participants if body else ()) if p.role == "interpreter"]


def _present(body: SessionHeld | None) -> str:
    return listed(f"{p.name}（{codes.name('participant_role', p.role)}）" for p in (body.participants if body else ())
                  if p.role not in people.PRINCIPALS)


def _recorder(ctx: FormContext, body: SessionHeld | None) -> str:
    return ctx.staff_name(body.recorder) if body and body.recorder else ""


def _said(case: CaseState, ctx: FormContext, session: SessionState | None) -> str:
    """Only what was recorded, in the order of the form: rights told, identities, statements, verified facts, risks told,
    why there is no agreement and the remedies told."""
    if session is None:
        return ""
    f, body = "forms.d09.", ctx.material.session(session.event)
    told = (("rights_told", body.rights_told), ("identities", body.identities_checked), ("not_open", body.closed)) if body else ()
    said = [people.spoken(case, f"d09.{key}") for key, yes in told if yes]
    # what went aside into a sealed record cites the session, and has no field for it
    records = [r.body for r in ctx.material.records("D09")
               if r.body.of == session.event or (r.event.sealed and session.event in r.event.after)]
    said += [session.summary] if session.summary else []
    said += [record.text for record in records]
    said += [t(f + "verified", text=r.verified) for r in records if r.verified]
    risks = [t(f + "risks", text=r.risks) for r in records if r.risks]
    said += risks or ([t(f + "risk_told")] if body and body.risk_told else [])
    said += [t(f + "failure", text=r.failure) for r in records if r.failure]
    said += [t(f + "remedies_told")] if body and body.remedies_told else []
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


def as_agreed(ctx: FormContext, agreement: AgreementState) -> AgreementState:
    """The agreement as it was signed: what was changed later stands on the paper of the change (D21)."""
    reached = ctx.material.at(agreement.event, AgreementReached) if agreement.changes else None
    if reached is None:
        return agreement
    signed = tuple(ItemState(no, i.who, i.what, i.to, i.amount_fen, i.due_date) for no, i in enumerate(reached.body.items))
    return replace(agreement, items=signed)


def changes_text(case: CaseState, changed: AgreementChanged) -> str:
    """What a paper of change says, a line for each promise."""
    said = []
    for change in changed.changes:
        text = item_text(case, ItemState(-1, change.who, change.what, change.to, change.amount_fen, change.due_date))
        no = numeral(change.item + 1) if change.item is not None else ""
        key = "ended" if change.ends else "replaced" if no else "added"
        said.append(t(f"forms.d21.{key}", no=no, text=text))
    return "\n".join([*said, *([changed.text] if changed.text else [])])


def items_text(case: CaseState, agreement: AgreementState) -> str:
    """Each promise; like promises to many in one line."""
    return "\n".join(
        t("forms.d10.item", no=numeral(no), text=many_text(case, one) if isinstance(one, Many) else item_text(case, one))
        for no, one in enumerate(grouped(agreement), 1))


def way_text(ctx: FormContext, agreement: AgreementState) -> str:
    reached = ctx.material.at(agreement.event, AgreementReached)
    said = [reached.body.way] if reached is not None and reached.body.way else []
    dates = [item.due_date for item in agreement.items if item.due_date]
    if reached is not None and reached.body.performed_on_spot:
        said.append(t("forms.d10.way_on_spot"))
    elif dates:
        said.append(t("forms.d10.way_items", date=date_cn(max(dates))))
    elif not said:
        said.append(t("forms.d10.way_open"))
    return "\n".join(said)


def responsibility(ctx: FormContext, agreement: AgreementState | None) -> str:
    """各方责任, where the parties put it into words."""
    reached = ctx.material.at(agreement.event, AgreementReached) if agreement else None
    return reached.body.responsibility if reached else ""


@draws("D10")
def d10_agreement(case: CaseState, ctx: FormContext, page: Page) -> None:
    """人民调解法 Art 29: parties, facts and matter, what was agreed, way and time of performance, three signings."""
    made = as_agreed(ctx, case.agreement) if case.agreement is not None and case.agreement.form == "written" else None
    with page.seam(lambda sheet: _whole(case, ctx, sheet, made)):
        _whole(case, ctx, page, made)
    scans(page, ctx, papers_of(case, "D10"))


def _whole(case: CaseState, ctx: FormContext, page: Page, made: AgreementState | None) -> None:
    page.fit(lambda sheet: _agreement(case, ctx, sheet))
    blocks.agreement_roster(page, case, ctx, made=made is not None)
    if made is not None:
        details(page, case, ctx, made)


def _agreement(case: CaseState, ctx: FormContext, page: Page) -> None:
    title = mediation_types.agreement_title(case.mediation_type)
    page.open(title, left=people.foot(case, ctx, title))
    made = as_agreed(ctx, case.agreement) if case.agreement is not None and case.agreement.form == "written" else None
    page.aligned(t("forms.common.number", number=case.file_no or t("forms.common.blank") * 2))
    blocks.party_blocks(page, case, ctx)
    page.space(3)
    page.heading(t("forms.d10.facts_head"))
    _text_or_lines(page, made.facts if made else "", 4)
    blame = responsibility(ctx, made)
    if blame or made is None:
        page.heading(t("forms.d10.responsibility_head"))
        _text_or_lines(page, blame, 2)
    page.heading(t("forms.d10.agreed_head"))
    _text_or_lines(page, items_text(case, made) if made else "", 5)
    page.heading(t("forms.d10.way_head"))
    _text_or_lines(page, way_text(ctx, made) if made else "", 1)
    reached = ctx.material.at(made.event, AgreementReached) if made else None
    number = max(reached.body.copies if reached else 0, copies_for(case))       # older records had no room for many
    # Signatures never stand on a sheet without text of the agreement.
    said = {what: mediation_types.word(what, case.mediation_type) for what in ("body", "mediator", "confirm")}
    last = t("forms.d10.copies", n=copies(number), body=said["body"]) + t("forms.d10.effect", **said)
    tall = page.height_of(last, size=_SMALLER, leading=6.8)
    page.keep(tall + blocks.agreement_signs_height(case) + 2, least=tall + lines_height(4))
    page.paragraph(last, size=_SMALLER, leading=6.8)
    attached = _attached(case, made)
    if attached:
        page.paragraph(attached, size=_SMALLER, leading=6.8)
    page.space(1)
    blocks.agreement_signs(page, case, ctx, made.sealed_on if made else None, made=made is not None)
    if made and made.effective_on:
        page.note(t("forms.d10.effective_on", date=date_cn(made.effective_on)))
    blocks.lacking(page, [*blocks.lacking_of_parties(case), *_lacking(case, made)])


def _lacking(case: CaseState, made: AgreementState | None) -> list[str]:
    """Art 29: facts, what was agreed, and the three signings; the number by which others cite it."""
    there = {"file_no": bool(case.file_no), "items": made is not None, "mediators": bool(case.mediators),
             "unsigned": made is not None and not made.unsigned_parties and made.mediator_signed_on is not None,
             "sealed": made is not None and made.sealed_on is not None}
    return [name for name, yes in there.items() if not yes]


def _attached(case: CaseState, made: AgreementState | None) -> str:
    """What belongs to the agreement behind its signatures."""
    lists = [t("forms.roster.title")] if rosters.is_listed(case) else []
    if made is not None and any(isinstance(one, Many) for one in grouped(made)):
        lists.append(t("forms.roster.details"))
    return t("forms.roster.attached", names=listed(f"{no}.{name}" for no, name in enumerate(lists, 1))) if lists else ""


def _text_or_lines(page: Page, text: str, lines: int) -> None:
    if text:
        page.paragraph(text)
    else:
        page.ruled("", at_least=lines)


@draws("D11")
def d11_oral(case: CaseState, ctx: FormContext, page: Page) -> None:
    """人民调解法 Arts 28, 30: the mediator writes down what was agreed by word; a matter settled on the spot alike."""
    page.fit(lambda sheet: _oral(case, ctx, sheet))
    scans(page, ctx, papers_of(case, "D11"))


def _oral(case: CaseState, ctx: FormContext, page: Page) -> None:
    page.open(people.title(case, "d11"), left=people.foot(case, ctx, people.title(case, "d11")))
    made = as_agreed(ctx, case.agreement) if case.agreement is not None and case.agreement.form == "oral" else None
    settled = ctx.material.last(SettledOnSpot) if case.outcome == "on_spot_settled" else None
    page.aligned(number_line(case, ctx))
    blocks.party_blocks(page, case, ctx)
    content, way, on = "", "", None
    if made is not None:
        content, way, on = items_text(case, made), way_text(ctx, made), made.reached_on
    elif settled is not None:
        content, way, on = settled.body.text, t("forms.d11.way_settled"), settled.event.legal_date
    blame = responsibility(ctx, made)
    facts = "\n".join(x for x in (made.facts if made else case.summary, blame) if x)
    page.row(label(t("forms.d11.facts"), 0.16), value(facts), height=30)
    page.row(label(t("forms.d11.content"), 0.16), value(content), height=24)
    # Signatures never stand on a sheet without text of the agreement.
    page.keep(20 + blocks.agreement_signs_height(case), least=20 + lines_height(4))
    page.row(label(t("forms.d11.way"), 0.16), value(way), height=14)
    page.space(1)
    page.note(t("forms.d11.effect"))
    page.space(1)
    if made is None and settled is not None:
        _settled_signs(case, ctx, page, settled)
    else:
        blocks.agreement_signs(page, case, ctx, on, made=made is not None)


def _settled_signs(case: CaseState, ctx: FormContext, page: Page, settled: Act[SettledOnSpot]) -> None:
    """Those who said yes, and who wrote it down."""
    event, on = settled.event.id, settled.event.legal_date
    agreed = [p for p in case.parties if p.no in settled.body.agreed_by] or people.principals(case)
    signature_lines(page, t("forms.sign.parties"), people.party_slots(case, ctx, agreed, event, on))
    blocks.mediators_sign(page, case, ctx, [settled.event.actor], event, on)
    sign_and_seal(page, t("forms.sign.recorder"), [], people.committee(case, ctx), on)
