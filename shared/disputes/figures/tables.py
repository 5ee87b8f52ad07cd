"""The tables of a report, ready to be published: region x type, by level, petitions by channel and unit. Pure.

Nothing leaves this module with a small cell in it (`figures_suppress`). A region is a township; what lies with the county
itself is the county's own row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.disputes.figures import suppress
from shared.disputes.figures.facts import CaseFact, Facts
from shared.disputes.figures.figures import CHANNELS, LEVELS, Figure, Period, handled, mediated, resolved_locally
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


def region_by_category(facts: Facts, period: Period, small: int, *, known_regions: Iterable[str] = (),
                       ) -> suppress.Table | None:
    """Mediation cases by township and category; categories without any case are left out."""
    counts: dict[tuple[str, str], int] = {}
    for case in mediated(facts, period):
        key = (region_of(case.place, facts.lineage), case.category)
        counts[key] = counts.get(key, 0) + 1
    regions = sorted({*known_regions, *(row for row, _ in counts)})
    return suppress.table(counts, regions, sorted({column for _, column in counts}), small)


def by_month(facts: Facts, period: Period, small: int) -> dict[str, int | None] | None:
    """Registered disputes of each month of the period; their sum is published, so they are protected as a line. None when that
    cannot be."""
    months, month = dict[str, int](), period.start[:7]
    while month <= period.end[:7]:
        months[month] = 0
        month = f"{int(month[:4]) + month.endswith('12'):04d}-{int(month[5:]) % 12 + 1:02d}"
    for case in handled(facts, period):
        months[case.registered_on[:7]] += 1
    return suppress.line(months, small)


def by_level(facts: Facts, period: Period, small: int) -> list[LevelRow]:
    """Per level of the office that registered the dispute. Sums over the levels are printed elsewhere, so each column is
    protected as a line."""
    registered = _per_level(handled(facts, period), facts.lineage)
    accepted = _per_level(mediated(facts, period), facts.lineage)
    shown, taken = suppress.line(_sizes(registered), small), suppress.line(_sizes(accepted), small)
    rows = []
    for level in LEVELS:
        here = registered[level]
        n = shown[level] if shown is not None else None
        local = sum(resolved_locally(case, facts.lineage) for case in here)
        rate = Figure(local, n) if n is not None and not 0 < n < small else None
        rows.append(LevelRow(level, n, taken[level] if taken is not None else None, rate))
    return rows


def _per_level(cases: Iterable[CaseFact], lineage: Lineage) -> dict[str, list[CaseFact]]:
    found: dict[str, list[CaseFact]] = {level: [] for level in LEVELS}
    for case in cases:
        found[lineage.level_of(case.origin)].append(case)
    return found


def _sizes(groups: Mapping[str, list[CaseFact]]) -> dict[str, int]:
    return {key: len(items) for key, items in groups.items()}


def petitions_by_channel(facts: Facts, period: Period, small: int) -> dict[str, dict[str, int | None]]:
    """{channel: {items, batches, person_times}}; where so few came that a number would tell of them, the channel is
    suppressed whole, and the other one too (their sum is published)."""
    found = {channel: [p for p in facts.petitions if p.registered_on in period and p.channel == channel] for channel in CHANNELS}
    items = suppress.line({channel: len(rows) for channel, rows in found.items()}, small)
    shown: dict[str, dict[str, int | None]] = {}
    for channel, rows in found.items():
        if items is None or items[channel] is None:
            shown[channel] = dict.fromkeys(UNITS)
        else:
            shown[channel] = {"items": len(rows), "batches": sum(p.batches for p in rows),
                              "person_times": sum(p.person_times for p in rows)}
    return shown

