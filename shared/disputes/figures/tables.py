"""The tables of a report, ready to be published: region x type, by level, petitions by channel and unit. Pure.

Nothing leaves this module with a small cell in it (`figures_suppress`). A region is a township; what lies with the county
itself is the county's own row.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shared.disputes.figures import suppress
from shared.disputes.figures.figures import CHANNELS, LEVELS, Figure, resolved_locally
from shared.disputes.figures.marks import Tally
from shared.ledger.published.lineage import Lineage

UNITS = ("items", "batches", "person_times")


@dataclass(frozen=True, slots=True)
class LevelRow:
    """Numbers of the offices of one level; None = suppressed. `local` is (closed there, registered there) of 就地化解率."""

    level: str
    registered: int | None
    mediated: int | None
    local: Figure | None


def region_of(office: str, lineage: Lineage) -> str:
    """The township of an office, the county for the county's own."""
    return lineage.at_level(office, "township") if lineage.level_of(office) == "village" else office


def region_by_category(tally: Tally, small: int, *, known_regions: Iterable[str] = ()) -> suppress.Table | None:
    """Mediation cases by township and category; categories without any case are left out."""
    counts: dict[tuple[str, str], int] = {}
    for where, n in tally.by("accepted_where").items():
        place, _, category = where.partition(" ")
        key = (region_of(place, tally.lineage), category)
        counts[key] = counts.get(key, 0) + n
    regions = sorted({*known_regions, *(row for row, _ in counts)})
    return suppress.table(counts, regions, sorted({column for _, column in counts}), small)


def by_month(tally: Tally, small: int) -> dict[str, int | None] | None:
    """Registered disputes of each month of the period; their sum is published, so they are protected as a line. None when that
    cannot be."""
    months, month = dict[str, int](), tally.period.start[:7]
    while month <= tally.period.end[:7]:
        months[month] = 0
        month = f"{int(month[:4]) + month.endswith('12'):04d}-{int(month[5:]) % 12 + 1:02d}"
    return suppress.line({**months, **tally.by_month("handled")}, small)


def by_level(tally: Tally, small: int) -> list[LevelRow]:
    """Per level of the office that registered the dispute. Sums over the levels are printed elsewhere, so each column is
    protected as a line."""
    registered, accepted = _per_level(tally, "handled"), _per_level(tally, "accepted")
    local = dict.fromkeys(LEVELS, 0)
    for key, n in tally.by("resolved").items():
        if resolved_locally(key, tally.lineage):
            local[tally.lineage.level_of(key.partition(" ")[0])] += n
    shown, taken = suppress.line(registered, small), suppress.line(accepted, small)
    rows = []
    for level in LEVELS:
        here = shown[level] if shown is not None else None
        rate = Figure(local[level], here) if here is not None and not 0 < here < small else None
        rows.append(LevelRow(level, here, taken[level] if taken is not None else None, rate))
    return rows


def _per_level(tally: Tally, what: str) -> dict[str, int]:
    found = dict.fromkeys(LEVELS, 0)
    for origin, n in tally.by(what).items():
        found[tally.lineage.level_of(origin)] += n
    return found


def petitions_by_channel(tally: Tally, small: int) -> dict[str, dict[str, int | None]]:
    """{channel: {items, batches, person_times}}; where so few came that a number would tell of them, the channel is
    suppressed whole, and the other one too (their sum is published)."""
    items = suppress.line({channel: tally.by("petitions").get(channel, 0) for channel in CHANNELS}, small)
    shown: dict[str, dict[str, int | None]] = {}
    for channel in CHANNELS:
        if items is None or items[channel] is None:
            shown[channel] = dict.fromkeys(UNITS)
        else:
            shown[channel] = {unit: tally.by(what).get(channel, 0)
                              for unit, what in zip(UNITS, ("petitions", "batches", "person_times"), strict=True)}
    return shown
