"""A card of a page that only tells and offers: title, mark, lines, buttons. No Kivy.

`Button.act` is a word that the window knows (`village_node.ui.around.acts`), `what` goes with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

MOST = 100          # cards of one page; the page says how many more there are


@dataclass(frozen=True, slots=True)
class Button:
    words: str
    act: str
    what: tuple[str, ...] = ()
    icon: str = ""
    primary: bool = False


@dataclass(frozen=True, slots=True)
class InfoCard:
    """`mark`: words in the tone of the card; `pill`: words, tone and icon of a deadline, in its place."""

    title: str
    lines: tuple[str, ...] = ()
    mark: str = ""
    tone: str = "info"
    icon: str = ""
    buttons: tuple[Button, ...] = ()
    pill: tuple[str, str, str] = ("", "plain", "")
    beside: bool = False         # its buttons stand beside each other on a telephone too


@dataclass(frozen=True, slots=True)
class CardPage:
    """`empty` is said where there is no card, `more` below the last one where not all are shown."""

    title: str
    cards: tuple[InfoCard, ...]
    empty: str = ""
    more: str = ""


def one_primary(cards: Iterable[InfoCard]) -> tuple[InfoCard, ...]:
    """The same cards with the first main button of all filled, and no other: one main action a screen."""
    made, taken = [], False
    for card in cards:
        buttons = []
        for button in card.buttons:
            buttons.append(replace(button, primary=button.primary and not taken))
            taken = taken or button.primary
        made.append(replace(card, buttons=tuple(buttons)))
    return tuple(made)
