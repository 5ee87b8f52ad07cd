"""Papers at the beginning: application (D02), acceptance register (D03), notice of rights (D04), identity (D05), power
of attorney (D06)."""

from __future__ import annotations

from shared.disputes.case import representation
from shared.disputes.case.material import papers_of
from shared.disputes.case.state import CaseState, FileRef, PartyState
from shared.disputes.kinds.case_intake import EvidenceAdded, Registered
from shared.disputes.kinds.case_mediation import Accepted, SettledOnSpot
from shared.disputes.papers.kit.canvas import INNER
from shared.disputes.papers.kit.page import Page, label, value
from shared.disputes.papers.kit.signing import PEN_LINE, Slot, date_line, lines_height, sign_and_seal, signature_lines
from shared.disputes.papers.kit.words import date_cn, listed
from shared.disputes.papers.sheets import blocks, people, rosters
from shared.disputes.papers.sheets.attached import scans
from shared.disputes.papers.sheets.context import FormContext
from shared.disputes.papers.sheets.drawn import draws
from shared.disputes.rules import mediation_types
from shared.ledger import codes
from shared.ledger.texts import t

_CARDS = frozenset({"id_card", "hk_macau", "taiwan", "residence_permit", "officer"})     # two sides of a card
_CARD = (85.6, 54.0)         # an identity card, mm (ISO 7810 ID-1)
_APPLIED = frozenset({"by_application", "window", "online"})
_PROACTIVE = frozenset({"proactive", "grid_report", "hazard"})
_ENTRUSTED = frozenset({"entrusted", "leader_assigned", "upper_level", "hotline_12345"})


@draws("D02")
def d02_application(case: CaseState, ctx: FormContext, page: Page) -> None:
    page.fit(lambda sheet: _application(case, ctx, sheet))
    blocks.agreement_roster(page, case, ctx, made=False)
    scans(page, ctx, papers_of(case, "D02"))


def _application(case: CaseState, ctx: FormContext, page: Page) -> None:
    page.open(people.title(case, "d02"), left=people.foot(case, ctx, people.title(case, "d02")))
    blocks.party_blocks(page, case, ctx)
    page.row(label(t("forms.d02.summary"), 0.13), value(case.summary), height=62)
    claims = "\n".join(t("forms.d02.claim", no=n, text=text) for n, text in enumerate(case.claims, 1))
    page.row(label(t("forms.d02.claims"), 0.13), value(claims or "1、\n\n2、\n\n3、"), height=34)
    page.space(3)
    registered = ctx.material.last(Registered)
    page.paragraph(people.spoken(case, "d02.statement"))
    if registered is not None and registered.body.oral:
        page.paragraph(t("forms.d02.oral"), indent=0)
    event = registered.event.id if registered else ""
    slots = people.party_slots(case, ctx, people.of_role(case, "applicant"), event, case.registered_on)
    signature_lines(page, t("forms.sign.applicant"), slots)
    blocks.lacking(page, [*blocks.lacking_of_parties(case), *(["claims"] if not case.claims else [])])


@draws("D03")
def d03_acceptance(case: CaseState, ctx: FormContext, page: Page) -> None:
    page.fit(lambda sheet: _register(case, ctx, sheet))
    scans(page, ctx, papers_of(case, "D03"))


def _register(case: CaseState, ctx: FormContext, page: Page) -> None:
    page.open(people.title(case, "d03"), left=people.foot(case, ctx, people.title(case, "d03")))
    page.aligned(people.number_line(case, ctx))
    settled = ctx.material.last(SettledOnSpot) if case.outcome == "on_spot_settled" else None
    begun = case.accepted_on or (settled.event.legal_date if settled else None)
    on = date_cn(begun) if begun else t("forms.d03.intro_blank")
    parties = people.all_names(case) or t("forms.common.blank") * 2
    page.paragraph(people.spoken(case, "d03.intro", date=on, parties=parties))
    page.space(2)
    page.row(label(t("forms.d03.category")), value(people.kind_exactly(case)), height=11)
    page.row(label(t("forms.d03.source")), value(_source(case)), height=17)
    page.row(label(t("forms.d03.place")), value(
        " ".join(x for x in (ctx.office_name(case.place.office, case.registered_on), case.place.text) if x)),
             height=11)
    page.row(label(t("forms.d03.summary")), value(case.summary), height=54)
    if settled is not None:
        page.row(label(t("forms.d03.settled")), value(settled.body.text), height=22)
    page.row(label(t("forms.d03.remark")), value(t("forms.d03.platform", number=ctx.number(case.number))), height=11)
    page.space(1)
    page.note(people.spoken(case, "d03.filled_by"))
    accepted = ctx.material.last(Accepted)
    event = accepted.event.id if accepted else settled.event.id if settled else ""
    blocks.parties_sign(page, case, ctx, event, begun, dated=False)
    committee = people.committee(case, ctx, case.registered_on)
    sign_and_seal(page, t("forms.sign.registrar"), [Slot(_registrar(ctx))], committee, begun)


