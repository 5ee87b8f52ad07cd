"""Rules of an act that need no case, only the act and the directory: what it must say, at which level, and who in person.

The policy table says which *role* may write a kind; here is what goes beyond roles: rights told and consents in a
session's record (人民调解法 Art 20, 若干规定 Art 30), the committee's seal keeper, members and chair by name (人民调解法
Arts 8, 9, 29), what only the county sends out (DOMAIN.md 7.2). Asked before an act is written, and by the judge of what
arrives, by the directory that its author knew. The fold does not ask: what was accepted in an earlier version keeps its
effect and raises a finding.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from shared.disputes.rules import committees
from shared.disputes.rules import excluded_matters as matters

# Who mediates for a committee: its members, and those appointed by it (人民调解法 Art 13).
APPOINTED = frozenset({"mediator", "mediator_fulltime", "judicial_officer"})
_NAMES_MEDIATORS = frozenset({"case.accepted", "case.session_held", "case.mediator_confirmed"})
CHAIR_DECIDES = "mediator_removed"      # the finding that a committee's chair decides (DOMAIN.md 7.4 #18)


class Knows(Protocol):
    """What is asked of a directory."""

    def table(self, key: str) -> Mapping[str, Any] | None: ...
    def staff(self, id: str) -> Any: ...


def refusal(kind: str, body: Mapping[str, Any], *, level: str, office: str, actor: str, directory: Knows | None) -> str:
    """Why this person must not write this act here, as a key of the catalogue section `effect`; "" when nothing forbids it."""
    return (
        statement(kind, body)
        or _level(kind, body, level)
        or (person(kind, body, office, actor, directory) if directory is not None else "")
    )


def statement(kind: str, body: Mapping[str, Any]) -> str:
    """What the act itself must say."""
    if kind != "case.session_held":
        return ""
    if body.get("rights_told") is not True:
        return "rights_not_told"
    there = body.get("participants")
    invited = [p for p in there if isinstance(p, Mapping) and p.get("role") == "invited"] if isinstance(there, list) else []
    return "invited_without_consent" if any(p.get("consented", True) is not True for p in invited) else ""


def _level(kind: str, body: Mapping[str, Any], level: str) -> str:
    if kind == "case.transferred_out" and level != "county" and str(body.get("to")) in matters.table().county_transfers:
        return "county_transfers"
    if kind == "case.review_resolved" and level == "village" and body.get("finding") != CHAIR_DECIDES:
        return "role_not_allowed"
    return ""


def person(kind: str, body: Mapping[str, Any], office: str, actor: str, directory: Knows) -> str:
    """By name: the seal keeper seals, the chair confirms, members and appointed mediators mediate. A committee of which the
    county has published nobody is asked nothing, but for the chair: without one nobody can confirm."""
    if kind == "case.sealed":
        own = _committee(office, directory)
        return "not_seal_keeper" if own is not None and own.seal_keeper not in ("", actor) else ""
    if kind == "case.review_resolved" and body.get("finding") == CHAIR_DECIDES and body.get("decision") == "confirmed":
        theirs = _committee(str(body.get("chair_of", "")), directory)
        return "" if theirs is not None and theirs.chair == actor else "not_chair"
    if kind in _NAMES_MEDIATORS:
        own = _committee(office, directory)
        named = body.get("mediators")
        if own is not None and own.members and isinstance(named, list):
            return "" if all(_mediates(str(one), own, directory) for one in named) else "not_of_committee"
    return ""


def _committee(office: str, directory: Knows) -> committees.Committee | None:
    return committees.of_table(office, directory.table(committees.TABLE + office)) if office else None


def _mediates(staff: str, own: committees.Committee, directory: Knows) -> bool:
    found = directory.staff(staff)
    return staff in own.members or (found is not None and bool(APPOINTED & set(found.roles)))
