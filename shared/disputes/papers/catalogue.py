"""Which papers a case needs, which it has and which are lacking (DOMAIN.md 4, file order).

Needs and presence are those of `shared.disputes.case.checklist`; here they get the order of the bound file, what is
only there if it happened, and what a paper that exists still lacks (a signature, the seal, a copy).
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.disputes.case.checklist import APPLIED, lacking_documents, must_documents, present_documents
from shared.disputes.case.state import ENDED, CaseState
from shared.disputes.kinds.case_agreement import ItemPerformed
from shared.disputes.kinds.case_ending import Terminated
from shared.disputes.kinds.case_mediation import Extended
from shared.disputes.papers.sheets.context import FormContext
from shared.disputes.papers.sheets.inquiry import evidence_files
from shared.disputes.papers.sheets.material import papers_of
from shared.ledger import codes
from shared.ledger.texts import t

# 卷内目录: the order of the official file; what has no place there (E..) stands before the note on the file.
FILE_ORDER = ("D02", "D03", "D04", "D05", "D06", "D07", "D08", "D09", "D10", "D11", "D12", "D13", "D14", "D17",
              "E02", "E04", "E05", "E06", "D15")
EXTRAS = ("E01", "E02", "E03", "E04", "E05", "E06", "E07", "E08", "E09")
DOCUMENTS = ("D00", "D01", *(code for code in FILE_ORDER if code[0] == "D"), "D16", *EXTRAS)
# Bound in even when lacking: an open form waits for the hand or for the copies.
OPEN_FORMS = frozenset({"D02", "D04", "D05"})


@dataclass(frozen=True, slots=True)
class Need:
    """One paper of the file. `present`: the case has it; `remark`: what it still lacks."""

    code: str
    name: str
    must: bool
    present: bool
    remark: str = ""


def name(code: str) -> str:
    """Chinese name of a paper."""
    return t(f"forms.extra.{code}") if code in EXTRAS else codes.name("document", code)


def missing_documents(case: CaseState) -> list[str]:
    """Must-papers that are not there, in file order."""
    lacking = set(lacking_documents(case))
    return [code for code in FILE_ORDER if code in lacking]


def needs(case: CaseState, ctx: FormContext) -> list[Need]:
    """Every paper that belongs into the file of this case, in its order."""
    must, present, happened = set(must_documents(case)), present_documents(case), _happened(case, ctx)
    return [
        Need(code, name(code), code in must, code in happened or (code in present and code in must), _remark(case, code))
        for code in FILE_ORDER if code in must or code in happened
    ]


def bound(case: CaseState, ctx: FormContext) -> list[str]:
    """The papers that the bound file prints."""
    return [need.code for need in needs(case, ctx) if need.present or need.code in OPEN_FORMS]


def _happened(case: CaseState, ctx: FormContext) -> set[str]:
    """Papers of which something exists, whether needed or not."""
    m, form = ctx.material, case.agreement.form if case.agreement else ""
    rows = {
        "D02": case.source in APPLIED or bool(papers_of(case, "D02")),
        "D03": True,
        "D04": case.accepted_on is not None,
        "D05": any(p.id_last4 for p in case.parties) or bool(papers_of(case, "D05")),
        "D06": any(p.role == "agent" for p in case.parties) or bool(papers_of(case, "D06")),
        "D07": bool(m.records("D07")) or bool(papers_of(case, "D07")),
        "D08": bool(evidence_files(case, ctx)),
        "D09": bool(case.sessions) or bool(papers_of(case, "D09")),
        "D10": form == "written",
        "D11": form == "oral" or case.outcome == "on_spot_settled",
        "D12": bool(m.all(ItemPerformed)) or bool(papers_of(case, "D12")),
        "D13": bool(case.visits) or bool(papers_of(case, "D13")),
        "D14": case.confirmation is not None or bool(papers_of(case, "D14")),
        "D17": case.closed_on is not None or (case.accepted_on is not None and case.state in ENDED),
        "E02": case.state == "not_accepted",
        "E04": bool(m.all(Extended)),
        "E05": case.state == "terminated" or (case.state == "transferred" and bool(m.all(Terminated))),
        "E06": case.state == "transferred",
        "D15": True,
    }
    return {code for code, there in rows.items() if there}


def _remark(case: CaseState, code: str) -> str:
    if code in missing_documents(case):
        return t("forms.d01.lacking")
    made = case.agreement
    if code == "D10" and made is not None and made.form == "written":
        if made.unsigned_parties or made.mediator_signed_on is None:
            return t("forms.d01.unsigned")
        return "" if made.sealed_on else t("forms.d01.unsealed")
    if code == "D05" and not papers_of(case, "D05"):
        return t("forms.d01.to_attach")
    return ""
