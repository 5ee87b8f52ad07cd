"""Parties, mediators and the committee as the papers write them, and the places where they sign.

Reads the case and the context, writes blocks onto a page; which paper it is does not matter here.
"""

from __future__ import annotations

from collections.abc import Sequence

from shared.disputes.case import representation
from shared.disputes.case.material import signature_of
from shared.disputes.case.state import CaseState, FileRef, PartyState, Signature
from shared.disputes.kinds.case_agreement import AgreementSigned
from shared.disputes.papers.kit.page import Cell, Page, label, value
from shared.disputes.papers.kit.signing import Slot
from shared.disputes.papers.kit.words import listed
from shared.disputes.papers.sheets.context import FormContext
from shared.disputes.rules import mediation_types
from shared.ledger import codes
from shared.ledger.texts import t

PRINCIPALS = representation.SIDES
FEW = 12                 # a larger side is written as one, with a list of its members
_NAME_CELL = 7           # a longer name (乌云毕力格·苏和巴特尔) has a row of its own
_MANY = 3                # so many names are written out; more become 等N人


def principals(case: CaseState) -> list[PartyState]:
    """The parties themselves, in their order; agents and witnesses are not among them."""
    return [p for p in case.parties if p.role in PRINCIPALS]


def addressees(case: CaseState) -> list[list[PartyState]]:
    """To whom a letter goes: each party alone, a large side together; one nameless where there is nobody yet."""
    groups: list[list[PartyState]] = []
    for role in PRINCIPALS:
        side = of_role(case, role)
        groups += [side] if len(side) > FEW else [[party] for party in side]
    return groups or [[PartyState(0, "")]]


def of_role(case: CaseState, role: str) -> list[PartyState]:
    return [p for p in case.parties if p.role == role]


def committee(case: CaseState, ctx: FormContext, on: str | None = None) -> str:
    """As the case names it since its acceptance; before, the printing office's, as it was called on the day of the paper."""
    return case.committee or ctx.committee_name(on) or spoken(case, "common.committee_blank")


def speaking(case: CaseState) -> dict[str, str]:
    """How a paper of this kind of mediation speaks of its body and of who mediates."""
    return {what: mediation_types.word(what, case.mediation_type) for what in ("we", "mediator")}


def title(case: CaseState, code: str) -> str:
    """Of a standard paper ("d09"), by the case's kind of mediation."""
    return spoken(case, f"{code}.title")


def spoken(case: CaseState, text: str, **values: str) -> str:
    """A text of the standard papers ("d02.statement"), as the case's kind of mediation says it."""
    return mediation_types.spoken(t(f"forms.{text}", **values), case.mediation_type)


def mediators(case: CaseState, ctx: FormContext, ids: Sequence[str] | None = None) -> str:
    return listed(ctx.staff_name(m) for m in (ids if ids is not None else case.mediators)) or t("forms.common.blank")


def names(parties: Sequence[PartyState]) -> str:
    if len(parties) > _MANY:
        return t("forms.common.and_others", name=parties[0].name, n=len(parties))
    return listed(p.name for p in parties)


def all_names(case: CaseState) -> str:
    """Everybody; of a side with a list only the first, and how many they are."""
    by_side = (of_role(case, role) for role in PRINCIPALS)
    return listed(names(side) if len(side) > FEW else listed(p.name for p in side) for side in by_side)


def kind(case: CaseState) -> str:
    return codes.name("category", case.category) if case.category else t("forms.common.blank")


def kind_exactly(case: CaseState) -> str:
    sub = codes.name("subcategory", case.subcategory) if case.subcategory else ""
    return f"{kind(case)}（{sub}）" if sub else kind(case)


def case_name(case: CaseState) -> str:
    """卷名: who against whom, and what kind of dispute."""
    one = of_role(case, "applicant") or principals(case)[:1]
    other = [p for p in principals(case) if p not in one]
    if not other:
        return f"{names(one)}{kind(case)}"
    return t("forms.common.case_name", a=names(one), b=names(other), kind=kind(case))


def role_name(party: PartyState) -> str:
    return codes.name("participant_role", party.role)


def foot(case: CaseState, ctx: FormContext, paper: str) -> str:
    """The small text at the foot of a paper: it can be told again when a sheet falls out."""
    return t("forms.common.foot", paper=paper, number=case.file_no or ctx.number(case.number))


def number_line(case: CaseState, ctx: FormContext) -> str:
    """编号: the committee's file number once there is one; before, the platform number, called so."""
    if case.file_no:
        return t("forms.common.number", number=case.file_no)
    if case.number:
        return t("forms.common.platform_number", number=ctx.number(case.number))
    return t("forms.common.number", number=t("forms.common.blank") * 2)


