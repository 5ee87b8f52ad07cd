"""Written notices of petitions and legal aid (信访工作条例 2022 Arts 22, 23, 32-36; 法律援助法 Arts 43, 48, 49): one letter for
each step that the law wants in writing. Ours in form; the articles stand in the text. The salutation names who came or applied;
where Art 30 protects, only who may open the sealed name gets it printed, else its line is left to be written by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.disputes.papers.kit.page import Page
from shared.disputes.papers.kit.signing import Slot, seal, signature_lines
from shared.disputes.papers.kit.words import date_cn
from shared.disputes.records.matter import LegalAidState, PetitionState
from shared.disputes.rules.clocks import ClockRules
from shared.disputes.rules.statutory import default_rules
from shared.ledger import codes
from shared.ledger.formats.envelope import Event
from shared.ledger.texts import has, t

State = PetitionState | LegalAidState
# letter -> the kind of event that it puts into words
LETTERS: dict[str, str] = {
    "P01": "petition.forwarded", "P02": "petition.accepted", "P03": "petition.declined", "P04": "petition.extended",
    "P05": "petition.answered", "P06": "petition.review_answered",
    "L01": "legal_aid.decided", "L02": "legal_aid.appointed", "L03": "legal_aid.terminated", "L04": "legal_aid.objection_decided",
}


@dataclass(frozen=True)
class LetterContext:
    """`offices`: id -> full name. `number`: of the matter, as printed ("": as its record has it). Dates are ISO."""

    font: str | Path
    printed_on: str
    offices: Mapping[str, str]
    demo: bool = False
    rules: ClockRules | None = None
    name_on: Callable[[str, str], str] | None = None        # (id, ISO date) -> full name on that day
    persons: tuple[str, ...] = ()                           # who came, where the record does not say
    number: str = ""

    def office_name(self, office: str, on: str) -> str:
        return self.name_on(office, on) if self.name_on is not None else self.offices.get(office, office)


def possible(events: list[Event]) -> list[str]:
    """Letters whose step has been taken, in the order of the table."""
    kinds = {event.kind for event in events}
    return [code for code, kind in LETTERS.items() if kind in kinds]


def letter(code: str, state: State, events: list[Event], ctx: LetterContext) -> bytes:
    """The letter of the newest such step, as PDF. Raises KeyError for a letter whose step has not been taken."""
    event = next((e for e in reversed(events) if e.kind == LETTERS[code]), None)
    if event is None:
        raise KeyError(code)
    page = Page(ctx.font, ctx.printed_on, watermark=t("forms.common.demo") if ctx.demo else "")
    title = t(f"matterletters.{code}.title", stage=_stage(event), decision=_decision(event))
    number = ctx.number or state.number
    page.open(title, left=f"{title}　{number}")
    page.aligned(t("forms.common.number", number=number))
    page.space(2)
    page.paragraph(_salutation(code, state, event, ctx), indent=0)
    page.paragraph(_text(code, state, event, ctx))
    page.paragraph(t("forms.letter.hereby"))
    page.space(8)
    seal(page, ctx.office_name(event.office, event.legal_date), event.legal_date)
    page.space(10)
    page.aligned(t("forms.letter.stub"), "C", 9)
    page.paragraph(t("forms.letter.receipt"))
    signature_lines(page, t("forms.sign.receiver"), [Slot("")], dated=False)
    if page.lacking:
        page.gap_note()
    return page.output()


def named(opened: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Who came, as the last of these opened steps says it."""
    return next((tuple(body["persons"]) for body in reversed([*opened.values()]) if body.get("persons")), ())


def _salutation(code: str, state: State, event: Event, ctx: LetterContext) -> str:
    """The organ that a petition is passed to; of every other letter who came or applied."""
    if code == "P01":
        return t("matterletters.to", names=ctx.office_name(str(event.body.get("to")), event.legal_date))
    names = _names(state, ctx.persons)
    return t("matterletters.to", names="、".join(names)) if names else t("matterletters.salutation")


def _names(state: State, opened: tuple[str, ...]) -> tuple[str, ...]:
    return (state.persons or opened) if isinstance(state, PetitionState) else tuple(filter(None, (state.applicant,)))


def _channel(code: str) -> str:
    if not code:
        return t("forms.common.blank")
    own = f"matterletters.channel.{code}"
    return t(own) if has(own) else codes.name("outcome", code)


def _text(code: str, state: State, event: Event, ctx: LetterContext) -> str:
    body = event.body
    rules = ctx.rules or default_rules()

    def days(kind: str) -> int:
        return rules.rule(kind).amount

    def clock(kind: str) -> str:
        return date_cn(next((c.due_date for c in state.clocks if c.kind == kind), None))

    values: dict[str, object] = {
        "summary": state.summary, "registered": date_cn(state.registered_on), "date": date_cn(event.legal_date),
        "reason": body.get("reason") or body.get("text") or t("forms.common.blank"),
        "text": body.get("text") or (t("forms.common.blank") * 3 if code == "P05" else ""),
        "stage": _stage(event),
    }
    more: dict[str, Callable[[], dict[str, object]]] = {
        "P01": lambda: {"who": t("matterletters.petitioner", names="、".join(_names(state, ctx.persons))),
                        "days": days("petition_accept")},
        "P02": lambda: {"days": days("petition_handle"), "due": clock("petition_handle")},
        "P03": lambda: {"channel": _channel(str(body.get("channel") or ""))},
        "P04": lambda: {"until": date_cn(str(body.get("until"))), "approved": body.get("approved_by", "")},
        "P05": lambda: {"answer": codes.name("petition_answer", str(body.get("answer"))),
                        "days": days("petition_review_request")},
        "P06": lambda: {"upheld": t("matterletters.upheld" if body.get("upheld") else "matterletters.changed"),
                        "next": t("matterletters.P06.next", days=days("petition_final_review_request"))
                        if body.get("stage") == "review" else t("matterletters.P06.last")},
        "L01": lambda: {"decision": t("matterletters.granted" if body.get("granted") else "matterletters.refused",
                                      days=days("legal_aid_appoint"), objection=days("legal_aid_objection"))},
        "L02": lambda: {"lawyer": body.get("lawyer", ""), "firm": body.get("firm", "")},
        "L03": lambda: {"objection": days("legal_aid_objection")},
        "L04": lambda: {"upheld": t("matterletters.aid_upheld" if body.get("upheld") else "matterletters.aid_corrected")},
    }
    said = t(f"matterletters.{code}.text", **values, **more[code]())
    return "\n".join(line for line in said.split("\n") if line)          # what nobody added leaves no empty line


def _decision(event: Event) -> str:
    return t("matterletters.give" if event.body.get("granted") else "matterletters.refuse")


def _stage(event: Event) -> str:
    return t("matterletters.final_review" if event.body.get("stage") == "final_review" else "matterletters.review")
