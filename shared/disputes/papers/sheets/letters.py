"""Notices and letters beside the file (E01-E09): acceptance, refusal, summons, extension, termination, transfer,
supervision, entrustment by a court and the answer to it. Ours in form; the law they cite is in each text."""

from __future__ import annotations

from functools import partial

from shared.disputes.case.state import CaseState, Clock, PartyState, SupervisionState
from shared.disputes.kinds.case_ending import Terminated, TransferredOut
from shared.disputes.kinds.case_mediation import AcceptanceRejected, Accepted, Extended, Suspended
from shared.disputes.kinds.case_risk import SupervisionIssued
from shared.disputes.papers.kit.page import Page
from shared.disputes.papers.kit.signing import Slot, lines_height, seal, signature_lines
from shared.disputes.papers.kit.words import date_cn, listed, numeral
from shared.disputes.papers.sheets import people, rosters
from shared.disputes.papers.sheets.context import FormContext
from shared.disputes.papers.sheets.drawn import draws
from shared.disputes.rules import mediation_types
from shared.disputes.rules.clocks import deadline
from shared.disputes.rules.mediation_types import word
from shared.ledger import codes
from shared.ledger.texts import t

_COURT = ("court_preassigned", "court_entrusted", "court_entrusted_summary")     # 委派 before filing, 委托 after


def _open(case: CaseState, ctx: FormContext, page: Page, code: str, to: str, *, title: str = "",
          number: str | None = None) -> None:
    """`number`: of the letter itself, "" = to be written in; None: the letter bears the number of the case."""
    title = title or mediation_types.spoken(codes.name("document", code), case.mediation_type)
    page.open(title, left=people.foot(case, ctx, title))
    if number is None:
        page.aligned(people.number_line(case, ctx))
    else:
        page.aligned(number or t("forms.letter.number_blank", year=ctx.printed_on[:4]))
    page.space(2)
    if to:
        page.paragraph(t("forms.letter.salutation", names=to), indent=0)


def _close(page: Page, body: str, on: str | None, ending: str = "forms.letter.hereby") -> None:
    page.paragraph(t(ending))
    page.space(6)
    seal(page, body, on)


def _receipt(page: Page, names: list[str]) -> None:
    """To tear off: who took the letter, and when."""
    if len(names) > people.FEW:
        page.heading(t("forms.letter.receipt_list"))
        rosters.signing_list(page, [Slot(name) for name in names], t("forms.roster.sign"))
        return
    page.need(36 + lines_height(min(3, len(names)), long_title=False))
    page.space(6)
    page.aligned(t("forms.letter.stub"), "C", 9)
    page.title(t("forms.letter.receipt_head"), 14)
    page.paragraph(t("forms.letter.receipt"))
    signature_lines(page, t("forms.sign.receiver"), [Slot(name) for name in names], dated=False)


def _mediation_clock(case: CaseState) -> Clock | None:
    return next((c for c in reversed(case.clocks) if c.kind.startswith(("mediation", "court_"))), None)


def span(ctx: FormContext, kind: str) -> str:
    """How long a clock runs by the rules in force: 一个月, 三十日, 三十个工作日."""
    rule = ctx.rules.rule(kind)
    return t(f"forms.letter.span_{rule.unit}", n=numeral(rule.amount))


def _first_due(ctx: FormContext, clock: Clock) -> str:
    """When the clock ended before anybody extended it."""
    return deadline(clock.kind, clock.start_date, rules=ctx.rules, calendar=ctx.calendar).due_date


def _blank(times: int = 1) -> str:
    return t("forms.common.blank") * times


@draws("E01")
def e01_accepted(case: CaseState, ctx: FormContext, page: Page) -> None:
    """One for each party; one for all of a large side."""
    for addressed in people.addressees(case):
        page.fit(partial(_accepted, case, ctx, addressed))


