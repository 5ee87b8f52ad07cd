"""Whole blocks of a paper: all parties as tables, all who sign. Few are written one by one, many as a side with a list.

The names and lines themselves are in `people`, the lists in `rosters`; which paper it is does not matter here.
"""

from __future__ import annotations

from collections.abc import Sequence

from shared.disputes.case.state import CaseState, PartyState
from shared.disputes.papers.kit.page import SMALL, Page
from shared.disputes.papers.kit.signing import Slot, lines_height, seal_height, sign_and_seal, signature_lines
from shared.disputes.papers.kit.words import listed
from shared.disputes.papers.sheets import people, rosters
from shared.disputes.papers.sheets.context import FormContext
from shared.disputes.papers.sheets.people import FEW, PRINCIPALS, agreement_slots, committee, of_role, party_slots, principals
from shared.ledger.texts import t


def party_blocks(page: Page, case: CaseState, ctx: FormContext) -> None:
    """Every party; where a side is still empty, an empty block for it; a large side as one."""
    for role in PRINCIPALS:
        here = of_role(case, role)
        if len(here) > FEW:
            rosters.side_block(page, case, here, t(f"forms.party.{role}"))
            continue
        for party in here:
            people.party_block(page, case, ctx, party, t(f"forms.party.{role}"))
        if not here and role != "third_party":
            people.party_block(page, case, ctx, None, t(f"forms.party.{role}"))


def lacking(page: Page, fields: Sequence[str]) -> None:
    """Names what the paper must tell and nobody has recorded."""
    if fields:
        page.note(t("forms.further.lacking", names=listed(t(f"forms.further.field.{field}") for field in fields)))


def lacking_of_parties(case: CaseState) -> list[str]:
    """What an application or agreement must tell of each party (of a large side its list does)."""
    few = [p for role in PRINCIPALS for p in of_role(case, role) if len(of_role(case, role)) <= FEW]
    asked = {"identity": all(p.id_last4 or p.id_kind for p in few), "address": all(p.address for p in few),
             "phone": all(p.phone for p in few),
             "representative": all(p.representative for p in few if p.kind == "unit")}
    return [name for name, there in asked.items() if not there]


# --- who signs


def slots_sign(page: Page, case: CaseState, parties: Sequence[PartyState], slots: Sequence[Slot], title: str, *,
               dated: bool = True, in_roster: bool = False) -> None:
    """A line for each; of a large side its representatives, and a list to sign in for those whom nobody represents.
    `in_roster`: they sign in the list that stands behind the paper."""
    lines: list[Slot] = []
    rest: list[Slot] = []
    by_no = {p.no: slot for p, slot in zip(parties, slots, strict=True)}
    for role in PRINCIPALS:
        side = [p for p in parties if p.role == role]
        chosen = rosters.signers(case, side)
        bound = {no for p in chosen if p.mandate is not None for no in p.mandate.principals}
        lines += [by_no[p.no] for p in chosen]
        rest += [by_no[p.no] for p in side if p not in chosen and p.no not in bound]
        if len(side) > FEW and bound:
            page.paragraph(t("forms.roster.represented", name=side[0].name, n=len(side), names=people.names(chosen)), indent=0,
                           size=SMALL, leading=5.2)
    lines += [by_no[p.no] for p in parties if p.role not in PRINCIPALS]
    if lines or not rest:
        signature_lines(page, title, lines, dated=dated)
    if rest and in_roster:
        page.note(t("forms.roster.sign_there", n=len(rest)))
    elif rest:
        rosters.signing_list(page, rest, t("forms.roster.sign"))


def parties_sign(page: Page, case: CaseState, ctx: FormContext, event: str = "", on: str | None = None, *, dated: bool = True,
                 title: str = "parties") -> None:
    """A line for every party, or a list for many."""
    everybody = principals(case)
    slots_sign(page, case, everybody, party_slots(case, ctx, everybody, event, on), t(f"forms.sign.{title}"), dated=dated)


def lines_of_parties(case: CaseState) -> int:
    """How many lines `parties_sign` writes below the text."""
    return sum(len(rosters.signers(case, side)) for side in rosters.sides(case))


def mediators_sign(page: Page, case: CaseState, ctx: FormContext, ids: Sequence[str], event: str = "",
                   on: str | None = None) -> None:
    signature_lines(page, mediator_title(case), people.staff_slots(case, ctx, ids, event, on), fingerprint=False)


def mediator_title(case: CaseState) -> str:
    return t("forms.sign.mediator", who=people.speaking(case)["mediator"])


def staff_sign(page: Page, case: CaseState, ctx: FormContext, title: str, ids: Sequence[str], event: str = "",
               on: str | None = None) -> None:
    signature_lines(page, t(f"forms.sign.{title}"), people.staff_slots(case, ctx, ids, event, on), fingerprint=False)


def agreement_signs(page: Page, case: CaseState, ctx: FormContext, sealed_on: str | None, *, made: bool) -> None:
    """Parties, mediator, recorder and committee of the agreement; open lines while it is not `made`."""
    recorder = agreement_slots(case, ctx, "recorder") if made else []
    everybody = principals(case)
    slots = agreement_slots(case, ctx, "party", everybody) if made else party_slots(case, ctx, everybody)
    slots_sign(page, case, everybody, slots, t("forms.sign.parties"), in_roster=rosters.is_listed(case))
    if made:
        mediator = agreement_slots(case, ctx, "mediator") or people.staff_slots(case, ctx, case.mediators)
        signature_lines(page, mediator_title(case), mediator, fingerprint=False)
    else:
        mediators_sign(page, case, ctx, case.mediators)
    sign_and_seal(page, t("forms.sign.recorder"), recorder, committee(case, ctx), sealed_on)


def agreement_signs_height(case: CaseState) -> float:
    """Room that `agreement_signs` takes."""
    return lines_height(lines_of_parties(case), pen=max(1, len(case.mediators))) + seal_height() + 2


def agreement_roster(page: Page, case: CaseState, ctx: FormContext, *, made: bool) -> None:
    """The list behind the agreement, signed by those who do not sign on it; none where the parties are few."""
    if rosters.is_listed(case):
        everybody = principals(case)
        slots = agreement_slots(case, ctx, "party", everybody) if made else party_slots(case, ctx, everybody)
        rosters.roster(page, case, ctx, slots)
