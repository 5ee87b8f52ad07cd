"""拨打: the number goes to the telephone program of this device; where there is none, it is shown large.

A telephone takes an intent (the person presses the green button there). On a computer the desktop is asked first whether a
program takes `tel:`, so that a tap never does nothing. The number goes nowhere else: not into the log.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import Any

from kivy.core.clipboard import Clipboard
from kivy.utils import platform

from shared.ledger.texts import t
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Text
from village_node.ui.kit.dialogs import Dialog
from village_node.ui.kit.notice import notify

PATIENCE_S = 5          # for the desktop to say which program takes `tel:`
_NOT_DIALLED = re.compile(r"[^0-9+*#]")


def call(desk_app: Any, name: str, phone: str) -> None:
    """Hands it over, or shows it; either says so."""
    def done(taken: bool) -> None:
        if taken:
            notify(t("calling.handed_over"), "good")
        else:
            NumberDialog(name, phone).open()

    desk_app.ask("call", lambda: hand_over(phone), done)


def hand_over(phone: str) -> bool:
    """Did a program of this device take the number? Waits for the desktop; never raises."""
    uri = f"tel:{_NOT_DIALLED.sub('', phone)}"
    try:
        if platform == "android":
            return _by_intent(uri)
        if sys.platform == "win32":
            return _by_windows(uri)
        return _by_desktop(uri)
    except Exception:       # a bridge to the platform raises what its library raises; then a person dials
        return False


def _by_intent(uri: str) -> bool:
    from jnius import autoclass  # there only on Android

    intent, parsed = autoclass("android.content.Intent"), autoclass("android.net.Uri")
    autoclass("org.kivy.android.PythonActivity").mActivity.startActivity(intent(intent.ACTION_DIAL, parsed.parse(uri)))
    return True


def _by_windows(uri: str) -> bool:
    import winreg

    with winreg.OpenKey(winreg.HKEY_CLASSES_ROOT, "tel"):       # raises where no program takes it
        os.startfile(uri)
    return True


def _by_desktop(uri: str) -> bool:
    ask, hand = shutil.which("xdg-mime"), shutil.which("xdg-open")
    if ask is None or hand is None:
        return False
    known = subprocess.run([ask, "query", "default", "x-scheme-handler/tel"], capture_output=True, text=True, timeout=PATIENCE_S,
                           stdin=subprocess.DEVNULL, check=False)
    if not known.stdout.strip():
        return False
    return subprocess.run([hand, uri], timeout=PATIENCE_S, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL, check=False).returncode == 0


class NumberDialog(Dialog):
    """Whose it is, the number in large figures, how to use it, and a button that copies it."""

    def __init__(self, name: str, phone: str, **kwargs: object) -> None:
        super().__init__(title=t("calling.title"), **kwargs)
        self._phone = phone
        self.add_content(Text(text=name, font_size=theme.LARGE), Text(text=grouped(phone), font_size=theme.NUMBER),
                         Text(text=t("calling.by_hand"), color=theme.SOFT_INK))
        self.copy_button = self.add_button(t("calling.copy"), self._copy)
        self.add_button(t("app.back"), self.dismiss, primary=True)

    def _copy(self) -> None:
        Clipboard.copy(self._phone)
        self.copy_button.text = t("calling.copied")


def grouped(phone: str) -> str:
    """138 0000 0000, as it is read out; other numbers as they are written."""
    return f"{phone[:3]} {phone[3:7]} {phone[7:]}" if re.fullmatch(r"1\d{10}", phone) else phone
