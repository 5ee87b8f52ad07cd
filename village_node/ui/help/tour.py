"""The three sentences that a new person is shown, at the first start and again from the help."""

from __future__ import annotations

from shared.ledger.texts import t
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Row, Text
from village_node.ui.kit.icons import Icon

ICONS = ("plus", "cloud-upload-outline", "cloud-check-outline")      # beside `start.tour1` and on


def tour_cards() -> list[Card]:
    made = []
    for n, icon in enumerate(ICONS, start=1):
        card, row = Card(), Row()
        row.add_widget(Icon(icon=icon, font_size=theme.dp(40), color=theme.PRIMARY, pos_hint={"center_y": .5}))
        row.add_widget(Text(text=t(f"start.tour{n}"), font_size=theme.LARGE, pos_hint={"center_y": .5}))
        card.add_widget(row)
        made.append(card)
    return made
