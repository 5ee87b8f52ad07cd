"""The files of a court package beside its papers: originals of evidence, of identity and authority, of the signed agreement. What
was said in mediation (D07, D09 and everything of a session) is among them only when every party consented (DOMAIN.md 7.8).
"""

from __future__ import annotations

from collections.abc import Collection

from shared.disputes.case.state import CaseState, FileRef
from shared.disputes.papers.case_file import CONFIDENTIAL, all_consent
from shared.disputes.papers.sheets.context import FormContext
from shared.disputes.papers.sheets.inquiry import evidence_files
from shared.disputes.papers.sheets.material import papers_of

_PAPERS = ("D05", "D06", "D10", "D11", "D14")


def court_files(case: CaseState, ctx: FormContext, consents: Collection[int]) -> list[FileRef]:
    """Each original once, papers first."""
    wanted = [*_PAPERS, *(CONFIDENTIAL if all_consent(case, consents) else ())]
    found = [ref for code in wanted for ref in papers_of(case, code)]
    found += [ref for _, ref in evidence_files(case, ctx, for_court=True) if ref is not None]
    return list({ref.sha256: ref for ref in found}.values())
