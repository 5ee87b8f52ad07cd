"""Step 3: where and when, and how it became known. Villages and groups to tap; words only where a tap does not say it."""

from __future__ import annotations

from shared.disputes.forms.form import PHRASES_APART
from shared.ledger.days import later
from shared.ledger.texts import t
from village_node.ui.intake.page import Form, Page, label
from village_node.ui.intake.place_sheet import PlaceSheet, chips
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Column, Text
from village_node.ui.kit.chips import ChipsField, phrases
from village_node.ui.kit.dialogs import DatePicker
from village_node.ui.kit.fields import ChoiceField, TextField
from village_node.view_models.intake import places
from village_node.view_models.next_step import day_words


class PlacePage(Page):
    def __init__(self, form: Form, **kwargs: object) -> None:
        super().__init__(form, **kwargs)
        where = Card(spacing=theme.GAP)
        self._village, self._groups = Column(), Column()
        for words, part in (("intake.place.village", self._village), ("intake.place.group_title", self._groups)):
            where.add_widget(label(t(words)))
            where.add_widget(part)
        self.place_error = Text(text="", color=theme.FIELD_ERROR, font_size=theme.SMALL, height=0)
        self.words = TextField(label=t("intake.place.words"), hint=t("intake.place.words_hint"), value=form.answers["place"])
        where.add_widget(self.keep("place", self.words, form.answers, "place"))
        where.add_widget(phrases(t("intake.place.phrases").split(PHRASES_APART), self.words))
        self.add_widget(where)
        self._days = Column()
        when = Card(spacing=theme.GAP)
        when.add_widget(label(t("intake.place.occurred")))
        when.add_widget(self._days)
        self.add_widget(when)
        self._known = Card(spacing=theme.GAP)
        self.add_widget(self._known)
        self._draw()
        self._draw_source()

    def _draw(self) -> None:
        answers, app = self.form.answers, self.form.desk_app
        self._village.clear_widgets()
        name = app.desk.office_name(answers["office"])
        self._village.add_widget(chips([(answers["office"], name), ("", t("intake.place.other_village"))], answers["office"],
                                       lambda _office: self._other()))
        self._groups.clear_widgets()
        names = places.groups(answers["office"], app.desk.grids(), app.today())
        self._groups.add_widget(chips([(n, n) for n in names], answers["group"], self._group))
        self._draw_days()

    def _other(self) -> None:
        def picked(office: str, _name: str, group: str) -> None:
            self.form.answers["office"], self.form.answers["group"] = office, group
            self.form.changed()
            self._draw()

        PlaceSheet(self.form.desk_app, picked, office=self.form.answers["office"]).open()

    def _group(self, group: str) -> None:
        answers = self.form.answers
        answers["group"] = "" if answers["group"] == group else group
        self.words.error = ""
        self.form.changed()
        self._draw()

    # ---- when

    def _draw_days(self) -> None:
        today = self.form.desk_app.today()
        near = [(later(today, -back), t(f"intake.place.{word}")) for back, word in enumerate(("today", "yesterday", "before"))]
        said = self.form.answers["occurred"]
        other = day_words(said, today) if said and said not in dict(near) else t("intake.place.occurred_other")
        self._days.clear_widgets()
        self._days.add_widget(chips([*near, (said if said and said not in dict(near) else "other", other)], said, self._day))

    def _day(self, day: str) -> None:
        today = self.form.desk_app.today()
        if day == "other" or (day == self.form.answers["occurred"] and day < later(today, -2)):
            DatePicker(day=self.form.answers["occurred"] or today, today=today, on_choice=self._chosen_day).open()
        else:
            self._chosen_day("" if day == self.form.answers["occurred"] else day)

    def _chosen_day(self, day: str) -> None:
        self.form.answers["occurred"] = min(day, self.form.desk_app.today()) if day else ""
        self.form.changed()
        self._draw_days()

    # ---- how it became known

    def _draw_source(self) -> None:
        answers, codes = self.form.answers, self.form.desk_app.desk.codes
        self._known.clear_widgets()
        source = ChipsField(label=t("intake.place.source"), chosen=[answers["source"]],
                            choices=[(code, t(f"intake.source.{code}")) for code, _ in codes("case_source")])

        def chosen(_field: object, value: str) -> None:
            if not value:
                source.value = answers["source"]
            elif value != answers["source"]:
                answers["source"] = value
                self.form.changed()
                self._draw_source()

        source.bind(value=chosen)
        self.fields["source"] = source
        self._known.add_widget(source)
        if answers["source"] == "entrusted":
            body = ChoiceField(label=t("intake.place.body"), required=True, choices=codes("entrusting_body"),
                               value=answers["body"])
            self._known.add_widget(self.keep("body", body, answers, "body"))

