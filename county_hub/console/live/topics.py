"""Which changes a page of the console is about, and what it does about them.

`replace`: the page's parts are put in anew where nothing is typed; `tell`: a strip offers to load the page again. A page that is
not named here is told of everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from county_hub.county.book.changes import ALL
from shared.disputes.records import aggregates

How = Literal["replace", "tell"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """`topics` empty: everything."""

    topics: frozenset[str]
    how: How

    def hears(self, told: frozenset[str]) -> bool:
        return bool(told) and (not self.topics or ALL in told or bool(self.topics & told))


def _one(aggregate: str) -> Callable[[re.Match[str], dict[str, list[str]]], set[str]]:
    return lambda found, query: {f"{aggregate}:{found[1]}"}


def _record(found: re.Match[str], query: dict[str, list[str]]) -> set[str]:
    """A record of any kind: its id is enough, whatever it is called."""
    return {f"{aggregate}:{found[1]}" for aggregate in aggregates.NAMES}


def _kind(found: re.Match[str], query: dict[str, list[str]]) -> set[str]:
    return {query.get("kind", [""])[0]} - {""}


def _just(*topics: str) -> Callable[[re.Match[str], dict[str, list[str]]], set[str]]:
    return lambda found, query: set(topics)


_PAGES: tuple[tuple[str, Callable[[re.Match[str], dict[str, list[str]]], set[str]], How], ...] = (
    (r"/console/", _just(), "replace"), (r"/console/wall", _just(), "replace"),
    (r"/console/cases", _just("case"), "replace"),
    (r"/console/cases/([0-9A-Z]{26})(?:/.*)?", _one("case"), "tell"),
    (r"/console/dispatch", _just("case"), "replace"), (r"/console/slips", _just("case"), "replace"),
    (r"/console/intake", _just(), "replace"), (r"/console/demands", _just("demand"), "replace"),
    (r"/console/demands/.*", _just("demand"), "tell"),
    (r"/console/mediation", _just(), "replace"), (r"/console/monitor", _just(), "replace"),
    (r"/console/records/([0-9A-Z]{26})(?:/.*)?", _record, "tell"), (r"/console/records", _kind, "replace"),
    (r"/console/quarantine(?:/.*)?", _just("quarantine"), "tell"),
    (r"/console/(?:offices|coverage|organs|zone/.*|do/.*)", _just("directory"), "tell"),
    (r"/console/(?:figures|warning|analysis|rates(?:/.*)?)", _just("case", "petition", "legal_aid"), "tell"),
)


def wanted_by(page: str) -> Wanted:
    """By the page's address as the browser has it."""
    try:
        parts = urlsplit(page[:500])
    except ValueError:      # //[ is no address
        return Wanted(frozenset(), "tell")
    for pattern, topics, how in _PAGES:
        found = re.fullmatch(pattern, parts.path)
        if found is not None:
            return Wanted(frozenset(topics(found, parse_qs(parts.query))), how)
    return Wanted(frozenset(), "tell")
