"""The last page of an intake: everything once more, by step, with what is missing; and what is shown when it has its number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.disputes.case.citizen_slip import Slip
from shared.disputes.forms.answers import fen
from shared.disputes.papers.kit.codes import qr
from shared.disputes.rules.clocks import ClockRules
from shared.ledger import codes
from shared.ledger.texts import t
from village_node.view_models.case_list import risk_words
from village_node.view_models.case_page import yuan
from village_node.view_models.intake import matter, people, places, signing
from village_node.view_models.intake.answers import STEPS, Answers, named
from village_node.view_models.intake.draft import faults, step_of
from village_node.view_models.next_step import day_words


@dataclass(frozen=True, slots=True)
class Section:
    step: int
    title: str
    lines: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReceiptModel:
    """`squares`: rows of the QR code, 1 dark; empty when the code was not made on this device."""

    number: str
    typed: str
    squares: tuple[tuple[int, ...], ...]
    how: str
    next: str


def sections(answers: Answers, rules: ClockRules, name_of: Callable[[str], str], today: str, photos: int, mediator: str
             ) -> tuple[Section, ...]:
    lines = {
        "people": [f"{people.role_words(p)}　{p['name']}　{people.line(p)}".rstrip("　") for p in named(answers)],
        "matter": _matter(answers, rules),
        "place": _place(answers, name_of, today),
        "evidence": [t("intake.review.photos", n=photos) if photos else t("intake.review.no_photos")],
        "sign": _sign(answers, rules, mediator),
    }
    found = faults(answers, rules).all
    return tuple(
        Section(place, t(f"intake.step.{name}"), tuple(line for line in lines[name] if line),
                tuple(words for path, words in found.items() if step_of(path) == name))
        for place, name in enumerate(STEPS))


def _matter(answers: Answers, rules: ClockRules) -> list[str]:
    category = codes.name("category", answers["category"]) if answers["category"] else ""
    sub = codes.name("subcategory", answers["subcategory"]) if answers["subcategory"] else ""
    amount = fen(answers["amount"]) if answers["amount"] else None
    money = t("intake.review.money", yuan=yuan(amount)) if amount else ""
    count = t("intake.review.count", n=answers["count"]) if answers["count"] else ""
    return [" · ".join(part for part in (category, sub) if part), answers["summary"].strip(),
            "　".join(part for part in (money, count) if part),
            f"{risk_words(str(matter.risk(answers, rules.risk)))}　{matter.risk_line(answers, rules)}"]


def _place(answers: Answers, name_of: Callable[[str], str], today: str) -> list[str]:
    day = t("intake.review.occurred", day=day_words(answers["occurred"], today)) if answers["occurred"] else ""
    return [places.line(answers, name_of), day, t(f"intake.source.{answers['source']}")]


def _sign(answers: Answers, rules: ClockRules, mediator: str) -> list[str]:
    adult = rules.limits.adult_age
    everybody, here = signing.signers(answers, adult), signing.signed(answers, adult)
    done = "、".join(s.hand for s in here)
    later = "、".join(s.name for s in everybody if s not in here)
    if not here:
        return [t("intake.review.nobody_signed")]
    method = dict(signing.method_choices(answers)).get(answers["method"], "")
    return [t("intake.review.signed", names=done), t("intake.review.later", names=later) if later else "",
            t("intake.review.chosen", method=method, mediator=mediator) if mediator else method]


def receipt(number: str, slip: Slip | None, next_words: str) -> ReceiptModel:
    if slip is None:
        return ReceiptModel(number, "", (), t("intake.receipt.elsewhere"), next_words)
    how = t("intake.receipt.scan") if slip.portal else t("intake.receipt.bring")
    return ReceiptModel(number, slip.typed, tuple(tuple(row) for row in qr(slip.qr)), how, next_words)


def alike_words(alike: Mapping[str, Any], today: str) -> str:
    """What is asked about a case of the same people."""
    key = "intake.alike.open" if alike["open"] else "intake.alike.ended"
    day = day_words(alike["registered_on"], today).partition("（")[0]
    return t(key, names="、".join(alike["names"]), day=day, matter=alike["summary"][:16], number=alike["number"])
