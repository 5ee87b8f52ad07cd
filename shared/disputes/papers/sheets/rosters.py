"""Lists that stand behind a paper where the parties are many: 当事人名册, 补偿明细附表.

A side of more than `FEW` is one block with its representatives, and its members are rows of a list that can be signed in; so
sixty households make one agreement with two lists and no sixty sheets. Which paper it is does not matter here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.disputes.case import representation
from shared.disputes.case.state import AgreementState, CaseState, ItemState, PartyState
from shared.disputes.papers.kit.page import Cell, Page, label, value
from shared.disputes.papers.kit.signing import Slot
from shared.disputes.papers.kit.words import capital, date_cn, listed, numeral, yuan
from shared.disputes.papers.sheets import people
from shared.disputes.papers.sheets.context import FormContext
from shared.ledger.texts import t

_CELL = 9.5
_ROW = 11.0              # mm: a name is written and a finger pressed in it
_ROSTER = (("no", 0.07), ("name", 0.16), ("about", 0.1), ("id", 0.12), ("address", 0.2), ("phone", 0.17), ("sign", 0.18))
_DETAIL = (("no", 0.07), ("to", 0.19), ("what", 0.3), ("sum", 0.16), ("due", 0.14), ("sign", 0.14))


# --- who is on the list


def is_listed(case: CaseState) -> bool:
    """Are there so many that they stand on a list?"""
    return any(len(side) > people.FEW for side in sides(case))


def sides(case: CaseState) -> list[list[PartyState]]:
    return [people.of_role(case, role) for role in representation.SIDES]


def representatives(case: CaseState, side: Sequence[PartyState]) -> list[PartyState]:
    """Those on this side who sign for others of it."""
    numbers = {p.no for p in side}
    return [p for p in side if p.mandate is not None and p.mandate.scope == "special" and numbers & set(p.mandate.principals)]


def signers(case: CaseState, side: Sequence[PartyState]) -> list[PartyState]:
    """Who signs below the text: everybody of a small side; of a large one its representatives, the others sign in the list."""
    return list(side) if len(side) <= people.FEW else representatives(case, side)


def side_block(page: Page, case: CaseState, side: Sequence[PartyState], name: str) -> None:
    """A large side in place of a block for each."""
    chosen = representatives(case, side)
    said = t("forms.roster.side", name=side[0].name, n=len(side))
    who = listed(p.name + (f"（{p.phone}）" if p.phone else "") for p in chosen) or t("forms.roster.nobody")
    rows = [(label(t("forms.party.name"), 0.21), value(said)), (label(t("forms.roster.representatives"), 0.21), value(who))]
    page.side(name, [*rows])


# --- the lists


def roster(page: Page, case: CaseState, ctx: FormContext, slots: Sequence[Slot], title: str = "") -> None:
    """当事人名册: everybody with the paper that identifies him, who signs for him, and room to sign."""
    title = title or t("forms.roster.title")
    page.open(title, left=people.foot(case, ctx, title))
    page.note(t("forms.roster.note"))
    by_no = dict(zip((p.no for p in people.principals(case)), slots, strict=True))
    place = 0
    for side in sides(case):
        if not side:
            continue
        page.heading(t("forms.roster.heading", role=people.role_name(side[0]), n=len(side)))
        with page.table(*(label(t(f"forms.roster.{head}"), share) for head, share in _ROSTER)):
            for party in side:
                place += 1
                _member(page, case, place, party, by_no[party.no])
    page.space(3)


def _member(page: Page, case: CaseState, place: int, party: PartyState, slot: Slot) -> None:
    about = " ".join(x for x in (people.gender(party), f"{party.age}" if party.age is not None else "") if x)
    texts = (str(place), party.name, about, people.id_short(party), party.address, party.phone, _signed(case, party, slot))
    cells = [value(text, share, centred=name != "address") for text, (name, share) in zip(texts, _ROSTER, strict=True)]
    page.keep(page.height_of_row(*cells, height=_ROW, size=_CELL))
    top = page.y
    page.row(*cells, height=_ROW, size=_CELL)
    if slot.image is not None:
        page.in_cell(slot.image, 1 - _ROSTER[-1][1], _ROSTER[-1][1], top, page.y)


def _signed(case: CaseState, party: PartyState, slot: Slot) -> str:
    """What stands in the column to sign in: nothing, where a hand is to write."""
    if slot.image is not None:
        return ""
    if slot.name != party.name:
        return slot.name.removeprefix(party.name)          # （代表人某某代签）
    return t("forms.roster.signed", date=date_cn(slot.signed_on)) if slot.signed_on else ""


def identity_list(page: Page, members: Sequence[PartyState]) -> None:
    """In place of an empty frame for each of many: whose paper was seen, with its end, and whose copy is behind."""
    if not members:
        return
    shares = (("no", 0.08), ("name", 0.24), ("id", 0.26), ("address", 0.27), ("checked", 0.15))
    page.heading(t("forms.roster.all_copies"))
    with page.table(*(label(t(f"forms.roster.{head}"), share) for head, share in shares)):
        for place, party in enumerate(members, 1):
            texts = (str(place), party.name, people.id_short(party), party.address, t("forms.common.unchecked"))
            cells = [value(x, share, centred=head != "address") for x, (head, share) in zip(texts, shares, strict=True)]
            page.row(*cells, size=_CELL)
    page.space(4)


def signing_list(page: Page, slots: Sequence[Slot], title: str) -> None:
    """Room for many to sign under a paper: two to a row, with name, signature and fingerprint."""
    heads = (label(t("forms.roster.no"), 0.07), label(t("forms.roster.name"), 0.17), label(title, 0.26))
    page.space(3)
    with page.table(*heads, *heads):
        for place in range(0, len(slots), 2):
            cells: list[Cell] = []
            for one in (place, place + 1):
                slot = slots[one] if one < len(slots) else None
                cells += [value(str(one + 1) if slot else "", 0.07, centred=True), value(slot.name if slot else "", 0.17),
                          value(t("forms.roster.signed", date=date_cn(slot.signed_on)) if slot and slot.signed_on and
                                slot.image is None else "", centred=True)]
            page.keep(page.height_of_row(*cells, height=_ROW, size=_CELL))
            top = page.y
            page.row(*cells, height=_ROW, size=_CELL)
            for half, one in enumerate((place, place + 1)):
                image = slots[one].image if one < len(slots) else None
                if image is not None:
                    page.in_cell(image, half * 0.5 + 0.24, 0.26, top, page.y)
    page.space(3)


# --- promises to many


@dataclass(frozen=True, slots=True)
class Many:
    """Like promises of one party to several: `items` in their order, their sum."""

    items: tuple[ItemState, ...]

    @property
    def total(self) -> int:
        return sum(item.amount_fen or 0 for item in self.items)


def grouped(agreement: AgreementState) -> list[ItemState | Many]:
    """Promises in their order; more than `FEW` like ones (same party, same matter, same day, to others) as one."""
    alike: dict[tuple[int, str, str | None], list[ItemState]] = {}
    for item in agreement.items:
        alike.setdefault((item.who, item.what, item.due_date), []).append(item)
    made: list[ItemState | Many] = []
    for group in alike.values():
        many = len(group) > people.FEW and all(item.to is not None for item in group)
        made += [Many(tuple(group))] if many else group
    return sorted(made, key=lambda one: one.items[0].no if isinstance(one, Many) else one.no)


def many_text(case: CaseState, many: Many) -> str:
    """One line for all: who pays what, to how many, how much together, and where each sum stands."""
    names, first = {p.no: p.name for p in case.parties}, many.items[0]
    due = t("forms.d10.due", date=date_cn(first.due_date)) if first.due_date else ""
    text = t("forms.d10.promise", who=names.get(first.who, ""), due=due, what=first.what)
    total = t("forms.roster.total", sum=yuan(many.total), capital=capital(many.total)) if many.total else ""
    return t("forms.roster.many", text=text, n=len({item.to for item in many.items}), total=total)


def details(page: Page, case: CaseState, ctx: FormContext, agreement: AgreementState) -> None:
    """补偿明细附表: each of the promises that the agreement tells together, with its sum, and the total."""
    groups = [(no, one) for no, one in enumerate(grouped(agreement), 1) if isinstance(one, Many)]
    if not groups:
        return
    title = t("forms.roster.details")
    page.open(title, left=people.foot(case, ctx, title))
    names = {p.no: p.name for p in case.parties}
    for no, many in groups:
        page.heading(t("forms.roster.of_item", no=numeral(no), who=names.get(many.items[0].who, "")))
        with page.table(*(label(t(f"forms.roster.{head}"), share) for head, share in _DETAIL)):
            for place, item in enumerate(many.items, 1):
                money = yuan(item.amount_fen) if item.amount_fen else ""
                texts = (str(place), names.get(item.to if item.to is not None else -1, ""), item.what, money,
                         _short_date(item.due_date), "")
                page.row(*(value(x, share, centred=head != "what") for x, (head, share) in zip(texts, _DETAIL, strict=True)),
                         height=_ROW - 2, size=_CELL)
        if many.total:
            page.row(_total_label(), value(t("forms.roster.total_line", sum=yuan(many.total), capital=capital(many.total))))
        page.space(4)


def _short_date(iso: str | None) -> str:
    return ".".join(str(int(part)) for part in iso.split("-")) if iso else ""


def _total_label() -> Cell:
    return label(t("forms.roster.sum_of_all"), 0.26)
