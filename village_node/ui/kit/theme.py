"""Colours and sizes of the app. High contrast on a light ground: tablets are read at arm's length in the sun."""

from __future__ import annotations

from kivy.metrics import dp, sp  # `sp` also for the few sizes that one screen alone has
from kivy.utils import get_color_from_hex as rgba

GROUND = rgba("#F2F5F8")
PAPER = rgba("#FFFFFF")
INK = rgba("#15202B")
SOFT_INK = rgba("#4A5663")
LINE = rgba("#D3DAE2")
FIELD_LINE = rgba("#7B8794")
PRIMARY = rgba("#0B5CAD")
PRIMARY_DOWN = rgba("#084786")
PRIMARY_PALE = rgba("#E6F0FA")
ON_PRIMARY = rgba("#FFFFFF")
BAR = rgba("#0D2F55")
DEMO = rgba("#7A1C8C")
FIELD_ERROR = rgba("#B01E1A")
SHADE = rgba("#15202B99")

# (ground, ink) per meaning; the words on a chip say the same, colour is never the only sign
TONES = {
    "plain": (rgba("#E8ECF1"), rgba("#46525F")),
    "info": (PRIMARY_PALE, rgba("#0A4A8C")),
    "good": (rgba("#E1F3E7"), rgba("#17663A")),
    "warn": (rgba("#FFF0CF"), rgba("#854600")),
    "yellow": (rgba("#FFF0B8"), rgba("#5A4300")),
    "alert": (rgba("#FDE5D3"), rgba("#8F3A00")),
    "bad": (rgba("#FCE8E6"), rgba("#B01E1A")),
    "demo": (DEMO, rgba("#FFFFFF")),
}

NUMBER = sp(36)
GREETING = sp(26)
TITLE = sp(23)
LARGE = sp(20)
TEXT = sp(18)
SMALL = sp(16)

TOUCH = dp(60)     # height of everything a finger must hit; 9 mm is the usual least
GAP = dp(12)
PAD = dp(16)
RADIUS = dp(12)
# How wide the edges of cards, buttons and fields are, in whole pixels, so that all four sides are alike.
RIM = max(1, round(dp(1.5)))
# Pieces of a small circle: the fewest that look on glass as Kivy's own 180 do.
ROUND = 48

LAPTOP = dp(1200)                   # from here on three panes, where there is a keyboard
PHONE, WIDE = dp(480), dp(840)      # below the one: two columns become one; from the other on: two panes

LEAST = dp(8)                       # no text is smaller


def fitting(room: float, letters: float, most: float) -> float:
    """The size, at most `most`, at which so many letters stand in a room. In whole pixels, and `most` where the room is not known
    yet: each size that was drawn once keeps a font of its own, about a megabyte."""
    if most * letters <= room:
        return most
    size = int(room / letters)
    return most if size < LEAST else float(size)
