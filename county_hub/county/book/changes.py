"""How far everything that the console shows has come, as one number, and what changed between two of them.

    <tables>.<events>.<seq>.<refused>.<directory>.<demands>
`tables` names this making of the read model: after a rebuild nothing is known of numbers before it. Topics name sorts of
things and single ones, never people: `case`, `case:<id>`, `petition`, `quarantine`, `directory`, `demand`; `all` where it cannot
be told.
It must not write, and must not know HTTP or HTML.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import astuple, dataclass

from county_hub.demands.desk import Demands
from county_hub.hub.hub import Hub
from county_hub.hub.ingress import QUARANTINE

ALL = "all"
MOST_TOPICS = 60            # of one look; more than a page can use, and then whole sorts are named
_MARK = re.compile(r"([0-9a-f]{8})\.(\d{1,15})\.([0-9a-zA-Z_-]{1,80})\.(\d{1,15})\.([0-9a-f]{8})\.(\d{1,15}x\d{1,15})")


@dataclass(frozen=True, slots=True)
class Mark:
    tables: str
    events: int
    seq: str
    refused: int
    directory: str
    demands: str

    def __str__(self) -> str:
        return ".".join(map(str, astuple(self)))


def mark_of(text: str) -> Mark | None:
    """The mark that this text is; None for what anybody may have typed."""
    found = _MARK.fullmatch(text)
    if found is None:
        return None
    tables, events, seq, refused, directory, demands = found.groups()
    return Mark(tables, int(events), seq, int(refused), directory, demands)


class Changes:
    """Reads of a few indexes and one cached value; about a tenth of a millisecond. Any thread."""

    def __init__(self, hub: Hub, demands: Demands) -> None:
        self._hub, self._demands = hub, demands

    def now(self) -> Mark:
        with self._hub.projector.reader() as db:
            row = db.execute("SELECT peer_id, epoch, version, seq FROM projector_checkpoint").fetchone()
            events = db.execute("SELECT coalesce(max(rowid), 0) FROM events").fetchone()[0]
        with self._hub.databases.lease(QUARANTINE) as replica:
            refused = replica.update_seq()
        place = self._hub.directory.latest().place
        return Mark(_short(row[:3]), int(events), re.sub(r"[^0-9a-zA-Z_-]", "", str(row[3]))[:80] or "0", refused,
                    _short(place), self._waiting())

    def is_behind(self) -> bool:
        """The tables have not caught up: more changes are about to show."""
        return bool(self._hub.projector.lag())

    def topics(self, since: Mark, now: Mark) -> frozenset[str]:
        """What changed. Records that were corrected without a new event are told as `all`."""
        if since == now:
            return frozenset()
        if since.tables != now.tables or since.events > now.events:
            return frozenset({ALL})
        found = {word for word, name in (("quarantine", "refused"), ("directory", "directory"), ("demand", "demands"))
                 if getattr(since, name) != getattr(now, name)}
        if since.events != now.events:
            return frozenset(found | self._of_events(since.events))
        return frozenset(found | ({ALL} if since.seq != now.seq else set()))

    def _of_events(self, after: int) -> set[str]:
        with self._hub.projector.reader() as db:
            rows = db.execute("SELECT DISTINCT substr(kind, 1, instr(kind, '.') - 1), case_id FROM events WHERE rowid > ?"
                              " LIMIT ?", (after, MOST_TOPICS + 1)).fetchall()
        if len(rows) > MOST_TOPICS:
            return {ALL}
        return {aggregate for aggregate, _ in rows} | {f"{aggregate}:{subject}" for aggregate, subject in rows}

    def _waiting(self) -> str:
        if not self._demands.store.path.exists():
            return "0x0"
        with self._demands.store.reading() as db:
            newest = db.execute("SELECT coalesce(max(n), 0) FROM demands").fetchone()[0]
            waiting = db.execute("SELECT count(*) FROM demands WHERE state = 'waiting'").fetchone()[0]
        return f"{newest}x{waiting}"


def _short(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:8]
