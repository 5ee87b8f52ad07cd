"""The intake form. Saving is one durable write on this device; the network plays no part."""

from __future__ import annotations

from pathlib import Path

from kivy.lang import Builder
from kivy.uix.screenmanager import Screen

from shared.ledger.texts import t
from village_node.desk.desk import FileDraft
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Column, QuietButton, Row, Text
from village_node.ui.kit.dialogs import Question, in_columns, scroller
from village_node.ui.kit.fields import ChoiceField, DateField, Field, TextField, first_error
from village_node.ui.kit.notice import notify
from village_node.ui.kit.once import Once
from village_node.ui.kit.photos import PhotoPicker
from village_node.ui.kit.signature import SignatureField
from village_node.view_models import intake_form

Builder.load_string("""
#:import theme village_node.ui.kit.theme
#:import t shared.ledger.texts.t

<IntakeScreen>:
    BoxLayout:
        orientation: 'vertical'
        padding: theme.PAD
        spacing: theme.GAP
        Text:
            text: t('app.form.title')
            font_size: theme.TITLE
        BoxLayout:
            id: page
        BoxLayout:
            size_hint_y: None
            height: theme.TOUCH
            spacing: theme.GAP
            QuietButton:
                id: discard
                text: t('app.form.discard')
                on_release: root.ask_discard()
            PrimaryButton:
                id: save
                text: t('app.save')
                on_release: root.save()
""")


class IntakeScreen(Screen):
    """One form, scrolled; a wrong field is shown in red and brought into view, nothing typed is lost."""

    def __init__(self, desk_app: object, **kwargs: object) -> None:
        self.desk_app = desk_app
        super().__init__(**kwargs)
        self.fields: dict[str, Field] = {}
        self.photos: list[Path] = []
        self._once = Once(self._save)
        self._build()

    def _build(self) -> None:
        form = Column(padding=[0, 0, theme.GAP, 0])
        form.add_widget(in_columns([self._party("applicant"), self._party("respondent")], 2))
        form.add_widget(in_columns([
            self._choice("category", "category", required=True),
            self._choice("source", "case_source", value="by_application"),
            self._text("place", hint=t("app.form.place_hint"), required=True),
            self._date("occurred"),
        ], 2))
        form.add_widget(self._text("summary", hint=t("app.form.summary_hint"), multiline=True, required=True))
        form.add_widget(in_columns([
            self._choice("difficulty", "difficulty", value="simple"),
            self._choice("risk", "risk", value="1"),
        ], 2))
        form.add_widget(self._photo_row())
        self.signatures = [SignatureField(label=t(f"app.form.sign_{role}")) for role in ("applicant", "respondent")]
        form.add_widget(Text(text=t("app.form.signatures"), font_size=theme.LARGE))
        form.add_widget(in_columns(self.signatures, 2))
        self.scroll = scroller(form)
        self.ids.page.add_widget(self.scroll)

    def _party(self, role: str) -> Column:
        column = Column()
        column.add_widget(Text(text=t(f"app.form.{role}"), font_size=theme.LARGE))
        column.add_widget(self._text(f"{role}_name", label="name", required=True))
        column.add_widget(self._text(f"{role}_phone", label="phone", input_type="tel"))
        return column

    def _text(self, name: str, *, label: str = "", **kwargs: object) -> TextField:
        return self._keep(name, TextField(label=t(f"app.form.{label or name}"), **kwargs))

    def _choice(self, name: str, table: str, **kwargs: object) -> ChoiceField:
        choices = self.desk_app.desk.codes(table)
        return self._keep(name, ChoiceField(label=t(f"app.form.{name}"), choices=choices, **kwargs))

    def _date(self, name: str) -> DateField:
        return self._keep(name, DateField(label=t(f"app.form.{name}"), today=self.desk_app.today))

    def _keep(self, name: str, made: Field) -> Field:
        self.fields[name] = made
        return made

    def _photo_row(self) -> Row:
        row = Row()
        row.add_widget(QuietButton(text=t("app.form.add_photo"), on_release=lambda *_: self._pick_photos()))
        self.photo_count = Text(text=t("app.form.photo_count", n=0), least_height=theme.TOUCH)
        row.add_widget(self.photo_count)
        return row

    def _pick_photos(self) -> None:
        PhotoPicker(folder=self.desk_app.photo_folder, chosen=self.photos, on_done=self.take_photos).open()

    def take_photos(self, paths: list[Path]) -> None:
        self.photos = list(paths)
        self.photo_count.text = t("app.form.photo_count", n=len(self.photos))

    def files(self) -> list[FileDraft]:
        """Photographs and signatures as the desk takes them."""
        made = [FileDraft(path=path, purpose="photo") for path in self.photos]
        for party, pad in enumerate(self.signatures):
            picture = pad.png()
            if picture:
                made.append(FileDraft(data=picture, name=f"signature-{party}.png", type="image/png",
                                      purpose="signature", party=party))
        return made

    def save(self) -> None:
        self._once(self.ids.save)

    def _save(self) -> bool:
        """Whether the case was registered; what is wrong with the form is shown in it."""
        values = {name: made.commit() for name, made in self.fields.items()}
        outcome = intake_form.check(values, self.desk_app.desk.office().id)
        for name, made in self.fields.items():
            made.error = outcome.errors.get(name, "")
        if outcome.errors:
            self.scroll.scroll_to(first_error(list(self.fields.values())))
            notify(t("app.form.errors", n=len(outcome.errors)), "bad")
            return False
        with self.desk_app.trouble_shown():
            view = self.desk_app.desk.register(self.desk_app.staff.id, outcome.draft, files=self.files())
            with self.desk_app.trouble_shown():     # from here on it is saved, whatever happens to the page
                self.desk_app.close_intake(view.id)
                notify(t("app.form.saved", number=view.number), "good")
            return True
        return False

    def ask_discard(self) -> None:
        touched = any(made.commit() for name, made in self.fields.items() if name not in ("source", "difficulty", "risk"))
        if not (touched or self.photos or any(pad.png() for pad in self.signatures)):
            self.desk_app.close_intake(None)
            return
        Question(title=t("app.form.title"), words=t("app.form.discard_question"), yes=t("app.form.discard_yes"),
                 on_yes=lambda: self.desk_app.close_intake(None)).open()
