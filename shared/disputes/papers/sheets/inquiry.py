"""Papers of finding out: survey record (D07) and evidence (D08) with every file's hash and the pictures."""

from __future__ import annotations

from shared.disputes.case.material import Act, papers_of
from shared.disputes.case.papers import evidence_files
from shared.disputes.case.state import CaseState, FileRef
from shared.disputes.kinds.case_intake import EvidenceAdded, RecordAdded
from shared.disputes.papers.kit.page import SMALL, Page, label, value
from shared.disputes.papers.kit.signing import Slot, signature_lines
from shared.disputes.papers.kit.words import date_cn, listed, period
from shared.disputes.papers.sheets import blocks, people
from shared.disputes.papers.sheets.attached import scans
from shared.disputes.papers.sheets.context import FormContext
from shared.disputes.papers.sheets.drawn import draws
from shared.ledger import codes
from shared.ledger.formats.fields import Asked
from shared.ledger.texts import t

# The columns of the list and their shares of the width.
_COLUMNS = (("no", 0.06), ("name", 0.2), ("kind", 0.1), ("provider", 0.12), ("amount", 0.09), ("form", 0.11), ("collector", 0.14),
            ("date", 0.18))
_CELL = 10.0


@draws("D07")
def d07_survey(case: CaseState, ctx: FormContext, page: Page) -> None:
    """One for each survey; without any, a blank one."""
    records = ctx.material.records("D07")
    for record in records:
        _survey(case, ctx, page, record)
    if not records:
        _survey(case, ctx, page, None)
    scans(page, ctx, papers_of(case, "D07"))


def _survey(case: CaseState, ctx: FormContext, page: Page, record: Act[RecordAdded] | None) -> None:
    page.fit(lambda sheet: _answers(case, ctx, sheet, record))


def _answers(case: CaseState, ctx: FormContext, page: Page, record: Act[RecordAdded] | None) -> None:
    page.open(people.title(case, "d07"), left=people.foot(case, ctx, people.title(case, "d07")))
    f, body = "forms.d07.", record.body if record else None
    page.filled(t(f + "time"), period(record.event.legal_date, record.body.started_at, record.body.ended_at) if record else "")
    page.filled(t(f + "place"), body.place if body else "")
    page.filled(t(f + "matter"), (body.topic if body else "") or people.case_name(case))
    page.filled(t(f + "present"), listed(body.present) if body else "")
    asked = _asked(case, ctx, body.asked) if body else {}
    page.filled_row(*((t(f + field), asked.get(field, ""), share) for field, share in
                      (("person", 0.34), ("gender", 0.2), ("ethnicity", 0.24), ("age", 0.22))))
    page.filled_row((t(f + "address"), asked.get("address", ""), 0.62), (t(f + "phone"), asked.get("phone", ""), 0.38))
    page.space(2)
    page.paragraph(t(f + "record"), indent=0, bold=True)
    page.ruled(body.text if body else "", at_least=10)
    page.paragraph(t(f + "read"))
    page.space(2)
    _survey_signs(case, ctx, page, record, asked.get("person", ""))


def _survey_signs(case: CaseState, ctx: FormContext, page: Page, record: Act[RecordAdded] | None, asked: str) -> None:
    event, on = (record.event.id, record.event.legal_date) if record else ("", None)
    party = record.body.asked.party if record and record.body.asked else None
    known = [p for p in case.parties if p.no == party and p.name == asked]
    slots = people.own_slots(case, ctx, known, event, on) if known else [Slot(asked)]
    signature_lines(page, t("forms.sign.investigated"), slots)
    ids = (record.body.investigators or [record.event.actor]) if record else []
    blocks.staff_sign(page, case, ctx, "investigator", ids, event, on)
    recorder = ctx.staff_name(record.body.recorder) if record else ""
    signature_lines(page, t("forms.sign.recorder"), [Slot(recorder)], fingerprint=False)


def _asked(case: CaseState, ctx: FormContext, asked: Asked | None) -> dict[str, str]:
    """The person asked, by the fields of the form; what the survey does not say of a party comes from the case."""
    if asked is None:
        return {}
    party = next((p for p in case.parties if p.no == asked.party), None)
    age = asked.age if asked.age is not None else party.age if party else None
    known = {"person": asked.name, "gender": people.gender_name(asked.gender), "ethnicity": asked.ethnicity,
             "age": str(age) if age is not None else "", "address": asked.address, "phone": asked.phone}
    if party is not None:
        from_case = {"gender": people.gender(party), "ethnicity": ctx.material.ethnicity(party.no), "address": party.address,
                     "phone": party.phone}
        known = {field: said or from_case.get(field, "") for field, said in known.items()}
    return known


