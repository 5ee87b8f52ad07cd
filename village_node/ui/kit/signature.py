"""A pad to sign on with a finger or pen. The strokes become a small PNG, drawn in black on white."""

from __future__ import annotations

import io
from collections.abc import Sequence

from kivy.graphics import Color, Line
from kivy.lang import Builder
from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.widget import Widget
from PIL import Image, ImageDraw

from village_node.ui.kit import theme

STROKE = 3  # width of the pen in the saved picture, pixels
PICTURE = (600, 200)  # a signature strip prints well at 5 cm and weighs 2-4 kB as PNG

Builder.load_string("""
#:import theme village_node.ui.kit.theme
#:import t shared.ledger.texts.t

<Pad>:
    canvas.before:
        Color:
            rgba: theme.PAPER
        Rectangle:
            pos: self.pos
            size: self.size
        Color:
            rgba: theme.PRIMARY if self.signed else theme.LINE
        Line:
            rectangle: self.x, self.y, self.width, self.height
            width: 1.4

<SignatureField>:
    orientation: 'vertical'
    size_hint_y: None
    height: self.minimum_height
    spacing: theme.dp(4)
    Text:
        text: root.label
        color: theme.SOFT_INK
        font_size: theme.SMALL
    Pad:
        id: pad
        size_hint_y: None
        height: theme.dp(150)
    QuietButton:
        text: t('app.sign_again')
        height: theme.dp(48)
        font_size: theme.TEXT
        disabled: not pad.signed
        on_release: pad.clear()
""")


def signature_png(strokes: Sequence[Sequence[Sequence[float]]], ratio: float = PICTURE[1] / PICTURE[0]) -> bytes:
    """Strokes of a pad (0..1 of its sides) as PNG bytes; empty when nothing was signed. `ratio`: height of the pad to its width,
    so that a name is as wide on paper as it was written."""
    if not strokes:
        return b""
    width, height = PICTURE[0], round(PICTURE[0] * min(max(ratio, .15), 1))
    image = Image.new("1", (width, height), 1)
    draw = ImageDraw.Draw(image)
    for stroke in strokes:
        draw.line([(x * width, (1 - y) * height) for x, y in stroke], fill=0, width=STROKE, joint="curve")
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


class Pad(Widget):
    """Strokes are kept in 0..1 of the pad so that turning the tablet does not lose them."""

    signed = BooleanProperty(False)
    takes_strokes = True

    def __init__(self, **kwargs: object) -> None:
        self.register_event_type("on_stroke")
        super().__init__(**kwargs)
        self.strokes: list[list[tuple[float, float]]] = []
        self.bind(pos=self._redraw, size=self._redraw)

    def on_stroke(self, *_args: object) -> None:
        """Something was drawn or cleared."""

    def take(self, strokes: list[list[list[float]]]) -> None:
        """Strokes that were kept."""
        self.strokes = [[(float(x), float(y)) for x, y in stroke] for stroke in strokes]
        self.signed = bool(self.strokes)
        self._redraw()

    def on_touch_down(self, touch: object) -> bool:
        if not self.collide_point(*touch.pos):
            return super().on_touch_down(touch)
        touch.grab(self)
        self.strokes.append([self._relative(touch.pos)])
        return True

    def on_touch_move(self, touch: object) -> bool:
        if touch.grab_current is not self:
            return super().on_touch_move(touch)
        self.strokes[-1].append(self._relative(touch.pos))
        self._redraw()
        return True

    def on_touch_up(self, touch: object) -> bool:
        if touch.grab_current is not self:
            return super().on_touch_up(touch)
        touch.ungrab(self)
        if len(self.strokes[-1]) < 2:
            self.strokes.pop()  # a tap is no signature
        self.signed = bool(self.strokes)
        self.dispatch("on_stroke")
        return True

    def clear(self) -> None:
        self.strokes, self.signed = [], False
        self._redraw()
        self.dispatch("on_stroke")

    def png(self) -> bytes:
        """The signature as PNG bytes; empty when nothing was signed."""
        return signature_png(self.strokes)

    def _relative(self, pos: tuple[float, float]) -> tuple[float, float]:
        x = (pos[0] - self.x) / self.width
        y = (pos[1] - self.y) / self.height
        return min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)

    def _redraw(self, *_args: object) -> None:
        self.canvas.after.clear()
        with self.canvas.after:
            Color(*theme.INK)
            for stroke in self.strokes:
                points = [c for x, y in stroke for c in (self.x + x * self.width, self.y + y * self.height)]
                Line(points=points, width=2)


class SignatureField(BoxLayout):
    label = StringProperty("")

    def png(self) -> bytes:
        return self.ids.pad.png()

    def clear(self) -> None:
        self.ids.pad.clear()
