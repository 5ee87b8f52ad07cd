"""The page before it gets its number: everything once more, each part with the way back to it."""

from __future__ import annotations

from collections.abc import Sequence

from shared.ledger.texts import t
from village_node.ui.intake.page import Form, Page
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Column, QuietButton, Row, Text
from village_node.view_models.intake.review import Section


class ReviewPage(Page):
    def __init__(self, form: Form, sections: Sequence[Section], **kwargs: object) -> None:
        super().__init__(form, **kwargs)
        missing = sum(len(section.missing) for section in sections)
        words = t("intake.review.incomplete", n=missing) if missing else t("intake.review.hint")
        ground, ink = theme.TONES["bad" if missing else "info"]
        strip = Card(ground=ground, edge=ground)
        strip.add_widget(Text(text=words, color=ink))
        self.add_widget(strip)
        for section in sections:
            self.add_widget(self._section(section))

    def _section(self, section: Section) -> Card:
        card = Card(edge=theme.FIELD_ERROR if section.missing else theme.LINE)
        row, words = Row(), Column(spacing=theme.dp(4), pos_hint={"top": 1})
        words.add_widget(Text(text=section.title, color=theme.SOFT_INK, font_size=theme.SMALL))
        for line in section.lines:
            words.add_widget(Text(text=line))
        for line in section.missing:
            words.add_widget(Text(text=line, color=theme.FIELD_ERROR))
        row.add_widget(words)
        row.add_widget(QuietButton(text=t("intake.review.edit"), size_hint_x=None, width=theme.LARGE + theme.dp(52),
                                   pos_hint={"top": 1}, on_release=lambda *_: self.form.go(section.step)))
        card.add_widget(row)
        return card