@draws("D08")
def d08_evidence(case: CaseState, ctx: FormContext, page: Page, for_court: bool = False) -> None:
    page.open(people.title(case, "d08"), left=people.foot(case, ctx, people.title(case, "d08")))
    f, pieces = "forms.d08.", evidence_files(case, ctx.material, for_court)
    with page.table(*(label(t(f + head), share) for head, share in _COLUMNS)):
        acts: list[str] = []
        for no, (act, ref) in enumerate(pieces, 1):
            again = act is not None and act.event.id in acts
            acts += [act.event.id] if act is not None else []
            _piece(page, case, ctx, no, act, ref, again)
        if not pieces:
            page.row(value(t(f + "empty"), centred=True), height=14)
    sealed = [s for s in ctx.material.sealed if s.event.kind == "case.evidence_added"]
    if sealed:
        page.note(t(f + "sealed", n=len(sealed)))
    page.space(5)
    collectors = dict.fromkeys(_collector(ctx, act, ref) for act, ref in pieces)
    signature_lines(page, t("forms.sign.collector"), [Slot(name) for name in collectors if name], fingerprint=False)
    shown = [(no, ref) for no, (_, ref) in enumerate(pieces, 1) if ref is not None]
    named = {no: act.body.title if act else _in_words(ctx, ref) for no, (act, ref) in enumerate(pieces, 1)}
    captions = [t(f + "caption", no=no, name=f"{named[no]}　{ref.name}", sha256=ref.sha256[:16]) for no, ref in shown]
    scans(page, ctx, [ref for _, ref in shown], captions, t(f + "picture_title"))


def _in_words(ctx: FormContext, ref: FileRef | None) -> str:
    """A photograph that came with another act: when it was taken in, and what its name says of it."""
    event = ctx.material.event(ref.event) if ref is not None else None
    if ref is None or event is None:
        return ref.name if ref is not None else ""
    stem = ref.name.rpartition(".")[0] or ref.name
    return t("forms.d08.at_session" if event.kind == "case.session_held" else "forms.d08.at_intake", name=stem)


def _collector(ctx: FormContext, act: Act[EvidenceAdded] | None, ref: FileRef | None) -> str:
    """Who took the piece in: as the record says, else who recorded it."""
    event = act.event if act else ctx.material.event(ref.event) if ref else None
    named = act.body.collected_by if act else ""
    return ctx.staff_name(named or event.actor) if event is not None else ""


def _sort(ref: FileRef | None, body: EvidenceAdded | None) -> str:
    if body is not None and body.kind:
        return codes.name("evidence_kind", body.kind)
    return codes.name("evidence_kind", "photo" if ref is not None and ref.purpose == "photo" else "documentary")


def _amount(body: EvidenceAdded | None, again: bool) -> str:
    """份数、页数; the further files of a piece already counted bring none."""
    if again or body is None:
        return "" if again else t("forms.d08.copies", n=1)
    said = t("forms.d08.copies", n=body.count)
    return said + "\n" + t("forms.d08.pages", n=body.pages) if body.pages is not None else said


def _piece(page: Page, case: CaseState, ctx: FormContext, no: int, act: Act[EvidenceAdded] | None, ref: FileRef | None,
           again: bool) -> None:
    f = "forms.d08."
    body = act.body if act else None
    title = body.title if body else _in_words(ctx, ref)
    is_photo = ref is not None and ref.purpose == "photo"
    by = next((p.name for p in case.parties if body and p.no == body.provided_by), body.source if body else "")
    event = ctx.material.event(ref.event) if ref else None
    on = act.event.legal_date if act else (event.legal_date if event else None)
    form = "original" if body and body.original else "electronic" if is_photo else "copy"
    texts = (str(no), title, _sort(ref, body), by, _amount(body, again), t(f + form), _collector(ctx, act, ref), date_cn(on))
    # The rows of one piece stay together.
    page.need(34)
    page.row(*(value(x, s, centred=i != 1) for i, (x, (_, s)) in enumerate(zip(texts, _COLUMNS, strict=True))), height=10,
             size=_CELL)
    if body and body.text and not again:
        page.row(label(t(f + "proves"), 0.18), value(body.text))
    if ref is not None:
        page.row(label(t(f + "file_hash"), 0.2), value(f"{ref.name}　{ref.sha256}"), size=SMALL, height=8)
