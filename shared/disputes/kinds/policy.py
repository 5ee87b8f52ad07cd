"""Who may do what: the rows of the declarations, kind x level x role (DOMAIN.md 7.3). Custody is not asked here: the fold is.

The judge asks `permits` of every event by the directory version that its author cited; the desk asks
`allows` before it offers an action. A role that no row knows may do nothing; an unknown kind
of a newer version is not ours to forbid.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from shared.disputes.kinds.registry import KINDS
from shared.disputes.rules import authority
from shared.disputes.rules.roles import NOBODY, Row
from shared.ledger.published.lineage import FOUNDED, Lineage

if TYPE_CHECKING:
    from shared.ledger.formats.envelope import Event

TABLE: dict[str, Row] = {name: kind.who for name, kind in KINDS.items()}

# Rank (0 village, 1 township, 2 county) of the level that confirms a difficulty; below it the handler proposes (3.3, 7.3).
CONFIRMS_DIFFICULTY = {"difficult": 1, "major": 2}


class KnowsOffices(Protocol):
    """What the policy asks of a directory: the level of an office, None when it does not know it."""

    def office(self, id: str, on: str | None = None) -> HasLevel | None: ...
    def table(self, key: str) -> Mapping[str, Any] | None: ...
    def staff(self, id: str) -> Any: ...

    @property
    def lineage(self) -> Lineage: ...


class HasLevel(Protocol):
    @property
    def level(self) -> str: ...


def level_in(office: str, directory: KnowsOffices | None) -> str:
    """The office's level by the directory, else by its permanent id."""
    known = directory.office(office) if directory is not None else None
    return known.level if known is not None and known.level else FOUNDED.level_of(office)


def allows(kind: str, level: str, role: str) -> bool:
    """May this role at an office of this level write this kind of event?"""
    row = TABLE.get(kind)
    return row is None or role in row.get(level, NOBODY)


def permits(event: Event, directory: KnowsOffices | None = None) -> str | None:
    """None if the table allows the event and `authority` has nothing against it, else a reason code (catalogue section
    `effect`). The county's own devices write where the judge has not yet been, so what was accepted there in an earlier version
    cannot be told from what is new: of them `authority` is asked before they write, and not here."""
    level = level_in(event.office, directory)
    if not allows(event.kind, level, event.role):
        return "role_not_allowed"
    if level == "county":
        return None
    against = authority.refusal(
        event.kind, event.body, level=level, office=event.office, actor=event.actor, directory=directory)
    return against or None
