"""Choices of which there are more than one page offers: what was looked for, what is offered of them, how many there are.

A page names the first of them and is asked again with words; what was chosen before stays offered whatever is looked for next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from shared.ledger.looked_for import looked_for

Choice = tuple[str, str]
OFFERED = 200       # of one question on one page: beyond it nobody finds a line by looking, and it costs a page 10 kB
IN_ROWS = 40        # the same within rows, where each of up to 60 rows repeats the list


@dataclass(frozen=True, slots=True)
class Sought:
    """`words`: as they were typed, all of which must stand in a choice. `chosen`: what is chosen already. `most`: how many are
    wanted at once, 0: as many as the question offers."""

    words: str = ""
    chosen: tuple[str, ...] = ()
    most: int = 0


@dataclass(frozen=True, slots=True)
class Offered:
    """`total`: how many fit the words."""

    choices: tuple[Choice, ...]
    total: int


NOTHING = Sought()


class Seeker(Protocol):
    """Looks into lists that are too long to be read whole. `without`: one that does not count."""

    def of(self, question: str) -> Sought: ...
    def cases(self, sought: Sought, without: str) -> tuple[Sequence[Any], int]: ...
    def records(self, aggregate: str, sought: Sought, without: str) -> tuple[list[dict[str, Any]], int]: ...


def part(choices: Sequence[Choice], sought: Sought = NOTHING, most: int = OFFERED) -> Offered:
    """Of a list that is at hand whole: the chosen ones, then the first that have all words (`looked_for`)."""
    most, fit = sought.most or most, looked_for(choices, sought.words)
    if len(fit) <= most and not sought.words.strip():
        return Offered(tuple(choices), len(choices))
    first = [c for c in choices if c[0] in sought.chosen]
    return Offered((*first, *[c for c in fit if c not in first][:max(0, most - len(first))]), len(fit))
