"""A page that scrolls, except where a finger draws."""

from __future__ import annotations

from kivy.uix.scrollview import ScrollView
from kivy.uix.widget import Widget


class PageScroll(ScrollView):
    """A touch on a widget whose `takes_strokes` is true goes straight to it: a signature must not turn into scrolling."""

    def on_touch_down(self, touch: object) -> bool:
        if self.collide_point(*touch.pos):
            touch.push()
            touch.apply_transform_2d(self.to_local)
            pad = self._pad_at(touch.pos)
            handled = pad is not None and pad.on_touch_down(touch)
            touch.pop()
            if handled:
                return True
        return super().on_touch_down(touch)

    def _pad_at(self, pos: tuple[float, float]) -> Widget | None:
        for widget in self.walk(restrict=True):
            if getattr(widget, "takes_strokes", False) and widget.collide_point(*pos):
                return widget
        return None
