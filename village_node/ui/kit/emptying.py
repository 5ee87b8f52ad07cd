"""A page that is replaced gives its pictures back at once: they are most of its memory, and Python's collector waits for a quiet
moment (`village_node.ui.garbage`), ten megabytes a page.

Every line of text is a texture as wide as its box. Must not know: what a page shows.
"""

from __future__ import annotations

from kivy.uix.widget import Widget


def empty(place: Widget) -> None:
    """Takes all widgets out of `place`, for good: they draw nothing any more."""
    gone = place.children[:]
    place.clear_widgets()
    for child in gone:
        for widget in child.walk(restrict=True):
            _let_go(widget)


def _let_go(widget: Widget) -> None:
    for canvas in (widget.canvas.before, widget.canvas, widget.canvas.after):
        canvas.clear()
    if getattr(widget, "texture", None) is not None:
        widget.texture = None
    drawn = getattr(widget, "_label", None)         # what a Label draws its text with keeps the texture too
    if drawn is not None:
        drawn.texture = None
