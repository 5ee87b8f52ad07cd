"""What the counter has decided, for the program to write: all of it or nothing.

Signed documents and where they go are the author's (`shared.ledger.authoring`); what they cite the program stores before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.ledger.authoring import Act, Author, Prepared
from shared.ledger.formats.documents import Doc
from shared.ledger.formats.envelope import Event


@dataclass(frozen=True, slots=True)
class Decided:
    """An act that nothing forbids. `acts` go into one transaction, the act itself first; `sealed` documents are committed
    before, because the acts cite them. `prepared`: the acts as they were signed to be tried, where that was asked."""

    acts: tuple[Act, ...]
    sealed: tuple[Doc, ...] = ()
    prepared: Prepared | None = None


def write(author: Author, decided: Sequence[Decided]) -> list[Event]:
    """All acts of all of these in one transaction, or none; their `sealed` documents are stored by now."""
    prepared = decided[0].prepared if len(decided) == 1 else None       # each was prepared as the next of the chain
    return author.write_prepared(prepared) if prepared else author.write_many([act for one in decided for act in one.acts])
