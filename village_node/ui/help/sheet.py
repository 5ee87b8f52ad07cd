"""What a question mark shows: a few sentences about the screen that is open, the tour again, the clerk's card."""

from __future__ import annotations

from typing import Any

from shared.ledger.texts import t
from village_node.desk.present import help_desk
from village_node.ui.help.tour import tour_cards
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Text
from village_node.ui.kit.sheet import Sheet
from village_node.view_models import help as helping


class HelpSheet(Sheet):
    def __init__(self, app: Any, screen: str, place: str, **kwargs: object) -> None:
        directory = app.desk.node.directory
        page = helping.of_screen(screen, place, help_desk(directory))
        super().__init__(title=page.title, **kwargs)
        self._app = app
        for line in page.lines:
            card = Card()
            card.add_widget(Text(text=line, font_size=theme.LARGE))
            self.add_content(card)
        self.add_button(t("help.tour"), lambda: TourSheet().open())
        self.card_button = self.add_button(t("help.card_title"), self._card)
        self.add_button(t("help.back"), self.dismiss, primary=True)

    def _card(self) -> None:
        from village_node.papers.card import clerk_card
        from village_node.ui.papers.preview import Preview

        with self._app.trouble_shown():
            Preview(self._app, t("help.card_title"), t("help.card_title"), lambda: clerk_card(self._app.desk.node)).open()


class TourSheet(Sheet):
    """The three sentences that a new person is shown after the enrolment."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(title=t("help.tour_title"), **kwargs)
        self.add_content(*tour_cards())
        self.add_button(t("help.back"), self.dismiss, primary=True)
