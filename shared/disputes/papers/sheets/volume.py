"""The papers of the file itself: cover (D00), index (D01), note (D15), back (D16), closing report (D17)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from shared.disputes.case.checklist import lacking_documents
from shared.disputes.case.state import ENDED, CaseState
from shared.disputes.kinds.case_ending import Terminated, TransferredOut
from shared.disputes.kinds.case_mediation import SettledOnSpot, Withdrawn
from shared.disputes.papers.kit.canvas import HEIGHT, INNER, LEFT
from shared.disputes.papers.kit.page import CELL, Page, label, value
from shared.disputes.papers.kit.signing import Slot, signature_lines
from shared.disputes.papers.kit.words import date_cn, listed, numeral
from shared.disputes.papers.sheets import people
from shared.disputes.papers.sheets.context import FormContext
from shared.disputes.papers.sheets.drawn import draws
from shared.disputes.papers.sheets.mediation import items_text
from shared.ledger import codes
from shared.ledger.days import between
from shared.ledger.texts import t

_COVER_LINE = 13.5
_COVER_LABEL = 40.0
_COVER_ROWS = 3


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One line of the index. `number` as printed at the foot of the page, `target` the page of the PDF; None: the paper
    is lacking."""

    name: str
    number: int | None
    target: int | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a bound file holds, without cover, index and back."""

    papers: int
    pages: int


@draws("D00")
def d00_cover(case: CaseState, ctx: FormContext, page: Page) -> None:
    page.open(people.title(case, "d00"), heading="")
    page.box(LEFT - 6, 20, INNER + 12, HEIGHT - 40, 0.7)
    page.box(LEFT - 4.5, 21.5, INNER + 9, HEIGHT - 43, 0.2)
    page.y = 48
    page.title(people.committee(case, ctx), 24)
    page.y += 10
    page.title(t("forms.d00.wide"), 34)
    page.y = 122
    on_spot = case.closed_on if case.outcome == "on_spot_settled" else None
    first = min((s.held_on for s in case.sessions), default=case.accepted_on or on_spot)
    last = case.agreement.reached_on if case.agreement else max((s.held_on for s in case.sessions), default=case.closed_on)
    period = t("forms.d00.period_text", start=date_cn(first), end=date_cn(last))
    remark = t("forms.d00.platform", number=ctx.number(case.number)) if case.number else ""
    if case.confidentiality != "open":
        remark += "\n" + t("forms.d00.closed")
    for name, text in (
        ("name", people.case_name(case)), ("file_no", case.file_no),
        ("mediator", people.mediators(case, ctx, case.mediators or case.handlers)),
        ("period", period), ("keeper", ctx.keeper), ("filed_on", date_cn(ctx.printed_on)),
        ("retention", ctx.retention),
        ("remark", remark),
    ):
        _cover_line(page, people.spoken(case, f"d00.{name}"), text)


def _cover_line(page: Page, name: str, text: str) -> None:
    """A line of the cover; a long text is set smaller before it takes more than `_COVER_ROWS` rows."""
    left, right = LEFT + 8, LEFT + INNER - 8
    size = next((s for s in (14.0, 12.0, 10.5) if len(page.wrap(text, right - left - _COVER_LABEL, s)) <= _COVER_ROWS), 9.0)
    lines = page.wrap(text, right - left - _COVER_LABEL, size)
    page.text(left, page.y + _COVER_LINE / 2, name, 14.0, bold=True)
    for place, line in enumerate(lines):
        last = place == len(lines) - 1
        page.text(left + _COVER_LABEL, page.y + _COVER_LINE / 2, line, size)
        if last or size == 14.0:
            page.line(left + _COVER_LABEL - 2, page.y + _COVER_LINE - 2, right, page.y + _COVER_LINE - 2)
        page.y += _COVER_LINE if last else size * 0.68


def d01_index(case: CaseState, ctx: FormContext, page: Page, entries: list[IndexEntry]) -> None:
    """A line for each paper with its page; each line leads there when clicked."""
    page.open(t("forms.d01.title"), left=people.foot(case, ctx, t("forms.d01.title")))
    shares = (0.1, 0.56, 0.12, 0.22)
    heads = zip(("no", "name", "page", "remark"), shares, strict=True)
    with page.table(*(label(t(f"forms.d01.{head}"), share) for head, share in heads)):
        for place, entry in enumerate(entries, 1):
            page.need(12)
            top = page.y
            number = str(entry.number) if entry.number is not None else ""
            page.row(value(str(place), shares[0], centred=True), value(entry.name, shares[1]),
                     value(number, shares[2], centred=True), value(entry.remark, shares[3], centred=True), height=11)
            if entry.target is not None:
                page.link(LEFT, top, INNER, page.y - top, entry.target)
    page.space(3)
    page.note(t("forms.d01.note"))


@draws("D15")
def d15_note(case: CaseState, ctx: FormContext, page: Page) -> None:
    """What the file lacks and how the case ended; room for what only a person knows."""
    page.open(t("forms.d15.title"), left=people.foot(case, ctx, t("forms.d15.title")))
    lacking = [codes.name("document", code) for code in lacking_documents(case)]
    said = [t("forms.d15.lacking", names=listed(lacking)) if lacking else t("forms.d15.nothing_lacking")]
    if ctx.material.sealed:
        said.append(t("forms.d15.sealed", n=len(ctx.material.sealed)))
    if case.incomplete:
        said.append(t("forms.d15.incomplete", n=case.incomplete))
    review = sum(1 for f in case.findings if f.review and not f.resolved)
    if review:
        said.append(t("forms.d15.review", n=review))
    shown = [f for f in case.files if f.type.startswith(("image/", "application/pdf"))]
    absent_pictures = sum(1 for f in shown if ctx.file_bytes(f.sha256) is None)
    if absent_pictures:
        said.append(t("forms.d15.pictures", n=absent_pictures))
    if case.outcome:
        on = f"（{date_cn(case.closed_on)}）" if case.closed_on else ""
        said.append(t("forms.d15.outcome", outcome=codes.name("outcome", case.outcome), date=on))
    else:
        said.append(t("forms.d15.outcome_open", state=codes.name("lifecycle", case.state)))
    for place, line in enumerate(said, 1):
        page.paragraph(f"{numeral(place)}、{line}")
    page.paragraph(f"{numeral(len(said) + 1)}、{t('forms.d15.other')}")
    page.ruled("", at_least=10)
    page.space(6)
    signature_lines(page, t("forms.sign.keeper"), [Slot(ctx.keeper)], fingerprint=False)


@draws("D16")
def d16_back(case: CaseState, ctx: FormContext, page: Page, extent: Extent | None = None) -> None:
    page.open(t("forms.d16.title"), heading="")
    page.box(LEFT - 6, 20, INNER + 12, HEIGHT - 40, 0.7)
    page.y = 150
    for name, text in (("keeper", ctx.keeper), ("checker", ctx.checker), ("filed_on", date_cn(ctx.printed_on)),
                       ("checked_on", date_cn(None))):
        _cover_line(page, t(f"forms.d16.{name}"), text)
    if extent is not None:
        page.y += 8
        page.aligned(t("forms.d16.pages", n=extent.papers, pages=extent.pages), "C", CELL)


@draws("D17")
def d17_close(case: CaseState, ctx: FormContext, page: Page) -> None:
    page.fit(partial(_report, case, ctx))


def _report(case: CaseState, ctx: FormContext, page: Page) -> None:
    page.open(people.title(case, "d17"), left=people.foot(case, ctx, people.title(case, "d17")))
    f, ended = "forms.d17.", _ended_on(case, ctx)
    begun = case.accepted_on or (case.registered_on if case.outcome == "on_spot_settled" else None)
    page.row(label(t(f + "file_no")), value(case.file_no, 0.36), label(t(f + "filled_on")), value(date_cn(ctx.printed_on)))
    page.row(label(t(f + "unit")), value(people.committee(case, ctx), 0.36), label(t(f + "handler")),
             value(people.mediators(case, ctx, case.mediators or case.handlers)))
    page.row(label(t(f + "accepted_on")), value(date_cn(begun), 0.36), label(t(f + "closed_on")),
             value(date_cn(ended)))
    for party in people.principals(case):
        page.row(label(people.role_name(party)), value(people.sentence(ctx, party)))
    source = codes.name("case_source", case.source) if case.source else ""
    page.row(label(t(f + "source")), value(source, 0.4), label(t(f + "category")), value(people.kind_exactly(case)))
    page.row(label(t(f + "facts")), value(case.agreement.facts if case.agreement else case.summary), height=40)
    page.row(label(t(f + "result")), value(_result(case, ctx)), height=30)
    performed = "；".join(
        t(f + "item", no=numeral(item.no + 1), status=codes.name("performance", item.status))
        for item in (case.agreement.items if case.agreement else ()))
    page.row(label(t(f + "performance")), value(performed), height=14)
    outcome = codes.name("outcome", case.outcome) if case.outcome else ""
    page.row(label(t(f + "outcome")), value("　".join(x for x in (outcome, _days(begun, ended)) if x)))
    page.row(label(t(f + "opinion")), value(""), height=26)
    page.space(3)
    signature_lines(page, t("forms.sign.handler"), [Slot()], fingerprint=False)
    signature_lines(page, t("forms.sign.leader"), [Slot()], fingerprint=False)


def _ended_on(case: CaseState, ctx: FormContext) -> str | None:
    """The day it was closed, or came to another end."""
    if case.closed_on or case.state not in ENDED:
        return case.closed_on
    ends = [a.event.legal_date for kind in (Terminated, TransferredOut, Withdrawn) for a in ctx.material.all(kind)]
    return max(ends, default=None)


def _days(begun: str | None, closed: str | None) -> str:
    """How long the case took; one done on its day says so."""
    if not begun or not closed:
        return ""
    days = between(begun, closed)
    return t("forms.d17.days", n=days) if days else t("forms.d17.same_day")


def _result(case: CaseState, ctx: FormContext) -> str:
    """What was agreed, with sums and dates; else how the case went out."""
    if case.agreement is not None:
        return items_text(case, case.agreement)
    settled, ended = ctx.material.last(SettledOnSpot), ctx.material.last(Terminated)
    if case.outcome == "on_spot_settled" and settled is not None:
        return settled.body.text
    said = [case.sessions[-1].result] if case.sessions else []
    if ended is not None:
        said.append(t("forms.d17.terminated", reason=codes.name("terminate_reason", ended.body.reason),
                      date=date_cn(ended.event.legal_date)))
    return "\n".join(x for x in said if x)
