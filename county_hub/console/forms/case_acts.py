"""Every act on a case in the console: `/console/cases/{id}/do/{verb}` shows the form made from its body, and takes it.

Which acts there are, whether this officer may do one now, and in which words not, the counter says. It must not know one verb.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from county_hub.console.forms import acting
from county_hub.console.forms.acting import Task
from county_hub.console.forms.sent import Sent
from county_hub.console.frame import Console
from county_hub.console.seat import seat_of
from county_hub.console.session import Visitor
from county_hub.county.acts import CountyActs
from county_hub.county.forms.form_desk import case_setting, record_setting
from county_hub.county.forms.seeking import Seeking
from county_hub.hub.problems import HubProblem, UsageProblem
from shared.disputes.acts.refusal import act_title
from shared.disputes.acts.verbs import REGISTER, VERBS, verb_of
from shared.disputes.case.state import CaseState
from shared.disputes.forms.questions import form_for
from shared.disputes.forms.sought import Sought
from shared.disputes.kinds.registry import SEALABLE
from shared.ledger.published.directory_heads import Staff
from shared.ledger.texts import t


def routes(console: Console) -> list[BaseRoute]:
    show, take = functools.partial(acting.showing, console), functools.partial(acting.taking, console)
    return [
        Route("/console/cases/new", show(register_form), methods=["GET"]),
        Route("/console/cases/new", take(register), methods=["POST"]),
        Route("/console/cases/{case_id}/do/{verb}", show(act_form), methods=["GET"]),
        Route("/console/cases/{case_id}/do/{verb}", take(act), methods=["POST"]),
    ]


def officer(console: Console, visitor: Visitor) -> tuple[CountyActs, Staff]:
    """Who may act here. Raises `HubProblem` for an account that only reads."""
    if not visitor.staff:
        raise HubProblem(t("acting.readonly"))
    acts = console.acts()
    return acts, acts.person(visitor.staff)


def act_form(console: Console, request: Request, visitor: Visitor) -> Response:
    return acting.opened(console, request, visitor, functools.partial(_act_task, console, request, visitor))


def act(console: Console, request: Request, visitor: Visitor, found: Sent) -> Response:
    return acting.take(console, request, visitor, found, functools.partial(_act_task, console, request, visitor, sent=True))


def _act_task(console: Console, request: Request, visitor: Visitor, sought: Mapping[str, Sought], *, sent: bool = False) -> Task:
    """`sent`: what was filled in is kept with the reason why it cannot be done any more."""
    seat = seat_of(console, visitor)
    if not seat.person:
        raise HubProblem(t("acting.readonly"))
    acts = seat.acts
    person = acts.person(seat.person)
    verb = verb_of(request.path_params["verb"])
    if verb is None:
        raise UsageProblem(t("counter.no_verb", verb=request.path_params["verb"][:40]))
    state, kind = acts.state(request.path_params["case_id"]), VERBS[verb]
    offer = next((one for one in acts.offers(person.id, state) if one.kind == kind), None)
    if offer is None:
        acts.require_role(kind, person.id)
    refused = t("counter.not_allowed", action=act_title(kind), reason=offer.reason) if offer and offer.reason else ""
    if refused and not sent:
        raise HubProblem(refused)
    setting, here = case_setting(acts, state, person, Seeking(acts, sought)), f"{seat.cases}/{state.id}"
    form = form_for(kind, act_title(kind), setting)
    if form.blocked and not sent:
        raise HubProblem(form.blocked)
    refused = refused or form.blocked

    def save(draft: object, date: str | None, seal: str) -> str:
        assert isinstance(draft, dict)
        acts.case(verb, state.id, person.id, draft, date, seal)
        return f"{here}?done={quote(verb)}"

    return Task(act_title(kind), kind, form, setting, f"{here}/do/{verb}", here, "cases", save, (verb, state.id),
                kind in SEALABLE, about(console, state), lambda: acts.place.events("case", state.id), refused,
                lambda draft, date: acts.faults(kind, person.id, state, draft, date))


def about(console: Console, state: CaseState) -> str:
    number = console.officers.short_number(console.officers.organisation(), state.number, state.id)
    return t("acting.about", parties="、".join(party.name for party in state.parties), summary=state.summary[:40], number=number)


# -- a new case at the county's window --


def register_form(console: Console, request: Request, visitor: Visitor) -> Response:
    return acting.opened(console, request, visitor, functools.partial(_register_task, console, visitor))


def register(console: Console, request: Request, visitor: Visitor, found: Sent) -> Response:
    return acting.take(console, request, visitor, found, functools.partial(_register_task, console, visitor))


def _register_task(console: Console, visitor: Visitor, sought: Mapping[str, Sought]) -> Task:
    acts, person = officer(console, visitor)
    acts.require_role(REGISTER, person.id)
    setting = record_setting(acts, "", None, person, Seeking(acts, sought))
    form = form_for(REGISTER, act_title(REGISTER), setting)

    def save(draft: object, date: str | None, seal: str) -> str:
        assert isinstance(draft, dict)
        state = acts.register(person.id, draft, date)
        return f"/console/cases/{state.id}/receipt"

    return Task(t("zones.intake.register"), REGISTER, form, setting, "/console/cases/new", "/console/intake", "intake", save,
                ("register", ""), faults=lambda draft, date: acts.faults(REGISTER, person.id, None, draft, date))
