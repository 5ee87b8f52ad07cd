"""An intake -> the draft that the desk registers, or one sentence for each thing that is missing or wrong, by its step.

Paths: "people.p2.name", "category", "place". What a person at the glass can get wrong is judged here; the body's own rules
are asked before a step is left (`by_body`), and by the desk when it saves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.disputes.acts import drafts
from shared.disputes.acts.verbs import REGISTER
from shared.disputes.forms.answers import fen, money_fault
from shared.disputes.kinds.particulars import MOST_PEOPLE
from shared.disputes.rules.clocks import ClockRules
from shared.ledger.entry import BadEntry, counted, shown
from shared.ledger.texts import t
from village_node.view_models.intake import matter, people, places
from village_node.view_models.intake.answers import REVIEW, SIDES, STEPS, Answers, keys_of, named

_VIOLENCE = "violence"
# path in the body -> where it is asked, where the two differ
_ASKED = {"representative": "head", "id_last4": "number", "place.text": "place", "elsewhere.0.number": "other_number"}


@dataclass(frozen=True, slots=True)
class Faults:
    """`wrong`: typed and cannot be taken. `missing`: still to be said. Both path -> sentence."""

    wrong: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def all(self) -> dict[str, str]:
        return {**self.missing, **self.wrong}


def step_of(path: str) -> str:
    """In which step a path is answered."""
    first = path.partition(".")[0]
    if first == "people":
        return "people"
    return "place" if first in ("place", "source", "body", "occurred") else "matter"


def faults(answers: Answers, rules: ClockRules, step: str = "", *, by_body: bool = False) -> Faults:
    """Of one step, or of all; `by_body`: also what only the body's rules know, as how long a name may be."""
    wrong, missing = _of_people(answers, rules)
    wrong |= _of_matter(answers)
    missing |= _unsaid(answers)
    if by_body and not wrong:
        wrong |= {path: words for path, words in _not_taken(answers, rules).items() if path not in missing}

    def here(found: Mapping[str, str]) -> dict[str, str]:
        return {path: words for path, words in found.items() if step in ("", step_of(path))}

    return Faults(here(wrong), here(missing))


def _of_people(answers: Answers, rules: ClockRules) -> tuple[dict[str, str], dict[str, str]]:
    wrong: dict[str, str] = {}
    missing: dict[str, str] = {}
    everybody, adult = answers["people"], rules.limits.adult_age
    known = named(answers)
    violence = answers["subcategory"] == _VIOLENCE
    for one in everybody:
        path = f"people.{one['key']}."
        wrong |= {path + name: words for name, words in people.wrong(one).items()}
        alone = one["role"] in SIDES and not any(p["role"] == one["role"] for p in known)
        if one in known or alone:
            lacking = people.missing(one, everybody, adult, violence=violence)
            missing |= {path + name: words for name, words in lacking.items()}
    for role in SIDES:
        if not any(p["role"] == role for p in everybody):
            missing["people"] = t("app.form.missing", field=t(f"intake.role.{role}"))
    return wrong, missing


def _of_matter(answers: Answers) -> dict[str, str]:
    found = {}
    if answers["count"] and counted(answers["count"], 1, MOST_PEOPLE) is None:
        found["count"] = f"{BadEntry('whole', value=shown(answers['count']), least=1, most=MOST_PEOPLE)}。"
    if answers["amount"] and fen(answers["amount"]) is None:
        found["amount"] = money_fault(answers["amount"])
    if bool(answers["other_system"]) != bool(answers["other_number"].strip()):
        found["other_number" if answers["other_system"] else "other_system"] = t("app.form.other_both")
    return found


def _not_taken(answers: Answers, rules: ClockRules) -> dict[str, str]:
    """What the body says of what was typed, where it was typed; of the rest the desk speaks when it saves."""
    known = named(answers)
    found: dict[str, str] = {}
    for path, words in drafts.wrong(REGISTER, {**to_draft(answers, rules), "number": drafts.PLACEHOLDER}).items():
        first, _, rest = path.partition(".")
        number, _, name = rest.partition(".")
        if first == "parties" and number:
            person, name = known[int(number)], _ASKED.get(name, name)
            if person.get(name):
                found.setdefault(f"people.{person['key']}.{name}", words)
        elif answers.get(_ASKED.get(path, path)):
            found.setdefault(_ASKED.get(path, path), words)
    return found


def _unsaid(answers: Answers) -> dict[str, str]:
    found = {name: t("app.form.missing", field=t(f"intake.{name}"))
             for name in ("category", "summary") if not answers[name].strip()}
    if not places.text(answers):
        found["place"] = t("app.form.missing", field=t("intake.place.where"))
    if answers["source"] == "entrusted" and not answers["body"]:
        found["body"] = t("app.form.missing", field=t("intake.place.body"))
    return found


def to_draft(answers: Answers, rules: ClockRules) -> dict[str, Any]:
    """The body of `case.registered` without what the desk adds (number, files). Only of an intake without faults."""
    known = named(answers)
    numbers = keys_of(known)
    made: dict[str, Any] = {
        "parties": [people.party(one, numbers) for one in known],
        "place": {"office": answers["office"], "text": places.text(answers)},
        "category": answers["category"], "source": answers["source"], "summary": answers["summary"].strip(),
        "difficulty": answers["difficulty"] or "simple", "risk": matter.risk(answers, rules.risk),
    }
    items = list(matter.risk_items(answers, rules.risk))
    optional = {"subcategory": answers["subcategory"], "occurred": answers["occurred"], "risk_items": items,
                "entrusting_body": answers["body"] if answers["source"] == "entrusted" else ""}
    return {**made, **{name: value for name, value in optional.items() if value}, **_particulars(answers)}


def _particulars(answers: Answers) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if answers["count"]:
        made["people"] = counted(answers["count"])
    if answers["amount"]:
        made["amount_fen"] = fen(answers["amount"])
    if answers["language"]:
        made["language"] = answers["language"]
    made |= {name: answers[name] == "yes" for name in ("foreign", "stability") if answers[name]}
    if answers["other_number"].strip():
        made["elsewhere"] = [{"system": answers["other_system"], "number": answers["other_number"].strip()}]
    return made


def step_states(answers: Answers, rules: ClockRules) -> tuple[str, ...]:
    """Of the five dots: now | done | wrong | open. Photographs and signatures may be left out, so once one was past them they
    are done."""
    found = faults(answers, rules)
    made = []
    for place, name in enumerate(STEPS):
        own = [path for path in found.all if step_of(path) == name]
        if place == answers["step"]:
            made.append("now")
        elif any(path in found.wrong for path in own):
            made.append("wrong")
        elif name in ("evidence", "sign"):
            made.append("done" if answers["step"] > place else "open")
        else:
            made.append("open" if own else "done")
    return tuple(made)


def first_step_with(found: Mapping[str, str]) -> int:
    """Where to go for what is missing; the review itself when nothing is."""
    return min((STEPS.index(step_of(path)) for path in found), default=REVIEW)
