"""New devices on the page of the person at the tablet: each waits for a word, or was answered and may be answered anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from shared.ledger.texts import t
from village_node.desk.devices import DeviceLine
from village_node.point.clock import moment_of
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Column, QuietButton, Row, Text

MOST = 6        # on one page; the next ones follow when these are answered
Answered = Callable[[str, bool], None]


def device_cards(lines: Sequence[DeviceLine], names: Callable[[str], str], answered: Answered) -> list[Card]:
    """`lines` as `Devices.listed` gives them; `names(staff)`; `answered(device, known)` is called by a touch."""
    waiting = [one for one in lines if one.status == "waiting"]
    given = [one for one in lines if one.by and one.status != "waiting"]
    made = [_waiting(waiting, answered)] if waiting else []
    return [*made, _given(given, names, answered)] if given else made


def _waiting(lines: Sequence[DeviceLine], answered: Answered) -> Card:
    card = Card(spacing=theme.GAP)
    card.add_widget(Text(text=t("sealing.device.title"), font_size=theme.LARGE))
    card.add_widget(Text(text=t("sealing.device.about"), color=theme.SOFT_INK))
    for one in lines[:MOST]:
        buttons = Row()     # neither stands out: the question is not to be waved through
        buttons.add_widget(_button("yes", one, True, answered))
        buttons.add_widget(_button("no", one, False, answered))
        card.add_widget(_facts(one))
        card.add_widget(buttons)
    if len(lines) > MOST:
        card.add_widget(Text(text=t("sealing.device.more", count=len(lines) - MOST), color=theme.SOFT_INK))
    return card


def _given(lines: Sequence[DeviceLine], names: Callable[[str], str], answered: Answered) -> Card:
    """The newest answers first."""
    card = Card(spacing=theme.GAP)
    card.add_widget(Text(text=t("sealing.device.given"), font_size=theme.LARGE))
    for one in sorted(lines, key=lambda line: -line.at)[:MOST]:
        known = one.status == "confirmed"
        told = t("sealing.device.answered", who=names(one.by), when=moment_of(one.at))
        card.add_widget(_facts(one, t(f"sealing.device.{one.status}") + told))
        card.add_widget(_button("take_back" if known else "yes", one, not known, answered))
    return card


def _facts(one: DeviceLine, more: str = "") -> Column:
    facts = Column(spacing=0)
    facts.add_widget(Text(text=t("sealing.device.item", office=one.office_name, slot=one.slot)))
    rest = t("sealing.device.item_rest", device=one.id, since=moment_of(one.since), mark=one.mark)
    facts.add_widget(Text(text=more or rest, color=theme.SOFT_INK))
    return facts


def _button(text: str, one: DeviceLine, known: bool, answered: Answered) -> QuietButton:
    return QuietButton(text=t(f"sealing.device.{text}"), on_release=lambda *_: answered(one.id, known))
