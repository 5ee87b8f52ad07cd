"""What the figures of a county are counted from, and by what one sees that they would be others now."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from county_hub.hub.hub import Hub
from shared.disputes.figures import facts
from shared.disputes.figures.facts import Facts
from shared.ledger.days import local_date

# Counting more cases than this takes longer than a page may.
MANY = 20_000


def facts_of(hub: Hub, within: Sequence[tuple[str, str]]) -> Facts:
    """Those that figures of these days need, with who is over whom today."""
    with hub.projector.reader() as db:
        return facts.load(db, hub.directory.latest().lineage, within)


def years_of(hub: Hub) -> list[int]:
    """Years in which anything was registered, the newest first."""
    with hub.projector.reader() as db:
        return facts.years(db, local_date(hub.clock()))


def are_many(hub: Hub) -> bool:
    with hub.projector.reader() as db:
        return facts.many(db, MANY)


def stamp(hub: Hub) -> Hashable:
    """Another one whenever a record, the directory or the day has changed."""
    with hub.projector.reader() as db:
        place = db.execute("SELECT * FROM projector_checkpoint").fetchone()
    return (place, hub.directory.latest().place, local_date(hub.clock()))