def _registrar(ctx: FormContext) -> str:
    registered = ctx.material.last(Registered)
    return ctx.staff_name(registered.event.actor) if registered else ""


def _source(case: CaseState) -> str:
    """The form's choices, one of them marked."""
    group = ("by_application" if case.source in _APPLIED else "proactive" if case.source in _PROACTIVE
             else "entrusted" if case.source in _ENTRUSTED or case.entrusting_body else "other")
    body = codes.name("entrusting_body", case.entrusting_body) if case.entrusting_body else (
        codes.name("case_source", case.source) if group == "entrusted" else t("forms.common.blank"))
    other = codes.name("case_source", case.source) if group == "other" and case.source else t("forms.common.blank")
    lines = {"by_application": t("forms.d03.by_application"), "proactive": people.spoken(case, "d03.proactive"),
             "entrusted": t("forms.d03.entrusted", body=body), "other": t("forms.d03.other", name=other)}
    mark = {True: t("forms.common.checked"), False: t("forms.common.unchecked")}
    return "\n".join("　　".join(f"{mark[key == group]}{lines[key]}" for key in row)
                     for row in (("by_application", "proactive"), ("entrusted", "other")))


@draws("D04")
def d04_rights(case: CaseState, ctx: FormContext, page: Page) -> None:
    """Told before mediating (若干规定 Art 30), by the law of its kind: 人民调解法 Arts 2-4, 7, 15, 23-33; 信访工作条例 Art 33;
    最高法特邀调解规定; else 民法典 Art 465 and 民诉法解释 Art 107."""
    page.fit(lambda sheet: _rights(case, ctx, sheet))
    scans(page, ctx, papers_of(case, "D04"))


def _rights(case: CaseState, ctx: FormContext, page: Page) -> None:
    code = mediation_types.of(case.mediation_type).code
    title = t(f"rights.title.{code}")
    page.open(title, left=people.foot(case, ctx, title))
    size, leading = 11.5, 7.2
    to = people.all_names(case) or t("forms.common.blank")
    page.paragraph(t("rights.to", names=to), indent=0, size=size, leading=leading)
    page.paragraph(t(f"rights.intro.{code}"), size=size, leading=leading)
    said = {what: mediation_types.word(what, code) for what in ("body", "mediator", "agreement", "confirm")}
    for part in ("nature", "principle", "rights", "duties", "effect", "secret"):
        page.need(2.5 * leading)
        page.paragraph(t(f"rights.{part}_head.{code}"), size=size, leading=leading, bold=True)
        page.paragraph(t(f"rights.{part}.{code}", **said), size=size, leading=leading)
    page.space(2)
    page.keep(20 + lines_height(min(3, len(people.principals(case)))))
    page.paragraph(t("rights.told"), size=size, leading=leading)
    accepted = ctx.material.last(Accepted)
    event = accepted.event.id if accepted else ""
    blocks.parties_sign(page, case, ctx, event, case.accepted_on)
    blocks.mediators_sign(page, case, ctx, case.mediators, event, case.accepted_on)


@draws("D05")
def d05_id(case: CaseState, ctx: FormContext, page: Page) -> None:
    """A place for each party's copies; pictures of them are put in when they are in the case."""
    page.open(t("forms.d05.title"), left=people.foot(case, ctx, t("forms.d05.title")))
    given_for = {f.party for f in papers_of(case, "D05")}
    listed_only = [p for side in rosters.sides(case) if len(side) > people.FEW for p in side if p.no not in given_for]
    parties = [p for p in people.principals(case) if p not in listed_only] or ([] if listed_only else [PartyState(0, "")])
    rosters.identity_list(page, listed_only)
    for party in parties:
        _identity(page, ctx, case, party, below=12 + PEN_LINE if party is parties[-1] else 0.0)
    page.paragraph(t("forms.d05.checked"), indent=0)
    given = {f.event for f in papers_of(case, "D05")}
    collectors = [a.body.collected_by or a.event.actor for a in ctx.material.all(EvidenceAdded) if a.event.id in given]
    slots = [Slot(ctx.staff_name(id)) for id in dict.fromkeys(collectors)]
    signature_lines(page, t("forms.sign.collector"), slots, fingerprint=False)
    scans(page, ctx, [f for f in papers_of(case, "D05") if f.party is None])


