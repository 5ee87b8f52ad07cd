"""Hard guards: what the law forbids, whoever asks. Pure questions with a reason code as answer ("" =
nothing forbids).

The reason codes are keys of the catalogue section `effect`; each is used when an act is written
(`actions`) and again when it is folded, so a program that forgot to ask cannot move a case against the
law.
"""

from __future__ import annotations

# (category, subcategory or "") -> why a people's committee may not decide it. Ownership of land and
# grassland goes to
# government (土地管理法 Art 14, 草原法 Art 16).
EXCLUDED: dict[tuple[str, str], str] = {
    ("DC07", "ownership"): "excluded_ownership",
    ("DC03", "ownership"): "excluded_ownership",
    ("DC01", "violence"): "excluded_violence",
}
# Where an excluded matter goes (code table `outcome`); the notice says the same in words.
CHANNEL: dict[str, str] = {"excluded_ownership": "to_adjudication", "excluded_violence": "to_police"}

# Matters on which a court refuses judicial confirmation (民诉法解释 Art 355): identity relations, real
# rights.
NOT_CONFIRMABLE: frozenset[tuple[str, str]] = frozenset({
    ("DC01", "divorce"), ("DC01", "parentage"), ("DC07", "ownership"), ("DC03", "ownership"),
})

# Words of a fee: mediation is free (人民调解法 Art 4), so no body may carry such a field.
FEE_WORDS = ("fee", "charge", "price", "payment_to", "deposit")


def excluded_matter(category: str, subcategory: str = "") -> str:
    """Why a people's committee must not accept the matter, or ""."""
    return EXCLUDED.get((category, subcategory), "")


def right_channel(category: str, subcategory: str = "") -> str:
    """Where an excluded matter must be sent, as a code of the table `outcome`; "" when it is not excluded."""
    return CHANNEL.get(excluded_matter(category, subcategory), "")


def banners(category: str, subcategory: str = "", *, vulnerable: bool = False) -> tuple[str, ...]:
    """What every screen of such a case must say, as keys of the catalogue section `banner`: no change of the land's use while its
    ownership is disputed (土地管理法 Art 14, 草原法 Art 16); violence against one without full capacity must be reported to the
    police (反家庭暴力法 Art 14)."""
    found = []
    if excluded_matter(category, subcategory) == "excluded_ownership":
        found.append("status_quo_required")
    if subcategory == "violence":
        found.append("must_report_violence" if vulnerable else "violence_to_police")
    return tuple(found)


def confirmable(category: str, subcategory: str = "") -> bool:
    """May a court confirm an agreement on this matter?"""
    return (category, subcategory) not in NOT_CONFIRMABLE


def acceptance(*, rights_told: bool, parties_willing: bool, refused: bool, category: str, subcategory: str) -> str:
    """人民调解法 Art 17, 若干规定 Art 30, excluded matters."""
    if refused or not parties_willing:
        return "party_refused"
    if not rights_told:
        return "rights_not_told"
    return excluded_matter(category, subcategory)


def settlement(*, difficulty: str, risk: int, agreed_by: set[int], parties: set[int]) -> str:
    """On the spot: simple, at most yellow, and every party says yes (DOMAIN.md 7.2)."""
    if difficulty not in ("", "simple"):
        return "not_simple"
    if risk > 2:
        return "risk_too_high"
    return "" if agreed_by >= parties else "not_all_agree"


def termination(*, remedies_told: bool, escalation_checked: bool) -> str:
    """Arts 25, 26: tell the other remedies, check for escalation."""
    if not remedies_told:
        return "remedies_not_told"
    return "" if escalation_checked else "escalation_not_checked"
