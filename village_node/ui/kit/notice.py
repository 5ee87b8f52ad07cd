"""One sentence under the top bar: it goes by itself, takes no touches and hides no button.

The strip is drawn above everything, dialogs too, so that a failure told while one is open can be read; the page below makes
room for it (`NoticeSpace`), so that nothing lies under it. A touch passes
through as if it were not there: a notice that took one, or that
went by one, would change what the next tap meets.
"""

from __future__ import annotations

import logging

from kivy.app import App
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.lang import Builder
from kivy.properties import NumericProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget

NOTICE_SECONDS = 4.0
"""Long enough to read one sentence; the same words stay in the list or the timeline."""

log = logging.getLogger("village_node.app")

Builder.load_string("""
#:import theme village_node.ui.kit.theme

<NoticeStrip>:
    size_hint: None, None
    height: words.height + theme.PAD
    padding: theme.PAD, theme.PAD / 2
    canvas.before:
        Color:
            rgba: theme.TONES[self.tone][0]
        Rectangle:
            pos: self.pos
            size: self.size
    Text:
        id: words
        text: root.words
        color: theme.TONES[root.tone][1]
        font_size: theme.LARGE
""")


class NoticeStrip(BoxLayout):
    """The sentence itself; lies in the window, not in the page."""

    words = StringProperty("")
    tone = StringProperty("info")

    def on_touch_down(self, touch: object) -> bool:
        return False

    def on_touch_move(self, touch: object) -> bool:
        return False

    def on_touch_up(self, touch: object) -> bool:
        return False


class NoticeSpace(Widget):
    """The room that the page gives the strip; nothing while there is nothing to say. `seconds` is how long a sentence stays."""

    seconds = NumericProperty(NOTICE_SECONDS)
    strip = ObjectProperty(None, allownone=True)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(size_hint_y=None, height=0, **kwargs)
        self._timer = Clock.create_trigger(lambda *_: self.clear(), self.seconds)
        self.bind(pos=self._place, size=self._place)

    def show(self, words: str, tone: str = "info") -> None:
        self.clear()
        strip = NoticeStrip(words=words, tone=tone, width=self.width)
        strip.bind(height=self._place)
        self.strip = strip
        Window.add_widget(strip)
        self._place()
        self._timer.timeout = self.seconds
        self._timer()

    def clear(self) -> None:
        self._timer.cancel()
        if self.strip is not None:
            Window.remove_widget(self.strip)
            self.strip = None
        self.height = 0

    def _place(self, *_args: object) -> None:
        if self.strip is None:
            return
        self.height = self.strip.height
        self.strip.width, self.strip.pos = self.width, self.pos


def notify(words: str, tone: str = "info") -> None:
    """Say one sentence. Without an open page (the app is just ending) it goes to the log alone."""
    space = getattr(App.get_running_app(), "notices", None)
    if space is None:
        log.info("no page to say it on: a notice of %d characters", len(words))
        return
    space.show(words, tone)
