"""Papers for judicial confirmation (D14) and the note on top of what goes to the court.

人民调解法 Art 33, 民事诉讼法 (2023) Arts 205-206, 民诉法解释 Arts 107, 353-358. The certificate tells who mediated
and that an agreement was reached, and nothing of what was said.
"""

from __future__ import annotations

from collections.abc import Collection

from shared.disputes.case import guards
from shared.disputes.case.checklist import lacking_documents
from shared.disputes.case.material import papers_of
from shared.disputes.case.state import CaseState
from shared.disputes.papers.kit.canvas import INNER
from shared.disputes.papers.kit.page import Page, label, value
from shared.disputes.papers.kit.signing import date_line, lines_height, seal
from shared.disputes.papers.kit.words import date_cn, listed
from shared.disputes.papers.sheets import blocks, people, rosters
from shared.disputes.papers.sheets.attached import scans
from shared.disputes.papers.sheets.context import FormContext
from shared.disputes.papers.sheets.drawn import draws
from shared.disputes.papers.sheets.volume import IndexEntry
from shared.disputes.rules.mediation_types import agreement_title, word
from shared.ledger import codes
from shared.ledger.texts import t


@draws("D14")
def d14_confirmation(case: CaseState, ctx: FormContext, page: Page) -> None:
    """Application, certificate, and the court's papers as far as they are there."""
    d14a_application(case, ctx, page)
    d14b_certificate(case, ctx, page)
    if case.confirmation is not None:
        _court_papers(case, ctx, page)


def _court_papers(case: CaseState, ctx: FormContext, page: Page) -> None:
    """Notice of acceptance and ruling: their pictures, or the place to paste them."""
    page.open(t("forms.d14.from_court"), left=people.foot(case, ctx, t("forms.d14.from_court")))
    assert case.confirmation is not None
    on = f"（{date_cn(case.confirmation.decided_on)}）" if case.confirmation.decided_on else ""
    page.paragraph(t("forms.d14.status", status=codes.name("confirmation", case.confirmation.status), date=on), indent=0)
    files = papers_of(case, "D14")
    if files:
        scans(page, ctx, files)
        return
    page.space(3)
    for place in ("notice", "ruling"):
        page.framed(None, INNER, 92, "", t(f"forms.d14.{place}"))
        page.space(98)


def court_name(case: CaseState, ctx: FormContext) -> str:
    named = case.confirmation.court if case.confirmation else ""
    return named or ctx.court or t("forms.d14.court_blank")


def d14a_application(case: CaseState, ctx: FormContext, page: Page) -> None:
    """Joint: every party applies. A unit among them is written with its representative."""
    page.fit(lambda sheet: _application(case, ctx, sheet))
    blocks.agreement_roster(page, case, ctx, made=False)


def _application(case: CaseState, ctx: FormContext, page: Page) -> None:
    page.open(t("forms.d14.application"), left=people.foot(case, ctx, t("forms.d14.application")))
    made, blank, committee = case.agreement, t("forms.common.blank"), people.committee(case, ctx)
    for group in people.addressees(case):
        if len(group) > people.FEW:
            rosters.side_block(page, case, group, t("forms.party.applicant"))
        elif group[0].name:
            people.party_block(page, case, ctx, group[0], t("forms.party.applicant"))
    page.space(3)
    page.heading(t("forms.d14.request_head"))
    reached, title = date_cn(made.reached_on if made else None), agreement_title(case.mediation_type)
    page.paragraph(t("forms.d14.request", date=reached, committee=committee, title=title, number=case.file_no or blank))
    page.heading(t("forms.d14.facts_head"))
    page.paragraph(t("forms.d14.facts", parties=people.all_names(case), kind=people.kind(case), committee=committee,
                     date=reached, effective=date_cn(made.effective_on if made else None),
                     law=word("confirm_law", case.mediation_type)))
    page.heading(t("forms.d14.promise_head"))
    page.paragraph(t("forms.d14.promise"))
    page.heading(t("forms.d14.address_head"))
    for party in [p for side in rosters.sides(case) for p in rosters.signers(case, side)]:
        address, phone = party.address or blank * 3, party.phone or blank * 2
        page.paragraph(t("forms.d14.address", name=party.name, address=address, phone=phone))
    page.paragraph(t("forms.d14.attached", title=title), indent=0, size=10.5, leading=6.4)
    if rosters.is_listed(case):
        page.paragraph(t("forms.roster.addresses"))
    page.keep(3 * 8 + lines_height(min(3, len(people.principals(case)))))
    page.paragraph(t("forms.d14.to"))
    page.paragraph(court_name(case, ctx), indent=0, bold=True)
    blocks.parties_sign(page, case, ctx, dated=False, title="applicant")
    page.space(2)
    date_line(page, case.confirmation.applied_on if case.confirmation else None)
    there = {"agreed_on": made is not None, "effective": made is not None and made.effective_on is not None,
             "file_no": bool(case.file_no), "court": court_name(case, ctx) != t("forms.d14.court_blank")}
    blocks.lacking(page, [*blocks.lacking_of_parties(case), *(name for name, yes in there.items() if not yes)])


