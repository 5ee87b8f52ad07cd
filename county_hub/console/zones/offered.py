"""The buttons beside the cases of a list: what the counter says of each act on each case for who looks at the page, so that what
is offered can be done, and what cannot says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from county_hub.console.frame import Console
from county_hub.console.session import Visitor
from county_hub.hub.problems import HubProblem
from shared.disputes.acts.verbs import REGISTER, VERBS
from shared.disputes.case.lifecycle import HOLDER

Offered = Mapping[str, Mapping[str, str]]


def offered(console: Console, visitor: Visitor, cases: Iterable[str], verbs: Sequence[str]) -> Offered:
    """case -> verb -> why not, "" for what can be done now. An act that none of this person's roles may ever do is in no row, nor
    is anything for an account that only reads."""
    made = dict[str, dict[str, str]]()
    if not visitor.staff:
        return made
    acts, kinds = console.acts(), {VERBS[verb] for verb in verbs}
    for case in dict.fromkeys(cases):
        try:
            found = acts.offers(visitor.staff, acts.state(case), kinds)
        except HubProblem:          # listed, and nothing of it is here any more
            continue
        if not found:               # roles are the same for every case
            return made
        made[case] = {offer.verb: offer.reason for offer in found}
    return made


def of_holder(verb: str) -> bool:
    """May the office that has the case alone do this?"""
    return VERBS[verb] in HOLDER


def may_register(console: Console, visitor: Visitor) -> bool:
    """May this person write down a new case here at all?"""
    if not visitor.staff:
        return False
    try:
        console.acts().require_role(REGISTER, visitor.staff)
    except HubProblem:
        return False
    return True
