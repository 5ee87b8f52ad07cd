"""What is wrong with what stands on the glass, found without looking: words that are cut, words that are no Chinese."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kivy.uix.label import Label

# letters that a reader of this app knows: names of things, measures, keys
KNOWN = re.compile(r"PDF|QR|GB|MB|kB|KB|Esc|F1|SIM|Wi-Fi|USB|ID|km|kg|http\S*|\d[\w.-]*|[A-Z]\d+[\w.]*|\bX\b")
LATIN = re.compile(r"[A-Za-z]{2,}")


def faults(window: Any) -> list[str]:
    """One sentence each."""
    return [*cut(window), *foreign(window)]


def cut(window: Any) -> list[str]:
    """Words that are wider or higher than the widget that shows them."""
    return [f"cut: {label.text!r} is {label.texture_size} in {[round(side) for side in label.size]}" for label in _labels(window)
            if not label.shorten and (label.texture_size[0] > label.width + 1 or label.texture_size[1] > label.height + 1)]


def foreign(window: Any) -> list[str]:
    """Names of fields, kinds or codes that nobody put into words."""
    found = ((label, LATIN.findall(KNOWN.sub(" ", label.text))) for label in _labels(window) if not _is_icon(label))
    return [f"no Chinese: {label.text!r}" for label, words in found if words]


def _labels(window: Any) -> Iterator[Label]:
    for top in window.children:
        for widget in top.walk():
            if isinstance(widget, Label) and widget.text.strip() and widget.width > 1 and widget.opacity:
                yield widget


def _is_icon(label: Label) -> bool:
    return type(label).__name__ == "Icon"
