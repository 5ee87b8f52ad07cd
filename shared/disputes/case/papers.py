"""The papers of a case, one row each (DOMAIN.md 4): when the file must hold it, when the case has it, how it is printed.

    Paper("D10", must=_written, present=_written, remark=_signings, in_file=True, to_court=True, ...)

The order of the rows is that of the file (卷内目录). How a paper looks is drawn by `@draws(code)` in `papers/sheets`, its words
and name stand in `catalogue/zh_CN/forms.toml`; whoever needs a list of papers (checklist, index, court package, evidence) reads
it off these rows. Pure questions to a folded case and its events. It must not know pages or fonts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shared.disputes.case.material import Act, Material, papers_of
from shared.disputes.case.state import ENDED, CaseState, FileRef
from shared.disputes.kinds.case_agreement import AgreementChanged, ItemPerformed
from shared.disputes.kinds.case_ending import Terminated
from shared.disputes.kinds.case_intake import EvidenceAdded, RepresentativesElected
from shared.disputes.kinds.case_mediation import Extended
from shared.disputes.kinds.case_tracks import MediatorRecused, MediatorRejected
from shared.ledger import codes
from shared.ledger.texts import t

# Sources with an application of a party; the other cases begin with the register.
APPLIED = frozenset({"by_application", "window", "online", ""})

Asked = Callable[[CaseState], bool]
Happened = Callable[[CaseState, Material], bool]
Piece = tuple[Act[EvidenceAdded] | None, FileRef | None]


def _no(_case: CaseState) -> bool:
    return False


def _never(_case: CaseState, _acts: Material) -> bool:
    return False


def _nothing(_case: CaseState) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Paper:
    """`law`: where it comes from. `must`: the file must hold it. `present`: recorded acts stand for it (a copy with this code, or
    a record written under it, always does). `happened`: something of it exists, whether needed or not (a copy always counts).
    `remark`: what the one there still lacks, in Chinese. `in_file`: belongs into the bound file, at this place of the order.
    `open_form`: bound in even when lacking, for the hand or for copies. `numbered`: its pages bear numbers. `confidential`: goes
    to the court only if every party consents. `to_court`: its originals go with a court package. `own_scans`: its copies stand
    with the paper and are no evidence."""

    code: str
    law: str
    must: Asked = _no
    present: Asked = _no
    happened: Happened = _never
    remark: Callable[[CaseState], str] = _nothing
    in_file: bool = False
    open_form: bool = False
    numbered: bool = True
    confidential: bool = False
    to_court: bool = False
    own_scans: bool = True
    refused: Callable[[CaseState], str] = _nothing      # why it must not be printed, in Chinese
    unconfirmed: bool = False           # the articles are from memory: nobody has read them in the law's text yet

    @property
    def name(self) -> str:
        return codes.name("document", self.code)


# --- what the rows ask


def _accepted(case: CaseState) -> bool:
    return case.accepted_on is not None


def _on_spot(case: CaseState) -> bool:
    """Settled before any acceptance: the register and what was agreed by word are its whole file."""
    return case.outcome == "on_spot_settled"


def _mediated(case: CaseState) -> bool:
    return _accepted(case) and not _on_spot(case)


def _form(case: CaseState) -> str:
    return case.agreement.form if case.agreement is not None else ""


def _oral(case: CaseState) -> bool:
    return _on_spot(case) or (_form(case) == "oral")


def _signed_for(case: CaseState) -> bool:
    """Who signed for another shows by what right."""
    made = case.agreement
    return _mediated(case) and made is not None and any(
        p.role == "agent" for _, by in made.signed_by for p in case.parties if p.no == by)


def _signings(case: CaseState) -> str:
    made = case.agreement
    if made is None or made.form != "written":
        return ""
    if made.unsigned_parties or made.mediator_signed_on is None:
        return t("forms.d01.unsigned")
    return "" if made.sealed_on else t("forms.d01.unsealed")


def _copies_wanted(case: CaseState) -> str:
    return "" if papers_of(case, "D05") else t("forms.d01.to_attach")


def _ended_at_work(case: CaseState, _acts: Material) -> bool:
    return case.closed_on is not None or (_accepted(case) and case.state in ENDED)


def _terminated(case: CaseState, acts: Material) -> bool:
    return case.state == "terminated" or (case.state == "transferred" and bool(acts.all(Terminated)))


def _there_is_evidence(case: CaseState, acts: Material) -> bool:
    return bool(evidence_files(case, acts))


def _written(code: str) -> Happened:
    """A record was written under this code."""
    return lambda _case, acts: bool(acts.records(code))


def _changed(case: CaseState, acts: Material) -> bool:
    return bool(acts.records("D21") or acts.all(AgreementChanged))


_LAW = "人民调解法"
_RULES = "人民调解工作若干规定"

ROWS: tuple[Paper, ...] = (
    Paper("D00", "司法部2010文书格式", numbered=False, own_scans=False),
    Paper("D01", "司法部2010文书格式", numbered=False, own_scans=False),
    Paper("D02", f"{_LAW} Art 17", must=lambda c: not _on_spot(c) and c.source in APPLIED, present=lambda c: True,
          happened=lambda c, a: c.source in APPLIED, in_file=True, open_form=True),
    Paper("D03", f"{_RULES} Arts 23, 29", must=lambda c: _on_spot(c) or c.source not in APPLIED, present=lambda c: True,
          happened=lambda c, a: True, in_file=True),
    Paper("D04", f"{_LAW} Arts 23, 24; {_RULES} Art 30", must=_mediated, present=_accepted,
          happened=lambda c, a: _accepted(c), in_file=True, open_form=True),
    # Of what only others can give the copy must be there: the digits of an identity paper are no paper.
    Paper("D05", "司法部2010文书格式", must=_mediated, happened=lambda c, a: any(p.id_last4 for p in c.parties),
          remark=_copies_wanted, in_file=True, open_form=True, to_court=True),
    Paper("D06", "民法典 Art 165", must=_signed_for, happened=lambda c, a: any(p.role == "agent" for p in c.parties),
          in_file=True, to_court=True),
    Paper("D07", f"{_LAW} Art 15; {_RULES} Art 31", happened=lambda c, a: bool(a.records("D07")), in_file=True,
          confidential=True),
    Paper("D08", "民事诉讼法 Art 66", happened=_there_is_evidence, in_file=True, own_scans=False),
    Paper("D09", f"{_LAW} Art 27", must=_mediated, present=lambda c: bool(c.sessions), happened=lambda c, a: bool(c.sessions),
          in_file=True, confidential=True),
    Paper("D10", f"{_LAW} Arts 28, 29", must=lambda c: _mediated(c) and _form(c) == "written",
          present=lambda c: _form(c) == "written", happened=lambda c, a: _form(c) == "written", remark=_signings,
          in_file=True, to_court=True),
    Paper("D11", f"{_LAW} Arts 28, 30", must=lambda c: _on_spot(c) or (_mediated(c) and _form(c) == "oral"), present=_oral,
          happened=lambda c, a: _oral(c), in_file=True, to_court=True,
          refused=lambda c: t("forms.cli.written_already") if _form(c) == "written" else ""),
    Paper("D18", "民事诉讼法 Arts 56, 57; 民诉法解释 Arts 75-78", happened=lambda c, a: bool(a.all(RepresentativesElected)),
          in_file=True, to_court=True),
    Paper("D19", f"{_LAW} Art 23 (3)", happened=_written("D19"), in_file=True),
    Paper("D20", f"{_LAW} Art 23 (1); 特邀调解规定 Art 15",
          happened=lambda c, a: bool(a.all(MediatorRejected) or a.all(MediatorRecused)), in_file=True),
    Paper("D21", f"{_LAW} Art 31; 民法典 Art 543", happened=_changed, in_file=True, to_court=True),
    Paper("A01", "内蒙古自治区矛盾纠纷多元化解条例（行政调解）", happened=_written("A01"), in_file=True),
    Paper("A02", "内蒙古自治区矛盾纠纷多元化解条例（行政调解）", own_scans=False),
    Paper("A03", "内蒙古自治区矛盾纠纷多元化解条例（行政调解）", happened=_written("A03"), in_file=True, confidential=True),
    Paper("A04", "内蒙古自治区矛盾纠纷多元化解条例（行政调解）", happened=_written("A04"), in_file=True),
    Paper("A05", "内蒙古自治区矛盾纠纷多元化解条例（行政调解）", own_scans=False),
    Paper("M01", f"{_LAW} Art 20", happened=_written("M01"), in_file=True),
    Paper("M02", f"{_LAW} Art 20", happened=_written("M02"), in_file=True),
    Paper("M03", "重大行政决策程序暂行条例 Arts 22-24", happened=_written("M03"), in_file=True),
    Paper("F01", "公安机关办理行政案件程序规定 Art 186", happened=_written("F01"), in_file=True),
    Paper("F02", "劳动人事争议仲裁办案规则 Arts 74-77（调解协议仲裁审查）", happened=_written("F02"), in_file=True,
          unconfirmed=True),
    Paper("F03", "劳动争议调解仲裁法 Art 16; 民事诉讼法 Arts 225-228", happened=_written("F03"), in_file=True),
    Paper("F04", "法律援助法 Arts 41, 42", happened=_written("F04"), in_file=True),
    Paper("S01", "民事诉讼法 Arts 87-92（参照）", happened=lambda c, a: False, in_file=True),
    Paper("R01", "信访工作条例 Art 22; 首问负责", own_scans=False),
    Paper("D12", f"{_LAW} Art 31", happened=lambda c, a: bool(a.all(ItemPerformed)), in_file=True),
    Paper("D13", f"{_LAW} Art 31", present=lambda c: bool(c.visits), happened=lambda c, a: bool(c.visits), in_file=True),
    Paper("D14", f"{_LAW} Art 33; 民事诉讼法 Arts 205, 206", happened=lambda c, a: c.confirmation is not None, in_file=True,
          to_court=True),
    Paper("D17", "司法部2010文书格式", happened=_ended_at_work, in_file=True, own_scans=False),
    Paper("E01", f"{_RULES} Art 24", own_scans=False),
    Paper("E02", f"{_RULES} Art 24", happened=lambda c, a: c.state == "not_accepted", in_file=True, own_scans=False),
    Paper("E03", f"{_RULES} Art 28", own_scans=False),
    Paper("E04", f"{_RULES} Art 33", happened=lambda c, a: bool(a.all(Extended)), in_file=True, own_scans=False),
    Paper("E05", f"{_LAW} Art 26", happened=_terminated, in_file=True, own_scans=False),
    Paper("E06", f"{_LAW} Art 25", happened=lambda c, a: c.state == "transferred", in_file=True, own_scans=False),
    Paper("E07", "DOMAIN.md 7.6", own_scans=False),
    Paper("E08", "特邀调解规定 Arts 11, 27", own_scans=False),
    Paper("E09", "特邀调解规定 Arts 21, 22, 26", own_scans=False),
    Paper("E10", "人民调解工作若干规定 Art 24 (what parties are told); ours", numbered=False, own_scans=False),
    Paper("D15", "司法部2010文书格式", happened=lambda c, a: True, in_file=True, own_scans=False),
    Paper("D16", "司法部2010文书格式", numbered=False, own_scans=False),
)
BY_CODE = {row.code: row for row in ROWS}


def paper(code: str) -> Paper | None:
    return BY_CODE.get(code)


# --- which evidence there is


def evidence_files(case: CaseState, acts: Material, for_court: bool = False) -> list[Piece]:
    """Every piece of evidence, file by file; one without a file stands alone. Photographs of the registration or of a
    session count as evidence too; those of a session are confidential and never go `for_court`."""
    by_event: dict[str, list[FileRef]] = {}
    for ref in case.files:
        if ref.purpose != "signature" and not _elsewhere(ref.document):
            by_event.setdefault(ref.event, []).append(ref)
    given = {a.event.id: a for a in acts.all(EvidenceAdded) if not _elsewhere(a.body.document)}
    pieces: list[Piece] = []
    for event, refs in by_event.items():
        if event not in given and not _shows_the_matter(acts, event, for_court):
            continue
        pieces += [(given.get(event), ref) for ref in refs]
    return pieces + [(act, None) for event, act in given.items() if event not in by_event]


def _elsewhere(code: str) -> bool:
    """Its copies stand with a paper of their own."""
    found = BY_CODE.get(code)
    return found is not None and found.own_scans


def _shows_the_matter(acts: Material, event: str, for_court: bool) -> bool:
    found = acts.event(event)
    inside = () if for_court else ("case.session_held", "case.note_added")
    return found is not None and found.kind in ("case.registered", *inside)
