"""A card of a page that only tells and offers: title, mark, lines, buttons. No Kivy.

`Button.act` is a word that the window knows (`village_node.ui.around.acts`), `what` goes with it.
"""

from __future__ import annotations

from dataclasses import dataclass

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
    title: str
    lines: tuple[str, ...] = ()
    mark: str = ""
    tone: str = "info"
    icon: str = ""
    buttons: tuple[Button, ...] = ()
    beside: bool = False         # its buttons stand beside each other on a telephone too


@dataclass(frozen=True, slots=True)
class CardPage:
    """`empty` is said where there is no card, `more` below the last one where not all are shown."""

    title: str
    cards: tuple[InfoCard, ...]
    empty: str = ""
    more: str = ""
