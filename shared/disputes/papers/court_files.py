"""The files of a court package beside its papers: originals of evidence, of identity and authority, of the signed agreement. What
was said in mediation (D07, D09 and everything of a session) is among them only when every party consented (DOMAIN.md 7.8).
"""

from __future__ import annotations

from collections.abc import Collection

from shared.disputes.case.material import papers_of
from shared.disputes.case.papers import ROWS, evidence_files
from shared.disputes.case.state import CaseState, FileRef
from shared.disputes.papers.case_file import all_consent
from shared.disputes.papers.sheets.context import FormContext


def court_files(case: CaseState, ctx: FormContext, consents: Collection[int]) -> list[FileRef]:
    """Each original once, papers first."""
    all_agree = all_consent(case, consents)
    wanted = [row.code for row in ROWS if row.to_court] + [row.code for row in ROWS if row.confidential and all_agree]
    found = [ref for code in wanted for ref in papers_of(case, code)]
    found += [ref for _, ref in evidence_files(case, ctx.material, for_court=True) if ref is not None]
    return list({ref.sha256: ref for ref in found}.values())
