"""Who works here: roles in groups, and rows of the policy made of them, level -> roles (DOMAIN.md 1.3, 7.3). Values, no rule."""

from __future__ import annotations

GRID = frozenset({"grid_member", "group_grid_leader", "grid_officer", "law_literate"})
# People who carry a case; roles of DOMAIN.md 1.3.
STAFF = frozenset({
    "village_grid_leader", "mediator", "mediator_fulltime", "window_clerk", "handler", "judicial_officer",
    "dispatcher", "supervisor", "dept_leader", "seal_keeper",
})
ADVISERS = frozenset({"judge", "lawyer", "expert", "counsellor", "legal_aid_officer", "analyst", "beat_police"})
PARTY = frozenset({"party"})
AID = frozenset({"legal_aid_officer"})

EVERYBODY = GRID | STAFF | ADVISERS
ROLES = EVERYBODY | PARTY

Row = dict[str, frozenset[str]]
NOBODY: frozenset[str] = frozenset()


def at(*, village: frozenset[str] = NOBODY, township: frozenset[str] = NOBODY, county: frozenset[str] = NOBODY) -> Row:
    """These roles at these levels, nobody at the others."""
    return {"village": village, "township": township, "county": county}


def everywhere(roles: frozenset[str]) -> Row:
    return at(village=roles, township=roles, county=roles)


ALL = everywhere(EVERYBODY)
ALL_AND_PARTY = everywhere(EVERYBODY | PARTY)
CARRY = everywhere(STAFF)
UPPER = at(township=STAFF, county=STAFF)
