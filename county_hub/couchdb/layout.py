"""Which databases a county has on Apache CouchDB, and what each is called there.

Two names for each: ours, as the hub, its devices and its rules say it (`office-<12 digits>`, `directory`), and the one on
the server, `<prefix>` and ours behind it. Several counties may share a server; the prefix keeps them apart. Whatever else lies on
the server is foreign: never read, written or deleted. Beside the county's databases there is one more, `<prefix>county`, which
tells whose they are (`county_hub.couchdb.marker`); only the hub's own programs open it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from county_hub.hub.founding import database_names
from county_hub.hub.ingress import DROP, QUARANTINE
from county_hub.hub.problems import UsageProblem
from shared.ledger.formats.envelope import family_of
from shared.ledger.texts import t

MARKER = "county"
DESIGN = "_design/"         # ids that begin so are the server's business (`fence`): no record, in no replica of ours
FENCE = DESIGN + "county"
MOST_PREFIX = 60            # letters; with our longest name far below the 238 that CouchDB takes
_PREFIX = re.compile(r"[a-z][a-z0-9_$()+-]*", re.ASCII)
_OFFICE = re.compile(r"office-([0-9]{12})(?:-files|-closed)?", re.ASCII)


class Use(StrEnum):
    """What a database is for; its first fence and its readers follow from it."""

    RECORDS = "records"             # an office's events, receipts, grants; the county's own is the consolidated one
    FILES = "files"
    CLOSED = "closed"               # sealed bodies: ciphertext
    DIRECTORY = "directory"
    QUARANTINE = "quarantine"
    DROP = "drop"
    MARKER = "marker"


# Never in the cache of an edge that serves devices, nor shown to anybody but the hub's operators.
PRIVATE = frozenset({Use.QUARANTINE, Use.DROP, Use.MARKER})
_BY_FAMILY = {"office": Use.RECORDS, "files": Use.FILES, "closed": Use.CLOSED, "directory": Use.DIRECTORY}
_ALONE = {QUARANTINE: Use.QUARANTINE, DROP: Use.DROP, MARKER: Use.MARKER}


def use_of(name: str) -> Use | None:
    """What our database `name` is for; None: no county has one of this name."""
    return _ALONE.get(name) or _BY_FAMILY.get(family_of(name) or "")


def office_of(name: str) -> str | None:
    """The 12 digits of the office that database `name` belongs to; None: it is no single office's."""
    match = _OFFICE.fullmatch(name)
    return match.group(1) if match else None


def is_record(id: str) -> bool:
    """Is this document of the county, and not of the server (`_design/...`)?"""
    return not id.startswith(DESIGN)


def default_prefix(county: str) -> str:
    return f"county-{county}-"


@dataclass(frozen=True, slots=True)
class Layout:
    """`county` is the county's office id. Raises `UsageProblem` for a prefix that no CouchDB takes."""

    county: str
    prefix: str

    def __post_init__(self) -> None:
        if len(self.prefix) > MOST_PREFIX or not _PREFIX.fullmatch(self.prefix):
            raise UsageProblem(t("couchdb.bad_prefix", value=self.prefix, most=MOST_PREFIX))

    @classmethod
    def of(cls, county: str, prefix: str = "") -> Layout:
        """`prefix`: the setting `couchdb_prefix`, empty for the county's own."""
        return cls(county, prefix or default_prefix(county))

    @property
    def consolidated(self) -> str:
        """Our name of the database that holds what the county accepted."""
        return f"office-{self.county}"

    @property
    def marker(self) -> str:
        """The name on the server of the database that tells whose these are."""
        return self.prefix + MARKER

    def there(self, name: str) -> str:
        """What our database `name` is called on the server. Raises `ValueError` for a name that is not of a county."""
        if use_of(name) is None:
            raise ValueError(f"{name!r} is no database of a county")
        return self.prefix + name

    def here(self, there: str) -> str | None:
        """What a database of the server is called by us; None: it is foreign."""
        name = there.removeprefix(self.prefix)
        return name if name != there and use_of(name) is not None else None

    def claims(self, there: str) -> bool:
        """Does the name stand under our prefix? What does and is none of ours (`here`) should not be there."""
        return there.startswith(self.prefix)

    def names(self, offices: Collection[str]) -> list[str]:
        """Our names of all databases that a county of these offices has, the marker's not among them."""
        return list(database_names(offices))

    def cached(self, offices: Collection[str]) -> list[str]:
        """Our names of what an edge that serves these offices keeps a copy of."""
        return [name for name in database_names(offices) if use_of(name) not in PRIVATE]
