"""What the buttons of a card page do, by the word of the button."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shared.ledger.texts import t
from village_node.desk.households import VISIT
from village_node.ui.kit.fields import TextField
from village_node.ui.kit.notice import notify
from village_node.ui.kit.sheet import Sheet, section
from village_node.ui.papers import pages as papers
from village_node.ui.screens.action_dialog import open_action
from village_node.ui.screens.record import open_step
from village_node.view_models.around.households import visited

Act = Callable[..., None]


def act(app: Any, word: str, what: tuple[str, ...]) -> None:
    ACTS[word](app, *what)


def _case(app: Any, case: str) -> None:
    app.open_case(case)


def _verb(app: Any, case: str, verb: str) -> None:
    """The form of an act on a case; where it cannot be done now, why not."""
    view = app.desk.case(case, staff_id=app.staff.id)
    action = next((a for a in view.actions if a.verb == verb), None)
    if action is not None and action.enabled:
        open_action(app, view, action)
    else:
        notify(action.reason if action is not None else t("app.records.nothing"), "warn")


def _record(app: Any, record: str) -> None:
    app.open_record(record)


def _step(app: Any, kind: str, record: str, *filled: str) -> None:
    """The form of a step; `filled`: "field=value" that the card knows already."""
    forms = app.desk.record_forms
    view = forms.view(record, app.staff.id) if record else None
    action = next((a for a in (view.actions if view else forms.openings(app.staff.id)) if a.kind == kind), None)
    if action is None:
        notify(t("app.records.nothing"), "warn")
        return
    open_step(app, view, action, said=dict(pair.split("=", 1) for pair in filled))


def _visit(app: Any, grid: str, household: str) -> None:
    """One tap: somebody was there, and found nothing."""
    app.desk.record_forms.act(VISIT, app.staff.id, "", {
        "type": "small_hazard", "text": visited(int(household)), "place": {"office": app.desk.office().id}, "grid": grid,
        "household": household, "done": True})
    notify(t("households.done", n=household), "good")
    app.refresh()


def _seat(app: Any, appointment: str) -> None:
    """The first free one of the numbered seats that the county keeps for this office."""
    made = app.desk.appointment("confirm", app.staff.id, appointment, {})
    notify(t("around.seat_given", words=made["sentence"]), "good")
    app.refresh()


def _page(app: Any, name: str, *what: str) -> None:
    app.open_page(name, *what)


def _records(app: Any, name: str) -> None:
    app.open_records(name)


def _list(app: Any, name: str) -> None:
    app.open_list(name)


def _decide(app: Any, case: str, code: str = "") -> None:
    app.open_page("conflicts", case, code)


def _dismiss(app: Any, primary: str, other: str) -> None:
    ReasonSheet(app, t("around.why_not_same"), t("around.not_same"),
                lambda why: app.desk.dismiss_duplicate_of(app.staff.id, primary, other, why)).open()


def _merge(app: Any, primary: str, other: str) -> None:
    ReasonSheet(app, t("around.why_same"), t("around.same"),
                lambda why: app.desk.merge_cases(app.staff.id, primary, other, why)).open()


def _paper(app: Any, case: str, what: str) -> None:
    papers.open_paper(app, case, what)


def _letter(app: Any, aggregate: str, record: str, code: str) -> None:
    papers.open_letter(app, aggregate, record, code)


ACTS: dict[str, Act] = {"paper": _paper, "letter": _letter, "verb": _verb,
                        "case": _case, "record": _record, "step": _step, "visit": _visit, "seat": _seat, "page": _page,
                        "records": _records, "list": _list,
                        "decide": _decide, "dismiss": _dismiss, "merge": _merge}


class ReasonSheet(Sheet):
    """One reason, which goes into the record, and one button that says what will happen."""

    def __init__(self, app: Any, title: str, yes: str, save: Callable[[str], None], **kwargs: object) -> None:
        super().__init__(title=title, **kwargs)
        self._app, self._done = app, save
        self.reason = TextField(label=title, multiline=True, required=True)
        self.add_content(section("", self.reason))
        self.add_button(t("app.cancel"), self.dismiss)
        self.save_button = self.add_button(yes, self._save, primary=True)

    def _save(self) -> None:
        why = self.reason.commit().strip()
        if not why:
            self.reason.error = t("app.form.missing", field=self.title)
            return
        with self._app.trouble_shown():
            self._done(why)
            self.dismiss()
            notify(t("app.action.done", label=self.save_button.text), "good")
            self._app.refresh()
