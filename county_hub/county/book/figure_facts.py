"""What the figures of a county are counted from, and by what one sees that they would be others now."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Iterator

from county_hub.hub.hub import Hub
from shared.disputes.figures import facts
from shared.disputes.figures.marks import Period
from shared.disputes.tables.tallied import Kept
from shared.ledger.days import local_date


@contextlib.contextmanager
def kept_sums(hub: Hub) -> Iterator[Callable[[Period], Kept]]:
    """Sums of periods, all of one moment, with who is over whom today."""
    lineage = hub.directory.latest().lineage
    with hub.projector.reader() as db:
        yield lambda period: Kept(db, period, lineage)


def years_of(hub: Hub) -> list[int]:
    """Years in which anything was registered, the newest first."""
    with hub.projector.reader() as db:
        return facts.years(db, local_date(hub.clock()))


def stamp(hub: Hub) -> Hashable:
    """Another one whenever a record, the directory or the day has changed, and once more when the tables have followed another
    calendar or line of offices: that is a moment after the directory has it."""
    with hub.projector.reader() as db:
        place = db.execute("SELECT * FROM projector_checkpoint").fetchone()
        under = db.execute("SELECT json FROM calendars_used UNION ALL SELECT json FROM lineage_used").fetchall()
    return (place, *under, hub.directory.latest().place, local_date(hub.clock()))
