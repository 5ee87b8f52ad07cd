"""The households of somebody of the grid: who was not visited for longest comes first; a visit is one tap. No Kivy."""

from __future__ import annotations

from typing import Any

from shared.disputes.rules.grids import Grid, Member
from shared.ledger.days import between, date_of
from shared.ledger.texts import t
from village_node.desk.households import last_visits
from village_node.view_models.around.cards import Button, CardPage, InfoCard

SHOWN = 60          # of one look; after visits the next ones come up
LONG_DAYS = 30      # so long without a visit is marked; what a county asks for stands in its own rules


def own_grids(desk: Any, staff: str) -> list[tuple[Grid, Member]]:
    """Where this person looks after households today."""
    return [(grid, member) for grid in desk.grids() if grid.valid_on(desk.today()) for member in grid.members
            if member.staff == staff]


def waiting(desk: Any, grid: Grid, member: Member) -> list[tuple[str, int]]:
    """[(day of the last visit or "", household)], who was not visited for longest first."""
    last = last_visits(desk.node, grid.id)
    return sorted((last.get(number, ""), number) for number in member.households)


def households(desk: Any, staff: str) -> CardPage:
    cards: list[InfoCard] = []
    late = 0
    for grid, member in own_grids(desk, staff):
        for day, number in waiting(desk, grid, member):
            late += is_late(day, desk.today())
            cards.append(_card(desk, grid, day, number))
    cards.sort(key=lambda card: card.tone != "warn")        # of several grids
    title = t("households.late", n=late, days=LONG_DAYS) if late else t("households.none_late", days=LONG_DAYS)
    if len(cards) > SHOWN:
        title = f"{title}　{t('households.more', n=len(cards) - SHOWN)}"
    return CardPage(title, tuple(cards[:SHOWN]), t("grid_home.none"))


def is_late(day: str, today: str) -> bool:
    return not day or between(day, today) > LONG_DAYS


def visited(household: int) -> str:
    """What the record of a visit that found nothing says."""
    return t("households.text", n=household)


def _card(desk: Any, grid: Grid, day: str, number: int) -> InfoCard:
    filled = (f"grid={grid.id}", f"household={number}")
    return InfoCard(
        t("households.title", n=number), (_when(day, desk.today()),), "", "warn" if is_late(day, desk.today()) else "good",
        "home-alert-outline" if is_late(day, desk.today()) else "home-outline",
        (Button(t("households.write"), "step", ("small_service.recorded", "", *filled)),
         Button(t("households.visit"), "visit", (grid.id, str(number)))), beside=True)


def _when(day: str, today: str) -> str:
    if not day:
        return t("households.never")
    days, then = between(day, today), date_of(day)
    if days == 0:
        return t("households.today")
    return t("households.last", month=then.month, day=then.day, n=days)
