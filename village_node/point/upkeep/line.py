"""Which line this device is on, as far as the system tells: what costs nothing to use, and what may.

    wifi, cable    photographs may go
    mobile         they wait, where the person at the desk wants that
    none           no way out
    unknown        the system does not tell; nothing is held back for it
Must not know: replicas, rounds.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

Line = Literal["wifi", "cable", "mobile", "none", "unknown"]
FREE = frozenset({"wifi", "cable", "unknown"})
_ROUTES, _DEVICES = Path("/proc/net/route"), Path("/sys/class/net")
_MOBILE = ("wwan", "ppp", "rmnet", "usb", "ccmni")      # how Linux names the device of a telephone card or a tethered telephone
_UP = 0x1


def kind(routes: Path = _ROUTES, devices: Path = _DEVICES) -> Line:
    """The line of the default route. On Android the system's own word on whether it costs."""
    if "ANDROID_ARGUMENT" in os.environ:
        return _android()
    try:
        lines = routes.read_text(encoding="ascii", errors="replace").splitlines()[1:]
    except OSError:
        return "unknown"
    ways = [row for row in map(str.split, lines) if len(row) > 3 and row[1] == "00000000" and int(row[3], 16) & _UP]
    if not ways:
        return "none"
    name = min(ways, key=lambda row: int(row[6]) if len(row) > 6 else 0)[0]
    if (devices / name / "wireless").exists() or (devices / name / "phy80211").exists():
        return "wifi"
    return "mobile" if name.startswith(_MOBILE) else "cable"


def _android() -> Line:
    try:
        from jnius import autoclass  # type: ignore[import-not-found, unused-ignore]

        context = autoclass("org.kivy.android.PythonActivity").mActivity
        manager = context.getSystemService("connectivity")
        if manager.getActiveNetwork() is None:
            return "none"
        return "mobile" if manager.isActiveNetworkMetered() else "wifi"
    except Exception:           # a telephone that says nothing holds nothing back
        return "unknown"
