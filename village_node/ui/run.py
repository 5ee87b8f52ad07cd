"""Opens the app's window on a HOME, and ends with it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from shared.ledger import texts
from village_node.point.errors import AppBusy, NodeError
from village_node.point.home import Home
from village_node.point.safe.means import Given
from village_node.ui.devices import desktop
from village_node.view_models import help as helping


def run(home: str | Path, *, key_file: Given = None, demo: bool = False, devices: Callable[[], None] = desktop.install) -> int:
    """Until the window is closed; `devices` gives the app what this platform has of cameras and microphones. A second app on the
    same HOME says so and writes nothing; what keeps HOME from opening is said in the window too. Returns the exit code."""
    devices()
    shown = helping.read(Home(home).app_file)
    texts.use(shown.language)
    if shown.scale != 1:
        os.environ.setdefault("KIVY_METRICS_FONTSCALE", str(shown.scale))       # read when Kivy is imported
    from village_node.ui.app import ToldApp
    from village_node.ui.gate.gate_app import GateApp
    from village_node.ui.start import only_one

    gate = GateApp(home, given=key_file, demo=demo)
    try:
        if gate.place.enrolled and not demo:
            with only_one(home):
                pass
        gate.run()
    except AppBusy as busy:
        ToldApp(busy.sentence).run()
        return busy.exit_code
    except NodeError as error:
        ToldApp(error.sentence).run()
        return error.exit_code
    return 0
