"""One sheet for every act on a case: its questions come from `shared.disputes.forms.questions`, its saving is `Desk.act`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from shared.disputes.acts.drafts import left_out
from shared.disputes.forms.answers import start, to_draft
from shared.disputes.forms.form import ActionForm, Question, Setting
from shared.disputes.forms.questions import again, form_for, looked_for
from shared.disputes.forms.sought import Sought
from shared.ledger.texts import t
from village_node.desk.desk import FileDraft
from village_node.desk.views import ActionView, CaseView
from village_node.point.drafts import DraftKey
from village_node.point.errors import InvalidDraft
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Column, QuietButton, Text
from village_node.ui.kit.dialogs import Found, Look
from village_node.ui.kit.form_draft import FormDraft
from village_node.ui.kit.notice import notify
from village_node.ui.kit.once import Once
from village_node.ui.kit.photos import PhotoShelf
from village_node.ui.kit.sheet import Sheet, flowing, section
from village_node.ui.kit.signature import SignatureField
from village_node.ui.screens.form_fields import FormFields


def open_action(desk_app: object, view: CaseView, action: ActionView, said: Mapping[str, Any] | None = None) -> ActionDialog:
    """`said`: the body of a record that is written once more."""
    dialog = ActionDialog(desk_app, view, action, said=said)
    dialog.open()
    return dialog


class ActionDialog(Sheet):
    def __init__(self, desk_app: object, view: CaseView, action: ActionView, said: Mapping[str, Any] | None = None,
                 **kwargs: object) -> None:
        super().__init__(title=action.label, **kwargs)
        self._desk_app, self._view, self._action = desk_app, view, action
        self.setting = self._setting()
        self.form: ActionForm = form_for(action.kind, action.label, self.setting)
        self.shelf: PhotoShelf | None = None
        self.pads: list[tuple[str, SignatureField]] = []
        self._once = Once(self._save)
        given = {**start(self.form), **again(self.form, said or {})}
        self.asked = FormFields(self.form.questions, given, desk_app.today, self._look_of)
        self.further = FormFields(self.form.more, given, desk_app.today, self._look_of)
        self.fields = {**self.asked.fields, **self.further.fields}
        self._lay_out()
        self.draft = FormDraft(
            desk_app.services.drafts, DraftKey(f"act:{action.verb}", self.setting.view.id, desk_app.staff.id),
            {q.name: self.fields[q.name] for q in self.form.all if q.is_kept},
            title=lambda _values: f"{action.label}　{self._about()}", shelf=self.shelf,
            pads={party: pad.ids.pad for party, pad in self.pads},
        )
        self.add_button(t("app.form.leave") if self.fields else t("app.cancel"), self.leave)
        self.save_button = self.add_button(self.form.yes, self.save, primary=True)
        self.save_button.disabled = bool(self.form.blocked)

    def _setting(self) -> Setting:
        app = self._desk_app
        return Setting(self._view, app.desk, app.today(), app.staff.id, app.staff.name, seeker=app.desk.seeking)

    def _look_of(self, question: Question, within: str) -> Look | None:
        """How its list is looked through where it is longer than what the form holds; not in Kivy's thread."""
        if not question.total:
            return None

        def look(words: str, chosen: Sequence[str], most: int, done: Callable[[Found], None]) -> None:
            app, kind, path = self._desk_app, self.form.kind, f"{within}.{question.name}" if within else question.name
            by = str(self.answers().get(question.by, "")) if question.by and not within and hasattr(self, "fields") else ""
            seeker = app.desk.seeking.now(Sought(words, tuple(chosen), most))
            app.ask(f"choices {path}", lambda: looked_for(kind, path, self.setting, seeker, by),
                    lambda made: done((made.choices, made.total)))

        return look

    def _about(self) -> str:
        """What the act is about, for the card of its draft."""
        return self._view.row.parties or self._view.row.summary

    def _write(self, draft: Mapping[str, Any], files: list[FileDraft]) -> None:
        self._desk_app.desk.act(self._action.verb, self._desk_app.staff.id, self._view.id, draft, files=files)

    def _lay_out(self) -> None:
        for words, colour in ((self.form.blocked, theme.FIELD_ERROR), (self.form.words, theme.INK)):
            if words:
                self.add_content(section("", Text(text=words, font_size=theme.LARGE, color=colour)))
        if self.asked.fields:
            self.add_content(section("", flowing(self.asked.widgets())))
        if self.form.signers:
            self.pads = [(party, SignatureField(label=name)) for party, name in self.form.signers]
            self.add_content(section(t("form.signatures"), *(pad for _, pad in self.pads)))
        if self.form.photos:
            self.shelf = PhotoShelf(folder=self._desk_app.photo_folder)
            self.add_content(section(t("form.photos"), self.shelf))
        if self.further.fields:
            self._more, self._further = Column(height=0), section("", flowing(self.further.widgets()))
            words = t("form.more", n=len(self.further.fields))
            self.more_button = QuietButton(text=words, on_release=lambda *_: self.toggle_more())
            self.add_content(self.more_button, self._more)

    def toggle_more(self) -> None:
        """Open what may be left out, or close it again; what was filled in there stays."""
        shown = bool(self._more.children)
        if shown:
            self._more.remove_widget(self._further)
        else:
            self._more.add_widget(self._further)
        self.more_button.text = t("form.more", n=len(self.further.fields)) if shown else t("form.less")

    def leave(self) -> None:
        """Closed unsaved: what it holds is kept and offered again."""
        self.draft.leave()
        self.dismiss()
        self._desk_app.refresh()

    def answers(self) -> dict[str, Any]:
        return {**self.asked.answers(), **self.further.answers()}

    def _files(self) -> list[FileDraft]:
        made = self.shelf.files() if self.shelf else []
        made += [
            FileDraft(data=pad.png(), name=f"signature-{party}.png", type="image/png", purpose="signature", party=int(party))
            for party, pad in self.pads
            if pad.png()
        ]
        return made

    def save(self) -> None:
        self._once(self.save_button)

    def _save(self) -> bool:
        """Whether the act was saved; what is wrong with the form is shown in it."""
        signed = [party for party, pad in self.pads if pad.png()]
        form = replace(self.form, questions=self.asked.with_found(), more=self.further.with_found())
        outcome = to_draft(form, self.answers(), signed, self.setting)
        self._show_errors(outcome.errors)
        if outcome.errors:
            notify(t("form.errors", n=len(outcome.errors)), "bad")
            return False
        if self.shelf is not None and self.shelf.busy:
            notify(t("app.photo.wait"), "warn")
            return False
        with self._desk_app.trouble_shown():
            try:
                with self.draft.being_saved(self._desk_app.services.chain_seq()):
                    self._write(outcome.draft, self._files())
            except InvalidDraft as wrong:
                self._show_errors(wrong.fields)
                raise
            with self._desk_app.trouble_shown():        # from here on it is saved, whatever happens to the page
                self.dismiss()
                self._desk_app.refresh()
                cut = left_out(outcome.draft)
                notify(f"{self.form.done}　{cut}".rstrip(), "warn" if cut else "good")
            return True
        return False

    def _show_errors(self, errors: Mapping[str, str]) -> None:
        wrong = [fields.show_errors(errors) for fields in (self.asked, self.further)]
        if wrong[1] is not None and not self._more.children:
            self.toggle_more()
        first = next((field for field in wrong if field is not None), None)
        if first is not None:
            self.bring_into_view(first)
