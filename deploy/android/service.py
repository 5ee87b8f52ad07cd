"""Rounds while the app is not on the screen, as a foreground service of type dataSync; Android ends it after six hours a day.

A service is a process of its own and has no key: it can work where HOME opens by itself. Once somebody has a PIN, rounds run in
the app's process alone (docs/PACKAGING.md).
"""

from __future__ import annotations

import sys
import time

ROUND_S = 120


def main() -> int:
    from main import private_folder

    from village_node import composition
    from village_node.point.errors import Locked, NodeError
    from village_node.point.sync_round import run_round

    while True:
        try:
            with composition.open_node(private_folder()) as node:
                run_round(node)
        except Locked:
            return 0
        except NodeError:
            pass            # no line, or the app has the round: the next one tries again
        time.sleep(ROUND_S)


if __name__ == "__main__":
    sys.exit(main())
