"""One dialog for every act on a case: its fields come from `view_models.action_forms`, its saving is `Desk.act`."""

from __future__ import annotations

from collections.abc import Mapping

from shared.ledger.texts import t
from village_node.desk.desk import FileDraft
from village_node.desk.views import ActionView, CaseView
from village_node.point.drafts import DraftKey
from village_node.point.errors import InvalidDraft
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Text
from village_node.ui.kit.dialogs import Dialog, in_columns
from village_node.ui.kit.fields import ChoiceField, DateField, Field, TextField
from village_node.ui.kit.form_draft import FormDraft
from village_node.ui.kit.notice import notify
from village_node.ui.kit.once import Once
from village_node.ui.kit.photos import PhotoShelf
from village_node.ui.kit.signature import SignatureField
from village_node.view_models.action_forms import ActionForm, FieldSpec, Setting, to_draft
from village_node.view_models.action_table import form_for


def open_action(desk_app: object, view: CaseView, action: ActionView) -> ActionDialog:
    dialog = ActionDialog(desk_app, view, action)
    dialog.open()
    return dialog


class ActionDialog(Dialog):
    def __init__(self, desk_app: object, view: CaseView, action: ActionView, **kwargs: object) -> None:
        super().__init__(title=action.label, **kwargs)
        self._desk_app, self._view, self._action = desk_app, view, action
        setting = Setting(view, desk_app.desk, desk_app.today(), desk_app.staff.id, desk_app.staff.name)
        self.form: ActionForm = form_for(action.kind, action.label, setting)
        self.fields: dict[str, Field] = {}
        self.shelf: PhotoShelf | None = None
        self.pads: list[tuple[int, SignatureField]] = []
        self._once = Once(self._save)
        if self.form.words:
            self.add_content(Text(text=self.form.words, font_size=theme.LARGE))
        for spec in self.form.fields:
            self.add_content(self._field(spec))
        self._add_pictures()
        self.draft = FormDraft(
            desk_app.services.drafts, DraftKey(f"act:{action.verb}", view.id, desk_app.staff.id), self.fields,
            title=lambda _values: f"{action.label}　{view.row.parties or view.row.summary}", shelf=self.shelf,
            pads={str(party): pad.ids.pad for party, pad in self.pads},
        )
        self.add_button(t("app.form.leave") if self.fields else t("app.cancel"), self.leave)
        self.save_button = self.add_button(self.form.yes, self.save, primary=True)

    def _field(self, spec: FieldSpec) -> Field:
        common = {"label": spec.label, "required": spec.required, "value": spec.value}
        if spec.control == "choice":
            made: Field = ChoiceField(choices=list(spec.choices), **common)
        elif spec.control == "date":
            made = DateField(today=self._desk_app.today, **common)
        else:
            made = TextField(multiline=spec.control == "long", hint=spec.hint,
                             input_type="number" if spec.control == "money" else "text", **common)
        self.fields[spec.name] = made
        return made

    def _add_pictures(self) -> None:
        if self.form.photos:
            self.shelf = PhotoShelf(folder=self._desk_app.photo_folder)
            self.add_content(self.shelf)
        if self.form.signers:
            self.pads = [(party, SignatureField(label=name)) for party, name in self.form.signers]
            self.add_content(Text(text=t("app.form.signatures"), font_size=theme.LARGE))
            self.add_content(in_columns([pad for _, pad in self.pads], 2))

    def leave(self) -> None:
        """Closed unsaved: what it holds is kept and offered again."""
        self.draft.leave()
        self.dismiss()
        self._desk_app.refresh()

    def _files(self) -> list[FileDraft]:
        made = self.shelf.files() if self.shelf else []
        made += [
            FileDraft(data=pad.png(), name=f"signature-{party}.png", type="image/png", purpose="signature", party=party)
            for party, pad in self.pads
            if pad.png()
        ]
        return made

    def save(self) -> None:
        self._once(self.save_button)

    def _save(self) -> bool:
        """Whether the act was saved; what is wrong with the form is shown in it."""
        values = {name: made.commit() for name, made in self.fields.items()}
        signed = [party for party, pad in self.pads if pad.png()]
        outcome = to_draft(self.form, values, signed)
        self._show_errors(outcome.errors)
        if outcome.errors:
            return False
        if self.shelf is not None and self.shelf.busy:
            notify(t("app.photo.wait"), "warn")
            return False
        with self._desk_app.trouble_shown():
            try:
                with self.draft.being_saved(self._desk_app.services.chain_seq()):
                    self._desk_app.desk.act(self._action.verb, self._desk_app.staff.id, self._view.id, outcome.draft,
                                            files=self._files())
            except InvalidDraft as wrong:
                self._show_errors({name.split(".")[0]: words for name, words in wrong.fields.items()})
                raise
            with self._desk_app.trouble_shown():        # from here on it is saved, whatever happens to the page
                self.dismiss()
                self._desk_app.refresh()
                notify(self.form.done, "good")
            return True
        return False

    def _show_errors(self, errors: Mapping[str, str]) -> None:
        for name, made in self.fields.items():
            made.error = errors.get(name, "")