def gender(party: PartyState) -> str:
    return gender_name(party.gender)


def gender_name(code: str) -> str:
    return t(f"forms.party.{code}") if code else ""


def id_short(party: PartyState) -> str:
    """The end of the number of an identity paper; the whole number is on no list."""
    return t("forms.party.id_end", end=party.id_last4) if party.id_last4 else ""


# --- blocks


def party_block(page: Page, case: CaseState, ctx: FormContext, party: PartyState | None, side: str) -> None:
    """One party as a block of a table (D02), with who acts for it; None leaves an empty one to fill in."""
    acting = [(label(name, 0.21), value(text)) for name, text in _acting(case, ctx, party)] if party is not None else []
    if party is not None and party.kind == "unit":
        page.side(side, [*_unit_rows(ctx, party), *acting])
    else:
        page.side(side, [*_person_rows(ctx, party), *acting])


def _acting(case: CaseState, ctx: FormContext, party: PartyState) -> list[tuple[str, str]]:
    """Guardian, agents and representative of a party, each with his powers and telephone."""
    found: list[tuple[str, str]] = []
    guardians = [p for p in case.parties if representation.is_guardian_of(p, party)]
    named = ctx.material.guardian(party.no)
    if guardians or named:
        found.append((t("forms.party.guardian"), listed(_with_phone(p) for p in guardians) or named))
    for other in case.parties:
        given = other.mandate
        if given is None or party.no not in given.principals or other in guardians:
            continue
        if other.role == representation.AGENT:
            found.append((t("forms.party.agent"), _with_phone(other) + t(f"forms.party.{given.scope}")))
        elif other.role in PRINCIPALS and other.no != party.no:
            found.append((t("forms.party.elected"), _with_phone(other)))
    return found


def _with_phone(party: PartyState) -> str:
    return party.name + (f"（{party.phone}）" if party.phone else "")


def identity(party: PartyState | None, ctx: FormContext | None = None) -> str:
    """Kind and end of the identity paper: 居民身份证，尾号123X. With `ctx`, on a paper for a court, the whole number where it was
    opened for this printing."""
    if party is None or not (party.id_last4 or party.id_kind):
        return ""
    usual = "credit_code" if party.kind == "unit" else "id_card"
    kind = codes.name("identity_paper", party.id_kind or usual)
    whole = ctx.material.identity_numbers().get(party.no, "") if ctx is not None else ""
    if whole:
        return t("forms.party.identity_whole", kind=kind, number=whole)
    return t("forms.party.identity", kind=kind, end=party.id_last4 or t("forms.common.blank"))


def _person_rows(ctx: FormContext, party: PartyState | None) -> list[tuple[Cell, ...]]:
    p = party or PartyState(-1, "")
    wide = len(p.name) > _NAME_CELL
    named = [(label(t("forms.party.name"), 0.21), value(p.name))] if wide else []
    return [
        *named,
        (*(() if wide else (label(t("forms.party.name"), 0.11), value(p.name, 0.21, centred=True))),
         label(t("forms.party.gender"), 0.21 if wide else 0.1), value(gender(p), 0.09, centred=True),
         label(t("forms.party.ethnicity"), 0.16 if wide else 0.1),
         value(ctx.material.ethnicity(p.no) if party else "", 0.16 if wide else 0.14, centred=True),
         label(t("forms.party.age"), 0.1), value(str(p.age) if p.age is not None else "", centred=True)),
        (label(t("forms.party.occupation"), 0.21), value(p.occupation, 0.31), label(t("forms.party.phone"), 0.16),
         value(p.phone)),
        (label(t("forms.party.id_paper"), 0.21), value(identity(party, ctx), 0.31), label(t("forms.party.address"), 0.16),
         value(p.address)),
    ]


def _unit_rows(ctx: FormContext, p: PartyState) -> list[tuple[Cell, ...]]:
    return [
        (label(t("forms.party.unit_name"), 0.21), value(p.name, 0.28), label(t("forms.party.id_paper"), 0.16),
         value(identity(p, ctx))),
        (label(t("forms.party.representative"), 0.21), value(p.representative, 0.28),
         label(t("forms.party.representative_post"), 0.16), value(ctx.material.post(p.no))),
        (label(t("forms.party.unit_address"), 0.21), value(p.address, 0.28), label(t("forms.party.phone"), 0.16), value(p.phone)),
    ]


