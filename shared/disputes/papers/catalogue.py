"""Which papers the file of a case needs, which it has and which are lacking, in the order of the bound file.

What each paper asks of a case is its row in `shared.disputes.case.papers`; needs and presence are those of the checklist.
"""

from __future__ import annotations

from dataclasses import dataclass

from shared.disputes.case.checklist import lacking_documents, must_documents, present_documents
from shared.disputes.case.material import papers_of
from shared.disputes.case.papers import ROWS, Paper
from shared.disputes.case.state import CaseState
from shared.disputes.papers.sheets.context import FormContext
from shared.disputes.rules import mediation_types
from shared.ledger import codes
from shared.ledger.texts import t

FILE_ORDER = tuple(row.code for row in ROWS if row.in_file)
DOCUMENTS = tuple(row.code for row in ROWS)


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
    return codes.name("document", code)


def title(case: CaseState, code: str) -> str:
    """What the paper is called in this case, by its kind of mediation."""
    kind = case.mediation_type
    return mediation_types.agreement_title(kind) if code == "D10" else mediation_types.spoken(name(code), kind)


def missing_documents(case: CaseState) -> list[str]:
    """Must-papers that are not there, in file order."""
    return list(lacking_documents(case))


def needs(case: CaseState, ctx: FormContext) -> list[Need]:
    """Every paper that belongs into the file of this case, in its order."""
    must, present, lacking = set(must_documents(case)), present_documents(case), set(lacking_documents(case))
    happened = {row.code for row in ROWS if row.in_file and _exists(row, case, ctx)}
    return [
        Need(row.code, title(case, row.code), row.code in must,
             row.code in happened or (row.code in present and row.code in must),
             t("forms.d01.lacking") if row.code in lacking else row.remark(case))
        for row in ROWS if row.in_file and (row.code in must or row.code in happened)
    ]


def bound(case: CaseState, ctx: FormContext) -> list[str]:
    """The papers that the bound file prints."""
    waiting = {row.code for row in ROWS if row.open_form}
    return [need.code for need in needs(case, ctx) if need.present or need.code in waiting]


def _exists(row: Paper, case: CaseState, ctx: FormContext) -> bool:
    return row.happened(case, ctx.material) or (row.own_scans and bool(papers_of(case, row.code)))
