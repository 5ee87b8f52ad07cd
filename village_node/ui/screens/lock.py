"""The screen is locked: nothing of what lies below is seen or touched, and nothing of it is lost. No name, no number stands
here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.lang import Builder
from kivy.uix.modalview import ModalView

from shared.ledger.texts import t
from village_node.point.errors import NodeError
from village_node.ui.kit import theme
from village_node.ui.kit.basic import QuietButton, Text
from village_node.ui.kit.icons import Icon
from village_node.ui.kit.pin_pad import PinPad

Builder.load_string("""
#:import theme village_node.ui.kit.theme

<LockView>:
    size_hint: 1, 1
    background: ''
    background_color: theme.GROUND
    overlay_color: theme.GROUND
    auto_dismiss: False
    AnchorLayout:
        PageScroll:
            size_hint: None, None
            width: min(theme.dp(420), root.width - 2 * theme.PAD)
            height: min(content.minimum_height, root.height)
            do_scroll_x: False
            Column:
                id: content
""")


class LockView(ModalView):
    """`check(pin)` in the host's asking thread; `on_open_up()` when it was right, `on_leave()` for another person."""

    def __init__(self, host: Any, check: Callable[[str], bool], *, on_open_up: Callable[[], None],
                 on_leave: Callable[[], None], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._host, self._check, self._done, self._leave = host, check, on_open_up, on_leave
        self.pad = PinPad(t("app.lock.ask"), self._typed)
        parts = (Icon(icon="lock-outline", font_size=theme.dp(64), pos_hint={"center_x": .5}),
                 Text(text=t("app.lock.title"), font_size=theme.TITLE, halign="center"), self.pad,
                 QuietButton(text=t("app.people.switch"), on_release=lambda *_: self._leave_it()))
        for part in parts:
            self.ids.content.add_widget(part)

    def leave(self) -> None:
        """Esc and Back open nothing."""

    def _leave_it(self) -> None:
        self.dismiss()
        self._leave()

    def _typed(self, pin: str) -> None:
        self._host.ask("unlock", lambda: tried(lambda: self._check(pin)), self._answered)

    def _answered(self, fault: str) -> None:
        if fault:
            self.pad.say(fault)
            return
        self.dismiss()
        self._done()


def tried(check: Callable[[], bool]) -> str:
    """The sentence that says why not, or "" for the right PIN."""
    try:
        return "" if check() else t("app.people.pin_wrong")
    except NodeError as error:
        return error.sentence
