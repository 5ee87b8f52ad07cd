"""Why an act may not be written: one value for both programs, and the words of its reason.

A reason names the fact it rests on where the case tells it: who holds the case, when it was closed, who refused. Each program
turns a `Refusal` into its own error with its own exit code; the sentence is shown as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from shared.disputes.case.state import CaseState
from shared.disputes.kinds import policy
from shared.disputes.records.machine import kind_title
from shared.ledger import codes
from shared.ledger.published.directory_heads import Directory, Staff
from shared.ledger.published.office_periods import name_on
from shared.ledger.texts import has, t

# usage: what was asked is none of ours (no such verb, person, step); draft: a field is wrong; closed: the rules forbid it
# now; absent: what it is about is not here.
Sort = Literal["usage", "draft", "closed", "absent"]
# More names of roles than this explain nothing.
_ROLES_NAMED = 6


class Refusal(Exception):
    """`reason`: a key of the catalogue section `effect` or of this package; `fields`: path in the body -> sentence."""

    def __init__(self, sort: Sort, reason: str, sentence: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.sort, self.reason, self.sentence, self.fields = sort, reason, sentence, dict(fields or {})


def closed(kind: str, reason: str, words: str) -> Refusal:
    """The rules forbid it now, for a reason in words."""
    return Refusal("closed", reason, t("counter.not_allowed", action=act_title(kind), reason=words))


def act_title(kind: str) -> str:
    """The Chinese name of an act on a case or of a step of a record."""
    key = f"kinds.{kind}.title"
    return t(key) if has(key) else kind_title(kind)


def words(reason: str, kind: str, directory: Directory, office: str, state: CaseState | None = None, *, date: str = "",
          person: Staff | None = None) -> str:
    """A reason code in Chinese, with the fact behind it where it is known; "" for none."""
    if not reason:
        return ""
    if reason == "role_not_allowed":
        return _roles(kind, directory, office)
    if reason == "not_serving" and person is not None:
        return _service(person, date)
    own = f"counter.of.{kind.replace('.', '_')}_{reason}"
    if has(own):
        return t(own)
    if state is not None and reason == "wrong_state" and kind.startswith("case.subsidy_"):
        return _subsidy(state)
    found = _FACTS[reason](state, directory) if state is not None and reason in _FACTS else ""
    return found or (t(f"effect.{reason}", date=date) if has(f"effect.{reason}") else reason)


def _roles(kind: str, directory: Directory, office: str) -> str:
    level = policy.level_in(office, directory)
    if kind == "case.archived" and level == "village":
        return t("counter.fact.archive_above")
    able = [name for code, name in codes.names("role").items() if policy.allows(kind, level, code)]
    if not able:
        return t("counter.fact.no_role_here", level=t(f"counter.level.{level}")) if has(f"counter.level.{level}") else t(
            "effect.role_not_allowed")
    more = t("counter.fact.and_others") if len(able) > _ROLES_NAMED else ""
    return t("counter.fact.role_not_allowed", roles="、".join(able[:_ROLES_NAMED]) + more)


def _service(person: Staff, date: str) -> str:
    """Since or until when this person serves, and what puts a wrong first day right."""
    if person.start and date < person.start:
        return t("counter.fact.serves_since", name=person.name, since=person.start, date=date)
    return t("counter.fact.serves_until", name=person.name, until=person.end or date, date=date)


def _held(reason: str) -> Callable[[CaseState, Directory], str]:
    def fact(case: CaseState, directory: Directory) -> str:
        return t(f"counter.fact.{reason}", holder=name_on(directory, case.holder)) if case.holder else ""

    return fact


def _wrong_state(case: CaseState, directory: Directory) -> str:
    if case.merged_into:
        return t("counter.fact.merged")
    if case.closed_on:
        return t("counter.fact.closed", date=case.closed_on)
    return t("counter.fact.wrong_state", state=codes.name("lifecycle", case.state))


def _subsidy(case: CaseState) -> str:
    """Steps of a subsidy follow each other, whatever became of the case."""
    if case.subsidy is None:
        return t("counter.fact.subsidy_none")
    return t("counter.fact.subsidy_state", state=codes.name("subsidy_state", case.subsidy.state))


def _party_refused(case: CaseState, directory: Directory) -> str:
    found = next((p for p in case.parties if p.refused_on), None)
    return t("counter.fact.party_refused", name=found.name, date=found.refused_on) if found else ""


def _supervision_open(case: CaseState, directory: Directory) -> str:
    found = next((s for s in case.supervisions if s.replied_on is None), None)
    return t("counter.fact.supervision_open", by=name_on(directory, found.by), date=found.issued_on) if found else ""


def _incomplete(case: CaseState, directory: Directory) -> str:
    return t("counter.fact.incomplete", count=case.incomplete) if case.incomplete else ""


_FACTS: dict[str, Callable[[CaseState, Directory], str]] = {
    "not_holder": _held("not_holder"), "not_in_chain": _held("not_in_chain"), "not_above": _held("not_above"),
    "wrong_state": _wrong_state, "party_refused": _party_refused, "supervision_open": _supervision_open,
    "incomplete": _incomplete,
}
