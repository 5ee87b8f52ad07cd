"""The page 要您拿主意: one difference opened, both sides beside each other, what each decision means; the others below."""

from __future__ import annotations

from typing import Any

from kivy.core.window import Window
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.screenmanager import Screen

from shared.ledger.texts import t
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Column, PrimaryButton, QuietButton, Row, Text
from village_node.ui.kit.chips import phrases
from village_node.ui.kit.dialogs import in_columns, scroller
from village_node.ui.kit.fields import TextField
from village_node.ui.kit.icons import Icon
from village_node.ui.kit.marks import Empty, Mark
from village_node.ui.kit.notice import notify
from village_node.ui.kit.once import Once
from village_node.ui.kit.resized import when_resized
from village_node.view_models.around import conflicts as models
from village_node.view_models.around.conflicts import Choice, Conflict, Side


class TapCard(ButtonBehavior, Card):
    """A card that is itself the button."""


class ConflictsScreen(Screen):
    """`open(case, code)`: that one first; without, the first that this person may decide."""

    def __init__(self, desk_app: Any, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.desk_app, self.place = desk_app, t("conflict.title")
        self.found: tuple[Conflict, ...] | None = None
        self.chosen, self.decision = ("", ""), ""
        self.choices: dict[str, TapCard] = {}
        when_resized(self, self._again)

    def open(self, case: str = "", code: str = "") -> None:
        self.chosen, self.decision, self.found = (case, code), "", None
        self.clear_widgets()
        self.refresh()

    def refresh(self) -> None:
        app = self.desk_app
        if app.staff is not None:
            staff = app.staff.id
            app.ask("conflicts", lambda: models.conflicts(app.desk, staff), self._draw)

    def _again(self) -> None:
        found, self.found = self.found, None
        if found is not None:
            self._draw(found)

    def _draw(self, found: tuple[Conflict, ...]) -> None:
        if found == self.found:
            return
        self.found = found
        now = next((one for one in found if self.chosen == (one.case, one.code)), found[0] if found else None)
        column = Column(padding=theme.PAD, spacing=theme.PAD)
        head = Row()
        head.add_widget(Text(text=t("conflict.count", n=len(found)), font_size=theme.TITLE) if found
                        else Empty(words=t("conflict.none"), icon="check"))
        if found:
            head.add_widget(Text(text=t("conflict.kept"), color=theme.SOFT_INK, font_size=theme.SMALL, halign="right"))
        column.add_widget(head)
        if now is not None:
            column.add_widget(self._opened(now, found.index(now) + 1, len(found)))
            for other in found:
                if other is not now:
                    column.add_widget(self._row(other))
            column.add_widget(Text(text=now.hint, color=theme.SOFT_INK, font_size=theme.SMALL))
        page = BoxLayout(orientation="vertical")
        page.add_widget(scroller(column))
        if now is not None:
            page.add_widget(self._foot(now))
        self.clear_widgets()
        self.add_widget(page)

    def _opened(self, one: Conflict, place: int, total: int) -> Card:
        card, head = Card(spacing=theme.GAP), Row()
        head.add_widget(Text(text=f"{one.parties}：{one.finding}", font_size=theme.LARGE))
        head.add_widget(Text(text=t("conflict.place", n=place, total=total), color=theme.SOFT_INK, font_size=theme.SMALL,
                             halign="right", size_hint_x=None, width=theme.dp(140)))
        card.add_widget(head)
        if one.before:
            card.add_widget(Text(text=one.before, color=theme.SOFT_INK))
        card.add_widget(in_columns([_side(side) for side in one.sides], 1 if Window.width < theme.PHONE else max(1, min(2, len(
            one.sides)))))
        self.choices = {choice.decision: self._choice(choice, one.may) for choice in one.choices}
        card.add_widget(in_columns(list(self.choices.values()), 1 if Window.width < theme.PHONE else 2))
        self.why = TextField(label=t("conflict.why"), multiline=True)
        if one.may:
            card.add_widget(phrases(models.phrases(), self.why))
            card.add_widget(self.why)
        else:
            card.add_widget(Text(text=one.not_yours, color=theme.TONES["warn"][1]))
        return card

    def _choice(self, choice: Choice, may: bool) -> TapCard:
        card, head = TapCard(edge=theme.FIELD_LINE), Row()
        card.icon = Icon(icon="checkbox-blank-circle-outline", color=theme.PRIMARY, pos_hint={"center_y": .5})
        head.add_widget(card.icon)
        head.add_widget(Text(text=choice.words, font_size=theme.LARGE, pos_hint={"center_y": .5}))
        card.add_widget(head)
        card.add_widget(Text(text=choice.means))
        card.choice = choice
        if may:
            card.bind(on_release=lambda *_: self._choose(choice))
        return card

    def _choose(self, choice: Choice) -> None:
        self.decision = choice.decision
        for decision, card in self.choices.items():
            on = decision == choice.decision
            card.icon.icon = "check-circle" if on else "checkbox-blank-circle-outline"
            card.ground, card.edge = (theme.PRIMARY_PALE, theme.PRIMARY) if on else (theme.PAPER, theme.FIELD_LINE)
        self.save_button.text = choice.yes

    def _row(self, one: Conflict) -> TapCard:
        card = TapCard()
        card.add_widget(Text(text=one.finding, font_size=theme.LARGE))
        card.add_widget(Text(text=one.parties if one.may else f"{one.parties}　{one.not_yours}", color=theme.SOFT_INK))
        card.bind(on_release=lambda *_: self.open(one.case, one.code))
        return card

    def _foot(self, one: Conflict) -> Row:
        row = Row(padding=theme.PAD)
        row.add_widget(QuietButton(text=t("conflict.later"), size_hint_x=None, width=theme.dp(128),
                                   on_release=lambda *_: self.desk_app.go_back()))
        row.add_widget(QuietButton(text=t("conflict.look"), size_hint_x=None, width=theme.dp(128),
                                   on_release=lambda *_: self.desk_app.open_case(one.case)))
        once = Once(lambda: self._save(one))
        self.save_button = PrimaryButton(text=t("conflict.must_choose"), disabled=not one.may,
                                         on_release=lambda *_: once(self.save_button))
        row.add_widget(self.save_button)
        return row

    def _save(self, one: Conflict) -> bool:
        why = self.why.commit().strip()
        if not self.decision:
            notify(t("conflict.must_choose"), "warn")
            return False
        if not why:
            self.why.error = t("app.form.missing", field=t("conflict.why"))
            return False
        app = self.desk_app
        with app.trouble_shown():
            app.desk.act("resolve_review", app.staff.id, one.case,
                         {"finding": one.code, "decision": self.decision, "text": why})
            notify(t("conflict.done"), "good")
            if self.decision == models.OTHERWISE:
                app.open_case(one.case)
            else:
                self.open()
            return True
        return False


def _side(side: Side) -> Card:
    edge, ground = (theme.PRIMARY, theme.PRIMARY_PALE) if side.stands else (theme.FIELD_LINE, theme.PAPER)
    card = Card(edge=edge, ground=ground)
    card.add_widget(Text(text=side.who, font_size=theme.LARGE, color=theme.PRIMARY_DOWN))
    card.add_widget(Text(text=f"{side.name}\n{side.when}", color=theme.SOFT_INK, font_size=theme.SMALL))
    card.add_widget(Text(text=side.what, font_size=theme.GREETING))
    if side.text:
        card.add_widget(Text(text=side.text))
    if side.stands:
        card.add_widget(Mark(words=side.counts, tone="good", icon="check"))
    else:
        card.add_widget(Text(text=side.counts, color=theme.SOFT_INK))
    return card
