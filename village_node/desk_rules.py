"""May this person do this now? Asked before anything is written; the answers are the shared rules', in words.

Two questions: does the policy let the role act at this level, and would the act have an effect. The second is answered by
folding the case with the act added: the desk and the fold can then never disagree (a guard that forbids an act here would
have made it ineffective there). Facts are never held up: a party's statement counts from anyone (DOMAIN.md 7.4, P1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from shared.case import CaseState, TimelineEntry
from shared.directory import Staff
from shared.envelope import Event
from shared.lifecycle import CHAIN, HOLDER, TRANSITIONS
from shared.texts import has, t
from village_node import desk_present
from village_node.desk_verbs import KINDS
from village_node.errors import Refused
from village_node.views import ActionView

if TYPE_CHECKING:
    from village_node.node import Node

Fold = Callable[[list[Event]], CaseState]


def role_for(node: Node, kind: str, person: Staff, state: CaseState | None, date: str) -> str:
    """The role this person acts in. Raises Refused."""
    for role in person.roles:
        if person.may_act(role, date):
            return role
    raise refused(kind, "role_not_allowed")


def refused(kind: str, reason: str) -> Refused:
    word = t(f"effect.{reason}") if has(f"effect.{reason}") else reason
    return Refused(t("node.case.not_allowed", action=desk_present.kind_title(kind), reason=word))


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
    """Raises Refused in words when the act would be kept but move nothing."""
    line = effect_of(kind, body, state, events, node, person, role, date, fold)
    if line is not None and line.effect == "none":
        raise Refused(t("node.case.not_allowed", action=desk_present.kind_title(kind), reason=line.note or line.text))


def actions(node: Node, state: CaseState, person: Staff, today: str) -> tuple[ActionView, ...]:
    """What may be done, in the order of the verbs; what the state forbids is listed with the reason."""
    made = []
    for kind, verb in KINDS.items():
        reason = _reason(kind, state, node.config.office)
        made.append(ActionView(verb, kind, desk_present.kind_title(kind), not reason, reason))
    return tuple(made)


def _reason(kind: str, state: CaseState, office: str) -> str:
    if kind in HOLDER and state.holder != office:
        return t("effect.not_holder")
    if kind in TRANSITIONS and state.state not in TRANSITIONS[kind][0]:
        return t("effect.wrong_state")
    if state.incomplete and kind in HOLDER | CHAIN:
        return t("effect.incomplete")
    return ""
