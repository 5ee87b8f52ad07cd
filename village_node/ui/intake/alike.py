"""A case of the same people, told while one writes: look at it, go there, or say that it is another matter."""

from __future__ import annotations

from typing import Any

from kivy.core.window import Window

from shared.ledger.texts import t
from village_node.desk.intake import AlikeCase
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Column, QuietButton, Row, Text
from village_node.ui.kit.icons import Icon
from village_node.ui.kit.sheet import Sheet, section
from village_node.view_models import case_page
from village_node.view_models.intake.review import alike_words


class AlikeStrip:
    """Stands above the foot of the form while there is such a case; it stops nothing."""

    def __init__(self, form: Any) -> None:
        self._form, self._wanted = form, True
        self.found: list[AlikeCase] = []

    def show(self, found: list[AlikeCase]) -> None:
        self.found = found
        self._draw()

    def show_if(self, wanted: bool) -> None:
        self._wanted = wanted
        self._draw()

    def _draw(self) -> None:
        room = self._form.ids.hint
        room.clear_widgets()
        if not self.found or not self._wanted:
            return
        ground, ink = theme.TONES["warn"]
        card, row = Card(ground=ground, edge=ground, padding=[theme.PAD, theme.dp(8)]), Row()
        if Window.width >= theme.PHONE:
            row.add_widget(Icon(icon="information-outline", color=ink, pos_hint={"center_y": .5}))
        words = alike_words(_told(self.found[0]), self._form.desk_app.today())
        row.add_widget(Text(text=words, color=ink, font_size=theme.SMALL, pos_hint={"center_y": .5}))
        row.add_widget(QuietButton(text=t("intake.alike.look"), size_hint_x=None, width=theme.LARGE * 3 + theme.dp(32),
                                   pos_hint={"center_y": .5}, on_release=lambda *_: self.look()))
        card.add_widget(row)
        room.add_widget(card)

    def look(self) -> None:
        app, case = self._form.desk_app, self.found[0].case
        with app.trouble_shown():
            AlikeSheet(self, case).open()

    def different(self, case: str) -> None:
        """Said once; it is not asked again in this form."""
        self._form.answers["not_same"] = [*self._form.answers["not_same"], case]
        self._form.changed()
        self.show([one for one in self.found if one.case != case])

    def go_there(self, case: str) -> None:
        """The form is kept and waits on the home."""
        form = self._form
        form.leave()
        form.desk_app.open_case(case)

    @property
    def app(self) -> Any:
        return self._form.desk_app


def _told(one: AlikeCase) -> dict[str, Any]:
    return {name: getattr(one, name) for name in AlikeCase.__slots__}


class AlikeSheet(Sheet):
    """What the other case says, and the question."""

    def __init__(self, strip: AlikeStrip, case: str, **kwargs: object) -> None:
        super().__init__(title=t("intake.alike.title"), **kwargs)
        app = strip.app
        view = app.desk.case(case, staff_id=app.staff.id)
        page = case_page.case_page(view, app.today(), app.desk.office().id)
        facts = Column(spacing=theme.dp(6))
        for words in (page.title, page.description, *page.lines):
            facts.add_widget(Text(text=words))
        last = page.entries[0] if page.entries else None
        self.add_content(section("", facts))
        if last is not None:
            self.add_content(section(last.title, Text(text=last.text), Text(text=last.who, color=theme.SOFT_INK)))
        self.add_content(section("", QuietButton(text=t("intake.alike.same"), on_release=lambda *_: self._same(strip, case)),
                                 Text(text=t("intake.alike.kept"), color=theme.SOFT_INK, font_size=theme.SMALL)))
        self.add_button(t("app.back"), self.dismiss)
        self.add_button(t("intake.alike.different"), lambda: self._different(strip, case), primary=True)

    def _same(self, strip: AlikeStrip, case: str) -> None:
        self.dismiss()
        strip.go_there(case)

    def _different(self, strip: AlikeStrip, case: str) -> None:
        self.dismiss()
        strip.different(case)
