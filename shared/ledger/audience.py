"""Who is heard on a subject, and who gets it: one pure, monotone rule over its accepted events, the same in any order of arrival.

    row of a subject = the founder's office, every office that an accepted event names, and all offices above these

An event is heard (`is_heard`) when it founds its subject or its office is in the row. Whoever is not heard waits until somebody
who is names him: naming is the only way in, writing is none. Rows only grow: once named, always heard. So the accepted events are
the least set that holds the foundings and everything heard by the row of what it holds, whatever came first.
Up goes everything, down goes only what concerns you. Which kinds name an office, and in which field, is the domain's to say.
The row: {"offices": [...]}, sorted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from shared.ledger.domain import Domain
from shared.ledger.formats.founding import proves
from shared.ledger.formats.ids import is_office_id
from shared.ledger.published.lineage import FOUNDED

NOT_IN_AUDIENCE = "not_in_audience"


class HasParent(Protocol):
    @property
    def parent(self) -> str | None: ...


class KnowsLineage(Protocol):
    def office_history(self, id: str) -> Sequence[HasParent]: ...


def is_heard(doc: Mapping[str, Any], audience: Mapping[str, Any] | None) -> bool:
    """May the event enter its subject, of which `audience` is the row (None: nothing of it is accepted yet)?"""
    return proves(doc) or (audience is not None and doc.get("office") in audience["offices"])


def route(
    doc: Mapping[str, Any], audience: Mapping[str, Any] | None, directory: KnowsLineage | None = None, *, domain: Domain
) -> dict[str, Any]:
    """The row after one more accepted event. It adds whom the event names, never its author, unless the event founds the
    subject."""
    named = _targets(doc, domain)
    if proves(doc):
        named.append(str(doc["office"]))
    row = {*named, *(audience["offices"] if audience else ())}
    # of those who were in before, too: what a reform put above one of them since is in the row that a rebuild makes
    return {"offices": sorted(row.union(*(offices_above(office, directory) for office in row)))}


def _targets(doc: Mapping[str, Any], domain: Domain) -> list[str]:
    """The offices that this event names: one, a list, or a list of {"office": ...}."""
    kind, body = str(doc.get("kind")), doc.get("body")
    if not isinstance(body, Mapping):
        return []
    fields = domain.names.get(kind, ())
    found: list[Any] = []
    for field in (fields,) if isinstance(fields, str) else fields:
        named = body.get(field)
        if kind in domain.to_itself and named is None:
            named = doc.get("office")
        found += named if isinstance(named, list) else [named]
    targets = [item.get("office") if isinstance(item, Mapping) else item for item in found]
    return [t for t in targets if isinstance(t, str) and is_office_id(t)]


def offices_above(office: str, directory: KnowsLineage | None) -> Collection[str]:
    """All offices that this one ever lay under: a reform adds readers, it takes no history away, and a row that is made anew
    after it is the same row. Asked of each record, so a version of the directory keeps what was found."""
    kept: dict[str, frozenset[str]] | None = getattr(directory, "above", None)
    found = kept.get(office) if kept is not None else None
    if found is None:
        found = frozenset(_above(office, directory))
        if kept is not None:
            kept[office] = found
    return found


def _above(office: str, directory: KnowsLineage | None) -> set[str]:
    found, todo = set[str](), [office]
    while todo:
        here = todo.pop()
        periods = directory.office_history(here) if directory is not None else ()
        # an office that no directory knows lies where its id says
        parents = [period.parent for period in periods] if periods else [FOUNDED.parent_of(here)]
        above = {parent for parent in parents if parent}
        todo += above - found
        found |= above
    return found
