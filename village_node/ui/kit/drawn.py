"""What the smallest parts are drawn with, in Python: a rule, a ground with its edge, and texts that watch only what changes.

Half of a page's time and most of its memory were Kivy's language at work for these: a label with its texts was 35 kB and 0.25 ms,
of that nearly all for forty properties that are watched and never change, and for rules that are looked up anew for each widget.
A page is some hundred of them.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Any

from kivy.clock import Clock
from kivy.core.text import Label as CoreLabel
from kivy.core.text.markup import MarkupLabel as CoreMarkupLabel
from kivy.graphics import Color, Rectangle, RoundedRectangle
from kivy.lang import Builder
from kivy.uix.label import Label

# Kivy's own rule draws a label; `Words` draws itself.
Builder.load_string("<-Words>:")

# Of a text, what somebody in the app sets, so what is read when it is drawn first and watched from then on.
WATCHED = ("text", "text_size", "font_size", "font_name", "color", "disabled_color", "disabled", "halign", "valign", "shorten",
           "shorten_from", "max_lines", "markup", "bold", "padding")
_READ = tuple(name for name in WATCHED if name != "disabled")
_AS_EVER = {name: getattr(Label, name).defaultvalue for name in Label._font_properties if name not in _READ}


class Ruled:
    """A widget with a rule: what a rule of Kivy's language says of its class, at that moment, for a fraction of the time."""

    def rule(self, given: AbstractSet[str]) -> None:
        """`given`: names of the properties that whoever made it has set; they stay."""

    def apply_class_lang_rules(self, root: Any = None, ignored_consts: AbstractSet[str] = frozenset(),
                               rule_children: Any = None) -> None:
        self.rule(ignored_consts)
        super().apply_class_lang_rules(root=root, ignored_consts=ignored_consts,  # type: ignore[misc]
                                       rule_children=rule_children)

    def preset(self, given: AbstractSet[str], **values: Any) -> None:
        for name, value in values.items():
            if name not in given:
                setattr(self, name, value)


_due: dict[Any, None] = {}


def _place_all(_dt: float) -> None:
    while _due:
        _due.popitem()[0].place()


_place_soon = Clock.create_trigger(_place_all, -1)


def soon(part: Any) -> None:
    """`part.place()` before the next frame is drawn, once, however often it moves until then."""
    _due[part] = None
    _place_soon()


class Ground:
    """A rounded ground behind a widget, and where `width` (whole pixels) is given an edge of it. `ground` and `edge` are their
    colours. The edge is the rim of a larger ground below: a line of Kivy lies at fractions of a pixel and leans by less than one,
    so that one side of a card was thick in part and thin in part."""

    def __init__(self, widget: Any, radius: float, width: int = 0) -> None:
        self._widget, self.radius, self._width = widget, radius, width
        with widget.canvas.before:
            if width:
                self.edge = Color()
                self._rim = RoundedRectangle(radius=[radius])
            self.ground = Color()
            self._face = RoundedRectangle(radius=[max(radius - width, 1)])
        widget.fbind("pos", self.moved)
        widget.fbind("size", self.moved)
        self.place()

    def moved(self, *_args: object) -> None:
        soon(self)

    def place(self) -> None:
        widget, rim = self._widget, self._width
        x, y, width, height = *widget.pos, *widget.size
        _put(self._face, (x + rim, y + rim), (max(width - 2 * rim, 0), max(height - 2 * rim, 0)), max(self.radius - rim, 1))
        if rim:
            _put(self._rim, (x, y), (width, height), self.radius)


def _put(face: RoundedRectangle, pos: tuple[float, float], size: tuple[float, float], radius: float) -> None:
    face.pos, face.size = pos, size
    if face.radius[0][0] != radius:
        face.radius = [radius]


class Words(Ruled, Label):
    """Kivy's label, but for what it watches (`WATCHED`; nothing else of a label may be set) and that its text is prepared when it
    is drawn first, when all that is to be said of it was said."""

    def __init__(self, **kwargs: Any) -> None:
        self._drawn: Rectangle | None = None
        self._label: Any = None
        self._trigger_texture = Clock.create_trigger(self.texture_update, -1)
        unknown = kwargs.keys() & _AS_EVER.keys()
        if unknown:
            raise TypeError(f"Words takes no {', '.join(sorted(unknown))}; name it in WATCHED")
        super(Label, self).__init__(**kwargs)           # not Label's own, which watches forty properties
        for name in WATCHED:
            self.fbind(name, self._changed, name)
        self._trigger_texture()

    def _changed(self, name: str, _widget: object, value: Any) -> None:
        if self._label is None:
            self._trigger_texture()
        else:
            self._trigger_texture_update(name, self, value)

    def _create_label(self) -> None:
        kind = CoreMarkupLabel if self.markup else CoreLabel
        if self._label is None or self._label.__class__ is not kind:
            said = {name: getattr(self, name) for name in _READ}
            if self.disabled:
                said["color"] = said["disabled_color"]
            self._label = kind(**_AS_EVER, **said)

    def texture_update(self, *args: object) -> None:
        if self._label is None:
            self._create_label()
        super().texture_update(*args)
        soon(self)

    def on_texture(self, _widget: object, texture: Any) -> None:
        if self._drawn is not None:
            self._drawn.texture = texture
        elif texture is not None:
            with self.canvas:
                Color(1, 1, 1, 1)
                self._drawn = Rectangle(texture=texture, size=(0, 0))
            self.fbind("pos", self._moved)
            self.fbind("size", self._moved)
            self._moved()

    def _moved(self, *_args: object) -> None:
        soon(self)

    def place(self) -> None:
        if self._drawn is not None:
            width, height = self.texture_size
            self._drawn.size = width, height
            self._drawn.pos = int(self.x + self.width / 2 - width / 2), int(self.y + self.height / 2 - height / 2)

    def on_touch_down(self, touch: Any) -> Any:
        """Only a text with marks has places that can be tapped."""
        return super().on_touch_down(touch) if self.markup else super(Label, self).on_touch_down(touch)
