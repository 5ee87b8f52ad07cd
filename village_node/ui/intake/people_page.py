"""Step 1: the people. One card is open at a time; the others stand above or below it in one line each."""

from __future__ import annotations

from typing import Any

from shared.ledger.texts import t
from village_node.ui.intake.page import Form, Page, beside, label
from village_node.ui.intake.place_sheet import PlaceSheet
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Column, QuietButton, Row, Text
from village_node.ui.kit.chips import ChipsField
from village_node.ui.kit.dialogs import Question
from village_node.ui.kit.fields import TextField
from village_node.ui.kit.icons import Icon
from village_node.ui.kit.marks import IconButton
from village_node.view_models.intake import answers as model
from village_node.view_models.intake import people, places

UNIT_ROLES = ("applicant", "respondent", "third_party")


class PeoplePage(Page):
    def __init__(self, form: Form, **kwargs: object) -> None:
        super().__init__(form, **kwargs)
        for number, person in enumerate(form.answers["people"]):
            is_open = person["key"] == form.answers["open"]
            self.add_widget(self._open(number, person) if is_open else self._closed(number, person))
        self.add_widget(beside([
            IconButton(text=t("intake.person.add"), icon=people.ICONS["person"], on_release=lambda *_: self._add("person")),
            IconButton(text=t("intake.person.add_unit"), icon=people.ICONS["unit"], on_release=lambda *_: self._add("unit")),
        ]))

    # ---- one that is not open

    def _closed(self, number: int, person: model.Person) -> Card:
        card, row = Card(padding=theme.dp(12)), Row()
        complete = not people.wrong(person) and not people.missing(
            person, self.form.answers["people"], self.form.rules.limits.adult_age)
        mark = ("check-circle", theme.TONES["good"][1]) if complete else ("circle-outline", theme.FIELD_LINE)
        row.add_widget(Icon(icon=mark[0], color=mark[1], pos_hint={"center_y": .5}))
        words = Column(spacing=theme.dp(2), pos_hint={"center_y": .5})
        name = person["name"] or t("intake.person.no_name")
        words.add_widget(Text(text=f"{people.role_words(person)}　{name}", font_size=theme.LARGE))
        if people.line(person):
            words.add_widget(Text(text=people.line(person), color=theme.SOFT_INK, font_size=theme.SMALL))
        row.add_widget(words)
        edit = QuietButton(text=t("intake.person.edit"), size_hint_x=None, width=theme.LARGE + theme.dp(52),
                           pos_hint={"center_y": .5}, on_release=lambda *_: self._open_card(person["key"]))
        row.add_widget(edit)
        card.add_widget(row)
        return card

    def _open_card(self, key: str) -> None:
        self.form.answers["open"] = key
        self.form.redraw()

    def _add(self, kind: str) -> None:
        everybody = self.form.answers["people"]
        free = next((role for role in model.SIDES if not any(p["role"] == role for p in everybody)), "")
        model.add_person(self.form.answers, free or ("respondent" if kind == "unit" else "third_party"), kind)
        self.form.changed()
        self.form.redraw()

    # ---- the one that is open

    def _open(self, number: int, person: model.Person) -> Card:
        card = Card(edge=theme.PRIMARY, spacing=theme.GAP)
        card.add_widget(self._head(number, person))
        card.add_widget(self._roles(person))
        card.add_widget(beside([self._text(person, "name", required=True), self._text(person, "phone", input_type="tel")]))
        if person["kind"] == "unit":
            card.add_widget(beside([self._text(person, "head"), self._text(person, "post")]))
            card.add_widget(self._address(person))
        else:
            self._of_person(card, person)
        if person["role"] in people.STANDS_FOR:
            self._stands_for(card, person)
        return card

    def _head(self, number: int, person: model.Person) -> Row:
        row = Row()
        words = "intake.person.unit_nth" if person["kind"] == "unit" else "intake.person.nth"
        row.add_widget(Text(text=t(words, n=number + 1), font_size=theme.LARGE, least_height=theme.dp(48),
                            pos_hint={"center_y": .5}))
        if len(self.form.answers["people"]) > 1:
            row.add_widget(IconButton(text=t("intake.person.remove"), icon="trash-can-outline", ink=theme.FIELD_ERROR,
                                      edge=theme.PAPER, size_hint_x=None, width=theme.LARGE * 4 + theme.dp(44),
                                      on_release=lambda *_: self._ask_remove(person)))
        return row

    def _roles(self, person: model.Person) -> ChipsField:
        roles = UNIT_ROLES if person["kind"] == "unit" else people.ROLES
        field = ChipsField(choices=[(role, t(f"intake.role.{role}")) for role in roles], chosen=[person["role"]])

        def chosen(_field: object, value: str) -> None:
            if not value:
                field.value = person["role"]            # somebody is always something
            elif value != person["role"]:
                person["role"] = value
                self.form.changed()
                self.form.redraw()

        field.bind(value=chosen)
        self.fields[f"people.{person['key']}.role"] = field
        return field

    def _text(self, person: model.Person, name: str, *, required: bool = False, **kwargs: Any) -> TextField:
        words = f"intake.person.name_{person['kind']}" if name == "name" else f"intake.person.{name}"
        field = TextField(label=t(words), value=person[name], required=required, **kwargs)
        self.keep(f"people.{person['key']}.{name}", field, person, name)
        if name in ("name", "phone"):
            field.entry.bind(text=lambda *_: self.form.ask_alike())
        return field

    def _of_person(self, card: Card, person: model.Person) -> None:
        card.add_widget(self._identity(person))
        self.gender = ChipsField(label=t("intake.person.gender"), chosen=[person["gender"]],
                                 choices=[(code, t(f"intake.person.{code}")) for code in ("male", "female")])
        self.keep(f"people.{person['key']}.gender", self.gender, person, "gender")
        self.age = self._text(person, "age", input_type="number")
        card.add_widget(beside([self.gender, self.age]))
        card.add_widget(self._address(person))
        ward = ChipsField(choices=[("yes", t("intake.person.ward"))], chosen=["yes"] if person["ward"] else [])
        ward.bind(value=lambda _field, value: self._ward(person, bool(value)))
        card.add_widget(ward)
        self._guardian = Column(height=0)
        self._guardian_field = self._text(person, "guardian", hint=t("intake.person.guardian_hint"))
        card.add_widget(self._guardian)
        self.age.bind(value=lambda *_: self._show_guardian(person))
        self._show_guardian(person)

    def _ward(self, person: model.Person, value: bool) -> None:
        person["ward"] = value
        self._show_guardian(person)
        self.form.changed()

    def _show_guardian(self, person: model.Person) -> None:
        wanted = people.is_ward(person, self.form.rules.limits.adult_age)
        if wanted and not self._guardian.children:
            self._guardian.add_widget(self._guardian_field)
        elif not wanted:
            self._guardian.clear_widgets()

    def _identity(self, person: model.Person) -> Column:
        """A whole number is read while it is typed: what it says of its holder is filled in, a wrong character is marked."""
        path = f"people.{person['key']}.number"
        field = TextField(label=t("intake.person.id"), hint=t("intake.person.id_hint"), value=person["number"] or person["last4"])
        said = Text(color=theme.TONES["good"][1], font_size=theme.SMALL, height=0)
        self.fields[path] = field

        def take(*_args: object) -> None:
            read = people.read_identity(field.entry.text, self.form.desk_app.today())
            person.update({"number": field.entry.text.strip(), **read.known})
            said.text = read.words
            if read.is_whole:
                self.gender.value, self.age.value = person["gender"], person["age"]
            if read.is_whole or not read.wrong:
                field.error = ""
            elif read.place is not None:
                field.error = read.wrong
                field.entry.select_text(*read.place)
            self.form.changed()

        field.entry.bind(text=take, focus=lambda _entry, focus: None if focus else self.form.leave_field(path))
        column = Column(spacing=0)
        column.add_widget(field)
        column.add_widget(said)
        return column

    def _address(self, person: model.Person) -> Row:
        words = "intake.person.unit_address" if person["kind"] == "unit" else "intake.person.address"
        field = TextField(label=t(words), value=person["address"])
        self.keep(f"people.{person['key']}.address", field, person, "address")

        def picked(_office: str, name: str, group: str) -> None:
            field.value = places.lives(name, group)

        row = Row()
        row.add_widget(field)
        row.add_widget(QuietButton(text=t("intake.person.address_pick"), size_hint_x=None, width=theme.LARGE * 3 + theme.dp(40),
                                   on_release=lambda *_: PlaceSheet(self.form.desk_app, picked).open()))
        return row

    def _stands_for(self, card: Card, person: model.Person) -> None:
        others = [p for p in self.form.answers["people"] if p["key"] != person["key"] and p["role"] in model.SIDES]
        choices = [(p["key"], p["name"] or t("intake.person.unnamed", role=people.role_words(p))) for p in others]
        if not choices:
            card.add_widget(label(t("intake.person.stands_for_nobody")))
        else:
            field = ChipsField(label=t("intake.person.stands_for"), required=True, many=True, choices=choices,
                               chosen=person["stands_for"])

            def chosen(*_args: object) -> None:
                person["stands_for"] = field.commit()
                self.form.changed()

            field.bind(value=chosen)
            self.fields[f"people.{person['key']}.stands_for"] = field
            card.add_widget(field)
        if person["role"] == "agent":
            special = ChipsField(choices=[("yes", t("intake.person.special"))], chosen=["yes"] if person["special"] else [])
            special.bind(value=lambda _field, value: self._special(person, bool(value)))
            card.add_widget(special)

    def _special(self, person: model.Person, value: bool) -> None:
        person["special"] = value
        self.form.changed()

    # ---- taking one out

    def _ask_remove(self, person: model.Person) -> None:
        if not model.has_words(person):
            self._remove(person["key"])
            return
        name = person["name"] or people.role_words(person)
        Question(title=t("intake.person.remove"), words=t("intake.person.remove_question", name=name),
                 yes=t("intake.person.remove"), on_yes=lambda: self._remove(person["key"])).open()

    def _remove(self, key: str) -> None:
        model.remove_person(self.form.answers, key)
        self.form.answers["open"] = self.form.answers["people"][-1]["key"]
        self.form.changed()
        self.form.redraw()

