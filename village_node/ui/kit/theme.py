"""Colours and sizes of the app. High contrast on a light ground: tablets are read at arm's length in the sun."""

from __future__ import annotations

from kivy.metrics import dp, sp
from kivy.utils import get_color_from_hex as rgba

GROUND = rgba("#EEF1F5")
PAPER = rgba("#FFFFFF")
INK = rgba("#10202E")
SOFT_INK = rgba("#4A5B6B")
LINE = rgba("#B9C4CF")
PRIMARY = rgba("#0B5CAD")
PRIMARY_DOWN = rgba("#083F78")
PRIMARY_PALE = rgba("#DCEAF8")
ON_PRIMARY = rgba("#FFFFFF")
BAR = rgba("#0A2E52")
DEMO = rgba("#8A1C7C")
FIELD_ERROR = rgba("#B3261E")
SHADE = rgba("#10202E99")

# (ground, ink) per meaning; the words on a chip say the same, colour is never the only sign
TONES = {
    "plain": (rgba("#E1E7ED"), INK),
    "info": (PRIMARY_PALE, rgba("#083F78")),
    "good": (rgba("#CDEBD3"), rgba("#0B4A1E")),
    "warn": (rgba("#FFE08A"), rgba("#4A3500")),
    "alert": (rgba("#FFC9A3"), rgba("#6B2A00")),
    "bad": (rgba("#B3261E"), rgba("#FFFFFF")),
    "demo": (DEMO, rgba("#FFFFFF")),
}

TITLE = sp(26)
LARGE = sp(22)
TEXT = sp(19)
SMALL = sp(16)

TOUCH = dp(60)     # height of everything a finger must hit; 9 mm is the usual least
GAP = dp(12)
PAD = dp(16)
RADIUS = dp(10)
