"""Papers that follow one plan: to whom, what it says, who signs, whose seal (D18-D21, A01-A05, F01-F04, M01-M03, S01, R01).

The words of each are in the catalogue with its blanks; what the case knows is filled in, the rest is left for the hand, and a
field that the law wants and the case lacks is named at the foot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from shared.disputes.case.material import Act, papers_of
from shared.disputes.case.state import CaseState
from shared.disputes.kinds.case_agreement import AgreementChanged
from shared.disputes.kinds.case_intake import RecordAdded, RepresentativesElected
from shared.disputes.kinds.case_tracks import MediatorRecused, MediatorRejected
from shared.disputes.papers.kit.page import Page, label, value
from shared.disputes.papers.kit.signing import Slot, date_line, seal, signature_lines
from shared.disputes.papers.kit.words import date_cn, listed, yuan
from shared.disputes.papers.sheets import blocks, people, rosters
from shared.disputes.papers.sheets.attached import scans
from shared.disputes.papers.sheets.context import FormContext
from shared.disputes.papers.sheets.drawn import draws
from shared.disputes.papers.sheets.mediation import changes_text, items_text
from shared.disputes.rules import mediation_types
from shared.ledger import codes
from shared.ledger.texts import t

# Clocks that concern the parties; the others run among the offices.
_TOLD = ("triage", "acceptance", "mediation", "court_", "effect", "confirmation", "performance", "visit")
_LINES = 3           # for the hand, where a whole part is not recorded
Values = Mapping[str, str]
Written = Act[RecordAdded] | Act[AgreementChanged]


@dataclass(frozen=True, slots=True)
class Plan:
    """`to`: whom it addresses (court | police | arbitration | committee | ""). `blocks`: the parties as tables above the text.
    `signs`: lines of the catalogue section `sign`, each for: parties | applicant | nobody. `sealed`: committee | office | "".
    `must`: values that the law wants on it; one that is lacking is named."""

    code: str
    to: str = ""
    parties: bool = False
    signs: tuple[tuple[str, str], ...] = (("applicant", "applicant"),)
    sealed: str = ""
    must: tuple[str, ...] = ()


PLANS = (
    Plan("D19", "committee", True, must=("reason",)),
    Plan("D21", "", True, (("parties", "parties"), ("mediator", "nobody")), "committee", ("agreed_on", "file_no", "change")),
    Plan("A01", "organ", True, must=("facts", "claims")),
    Plan("A02", "parties", signs=(), sealed="office", must=("accepted",)),
    Plan("A03", "", True, (("parties", "parties"), ("host", "nobody"), ("recorder", "nobody")), must=("session",)),
    Plan("A04", "", True, (("parties", "parties"), ("host", "nobody")), "office", ("facts", "items")),
    Plan("A05", "parties", signs=(), sealed="office", must=("ended",)),
    Plan("F01", "police", True, (("parties", "parties"),), must=("agreed_on",)),
    Plan("F02", "arbitration", True, (("parties", "parties"),), must=("agreed_on", "items")),
    Plan("F03", "court", True, must=("agreed_on", "money")),
    Plan("F04", "aid", True, must=("facts",)),
    Plan("M01", signs=(("expert", "nobody"), ("recorder", "nobody")), must=("topic", "present", "text")),
    Plan("M02", signs=(("attending", "nobody"), ("recorder", "nobody")), must=("topic", "present", "text")),
    Plan("M03", signs=(("assessor", "nobody"), ("leader", "nobody")), sealed="office", must=("topic", "text")),
)


def _draw(plan: Plan) -> Callable[[CaseState, FormContext, Page], None]:
    def draw(case: CaseState, ctx: FormContext, page: Page) -> None:
        acts: list[Act[RecordAdded] | Act[AgreementChanged]] = [*ctx.material.records(plan.code)]
        acts += ctx.material.all(AgreementChanged) if plan.code == "D21" else []
        for record in (*acts, *(() if acts else (None,))):
            page.fit(partial(_sheet, plan, case, ctx, record))
        scans(page, ctx, papers_of(case, plan.code))

    return draw


for _plan in PLANS:
    draws(_plan.code)(_draw(_plan))


def _sheet(plan: Plan, case: CaseState, ctx: FormContext, record: Written | None, page: Page) -> None:
    f, known = f"forms.{plan.code.lower()}.", values(case, ctx, record)
    name = codes.name("document", plan.code)
    page.open(name, left=people.foot(case, ctx, name))
    page.aligned(_number(plan, case, ctx))
    page.space(2)
    if plan.parties:
        blocks.party_blocks(page, case, ctx)
        page.space(3)
    if plan.to:
        page.paragraph(t("forms.letter.salutation", names=_addressed(plan.to, case, ctx)), indent=0)
    blank = t("forms.common.blank")
    filled = {key: text or blank for key, text in known.items()}
    for part in t(f + "text").split("\n"):
        alone = part[1:-1] if part.startswith("{") and part.endswith("}") else ""
        if part.startswith("#"):
            page.heading(part[1:])
        elif part.startswith("_") or (alone in known and not known[alone]):
            page.ruled("", at_least=int(part[1:]) if part.startswith("_") else _LINES)
        else:
            page.paragraph(part.format(**filled))
    page.space(3)
    for title, whom in plan.signs:
        _lines(page, case, ctx, title, whom, record)
    on = record.event.legal_date if record else None
    if record and isinstance(record.body, AgreementChanged):
        on = record.body.sealed_on
    if plan.sealed:
        page.space(3)
        body = people.committee(case, ctx) if plan.sealed == "committee" else _organ(case, ctx, on)
        seal(page, body or t("forms.further.to_organ"), on)
    elif not plan.signs:
        date_line(page, on)
    blocks.lacking(page, [key for key in plan.must if not known[key]])


def _lines(page: Page, case: CaseState, ctx: FormContext, title: str, whom: str, record: Written | None) -> None:
    if whom == "parties":
        signed = record.event if record and isinstance(record.body, AgreementChanged) else None
        blocks.parties_sign(page, case, ctx, signed.id if signed else "", signed.legal_date if signed else None, title=title)
    elif whom == "applicant":
        slots = [Slot(people.signing_name(case, p)) for p in people.of_role(case, "applicant")]
        signature_lines(page, t(f"forms.sign.{title}"), slots or [Slot()])
    else:
        named = blocks.mediator_title(case) if title == "mediator" else t(f"forms.sign.{title}")
        signature_lines(page, named, [Slot()], fingerprint=False)


def _addressed(to: str, case: CaseState, ctx: FormContext) -> str:
    known = {"court": ctx.court, "committee": people.committee(case, ctx), "parties": people.all_names(case),
             "organ": _organ(case, ctx, None)}
    return known.get(to, "") or t(f"forms.further.to_{to}")


def _organ(case: CaseState, ctx: FormContext, on: str | None) -> str:
    """The organ that mediates or assesses: the body of an administrative case, else the office that has it. A village is none
    (村民委员会组织法 Art 2), so its place is left for the hand."""
    if case.mediation_type == "administrative" and case.committee:
        return case.committee
    office = case.holder or ctx.office
    return "" if not office or ctx.rules.lineage.level_of(office) == "village" else ctx.office_name(office, on)


def _number(plan: Plan, case: CaseState, ctx: FormContext) -> str:
    """A paper of administrative mediation bears a number of its register, and of no other."""
    if plan.code.startswith("A") and case.mediation_type != "administrative":
        return t("forms.common.number", number=t("forms.common.blank") * 2)
    return people.number_line(case, ctx)


def values(case: CaseState, ctx: FormContext, record: Written | None) -> Values:
    """What the case knows for the words of these papers; "" where nobody has said."""
    made, body = case.agreement, record.body if record and isinstance(record.body, RecordAdded) else None
    changed = record.body if record and isinstance(record.body, AgreementChanged) else None
    session = case.sessions[-1] if case.sessions else None
    asked = next((p for p in case.parties if body and body.asked and p.no == body.asked.party), None)
    applicants, others = people.of_role(case, "applicant"), people.of_role(case, "respondent")
    money = sum(i.amount_fen or 0 for i in made.items) if made else 0
    ended = next((line.legal_date for line in reversed(case.timeline) if line.kind == "case.terminated"), None)
    return {
        "case": people.case_name(case), "kind": people.kind(case), "number": ctx.number(case.number), "file_no": case.file_no,
        "parties": people.all_names(case), "applicant": asked.name if asked else people.names(applicants),
        "respondent": people.names(others), "facts": made.facts if made else case.summary,
        "claims": "；".join(claim.rstrip("；;。") for claim in case.claims),
        "items": items_text(case, made) if made else "", "agreed_on": _day(made.reached_on if made else None),
        "effective": _day(made.effective_on if made else None), "accepted": _day(case.accepted_on),
        "mediators": people.mediators(case, ctx, case.mediators) if case.mediators else "", "ended": _day(ended),
        **people.speaking(case), "body": mediation_types.word("body", case.mediation_type),
        "committee": people.committee(case, ctx), "money": yuan(money) if money else "",
        "session": session.summary if session else "", "result": session.result if session else "",
        "reason": body.text if body else "", "text": body.text if body else "",
        "change": changes_text(case, changed) if changed else body.text if body else "",
        "topic": (body.topic if body else "") or "", "place": body.place if body else session.place if session else "",
        "present": listed(body.present) if body else "", "verified": body.verified if body else "",
        "risks": body.risks if body else "", "day": _day(record.event.legal_date if record else None),
    }


def _day(iso: str | None) -> str:
    return date_cn(iso) if iso else ""


# --- papers with a plan of their own


@draws("D18")
def d18_elected(case: CaseState, ctx: FormContext, page: Page) -> None:
    """推选代表人书 (民事诉讼法 Arts 56, 57; 解释 Arts 75-78): who stands for whom, with room for each of them to sign."""
    page.open(t("forms.d18.title"), left=people.foot(case, ctx, t("forms.d18.title")))
    act = ctx.material.last(RepresentativesElected)
    elected = [p for p in case.parties if act and p.no in act.body.representatives]
    represented = [p for p in case.parties if any(e.mandate and p.no in e.mandate.principals for e in elected)]
    blank = t("forms.common.blank")
    page.paragraph(t("forms.d18.text", case=people.case_name(case), names=listed(p.name for p in elected) or blank * 2,
                     n=len(represented) or blank, committee=people.committee(case, ctx)))
    if act and act.body.text:
        page.paragraph(act.body.text)
    page.space(2)
    signature_lines(page, t("forms.sign.elected"), [Slot(p.name) for p in elected] or [Slot()], dated=False)
    page.heading(t("forms.d18.electing"))
    rosters.signing_list(page, [Slot(p.name) for p in represented] or [Slot()] * 12, t("forms.roster.sign"))
    date_line(page, act.body.elected_on if act else None)
    scans(page, ctx, papers_of(case, "D18"))


@draws("D20")
def d20_recusal(case: CaseState, ctx: FormContext, page: Page) -> None:
    """回避申请书与决定书 (特邀调解规定 Art 15; 人民调解法 Art 23 (1)): who asks, why, and what was decided."""
    page.open(t("forms.d20.title"), left=people.foot(case, ctx, t("forms.d20.title")))
    page.aligned(people.number_line(case, ctx))
    asked, recused = ctx.material.last(MediatorRejected), ctx.material.last(MediatorRecused)
    names, blank = {p.no: p.name for p in case.parties}, t("forms.common.blank")
    mediator = ctx.staff_name(asked.body.mediator if asked else recused.body.mediator if recused else "") or blank
    reason = asked.body.reason if asked else ""
    if recused:
        reason = reason or "，".join(x for x in (codes.name("recusal_ground", recused.body.ground), recused.body.text) if x)
    page.heading(t("forms.d20.ask_head"))
    page.paragraph(t("forms.d20.ask", case=people.case_name(case), mediator=mediator, reason=reason or blank * 3))
    who = names.get(asked.body.party, "") if asked else ""
    signature_lines(page, t("forms.sign.applicant"), [Slot(who)])
    page.space(4)
    page.heading(t("forms.d20.decide_head"))
    page.paragraph(t("forms.d20.decide", mediator=mediator, mediators=people.mediators(case, ctx)))
    seal(page, people.committee(case, ctx))
    scans(page, ctx, papers_of(case, "D20"))


@draws("S01")
def s01_served(case: CaseState, ctx: FormContext, page: Page) -> None:
    """送达回证: one for each who is served; a large side signs in a list."""
    for addressed in people.addressees(case):
        page.open(t("forms.s01.title"), left=people.foot(case, ctx, t("forms.s01.title")))
        page.row(label(t("forms.s01.case"), 0.2), value(f"{people.case_name(case)}　{case.file_no or ctx.number(case.number)}"))
        page.row(label(t("forms.s01.receiver"), 0.2), value(people.names(addressed)))
        page.row(label(t("forms.s01.address"), 0.2), value(addressed[0].address if len(addressed) == 1 else ""))
        page.row(label(t("forms.s01.papers"), 0.2), value(t("forms.s01.choices")), height=46)
        page.row(label(t("forms.s01.way"), 0.2), value(t("forms.s01.ways")), height=18)
        if len(addressed) > people.FEW:
            rosters.signing_list(page, [Slot(p.name) for p in addressed], t("forms.roster.sign"))
        else:
            page.row(label(t("forms.s01.signed"), 0.2), value(""), height=26)
        page.row(label(t("forms.s01.other"), 0.2), value(""), height=26)
        page.row(label(t("forms.s01.refused"), 0.2), value(""), height=26)
        page.row(label(t("forms.s01.server"), 0.2), value("", 0.3), label(t("forms.s01.when"), 0.2), value(date_cn(None)),
                 height=14)
        page.note(t("forms.s01.note"))


@draws("R01")
def r01_contact(case: CaseState, ctx: FormContext, page: Page) -> None:
    """接待联系单, for the pocket: which number, who handles it, where to ask, and the number as a code to be scanned."""
    page.open(t("forms.r01.title"), left=people.foot(case, ctx, t("forms.r01.title")))
    handler = people.mediators(case, ctx, case.mediators or case.handlers)
    running = [c for c in case.clocks if c.stopped is None and not c.outside and c.kind.startswith(_TOLD)]
    clock = min(running, key=lambda c: c.due_date, default=None)
    due = t("forms.r01.due", what=codes.name("clock", clock.kind), date=date_cn(clock.due_date)) if clock else ""
    office = ctx.office_name(case.holder) if case.holder else ""
    top = page.y
    for name, text in (("number", ctx.number(case.number)), ("who", people.all_names(case)), ("about", people.kind_exactly(case)),
                       ("state", codes.name("lifecycle", case.state)), ("office", office), ("handler", handler),
                       ("phone", ctx.telephone), ("next", due),
                       *((("ask", ctx.slip.typed),) if ctx.slip is not None else ())):
        page.row(label(t(f"forms.r01.{name}"), 0.2), value(text, 0.5), height=11)
    page.code(ctx.slip.qr if ctx.slip is not None else case.number, 0.74, top + 4, 38.0, t("forms.r01.code"))
    page.space(3)
    page.paragraph(t("forms.r01.note"))
    known = {"phone": ctx.telephone, "handler": case.mediators or case.handlers}
    blocks.lacking(page, [key for key, there in known.items() if not there])