def d14b_certificate(case: CaseState, ctx: FormContext, page: Page) -> None:
    title = word("certificate", case.mediation_type)
    page.open(title, left=people.foot(case, ctx, title))
    page.aligned(t("forms.common.number", number=case.file_no or t("forms.common.blank") * 2))
    page.space(3)
    page.paragraph(court_name(case, ctx) + "：", indent=0)
    page.paragraph(t(
        "forms.d14.certify", **people.speaking(case),
        parties=people.all_names(case), kind=people.kind(case), start=date_cn(case.accepted_on),
        mediators=people.mediators(case, ctx), date=date_cn(case.agreement.reached_on if case.agreement else None),
        number=case.file_no or t("forms.common.blank")))
    page.paragraph(t("forms.d14.certify_end"))
    page.space(8)
    blocks.mediators_sign(page, case, ctx, case.mediators)
    page.space(4)
    seal(page, people.committee(case, ctx))


def court_cover(case: CaseState, ctx: FormContext, page: Page, entries: list[IndexEntry], consents: Collection[int],
                included: bool) -> None:
    """What is in the package, and why the record of the mediation is not."""
    page.open(t("forms.court.title"), left=people.foot(case, ctx, t("forms.court.title")))
    page.paragraph(t("forms.court.to", court=court_name(case, ctx)), indent=0)
    page.paragraph(t("forms.court.text", case=people.case_name(case), number=case.file_no or t("forms.common.blank")))
    page.space(2)
    page.row(label(t("forms.court.no"), 0.12), label(t("forms.court.name"), 0.72), label(t("forms.court.page")), height=10)
    for place, entry in enumerate(entries, 1):
        number = str(entry.number) if entry.number is not None else ""
        page.row(value(str(place), 0.12, centred=True), value(entry.name, 0.72), value(number, centred=True), height=10)
    page.space(4)
    page.heading(t("forms.court.omitted_head"))
    agreeing = listed(p.name for p in people.principals(case) if p.no in consents)
    if included:
        page.paragraph(t("forms.court.included", names=agreeing))
    else:
        who = t("forms.court.consents_some", names=agreeing) if agreeing else t("forms.court.consents_none")
        page.paragraph(t("forms.court.omitted", who=who))
    for warning in _warnings(case):
        page.paragraph(warning, bold=True)
    page.space(4)
    seal(page, people.committee(case, ctx), ctx.printed_on)


def _warnings(case: CaseState) -> list[str]:
    found = []
    if not guards.confirmable(case.category, case.subcategory):
        found.append(t("forms.court.warn"))
    if case.agreement is None or case.agreement.effective_on is None:
        found.append(t("forms.court.not_effective"))
    needed = [code for code in lacking_documents(case) if code in ("D05", "D10", "D11")]
    if needed:
        found.append(t("forms.court.lacking", names=listed(codes.name("document", code) for code in needed)))
    return found
