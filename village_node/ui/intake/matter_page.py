"""Step 2: the matter. Tiles, usual words, how much and how many, signs of danger and the colour that they give."""

from __future__ import annotations

from kivy.core.window import Window
from kivy.uix.stacklayout import StackLayout

from shared.ledger.texts import t
from village_node.ui.intake.page import Form, Page, beside, label
from village_node.ui.intake.stepper import NumberField
from village_node.ui.intake.tiles import TileGrid
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Column, QuietButton, Row, Text, ToggleChip
from village_node.ui.kit.chips import ChipsField, phrases
from village_node.ui.kit.dialogs import Picker
from village_node.ui.kit.fields import ChoiceField, TextField
from village_node.ui.kit.marks import Mark
from village_node.view_models.case_list import RISK_TONES, risk_words
from village_node.view_models.intake import matter

YUAN_STEP, MOST_COUNT = 100, 100_000


class MatterPage(Page):
    def __init__(self, form: Form, **kwargs: object) -> None:
        super().__init__(form, **kwargs)
        chosen = matter.tile_for(form.answers)
        self.tiles = TileGrid([(tile.code, tile.words, tile.icon) for tile in matter.TILES], chosen, self._tile)
        self.add_widget(self.tiles)
        self._kinds, self._phrases = Column(height=0), Column(height=0, spacing=theme.dp(6))
        self.category_error = Text(text="", color=theme.FIELD_ERROR, font_size=theme.SMALL, height=0)
        below = Column(spacing=theme.dp(4))
        for part in (self._kinds, self.category_error, self._phrases):
            below.add_widget(part)
        self.add_widget(below)
        self.summary = TextField(label=t("intake.summary"), hint=t("app.form.summary_hint"), multiline=True, required=True,
                                 value=form.answers["summary"])
        self.add_widget(self.keep("summary", self.summary, form.answers, "summary"))
        self._numbers()
        self.add_widget(label(t("intake.matter.signs")))
        self.add_widget(self._signs())
        self._risk = Column(height=0)
        self.add_widget(self._risk)
        self._further()
        self._show_kinds(chosen)
        self._show_phrases(chosen)
        self.show_risk()

    # ---- what

    def _tile(self, code: str) -> None:
        tile, answers = matter.BY_CODE[code], self.form.answers
        answers["tile"], answers["category"], answers["subcategory"] = code, tile.category, tile.subcategory
        self.category_error.text = ""
        self._show_kinds(code)
        self._show_phrases(code)
        self.show_risk()
        self.form.changed()
        self.form.ask_alike()

    def _show_kinds(self, code: str) -> None:
        """Of what has no tile of its own: the whole list."""
        self._kinds.clear_widgets()
        self.category = None
        if code != "other":
            return
        self.category = ChoiceField(label=t("intake.tile.which"), required=True, value=self.form.answers["category"],
                                    choices=self.form.desk_app.desk.codes("category"))
        self._kinds.add_widget(self.keep("category", self.category, self.form.answers, "category"))

    def _show_phrases(self, code: str) -> None:
        self._phrases.clear_widgets()
        words = matter.phrases(code)
        if words:
            self._phrases.add_widget(label(t("intake.matter.phrases")))
            self._phrases.add_widget(phrases(words, self.summary))

    def _numbers(self) -> None:
        answers = self.form.answers
        amount = NumberField(label=t("intake.matter.amount"), unit=t("intake.matter.yuan"), step=YUAN_STEP,
                             value=answers["amount"])
        count = NumberField(label=t("intake.matter.count"), unit=t("intake.matter.persons"), most=MOST_COUNT,
                            value=answers["count"])
        for name, field in (("amount", amount), ("count", count)):
            self.keep(name, field, answers, name)
            field.bind(value=lambda *_: self.show_risk())
        self.add_widget(beside([amount, count]))

    # ---- how dangerous

    def _signs(self) -> StackLayout:
        box = StackLayout(size_hint_y=None, spacing=theme.dp(10))
        box.bind(minimum_height=box.setter("height"))
        self.signs: dict[str, ToggleChip] = {}
        for code, words in matter.signs(self.form.rules.risk):
            chip = ToggleChip(words=words, value=code, height=theme.TOUCH, least_width=theme.dp(92),
                              on_release=lambda chip: self._sign(chip.value))
            self.signs[code] = chip
            box.add_widget(chip)
        self._show_signs()
        return box

    def _show_signs(self) -> None:
        """A chosen sign of danger is amber, not blue: it is nothing to be glad of."""
        ground, ink = theme.TONES["warn"]
        for code, chip in self.signs.items():
            chosen = code in self.form.answers["signs"]
            chip.chosen = chosen
            chip.ground, chip.ink, chip.edge = (ground, ink, ink) if chosen else (theme.PAPER, theme.INK, theme.FIELD_LINE)

    def _sign(self, code: str) -> None:
        signs = self.form.answers["signs"]
        self.form.answers["signs"] = [s for s in signs if s != code] if code in signs else [*signs, code]
        self._show_signs()
        self.show_risk()
        self.form.changed()

    def show_risk(self) -> None:
        """The colour as it stands now."""
        level = str(matter.risk(self.form.answers, self.form.rules.risk))
        self._risk.clear_widgets()
        card, row = Card(padding=theme.dp(12)), Row()
        self.risk_words = Text(text=matter.risk_line(self.form.answers, self.form.rules), pos_hint={"center_y": .5})
        narrow = Window.width < theme.PHONE
        words = Column(spacing=theme.dp(4), pos_hint={"center_y": .5}) if narrow else row
        words.add_widget(Mark(words=risk_words(level), tone=RISK_TONES[level], level=int(level), pos_hint={"center_y": .5}))
        words.add_widget(self.risk_words)
        if narrow:
            row.add_widget(words)
        row.add_widget(QuietButton(text=t("intake.matter.risk_change"), size_hint_x=None, width=theme.LARGE + theme.dp(52),
                                   pos_hint={"center_y": .5}, on_release=lambda *_: self._change_risk()))
        card.add_widget(row)
        self._risk.add_widget(card)

    def _change_risk(self) -> None:
        """A person may say a graver colour than the signs give."""
        least = matter.computed_risk(self.form.answers, self.form.rules.risk)
        now = matter.risk(self.form.answers, self.form.rules.risk)
        choices = [(str(level), risk_words(str(level))) for level in range(least, 5)]
        Picker(title=t("intake.matter.risk_title"), choices=choices, chosen=str(now), on_choice=self._risk_said).open()

    def _risk_said(self, level: str) -> None:
        self.form.answers["risk"] = int(level)
        self.show_risk()
        self.form.changed()

    # ---- what may be left out

    def _further(self) -> None:
        answers, codes = self.form.answers, self.form.desk_app.desk.codes
        self.more, self._particulars = Column(height=0), Column(spacing=theme.PAD)
        self.more_button = QuietButton(text=t("intake.matter.more"), on_release=lambda *_: self.toggle_more())
        made = [self._choice(name, codes(table)) for name, table in
                (("difficulty", "difficulty"), ("language", "language"))]
        yes_no = [("yes", t("common.yes")), ("no", t("common.no"))]
        made += [self._choice(name, yes_no) for name in ("foreign", "stability")]
        made.append(self._choice("other_system", codes("other_system")))
        number = TextField(label=t("app.form.other_number"), value=answers["other_number"])
        made.append(self.keep("other_number", number, answers, "other_number"))
        self._particulars.add_widget(beside(made))
        self.add_widget(self.more_button)
        self.add_widget(self.more)

    def _choice(self, name: str, choices: list[tuple[str, str]]) -> ChipsField | ChoiceField:
        """A tap on what is chosen takes it back, so a short list lies open."""
        answers = self.form.answers
        if len(choices) <= 4:
            field = ChipsField(label=t(f"app.form.{name}"), choices=choices, chosen=[answers[name]])
        else:
            field = ChoiceField(label=t(f"app.form.{name}"), choices=choices, value=answers[name])
        return self.keep(name, field, answers, name)

    def toggle_more(self) -> None:
        shown = bool(self.more.children)
        (self.more.remove_widget if shown else self.more.add_widget)(self._particulars)
        self.more_button.text = t("intake.matter.more") if shown else t("intake.matter.less")

    def show_errors(self, errors: dict[str, str]) -> object:
        """What is wrong below the fold opens it."""
        further = {"other_system", "other_number"} & set(errors)
        if further and not self.more.children:
            self.toggle_more()
        first = super().show_errors(errors)
        self.category_error.text = errors.get("category", "") if self.category is None else ""
        return self.tiles if self.category_error.text else first
