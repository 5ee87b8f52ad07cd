"""What a person sees of the app by roles and level of office: one table. No Kivy.

What a role may never write is not offered (`shared.disputes.kinds.policy`, the same rows that the judge asks): so a tile of
records is there for whoever may write any kind of them here. Pages that only read have their readers in `PAGES`. The verbs of a
case and the steps of a record leave out by the same rows what no role of a person may ever do (`shared.disputes.acts.counter`).
"""

from __future__ import annotations

from collections.abc import Sequence

from shared.disputes.acts.verbs import REGISTER
from shared.disputes.kinds import policy
from shared.disputes.records import aggregates
from shared.disputes.rules.roles import EVERYBODY, GRID, STAFF

# What only reads: who needs it. A kind instead of roles: whoever may write it.
PAGES: dict[str, frozenset[str] | str] = {
    "figures": STAFF | {"analyst"},
    "tasks": STAFF,
    "duplicates": "case.duplicate_dismissed",
    "my_grid": GRID | {"village_grid_leader"},
    "due": EVERYBODY,
    "calendar": EVERYBODY,
    "directory": EVERYBODY,
    "sync": EVERYBODY,
    "all": EVERYBODY,
    "register": REGISTER,
}


def sees(name: str, roles: Sequence[str], level: str) -> bool:
    """Does somebody with these roles, in an office of this level, see this tile or page? What no row names is seen by all."""
    if name in aggregates.NAMES:
        return any(_may(kind, roles, level) for kind in policy.TABLE if kind.startswith(f"{name}."))
    asked = PAGES.get(name, EVERYBODY)
    return _may(asked, roles, level) if isinstance(asked, str) else not asked.isdisjoint(roles)


def _may(kind: str, roles: Sequence[str], level: str) -> bool:
    return any(policy.allows(kind, level, role) for role in roles)