def _accepted(case: CaseState, ctx: FormContext, addressed: list[PartyState], page: Page) -> None:
    _open(case, ctx, page, "E01", people.names(addressed) or _blank())
    mine = {p.no for p in addressed}
    others = listed(people.names(group) for group in people.addressees(case) if group[0].no not in mine) or _blank()
    page.paragraph(t("forms.e01.text", **people.speaking(case),
                     others=others, kind=people.kind(case), how=_how(case), date=date_cn(case.accepted_on),
                     mediators=people.mediators(case, ctx)))
    page.paragraph(_limit(case, ctx) + t("forms.e01.longer"))
    page.paragraph(t("forms.e01.bring"))
    _close(page, people.committee(case, ctx), case.accepted_on)
    _receipt(page, [p.name for p in addressed])


def _limit(case: CaseState, ctx: FormContext) -> str:
    """The time for the mediation by the clock that runs in this case."""
    clock = _mediation_clock(case)
    if clock is None:
        return t("forms.e01.limit_blank")
    start = t("forms.e01.from_accepted") if clock.start_date == case.accepted_on else date_cn(clock.start_date)
    usual = "forms.e01.limit_usual" if clock.kind == "mediation" else "forms.e01.limit"
    return t(usual, start=start, span=span(ctx, clock.kind), due=date_cn(_first_due(ctx, clock)))


def _how(case: CaseState) -> str:
    if case.entrusting_body:
        return t("forms.e01.how_entrusted", body=codes.name("entrusting_body", case.entrusting_body))
    if case.source in ("proactive", "grid_report", "hazard"):
        return t("forms.e01.how_proactive", we=people.speaking(case)["we"])
    return t("forms.e01.how_apply")


@draws("E02")
def e02_not_accepted(case: CaseState, ctx: FormContext, page: Page) -> None:
    page.fit(partial(_not_accepted, case, ctx))


def _not_accepted(case: CaseState, ctx: FormContext, page: Page) -> None:
    applicants = people.of_role(case, "applicant")
    _open(case, ctx, page, "E02", listed(p.name for p in applicants) or _blank())
    act = ctx.material.last(AcceptanceRejected)
    page.paragraph(t(
        "forms.e02.text", we=people.speaking(case)["we"], date=date_cn(case.registered_on), kind=people.kind(case),
        reason=act.body.reason if act else _blank(5), channel=codes.name("outcome", act.body.channel) if act else _blank(3)))
    on = act.event.legal_date if act else None
    _close(page, people.committee(case, ctx, on), on)
    _receipt(page, [p.name for p in applicants] or [""])


@draws("E03")
def e03_summons(case: CaseState, ctx: FormContext, page: Page) -> None:
    """One for each party, one for all of a large side; day and hour are written in by hand, the place is that of the last
    session."""
    for addressed in people.addressees(case):
        page.fit(partial(_summons, case, ctx, addressed))


def _summons(case: CaseState, ctx: FormContext, addressed: list[PartyState], page: Page) -> None:
    place = case.sessions[-1].place if case.sessions else _blank(3)
    _open(case, ctx, page, "E03", people.names(addressed) or _blank())
    page.paragraph(t("forms.e03.text", we=people.speaking(case)["we"], case=people.case_name(case), place=place))
    page.space(2)
    page.filled_row((t("forms.e03.contact"), people.mediators(case, ctx).strip("＿"), 0.5),
                    (t("forms.e03.phone"), ctx.telephone, 0.5))
    _close(page, people.committee(case, ctx), None)
    _receipt(page, [p.name for p in addressed])


@draws("E04")
def e04_extension(case: CaseState, ctx: FormContext, page: Page) -> None:
    """若干规定 Art 33: longer only if all agree, signed on or before the day the period ends."""
    page.fit(partial(_extension, case, ctx))


def _extension(case: CaseState, ctx: FormContext, page: Page) -> None:
    _open(case, ctx, page, "E04", "")
    act = ctx.material.last(Extended)
    values = {"case": people.case_name(case), "committee": people.committee(case, ctx), "accepted": date_cn(case.accepted_on),
              "until": date_cn(act.body.until if act else None), "due": date_cn(_before_extension(case, ctx))}
    if act is not None and act.body.text:
        page.paragraph(t("forms.e04.text_reason", **values, reason=act.body.text))
    else:
        page.paragraph(t("forms.e04.text", **values))
    page.note(t("forms.e04.before"))
    page.space(4)
    given = {c.party: c.signed_on for c in act.body.consents} if act else {}
    slots = people.party_slots(case, ctx, people.principals(case), act.event.id if act else "")
    dated = [Slot(s.name, s.image, given.get(p.no)) for s, p in zip(slots, people.principals(case), strict=True)]
    signature_lines(page, t("forms.sign.parties"), dated)
    page.space(4)
    seal(page, people.committee(case, ctx), act.event.legal_date if act else None)


