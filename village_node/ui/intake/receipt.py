"""The receipt of a registered case on the glass: its number, the citizen's code as QR and as words, and printing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kivy.graphics import Color, Rectangle
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.widget import Widget

from shared.ledger.texts import t
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Text
from village_node.ui.kit.sheet import Sheet, section
from village_node.ui.papers.pages import open_paper
from village_node.ui.papers.rows import SLIP
from village_node.view_models.intake.review import ReceiptModel, receipt
from village_node.view_models.next_step import next_step

SIDE = 232          # dp of the code: a module is above 1 mm on every tablet
QUIET = 4           # modules of white around it (ISO/IEC 18004)


class QrCode(Widget):
    """Dark squares on white, with the quiet border."""

    def __init__(self, squares: Sequence[Sequence[int]], **kwargs: object) -> None:
        super().__init__(size_hint=(None, None), size=(theme.dp(SIDE), theme.dp(SIDE)), **kwargs)
        self._squares = squares
        self.bind(pos=self._draw, size=self._draw)
        self._draw()

    def _draw(self, *_args: object) -> None:
        """Whole pixels: a module that is blurred at its edge is not read in the sun."""
        modules = len(self._squares) + 2 * QUIET
        side = int(self.width // modules)
        left, bottom = int(self.center_x - side * modules / 2), int(self.center_y - side * modules / 2)
        self.canvas.clear()
        with self.canvas:
            Color(1, 1, 1)
            Rectangle(pos=(left, bottom), size=(side * modules, side * modules))
            Color(0, 0, 0)
            for line, row in enumerate(self._squares):
                y = bottom + side * (modules - QUIET - line - 1)
                for place, dark in enumerate(row):
                    if dark:
                        Rectangle(pos=(left + side * (QUIET + place), y), size=(side, side))


def open_receipt(desk_app: Any, case: str, *, again: bool = False) -> None:
    """As soon as it was read."""
    desk, staff = desk_app.desk, desk_app.staff.id

    def read() -> ReceiptModel:
        view = desk.case(case, staff_id=staff)
        step = next_step(view, desk_app.today(), desk.office().id)
        said = "　".join(part for part in (step.title, step.due) if part)
        return receipt(view.number, desk.citizens.slip(case), said)

    desk_app.ask("receipt", read, lambda model: ReceiptSheet(desk_app, case, model, again=again).open())


class ReceiptSheet(Sheet):
    """Over the page of the case; a tap leads there."""

    def __init__(self, desk_app: object, case: str, model: ReceiptModel, *, again: bool = False, **kwargs: object) -> None:
        super().__init__(title=t("intake.receipt.again" if again else "intake.receipt.title"), **kwargs)
        self._app, self._case, self.model = desk_app, case, model
        self._lay_out()
        self.add_button(t("intake.receipt.print"), self.print)
        self.add_button(t("intake.receipt.see"), self.dismiss, primary=True)

    def _lay_out(self) -> None:
        model = self.model
        head = [Text(text=t("intake.receipt.number"), color=theme.SOFT_INK, font_size=theme.SMALL, halign="center"),
                Text(text=model.number, font_size=theme.GREETING, halign="center"),
                Text(text=model.next, color=theme.SOFT_INK, halign="center")]
        self.add_content(section("", *head))
        parts: list[Widget] = []
        if model.squares:
            holder = AnchorLayout(size_hint_y=None, height=theme.dp(SIDE))
            holder.add_widget(QrCode(model.squares))
            parts += [holder, Text(text=t("intake.receipt.code"), color=theme.SOFT_INK, font_size=theme.SMALL, halign="center"),
                      Text(text=model.typed, font_size=theme.TITLE, halign="center")]
        parts.append(Text(text=model.how, halign="center"))
        if model.typed:
            parts.append(Text(text=t("intake.receipt.keep"), color=theme.SOFT_INK, font_size=theme.SMALL, halign="center"))
        self.add_content(section("", *parts))

    def print(self) -> None:
        """The slip as it is printed, before the printer gets it."""
        with self._app.trouble_shown():
            open_paper(self._app, self._case, SLIP)

    def leave(self) -> None:
        """Back and Esc close it: the case is saved and lies below."""
        self.dismiss()
