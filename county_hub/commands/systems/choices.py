"""What an option of these verbs may name, as choices of the console's forms."""

from __future__ import annotations

from collections.abc import Callable

from county_hub.county.desk import CountyDesk
from county_hub.systems.opened import opened_systems
from shared.commands.matters import LETTERS
from shared.disputes.forms.sought import Choice
from shared.ledger.days import full_day, local_time
from shared.ledger.texts import t

Choices = tuple[Choice, ...]


def _tokens(desk: CountyDesk) -> Choices:
    now = desk.hub.clock()
    return tuple((one.id, f"{one.name}（{one.id}）") for one in opened_systems(desk.hub).tokens.all() if one.state(now) == "good")


def _hooks(desk: CountyDesk) -> Choices:
    return tuple((one.id, f"{one.url}（{one.id}）") for one in opened_systems(desk.hub).hooks.all())


def _batches(desk: CountyDesk) -> Choices:
    systems = opened_systems(desk.hub)
    names = {token.id: token.name for token in systems.tokens.all()}
    return tuple((one.id, f"{names.get(one.token, one.token)} {full_day(local_time(one.at))}（{one.count}）")
                 for one in systems.batches.page(limit=-1))


def _letters(aggregate: str) -> Callable[[CountyDesk], Choices]:
    """By their titles; which of them a matter can have, its steps say."""
    initial, count = LETTERS[aggregate]
    made = tuple(f"{initial}{n:02d}" for n in range(1, count + 1))
    return lambda desk: tuple((code, t(f"matterletters.{code}.title", stage="", decision="")) for code in made)


SOURCES: dict[str, Callable[[CountyDesk], Choices]] = {
    "token": _tokens, "webhook": _hooks, "batch": _batches,
    **{f"{aggregate}_letter": _letters(aggregate) for aggregate in LETTERS}}
