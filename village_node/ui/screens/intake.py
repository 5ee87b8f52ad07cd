"""The intake form. Saving is one durable write on this device; the network plays no part."""

from __future__ import annotations

from collections.abc import Mapping

from kivy.lang import Builder
from kivy.uix.screenmanager import Screen

from shared.disputes.acts.drafts import left_out
from shared.ledger.texts import t
from village_node.desk.desk import FileDraft
from village_node.point.drafts import DraftKey
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Column, QuietButton, Text
from village_node.ui.kit.dialogs import in_columns, scroller
from village_node.ui.kit.fields import ChoiceField, DateField, Field, TextField, first_error
from village_node.ui.kit.form_draft import FormDraft
from village_node.ui.kit.notice import notify
from village_node.ui.kit.once import Once
from village_node.ui.kit.photos import PhotoShelf
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
                id: leave
                text: t('app.form.leave')
                on_release: root.leave()
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
        self._once = Once(self._save)
        self._build()
        pads = {str(party): made.ids.pad for party, made in enumerate(self.signatures)}
        self.draft = FormDraft(desk_app.services.drafts, DraftKey("intake", "", desk_app.staff.id), {
            name: made for name, made in self.fields.items() if name not in intake_form.UNKEPT},
                               title=draft_title, pads=pads, shelf=self.shelf)

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
        self.more, self._particulars = Column(height=0), self._further()
        self.more_button = QuietButton(text=t("app.form.more"), on_release=lambda *_: self.toggle_more())
        form.add_widget(self.more_button)
        form.add_widget(self.more)
        self.shelf = PhotoShelf(folder=self.desk_app.photo_folder)
        form.add_widget(self.shelf)
        self.signatures = [SignatureField(label=t(f"app.form.sign_{role}")) for role in ("applicant", "respondent")]
        form.add_widget(Text(text=t("app.form.signatures"), font_size=theme.LARGE))
        form.add_widget(in_columns(self.signatures, 2))
        self.scroll = scroller(form)
        self.ids.page.add_widget(self.scroll)

    def _further(self) -> Column:
        """What the registers ask beside the dispute; may be left out, and said later."""
        yes_no = (("yes", t("common.yes")), ("no", t("common.no")))
        return in_columns([
            *(self._text(f"{role}_id", hint=t("app.form.id_hint")) for role in intake_form.ROLES),
            self._text("people", input_type="number"), self._text("amount"), self._choice("language", "language"),
            *(self._keep(name, ChoiceField(label=t(f"app.form.{name}"), choices=yes_no)) for name in ("foreign", "stability")),
            self._choice("other_system", "other_system"), self._text("other_number"),
        ], 2)

    def toggle_more(self) -> None:
        """Open what may be left out, or close it again; what was filled in there stays."""
        shown = bool(self.more.children)
        (self.more.remove_widget if shown else self.more.add_widget)(self._particulars)
        self.more_button.text = t("app.form.more") if shown else t("form.less")

    def _party(self, role: str) -> Column:
        column = Column()
        column.add_widget(Text(text=t(f"app.form.{role}"), font_size=theme.LARGE))
        column.add_widget(self._text(f"{role}_name", label="name", required=True))
        column.add_widget(self._text(f"{role}_phone", label="phone", input_type="tel"))
        column.add_widget(self._text(f"{role}_age", label="age", hint=t("app.form.age_hint"), input_type="number"))
        column.add_widget(self._text(f"{role}_guardian", label="guardian", hint=t("app.form.guardian_hint")))
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

    def files(self) -> list[FileDraft]:
        """Photographs and signatures as the desk takes them."""
        made = self.shelf.files()
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
        outcome = intake_form.check(values, self.desk_app.desk.office().id, self.desk_app.today())
        for name, made in self.fields.items():
            made.error = outcome.errors.get(name, "")
        if outcome.errors:
            if not self.more.children and set(outcome.errors) & set(intake_form.FURTHER):
                self.toggle_more()
            self.scroll.scroll_to(first_error(list(self.fields.values())))
            notify(t("app.form.errors", n=len(outcome.errors)), "bad")
            return False
        if self.shelf.busy:
            notify(t("app.photo.wait"), "warn")
            return False
        with self.desk_app.trouble_shown():
            with self.draft.being_saved(self.desk_app.services.chain_seq()):
                view = self.desk_app.desk.register(self.desk_app.staff.id, outcome.draft, files=self.files())
            with self.desk_app.trouble_shown():     # from here on it is saved, whatever happens to the page
                self.desk_app.close_intake(view.id)
                cut = left_out(outcome.draft)
                notify(f"{t('app.form.saved', number=view.number)}　{cut}".rstrip(), "warn" if cut else "good")
            return True
        return False

    def leave(self) -> None:
        """Back to the list; what was typed, drawn and photographed waits on the card of unfinished forms."""
        self.draft.leave()
        self.desk_app.close_intake(None)


def draft_title(values: Mapping[str, str]) -> str:
    """Who and what, as far as it is known: `演示甲、演示乙　三组水渠堵了`."""
    names = "、".join(values[name] for name in ("applicant_name", "respondent_name") if values.get(name))
    return "　".join(part for part in (names, values.get("summary", "")[:24]) if part)
