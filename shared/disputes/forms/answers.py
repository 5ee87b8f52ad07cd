"""Answers of a form -> the body that `Desk.act` takes, or one sentence per question whose answer cannot be taken.

Only what a person at the glass can get wrong is judged here; the body's own rules are asked by the desk when it saves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.disputes.case.representation import signing_hand
from shared.disputes.forms.form import ActionForm, Answers, Question, Setting
from shared.disputes.rules.limits import default_limits
from shared.ledger.entry import counted, narrow, shown, whole
from shared.ledger.texts import t

_TIME = re.compile(r"([01]?[0-9]|2[0-3])[:：]([0-5][0-9])")
MOST_YUAN = 10**11 - 1       # a hundred thousand million: what is more was typed wrong


@dataclass(frozen=True, slots=True)
class FormOutcome:
    """`errors` by question; of a row "items.0.what". `draft`: what could be taken, also beside errors."""

    draft: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


def to_draft(form: ActionForm, answers: Answers, signed: Sequence[str], setting: Setting) -> FormOutcome:
    """`signed`: the numbers of the parties whose pad has strokes."""
    if form.signs and form.signs in (q.name for q in form.all):
        answers = {**answers, form.signs: list(dict.fromkeys([*answers.get(form.signs, ()), *signed]))}
    errors: dict[str, str] = {}
    draft = _body(form.all, answers, "", errors)
    if form.signs == "signatures":
        draft["signatures"] = _signatures(setting, signed)
    if form.signs == "consents":
        draft["consents"] = [{"party": int(no), "signed_on": setting.today} for no in signed]
    return FormOutcome(draft, errors)


def start(form: ActionForm) -> dict[str, Any]:
    """The answers of a form that nobody has touched."""
    return {q.name: q.value for q in form.all}


def _body(questions: Sequence[Question], answers: Answers, path: str, errors: dict[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for q in questions:
        given = answers.get(q.name, q.value)
        if not q.is_asked(answers):
            continue
        here = f"{path}{q.name}"
        if q.by and given not in dict(q.offered(answers)):
            given = ""
        if _is_empty(q, given):
            if q.required:
                errors[here] = t("app.form.missing", field=q.label)
            if q.blank:
                made[q.name] = ""
            continue
        value = _value(q, given, here, errors)
        if value not in (None, [], {}):
            made[q.name] = value
    return made


def _is_empty(q: Question, given: Any) -> bool:
    if q.control == "group":
        return not any(given.get(part.name, "") not in ("", [], part.value) for part in q.parts) and not q.required
    if q.control == "rows":
        return not any(not _blank(q, row) for row in given)
    return given in ("", None, [])


def _blank(q: Question, row: Answers) -> bool:
    return not any(row.get(part.name, part.value) not in ("", [], part.value) for part in q.parts)


def _value(q: Question, given: Any, path: str, errors: dict[str, str]) -> Any:
    if q.control == "group":
        return _body(q.parts, given, f"{path}.", errors)
    if q.control == "rows":
        return [_body(q.parts, row, f"{path}.{place}.", errors) for place, row in enumerate(given) if not _blank(q, row)]
    if q.control == "choices":
        return _chosen(q, given, path, errors)
    if q.control == "lines":
        return [line.strip() for line in str(given).splitlines() if line.strip()]
    text = str(given).strip()
    if q.control == "yes":
        return text == "yes"
    if q.control == "money":
        return _or_error(fen(text), money_fault(text), path, errors)
    if q.control == "time":
        return _or_error(_time(text), t("form.time_wrong", field=q.label, value=shown(text)), path, errors)
    return _number(q, text, path, errors) if q.whole else text


def _chosen(q: Question, given: Sequence[str], path: str, errors: dict[str, str]) -> list[Any]:
    if q.least and len(given) < q.least:
        errors[path] = t("form.too_few", field=q.label, least=q.least)
        return []
    return [int(code) for code in given] if q.whole else list(given)


def _number(q: Question, text: str, path: str, errors: dict[str, str]) -> int | None:
    value = counted(text)
    if value is None:
        errors[path] = t("form.number_wrong", field=q.label, value=shown(text))
        return None
    if (q.least is not None and value < q.least) or (q.most is not None and value > q.most):
        errors[path] = t("form.out_of_range", field=q.label, value=shown(text), least=q.least or 0, most=q.most)
        return None
    return value


def _or_error(value: Any, wrong: str, path: str, errors: dict[str, str]) -> Any:
    if value is None:
        errors[path] = wrong
    return value


def _time(text: str) -> str | None:
    found = _TIME.fullmatch(narrow(text))
    return f"{int(found[1]):02}:{found[2]}" if found else None


def money_fault(text: str) -> str:
    """Why `fen` does not take it."""
    large = re.fullmatch(r"[0-9]+(\.[0-9]{1,2})?", _bare(text))
    return (t("app.action.money_large", value=shown(text), most=MOST_YUAN) if large else
            t("app.action.money_wrong", value=shown(text)))


def fen(text: str) -> int | None:
    """Yuan as typed -> fen, exactly; None when it is no amount of money."""
    yuan, _, cents = _bare(text).partition(".")
    found = whole(yuan, 0, MOST_YUAN), whole(cents.ljust(2, "0"), 0, 99)
    return None if found[0] is None or found[1] is None or len(cents) > 2 else found[0] * 100 + found[1]


def _bare(text: str) -> str:
    """The number of `￥１，２００元`."""
    return narrow(narrow(text).lstrip("¥￥").removesuffix("元")).replace(",", "")


def _signatures(setting: Setting, signed: Sequence[str]) -> list[dict[str, Any]]:
    """Of the parties who signed, and of the mediator who writes it down unless one has signed already."""
    # On the pad of one without full capacity it is the guardian named at him who signs.
    adult = (setting.view.state.get("limits") or {}).get("adult_age", default_limits().adult_age)
    hands = {str(p.index): signing_hand({"name": p.name, **p.raw}, adult) for p in setting.view.parties}
    made = [{"signer": "party", "name": hands[no], "signed_on": setting.today, "party": int(no)} for no in signed]
    if not setting.agreement().get("mediator_signed_on"):
        made.append({"signer": "mediator", "name": setting.staff_name, "signed_on": setting.today})
    return made
