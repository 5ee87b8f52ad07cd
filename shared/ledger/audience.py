"""Who gets a case: the audience as a pure, monotone rule over accepted events, the same in any order of
arrival.

    origin and its ancestors; whoever an office of the audience hands the case to, asks, calls in or
    supervises, and their ancestors

Up goes everything, down goes only what concerns you: an office does not enter by writing into a case,
only by being named by an office that is in it; so the rule keeps the edges it has seen and takes what is
reachable from the origin. Which kinds name an office, and in which field, is the domain's to say.
The row: {"offices": [...], "origins": [...], "edges": [[from, to], ...]}, all sorted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from shared.ledger.domain import Domain
from shared.ledger.formats.ids import is_office_id
from shared.ledger.published.offices import ancestors_of


class KnowsLineage(Protocol):
    def ancestors(self, office: str) -> Iterable[str]: ...


def route(
    doc: Mapping[str, Any], audience: Mapping[str, Any] | None, directory: KnowsLineage | None = None, *, domain: Domain
) -> dict[str, Any]:
    """The audience row after one more accepted document. Documents that are no events change nothing."""
    origins = set(audience["origins"]) if audience else set()
    edges = {(a, b) for a, b in audience["edges"]} if audience else set()
    kind, office, body = doc.get("kind"), doc.get("office"), doc.get("body")
    if isinstance(office, str) and isinstance(body, Mapping):
        if domain.opens(str(kind)):
            origins.add(office)
        edges.update((office, target) for target in _targets(str(kind), office, body, domain))
    above = _ancestors(directory)
    before = frozenset(audience["offices"]) if audience else frozenset()
    return {
        "offices": sorted(_reachable(origins, edges, above) | before),
        "origins": sorted(origins),
        "edges": [list(edge) for edge in sorted(edges)],
    }


def _targets(kind: str, office: str, body: Mapping[str, Any], domain: Domain) -> list[str]:
    """The offices that this event names: one, a list, or a list of {"office": ...}."""
    fields = domain.names.get(kind, ())
    found: list[Any] = []
    for field in (fields,) if isinstance(fields, str) else fields:
        named = body.get(field)
        if kind in domain.to_itself and named is None:
            named = office
        found += named if isinstance(named, list) else [named]
    targets = [item.get("office") if isinstance(item, Mapping) else item for item in found]
    return [t for t in targets if isinstance(t, str) and is_office_id(t)]


def _ancestors(directory: KnowsLineage | None) -> Callable[[str], Iterable[str]]:
    """The directory's lineage and the lineage at founding: a reform adds readers, it never takes history
    away."""
    if directory is None:
        return ancestors_of
    known = directory
    return lambda office: {*ancestors_of(office), *known.ancestors(office)}


def _reachable(
    origins: set[str], edges: set[tuple[str, str]], above: Callable[[str], Iterable[str]]
) -> set[str]:
    found: set[str] = set()
    for office in origins:
        found.add(office)
        found.update(above(office))
    waiting = set(edges)
    while True:
        ready = {edge for edge in waiting if edge[0] in found}
        if not ready:
            return found
        waiting -= ready
        for _, target in ready:
            found.add(target)
            found.update(above(target))