def sentence(ctx: FormContext, p: PartyState) -> str:
    """One party in running text: 演示甲，男，汉族，45岁，农民，住……，联系方式：……"""
    if p.kind == "unit":
        post = ctx.material.post(p.no)
        parts = [p.name, p.representative and t("forms.party.sentence_representative", name=p.representative)
                 + (f"（{post}）" if post else ""),
                 p.address and t("forms.party.sentence_unit_address", address=p.address)]
    else:
        parts = [p.name, gender(p), ctx.material.ethnicity(p.no),
                 t("forms.party.sentence_age", age=p.age) if p.age is not None else "", p.occupation,
                 p.address and t("forms.party.sentence_address", address=p.address)]
    parts.append(p.phone and t("forms.party.sentence_phone", phone=p.phone))
    return "，".join(part for part in parts if part) + "。"


# --- who signs


def _slot(ctx: FormContext, name: str, ref: str | None, on: str | None) -> Slot:
    if ref is None:
        return Slot(name, None, on)
    data = ctx.file_bytes(ref)
    return Slot(name if data is not None else t("forms.sign.waiting", name=name), data, on)


def represented_by(case: CaseState, party: PartyState) -> PartyState | None:
    """Who signs for this party: as the agreement was signed; before it, the guardian, or the agent with a special mandate."""
    by_no = {p.no: p for p in case.parties}
    if case.agreement is not None:
        signed = dict(case.agreement.signed_by)
        return by_no.get(signed[party.no]) if party.no in signed else None
    for other in case.parties:
        if representation.is_ward(party, case.limits.adult_age) and representation.is_guardian_of(other, party):
            return other
        if party.no in representation.powerful(other, case.registered_on):
            return other
    return None


def signing_name(case: CaseState, party: PartyState) -> str:
    """The name at a line to sign: "乙（代理人丙代签）" where another signs for this party."""
    signer = represented_by(case, party)
    if signer is not None:
        by = "representative" if signer.role in PRINCIPALS else signer.role
        return t(f"forms.sign.for_{by}", name=party.name, by=signer.name)
    if party.guardian and representation.is_ward(party, case.limits.adult_age):
        return t("forms.sign.for_guardian", name=party.name, by=party.guardian)
    return party.name


def party_slots(case: CaseState, ctx: FormContext, parties: Sequence[PartyState], event: str = "",
                on: str | None = None) -> list[Slot]:
    """A line for each party, with the image that `event` brought; its date only beside an image."""
    slots = []
    for party in parties:
        signer = represented_by(case, party)
        hands = (party.no, signer.no) if signer else (party.no,)
        ref = next(filter(None, (signature_of(case, event, no) for no in hands)), None) if event else None
        slots.append(_slot(ctx, signing_name(case, party), ref.sha256 if ref else None, on if ref else None))
    return slots


def own_slots(case: CaseState, ctx: FormContext, parties: Sequence[PartyState], event: str, on: str | None) -> list[Slot]:
    """Lines for what nobody signs for another: what a person has said himself."""
    refs = [signature_of(case, event, p.no) if event else None for p in parties]
    return [_slot(ctx, p.name, ref.sha256 if ref else None, on if ref else None) for p, ref in zip(parties, refs, strict=True)]


def staff_slots(case: CaseState, ctx: FormContext, ids: Sequence[str], event: str = "", on: str | None = None) -> list[Slot]:
    """Lines for mediators; the first one's image is the one without a party."""
    ref: FileRef | None = signature_of(case, event, None) if event else None
    slots = []
    for place, id in enumerate(ids):
        mine = ref if place == 0 else None
        slots.append(_slot(ctx, ctx.staff_name(id), mine.sha256 if mine else None, on if mine else None))
    return slots or [Slot()]


def agreement_slots(case: CaseState, ctx: FormContext, signer: str, parties: Sequence[PartyState] = ()) -> list[Slot]:
    """From the signatures of the agreement; parties that have not signed keep an open line."""
    given = [s for s in (case.agreement.signatures if case.agreement else ()) if s.signer == signer]
    if signer != "party":
        return [_slot(ctx, ctx.staff_name(s.name), _image(case, ctx, s), s.signed_on) for s in given]
    by_party = {s.party: s for s in given if s.party is not None}
    slots = []
    for party in parties:
        signed_by: dict[int, int] = dict(case.agreement.signed_by) if case.agreement else {}
        found, name = by_party.get(signed_by.get(party.no, party.no)), signing_name(case, party)
        slots.append(Slot(name) if found is None else _slot(ctx, name, _image(case, ctx, found), found.signed_on))
    return slots


def _image(case: CaseState, ctx: FormContext, given: Signature) -> str | None:
    """The image a signature names, else the one that came with the agreement or with a later signing."""
    if given.file or given.signer not in ("party", "mediator"):
        return given.file
    signings = [case.agreement.event] if case.agreement else []
    signings += [act.event.id for act in ctx.material.all(AgreementSigned)]
    found = [signature_of(case, event, given.party) for event in signings]
    return next((ref.sha256 for ref in found if ref is not None), None)