def _before_extension(case: CaseState, ctx: FormContext) -> str | None:
    """When the period would have ended: by the extension before, else by the clock; after a pause it is written by hand."""
    clock, extended = _mediation_clock(case), ctx.material.all(Extended)
    if len(extended) > 1:
        return extended[-2].body.until
    return _first_due(ctx, clock) if clock is not None and not ctx.material.all(Suspended) else None


@draws("E05")
def e05_terminated(case: CaseState, ctx: FormContext, page: Page) -> None:
    """人民调解法 Art 26: the remedies are told at once."""
    page.fit(partial(_terminated, case, ctx))


def _terminated(case: CaseState, ctx: FormContext, page: Page) -> None:
    names = [p.name for p in people.principals(case)]
    _open(case, ctx, page, "E05", people.all_names(case) or _blank())
    act = ctx.material.last(Terminated)
    reason = codes.name("terminate_reason", act.body.reason) if act else _blank(4)
    on = act.event.legal_date if act else None
    page.paragraph(t("forms.e05.text", we=people.speaking(case)["we"], case=people.case_name(case), reason=reason,
                     law=word("end_law", case.mediation_type), date=date_cn(on)))
    _close(page, people.committee(case, ctx), on)
    _receipt(page, names or [""])


@draws("E06")
def e06_transfer(case: CaseState, ctx: FormContext, page: Page) -> None:
    page.fit(partial(_transfer, case, ctx))


def _transfer(case: CaseState, ctx: FormContext, page: Page) -> None:
    act = ctx.material.last(TransferredOut)
    _open(case, ctx, page, "E06", act.body.body if act else t("forms.e06.to_blank"), number=act.body.letter_no if act else "")
    reason = (act.body.text or codes.name("outcome", act.body.to)) if act else t("forms.e06.reason_blank")
    page.paragraph(t("forms.e06.text", case=people.case_name(case), number=ctx.number(case.number),
                     registered=date_cn(case.registered_on), reason=reason))
    page.paragraph(t("forms.e06.attached"))
    office, on = (act.event.office, act.event.legal_date) if act else (ctx.office or case.holder, None)
    _close(page, _organ(case, ctx, office, on), on, "forms.letter.hereby_letter")
    page.need(56)
    page.space(6)
    page.aligned(t("forms.letter.stub"), "C", 9)
    page.title(t("forms.e06.reply_head"), 14)
    received = act.body.receipt_on if act else None
    page.paragraph(t("forms.e06.reply", case=people.case_name(case), date=date_cn(received)))
    page.space(3)
    signature_lines(page, t("forms.sign.receiver"), [Slot()], fingerprint=False)


@draws("E07")
def e07_supervision(case: CaseState, ctx: FormContext, page: Page) -> None:
    """One for each order (DOMAIN.md 7.6); without any, a blank one."""
    for order in case.supervisions or (None,):
        page.fit(partial(_supervision, case, ctx, order))


def _supervision(case: CaseState, ctx: FormContext, order: SupervisionState | None, page: Page) -> None:
    holder, on = (order.to, order.issued_on) if order else (case.holder, None)
    act = ctx.material.at(order.event, SupervisionIssued) if order else None
    _open(case, ctx, page, "E07", ctx.office_name(holder, on) if holder else _blank(), number=act.body.letter_no if act else "")
    page.paragraph(t("forms.e07.level", level=codes.name("supervision_level", order.level) if order else _blank()))
    page.paragraph(t("forms.e07.text", case=people.case_name(case), number=ctx.number(case.number),
                     matter=order.text if order else _blank(5), due=date_cn(order.due if order else None)))
    by = _organ(case, ctx, order.by, on) if order else _issuer(case, ctx)
    _close(page, by, on, "forms.letter.hereby_letter")
    page.space(4)
    page.heading(t("forms.e07.reply_head"))
    if order is not None and order.replied_on:
        page.paragraph(t("forms.e07.reply", date=date_cn(order.replied_on), text=order.reply))
    else:
        page.ruled("", at_least=4)
    if order is not None and order.verdict:
        page.paragraph(t(f"forms.e07.verdict_{order.verdict}"))


