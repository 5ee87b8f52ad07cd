"""What is wrong with a form that is not finished: said for every field of it at once, before anything is decided.

The counter answers with the first that forbids an act; who has typed a day, a name and a number wrong is told of all three.
It must not know programs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from shared.disputes.acts import drafts, identities
from shared.disputes.acts.counter import Counter
from shared.disputes.acts.refusal import Refusal
from shared.disputes.case.state import CaseState

DAY = "@day"            # the day on paper: a body may have a field of any name


def faults(counter: Counter, kind: str, staff: str, state: CaseState | None, draft: Mapping[str, Any], date: str | None
           ) -> dict[str, str]:
    """Path in the body -> what is wrong there, with `DAY` for the day on paper. `state`: of the case, None for what has none.
    What the counter says of the whole act is not asked."""
    found, on = dict[str, str](), ""
    try:
        on = counter.date(date)
    except Refusal as no:
        found[DAY] = no.sentence
    try:
        person = counter.person(staff)
        made = counter.filled(kind, draft, state, person) if state is not None else counter.placed(kind, draft)
    except Refusal as no:
        return {**found, **no.fields}
    try:
        made, _ = identities.taken(kind, made, on or counter.date(None))
    except Refusal as no:
        found |= no.fields
        made = identities.without(kind, made)
    try:
        drafts.check(kind, made, on)
    except Refusal as no:
        found |= no.fields
    return found


def beside(more: Mapping[str, str], known: Mapping[str, str], asked: Iterable[str]) -> dict[str, str]:
    """Of `more` what nobody has been told yet: about another field than those of `known`, and one that the form asks."""
    names = set(asked)
    return {path: words for path, words in more.items()
            if path.partition(".")[0] in names and not any(_same(path, other) for other in known)}


def _same(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")
