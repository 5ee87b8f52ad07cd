"""Hard guards: what the law forbids, whoever asks. Pure questions with a reason code as answer ("" =
nothing forbids).

The reason codes are keys of the catalogue section `effect`; each is used when an act is written
(`actions`) and again when it is folded, so a program that forgot to ask cannot move a case against the
law. Which matters are excluded, and from what, is configuration with its source (`matters`).
"""

from __future__ import annotations

from shared.disputes.case.representation import SIDES
from shared.disputes.case.state import CaseState
from shared.disputes.rules import excluded_matters as matters
from shared.disputes.rules.mediation_types import PEOPLE, bound_by

# Words of a fee: mediation is free (人民调解法 Art 4), so no body may carry such a field.
FEE_WORDS = ("fee", "charge", "price", "payment_to", "deposit")


def excluded_matter(category: str, subcategory: str = "", mediation_type: str = PEOPLE) -> str:
    """Why a people's committee, or who else mediates so, must not accept the matter, or ""."""
    found = matters.table().exclusion(category, subcategory)
    return bound_by(mediation_type, found.reason) if found else ""


def right_channel(category: str, subcategory: str = "") -> str:
    """Where an excluded matter must be sent, as a code of the table `outcome`; "" when it is not excluded."""
    found = matters.table().exclusion(category, subcategory)
    return found.channel if found else ""


def banners(category: str, subcategory: str = "", *, vulnerable: bool = False) -> tuple[str, ...]:
    """What every screen of such a case must say, as keys of the catalogue section `banner`: no change of the land's use while its
    ownership is disputed (土地管理法 Art 14, 草原法 Art 16); violence against one without full capacity must be reported to the
    police (反家庭暴力法 Art 14); an agreement that no court confirms (民诉法解释 Art 355)."""
    found = matters.table().exclusion(category, subcategory)
    if found is not None:
        return (found.banner_vulnerable if vulnerable else found.banner,)
    return () if confirmable(category, subcategory) else (matters.table().not_confirmable_banner,)


def confirmable(category: str, subcategory: str = "") -> bool:
    """May a court confirm an agreement on this matter? (民诉法解释 Art 355)"""
    return subcategory not in matters.table().not_confirmable


def unnamed(category: str, subcategory: str) -> str:
    """A matter of a category with excluded ones in it is named before anybody decides it: asked of a new act alone, because
    older records of the category name none."""
    return "" if subcategory or not matters.table().must_be_named(category) else "subcategory_needed"


def acceptance(*, rights_told: bool, parties_willing: bool, refused: bool, category: str, subcategory: str,
               mediation_type: str = PEOPLE) -> str:
    """人民调解法 Art 17, 若干规定 Art 30, excluded matters."""
    if refused or not parties_willing:
        return "party_refused"
    if not rights_told:
        return "rights_not_told"
    return excluded_matter(category, subcategory, mediation_type)


def settlement(*, category: str, subcategory: str, difficulty: str, risk: int, agreed_by: set[int], parties: set[int],
               wards: set[int] | None = None) -> str:
    """On the spot: no excluded matter, simple, at most yellow, and every party says yes (DOMAIN.md 2.2, 7.2)."""
    excluded = excluded_matter(category, subcategory)
    if excluded:
        return excluded
    limit = matters.table().settlement
    if difficulty and difficulty not in limit.difficulties:
        return "not_simple"
    if risk > limit.risk:
        return "risk_too_high"
    lacking = parties - agreed_by
    if lacking:
        return "guardian_lacking" if lacking <= (wards or set()) else "not_all_agree"
    return matters.table().written(category, subcategory)


def grid_settlement(*, difficulty: str, risk: int) -> str:
    """The grid settles small matters alone: what goes beyond climbs to the village (DOMAIN.md 7.3)."""
    limit = matters.table().settlement
    return "grid_small_only" if risk > limit.grid_risk or (difficulty or "simple") not in limit.difficulties else ""


def agreement(*, category: str, subcategory: str, form: str, mediation_type: str = PEOPLE) -> str:
    """No agreement on an excluded matter; on contracted land, at work and in hospital only in
    writing (`written_only`, `written_category` of matters.toml, each with its article)."""
    excluded = excluded_matter(category, subcategory, mediation_type)
    if excluded or form == "written":
        return excluded
    return matters.table().written(category, subcategory)


def copies_for(case: CaseState) -> int:
    """The least number of copies of a written agreement: one for each party, one for the committee (人民调解法 Art 29), and
    three as the form has it."""
    return max(3, sum(party.role in SIDES for party in case.parties) + 1)


def termination(*, remedies_told: bool, escalation_checked: bool) -> str:
    """Arts 25, 26: tell the other remedies, check for escalation."""
    if not remedies_told:
        return "remedies_not_told"
    return "" if escalation_checked else "escalation_not_checked"
