"""May this person do this now? Asked before anything is written; the answers are the shared rules', in words.

Two questions: is the act open to this role and office (`shared.disputes.acts.actions`), and would it have an effect as it is
filled in.
The second is answered by folding the case with the act added, so the desk and the fold can never disagree: a guard that makes
an act ineffective there forbids it here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from shared.disputes.acts.actions import merging, refusal
from shared.disputes.acts.verbs import KINDS
from shared.disputes.case.state import CaseState, TimelineEntry
from shared.disputes.case.unread import unread
from shared.disputes.records import closed_offices
from shared.disputes.rules import authority, policy
from shared.ledger.formats.envelope import Event
from shared.ledger.published.directory_heads import Staff
from shared.ledger.texts import has, t
from village_node.desk import present as desk_present
from village_node.desk.views import ActionView
from village_node.point.errors import Refused

if TYPE_CHECKING:
    from village_node.point.node import Node

Fold = Callable[[list[Event]], CaseState]


def role_to_register(node: Node, kind: str, person: Staff, date: str) -> str:
    """The first role in which this person may open a case here. Raises Refused."""
    level = policy.level_in(node.config.office, node.directory)
    for role in person.roles:
        if person.may_act(role, date) and policy.allows(kind, level, role):
            return role
    raise refused(kind, "role_not_allowed")


def role_for(node: Node, kind: str, person: Staff, state: CaseState, date: str) -> str:
    """The first role in which this person may do this to the case now. Raises Refused."""
    reason = _closed(node, kind, person, state, date)
    if reason:
        raise refused(kind, reason)
    return next(
        role for role in person.roles
        if person.may_act(role, date) and not refusal(kind, state, node.config.office, role, node.directory)
    )


def require_open(node: Node, kind: str, body: Mapping[str, Any], date: str) -> None:
    """Raises Refused when an office that was closed would begin, take or get something (see `closed_offices`)."""
    reason = closed_offices.refusal(kind, body, node.config.office, date, node.directory)
    if reason:
        raise Refused(reason)


def refused(kind: str, reason: str) -> Refused:
    return Refused(t("node.case.not_allowed", action=desk_present.kind_title(kind), reason=_words(reason)))


def _words(reason: str) -> str:
    return t(f"effect.{reason}") if has(f"effect.{reason}") else reason


def effect_of(kind: str, body: Mapping[str, Any], state: CaseState, events: list[Event], node: Node, person: Staff,
              role: str, date: str, fold: Fold) -> TimelineEntry | None:
    """The line that the act would make in the case's history."""
    trial = Event(
        id=f"case:{state.id}:{'f' * 16}:{'a' * 26}", rev="", kind=kind, schema=1, alg="", app="", aggregate="case",
        subject=state.id, office=node.config.office, actor=person.id, role=role, custody_epoch=state.custody.epoch,
        device=node.config.device, device_seq=0, prev=None, after=state.heads, directory=node.directory.cited,
        hlc="f" * 16, device_time=node.clock(), clock_offset_ms=node.offset_ms(), legal_date=date, body=dict(body), sig="",
    )
    after = fold([*events, trial])
    return next((line for line in after.timeline if line.event == trial.id), None)


def require_effect(kind: str, body: Mapping[str, Any], state: CaseState, events: list[Event], node: Node, person: Staff,
                   role: str, date: str, fold: Fold) -> None:
    """Raises Refused in words when the act would be kept but move nothing, or must not be written by this person."""
    level = policy.level_in(node.config.office, node.directory)
    against = authority.refusal(kind, body, level=level, office=node.config.office, actor=person.id, directory=node.directory)
    if against:
        raise refused(kind, against)
    require_open(node, kind, body, date)
    line = effect_of(kind, body, state, events, node, person, role, date, fold)
    if line is not None and line.effect == "none":
        raise Refused(t("node.case.not_allowed", action=desk_present.kind_title(kind), reason=line.note or line.text))


# kind -> field that names the other case
UNITES = {"case.merged": "into", "case.absorbed": "case"}


def require_merge(kind: str, state: CaseState, other: CaseState, office: str) -> None:
    """Raises Refused: the other case must go on, and lie within this office's reach."""
    gone, stays = (state, other) if kind == "case.merged" else (other, state)
    reason = merging(gone, stays, office)
    if reason:
        raise refused(kind, reason)


def actions(node: Node, state: CaseState, person: Staff, today: str) -> tuple[ActionView, ...]:
    """What this person may do, in the order of the verbs; what the case forbids is listed with the reason, what no role of
    theirs may ever do here is not."""
    level = policy.level_in(node.config.office, node.directory)
    made = []
    for kind, verb in KINDS.items():
        if any(policy.allows(kind, level, role) for role in person.roles):
            reason = _closed(node, kind, person, state, today)
            made.append(ActionView(verb, kind, desk_present.kind_title(kind), not reason, _words(reason)))
    return tuple(made)


def _closed(node: Node, kind: str, person: Staff, state: CaseState, date: str) -> str:
    """Why this person may not do this now, as a reason code; "" when they may."""
    if kind == "case.acknowledged" and not unread(state, node.config.office):
        return "nothing_pending"
    if kind == "case.sealed" and (mine := authority.person(kind, {}, node.config.office, person.id, node.directory)):
        return mine
    reason = "role_not_allowed"
    for role in person.roles:
        if person.may_act(role, date):
            found = refusal(kind, state, node.config.office, role, node.directory)
            if not found:
                return ""
            # What the case says is more useful than that another role may not.
            reason = found if reason == "role_not_allowed" else reason
    return reason