def _identity(page: Page, ctx: FormContext, case: CaseState, party: PartyState, below: float) -> None:
    """`below`: what must stand on the same sheet after it."""
    width = (INNER - 4) / 2
    height = width * _CARD[1] / _CARD[0]
    page.need(height + (32 if party.kind == "unit" else 20) + below)
    who = t("forms.d05.holder", role=people.role_name(party), name=party.name)
    page.paragraph(f"{who}　　{people.identity(party)}", indent=0)
    given = [f for f in papers_of(case, "D05") if f.party == party.no]
    wide = "unit" if party.kind == "unit" else party.id_kind if party.id_kind not in ("", *_CARDS) else ""
    if wide:
        first = given[0] if given else None
        data = ctx.file_bytes(first.sha256) if first else None
        page.framed(data, INNER, height + 10, _caption(first),
                    t(f"forms.d05.{wide if wide in ('unit', 'household') else 'other'}"))
        page.space(height + 24)
    else:
        _card(page, ctx, given, width, height)
    if representation.is_ward(party, case.limits.adult_age):
        more = given[1 if wide else 2:]
        page.need(height + 24)
        page.framed(ctx.file_bytes(more[0].sha256) if more else None, INNER, height, _caption(more[0] if more else None),
                    t("forms.d05.guardianship"))
        page.space(height + 14)


def _card(page: Page, ctx: FormContext, given: list[FileRef], width: float, height: float) -> None:
    for place, absent in enumerate((t("forms.d05.front"), t("forms.d05.back"))):
        ref = given[place] if place < len(given) else None
        data = ctx.file_bytes(ref.sha256) if ref else None
        page.framed(data, width, height, _caption(ref), absent, x=place * (width + 4))
    page.space(height + 12)


def _caption(ref: FileRef | None) -> str:
    return t("forms.d05.caption", name=ref.name, sha256=ref.sha256[:16]) if ref is not None else ""


@draws("D06")
def d06_poa(case: CaseState, ctx: FormContext, page: Page) -> None:
    """One for each agent of the case; without any, a blank one."""
    agents = [p for p in case.parties if p.role == "agent"]
    for agent in agents or [PartyState(-1, "")]:
        _attorney(case, ctx, page, agent)
    scans(page, ctx, papers_of(case, "D06"))


def _attorney(case: CaseState, ctx: FormContext, page: Page, agent: PartyState) -> None:
    page.open(t("forms.d06.title"), left=people.foot(case, ctx, t("forms.d06.title")))
    blank, mandate = t("forms.common.blank"), ctx.material.mandate(agent.no) if agent.no >= 0 else None
    principals = [p for p in case.parties if mandate and p.no in mandate.principals]
    page.paragraph(t("forms.d06.text", principal=listed(p.name for p in principals) or blank, case=people.case_name(case),
                     agent=agent.name or blank, committee=people.committee(case, ctx)))
    page.space(2)
    page.filled_row((t("forms.d06.agent_name"), agent.name, 0.5), (t("forms.d06.agent_phone"), agent.phone, 0.5))
    relation = mandate.relation if mandate else ""
    page.filled_row((t("forms.d06.agent_relation"), relation, 0.5), (t("forms.d06.agent_id"), people.identity(agent, ctx), 0.5))
    page.space(3)
    page.paragraph(t("forms.d06.scope"), indent=0, bold=True)
    for scope in ("general", "special"):
        mark = t("forms.common.checked" if mandate and mandate.scope == scope else "forms.common.unchecked")
        page.paragraph(mark + t(f"forms.d06.scope_{scope}"))
    if mandate and mandate.text:
        page.paragraph(t("forms.d06.powers", text=mandate.text))
    page.paragraph(t("forms.d06.term"), indent=0, bold=True)
    since, until = (mandate.since, mandate.until) if mandate else (None, None)
    page.paragraph(t("forms.d06.term_text", since=date_cn(since), until=date_cn(until)))
    page.space(10)
    signature_lines(page, t("forms.sign.principal"), [Slot(p.name) for p in principals], dated=False)
    signature_lines(page, t("forms.sign.agent"), [Slot(agent.name)], dated=False)
    page.space(4)
    date_line(page)