def _organ(case: CaseState, ctx: FormContext, office: str, on: str | None) -> str:
    """Who sends a letter has a seal: an organ of township or county; a village's room of talks has none, its committee has."""
    if office and ctx.rules.lineage.level_of(office) == "village":
        return people.committee(case, ctx, on)
    return ctx.office_name(office, on) or _blank(2)


def _issuer(case: CaseState, ctx: FormContext) -> str:
    """Of an order not yet given: the printing office, unless it is the one to be urged."""
    return ctx.office_name(ctx.office) if ctx.office and ctx.office != case.holder else t("forms.e07.by_blank")


def _entrusted(case: CaseState) -> str:
    """The clock of a court's letter: 委派 unless the court sent a case it had already filed."""
    return case.entrusting_body if case.entrusting_body in _COURT else _COURT[0]


@draws("E08")
def e08_entrusted(case: CaseState, ctx: FormContext, page: Page) -> None:
    """最高法特邀调解规定 Art 27: the time runs from the signed receipt. The letter itself is the court's; ours is the receipt."""
    page.fit(partial(_court_letter, case, ctx))


def _court_letter(case: CaseState, ctx: FormContext, page: Page) -> None:
    kind, accepted = _entrusted(case), ctx.material.last(Accepted)
    sent = t(f"forms.letter.{kind}")
    _open(case, ctx, page, "E08", ctx.court or t("forms.d14.court_blank"), title=t("forms.e08.title", word=sent))
    received = accepted.body.received_on if accepted else None
    number = (accepted.body.entrust_no if accepted else "") or _blank(2)
    page.paragraph(t("forms.e08.text", we=people.speaking(case)["we"],
                     case=people.case_name(case), word=sent, span=span(ctx, kind), number=number,
                     date=date_cn(received)))
    page.paragraph(t("forms.e08.signed_for", date=date_cn(received)))
    page.space(4)
    signature_lines(page, t("forms.sign.receiver"), [Slot()], fingerprint=False, dated=False)
    page.space(4)
    seal(page, people.committee(case, ctx, received), received)


@draws("E09")
def e09_answer(case: CaseState, ctx: FormContext, page: Page) -> None:
    """特邀调解规定 Arts 21, 22, 26: the result only, nothing of what was conceded."""
    page.fit(partial(_answer, case, ctx))


def _answer(case: CaseState, ctx: FormContext, page: Page) -> None:
    sent = t(f"forms.letter.{_entrusted(case)}")
    _open(case, ctx, page, "E09", ctx.court or t("forms.d14.court_blank"), title=t("forms.e09.title", word=sent))
    accepted, ended = ctx.material.last(Accepted), ctx.material.last(Terminated)
    received = accepted.body.received_on if accepted else None
    if case.agreement is not None:
        result = t("forms.e09.agreed", date=date_cn(case.agreement.reached_on), number=case.file_no)
    elif ended is not None:
        result = t("forms.e09.failed", date=date_cn(ended.event.legal_date))
    else:
        result = t("forms.e09.open")
    letter = t("forms.e09.letter", number=accepted.body.entrust_no) if accepted and accepted.body.entrust_no else ""
    page.paragraph(t("forms.e09.text", **people.speaking(case),
                     case=people.case_name(case), received=date_cn(received), word=sent, letter=letter,
                     mediators=people.mediators(case, ctx), result=result))
    page.space(2)
    _close(page, people.committee(case, ctx), None, "forms.letter.hereby_letter")
    page.note(t("forms.e09.note"))
