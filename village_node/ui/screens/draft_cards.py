"""Cards of unfinished forms: continue, or throw away (asked once, and can be taken back)."""

from __future__ import annotations

from kivy.clock import Clock
from kivy.uix.boxlayout import BoxLayout

from shared.ledger.texts import t
from village_node.point.drafts import DraftKey
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Column, QuietButton, Row, Text
from village_node.ui.kit.dialogs import Question
from village_node.view_models.draft_cards import DraftCardModel, draft_card

UNDO_SECONDS = 10.0
"""How long 拿回来 stands there after 丢弃."""


class DraftCards(Column):
    """Empty and without height when nothing is unfinished."""

    def __init__(self, desk_app: object, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.desk_app = desk_app
        self._shown: tuple[DraftCardModel, ...] | None = None
        self._dropped: DraftKey | None = None
        self._undo_over = Clock.create_trigger(lambda *_: self._forget_undo(), UNDO_SECONDS)

    def refresh(self) -> None:
        services, staff = self.desk_app.services, self.desk_app.staff.id
        self.desk_app.ask("drafts", lambda: (staff, tuple(draft_card(d, services.now_ms()) for d in services.unfinished(staff))),
                          self._draw)

    def _draw(self, answer: tuple[str, tuple[DraftCardModel, ...]]) -> None:
        staff, models = answer
        now = self.desk_app.staff
        if now is None or now.id != staff or models == self._shown:
            return                                      # buttons that are rebuilt under a finger lose its tap
        self._shown = models
        self.clear_widgets()
        if self._dropped is not None:
            self.add_widget(self._undo_strip(self._dropped))
        for model in models:
            self.add_widget(self._card(model))

    def _card(self, model: DraftCardModel) -> Card:
        card = Card(edge=theme.PRIMARY, spacing=theme.GAP)
        card.add_widget(Text(text=model.title, font_size=theme.LARGE))
        card.add_widget(Text(text=model.line))
        card.add_widget(Text(text=model.saved, color=theme.SOFT_INK, font_size=theme.SMALL))
        row = Row()
        row.add_widget(QuietButton(text=t("app.draft.drop"), size_hint_x=.35, on_release=lambda *_: self._ask(model.key)))
        row.add_widget(QuietButton(text=t("app.draft.resume"), size_hint_x=.65,
                                   on_release=lambda *_: self.desk_app.resume(model.key)))
        card.add_widget(row)
        return card

    def _ask(self, key: DraftKey) -> None:
        Question(title=t("app.draft.drop"), words=t("app.draft.drop_question"), yes=t("app.draft.drop"),
                 on_yes=lambda: self._drop(key)).open()

    def _drop(self, key: DraftKey) -> None:
        self.desk_app.services.drafts.drop(key)
        self._dropped, self._shown = key, None
        self._undo_over()
        self.refresh()

    def _undo_strip(self, key: DraftKey) -> BoxLayout:
        row = Row()
        row.add_widget(Text(text=t("app.draft.dropped"), least_height=theme.TOUCH))
        row.add_widget(QuietButton(text=t("app.draft.undo"), size_hint_x=.5, on_release=lambda *_: self._take_back(key)))
        return row

    def _take_back(self, key: DraftKey) -> None:
        self.desk_app.services.drafts.take_back(key)
        self._forget_undo()

    def _forget_undo(self) -> None:
        self._undo_over.cancel()
        self._dropped, self._shown = None, None
        if self.desk_app.staff is not None:
            self.refresh()
