"""Founds a county, or takes its list of divisions again: what then differs from the directory is told, never changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from county_hub.composition import real_clock
from county_hub.county.divisions_changes import Difference, differences
from county_hub.hub import founding
from county_hub.hub.kept.home import HubHome
from shared.disputes.domain import DISPUTES
from shared.ledger.published.directory_heads import Directory
from shared.ledger.published.offices import Organisation


@dataclass(frozen=True, slots=True)
class Founded:
    """`differences` of the list given again and the directory."""

    hub: founding.Founded
    differences: tuple[Difference, ...] = ()


def found(
    home: HubHome, county: str, organisation: Organisation, password: str | None,
    progress: Callable[[int, int], None] = lambda done, total: None, *, demo: bool = False,
) -> Founded:
    """See `county_hub.hub.founding.found`. Raises `HubProblem`."""
    told: list[Difference] = []

    def again(before: Directory) -> None:
        told.extend(differences(before, organisation, str(home.root), before.today))

    made = founding.found(home, county, organisation, password, real_clock, progress, demo=demo, again=again,
                         schemas=DISPUTES.schemas)
    return Founded(made, tuple(told))
