"""What the parties choose while their case is registered: the case is founded and their choices are told in one transaction
(人民调解法 Arts 19, 23(1))."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from shared.disputes.acts import drafts
from shared.disputes.acts.decided import Decided
from shared.disputes.acts.refusal import closed
from shared.disputes.case.guards import excluded_matter
from shared.disputes.kinds import registry as bodies
from shared.ledger.texts import t

CHOSEN = "case.choice_made"


def with_choices(decided: Decided, choices: Sequence[Mapping[str, Any]]) -> Decided:
    """`decided` is a registration; each choice the body of `case.choice_made`. Who may register may write down what a party in
    front of him chose. Raises `Refusal` for a body that does not fit, a party who is none, a method that is closed."""
    if not choices:
        return decided
    founding = decided.acts[0]
    acts = list(decided.acts)
    for choice in choices:
        body = drafts.check(CHOSEN, choice)
        if body["party"] >= len(founding.body["parties"]):
            raise closed(CHOSEN, "no_such_party", t("effect.no_such_party"))
        shut = excluded_matter(founding.body["category"], founding.body.get("subcategory", ""))
        if shut and body.get("method", "people") == "people":
            raise closed(CHOSEN, shut, t(f"effect.{shut}"))
        acts.append(replace(founding, kind=CHOSEN, body=body, number=False,
                            schema=bodies.schema_of(CHOSEN, body)))
    return Decided(tuple(acts), decided.sealed)

