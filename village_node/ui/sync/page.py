"""The page 送到没有: what has arrived and what has not, by matter and by file; pause, send now, room, line, help.

The buttons of what runs now stay the same widgets while figures move; every other part is drawn anew only when it changed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kivy.core.window import Window
from kivy.uix.screenmanager import Screen

from shared.ledger.texts import t
from village_node.desk.sending.outgoing import Outgoing
from village_node.point.values import NodeStatus
from village_node.ui.calling import call
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Column, Row, Text
from village_node.ui.kit.dialogs import Question, scroller
from village_node.ui.kit.marks import IconButton
from village_node.ui.kit.notice import notify
from village_node.ui.kit.progress import FillBar, Kept
from village_node.ui.kit.resized import when_resized
from village_node.ui.sync import parts
from village_node.ui.sync.freed import FreedSheet
from village_node.ui.sync.rewriting import rewrite
from village_node.view_models.sync_page import MatterLine, RefusedLine, Running, SyncPageModel, running, size_words, sync_page

LOOK_MS = 3000          # while a round runs the whole page is looked at so often; what runs is drawn at each step
_PARTS = ("head", "running", "contacts", "refused", "waiting", "settings", "help")
_RIGHT = ("refused", "waiting")


class SyncScreen(Screen):
    """`refresh` draws what has changed."""

    def __init__(self, desk_app: object, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.desk_app = desk_app
        self.place = t("sending.title")
        self._out: tuple[int, Outgoing] | None = None
        self._last: tuple[NodeStatus, Outgoing] | None = None
        self._wanted = False                  # somebody asked to send now, and waits for the last line
        self.run = RunCard(self._pause, self._now)
        self._lay_out()
        when_resized(self, self._lay_out)

    def _lay_out(self) -> None:
        if self.run.parent is not None:
            self.run.parent.remove_widget(self.run)
        self.clear_widgets()
        wide = Window.width >= theme.WIDE
        left = tuple(part for part in _PARTS if not wide or part not in _RIGHT)
        self.first = Kept(left, spacing=theme.PAD)
        self.second = Kept(_RIGHT, spacing=theme.PAD) if wide else self.first
        page = Row(spacing=theme.PAD, padding=theme.PAD) if wide else Column(padding=theme.PAD)
        for column in (self.first, self.second) if wide else (self.first,):
            column.pos_hint = {"top": 1}
            page.add_widget(column)
        self.add_widget(scroller(page))
        self.first.put("running", True, lambda: self.run)
        if self._last is not None:
            self._draw(self._last)

    def open(self) -> None:
        self._out = None
        self.refresh()

    def refresh(self) -> None:
        app = self.desk_app
        if app.staff is not None:
            app.ask("sync page", self._look, self._draw)

    def _look(self) -> tuple[NodeStatus, Outgoing]:
        desk, now = self.desk_app.desk, self.desk_app.services.now_ms()
        status = desk.status()
        going = running(status.progress, status.worker, 0).running
        if self._out is None or not going or now - self._out[0] > LOOK_MS:
            self._out = (now, desk.sending.look())
        return status, self._out[1]

    def _draw(self, answer: tuple[NodeStatus, Outgoing]) -> None:
        status, out = self._last = answer
        app = self.desk_app
        run = running(status.progress, status.worker, out.wishes.cadence_s)
        self.run.show(run)
        model = sync_page(status, out, app.services.now_ms(), app.desk.office().level)
        put = self.first.put
        put("head", (model.head, model.head_line, model.head_tone),
            lambda: parts.head(model.head, model.head_line, model.head_tone))
        put("contacts", model.contacts, lambda: parts.contacts(model.contacts))
        self.second.put("refused", model.refusals, lambda: parts.refused(model.refused, model.refusals, self._mend))
        self.second.put("waiting", (model.waiting, model.matters, model.more), lambda: parts.waiting(model, self._open))
        put("settings", (model.files_on_wifi, model.wifi_note, model.space, model.space_left, model.cadence, model.freed),
            lambda: parts.settings(model, self._wifi, lambda: self._ask_free(model), lambda: FreedSheet(app).open(),
                                   self._cadence))
        put("help", (model.help, model.phone), lambda: parts.help_strip(model.help, model.phone, lambda: self._call(model)))
        self._say_last_line(model, run)

    def _say_last_line(self, model: SyncPageModel, run: Running) -> None:
        """After a sync now: until when everything has arrived, or why it has not."""
        if self._wanted and not run.running and self.desk_app.services.rounds() != self._before:
            self._wanted = False
            fault = next((line.fault for line in model.contacts if line.fault), "")
            if fault:
                notify(fault, "bad")
            else:
                notify(f"{model.head}　{model.head_line}".rstrip(), "good" if model.head_tone == "good" else "warn")

    # ---- what a finger does

    def _now(self) -> None:
        self._wanted, self._before = True, self.desk_app.services.rounds()
        self.desk_app.services.sync_now()

    def _pause(self) -> None:
        self.desk_app.services.pause_or_go_on()
        self.refresh()

    def _wifi(self) -> None:
        wishes = self.desk_app.desk.sending.wishes()
        self._wish(replace(wishes, files_on_wifi=not wishes.files_on_wifi))

    def _cadence(self, value: str) -> None:
        if value and int(value) != self.desk_app.desk.sending.wishes().cadence_s:
            self._wish(replace(self.desk_app.desk.sending.wishes(), cadence_s=int(value)))

    def _wish(self, wanted: Any) -> None:
        with self.desk_app.trouble_shown():
            self.desk_app.desk.sending.wish(wanted)
        self._out = None
        self.refresh()

    def _ask_free(self, model: SyncPageModel) -> None:
        Question(title=t("sending.free_title"), words=model.free_words, yes=model.free_yes, on_yes=self._free).open()

    def _free(self) -> None:
        def done(freed: Any) -> None:
            notify(t("sending.free_done", size=size_words(freed.freeable)), "good")
            self._out = None
            self.refresh()

        self.desk_app.ask("free", self.desk_app.desk.sending.let_go, done)

    def _call(self, model: SyncPageModel) -> None:
        call(self.desk_app, model.help, model.phone)

    def _open(self, line: MatterLine) -> None:
        if line.aggregate == "case":
            self.desk_app.open_case(line.id)
        else:
            self.desk_app.open_record(line.id)

    def _mend(self, line: RefusedLine) -> None:
        with self.desk_app.trouble_shown():
            rewrite(self.desk_app, line.record)


class RunCard(Card):
    """What runs now, how fast, how long still; pause and send now."""

    def __init__(self, on_pause: Any, on_now: Any, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.words, self.pace = Text(font_size=theme.LARGE), Text(color=theme.SOFT_INK, font_size=theme.SMALL)
        self.bar = FillBar()
        self.pause = IconButton(icon="pause-circle-outline", on_release=lambda *_: on_pause())
        self.now = IconButton(icon="refresh", primary=1, on_release=lambda *_: on_now())
        self.buttons = Row(height=0)
        for part in (self.words, self.pace, self.bar, self.buttons):
            self.add_widget(part)

    def show(self, run: Running) -> None:
        self.words.text, self.pace.text, self.bar.fraction = run.words, run.pace, run.fraction
        self.pause.text, self.now.text = run.pause, run.now
        self.pause.icon = "pause-circle-outline" if run.pause != t("sending.resume") else "send"
        self.now.disabled = run.running
        wanted = [button for button in (self.pause, self.now) if button.text]
        if self.buttons.children[::-1] != wanted:
            self.buttons.clear_widgets()
            for button in wanted:
                self.buttons.add_widget(button)
