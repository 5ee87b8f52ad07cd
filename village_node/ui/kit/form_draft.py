"""Keeps a form at every change and gives it back: what is typed, chosen, photographed and drawn.

A form that holds no more than when it was opened has no draft. Leaving a form throws nothing away; only saving it, or 丢弃 on the
card of an unfinished form, does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from village_node.point.drafts import DraftKey, Drafts
from village_node.ui.kit.draft_life import DraftLife
from village_node.ui.kit.fields import Field
from village_node.ui.kit.photos import PhotoShelf
from village_node.ui.kit.signature import Pad


def now_in(field: Field) -> str:
    """What stands in the field, committed or not."""
    entry = getattr(field, "entry", None)
    return str(entry.text) if entry is not None else str(field.value)


class FormDraft(DraftLife):
    """`title(values)` is the line of the card that offers the form again; `pads` are named by the party that signs."""

    def __init__(self, drafts: Drafts, key: DraftKey, fields: Mapping[str, Field], *, title: Callable[[Mapping[str, str]], str],
                 pads: Mapping[str, Pad] | None = None, shelf: PhotoShelf | None = None) -> None:
        super().__init__(drafts, key, shelf)
        self._fields, self._title, self._pads = fields, title, pads or {}
        self._initial = self._words()
        self.restored = self._restore()
        self._watch()

    # ---- what the form holds

    def _words(self) -> dict[str, Any]:
        strokes = {name: pad.strokes for name, pad in self._pads.items() if pad.strokes}
        return {"fields": {name: now_in(field) for name, field in self._fields.items()}, "strokes": _rounded(strokes)}

    def keep(self) -> None:
        if self._over:
            return
        words = self._words()
        if words == self._initial and not (self._shelf and self._shelf.photos):
            self._empty()
            return
        self._hold(self._title(words["fields"]), words)

    def _restore(self) -> bool:
        found = self._drafts.get(self.key)
        if found is None:
            return False
        self._kept = True
        for name, value in found.words.get("fields", {}).items():
            if name in self._fields and isinstance(value, str):
                self._fields[name].value = value
        for name, strokes in found.words.get("strokes", {}).items():
            if name in self._pads:
                self._pads[name].take(strokes)
        if self._shelf is not None:
            for slot, file in found.files.items():
                self._shelf.put(slot, file)
        return True

    def _watch(self) -> None:
        for field in self._fields.values():
            field.bind(value=lambda *_: self._trigger())
            if getattr(field, "entry", None) is not None:
                field.entry.bind(text=lambda *_: self._trigger())
        for pad in self._pads.values():
            pad.bind(on_stroke=lambda *_: self._trigger())
        if self._shelf is not None:
            self._shelf.on_change = self._file


def _rounded(strokes: Mapping[str, Sequence[Sequence[Sequence[float]]]]) -> dict[str, list[list[list[float]]]]:
    """A ten-thousandth of a pad is finer than a finger."""
    return {name: [[[round(x, 4), round(y, 4)] for x, y in stroke] for stroke in lines] for name, lines in strokes.items()}
