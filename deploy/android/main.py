"""The app on Android: its HOME lies in the folder that Android gives this app alone, outside every backup."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def private_folder() -> Path:
    """`ANDROID_PRIVATE` is set by python-for-android; elsewhere (a trial on a computer) the usual place."""
    from village_node.point.home import default_home

    private = os.environ.get("ANDROID_PRIVATE", "")
    return Path(private) / "home" if private else default_home()


def main() -> int:
    from shared.ledger import texts
    from village_node.ui.run import run

    texts.tolerate_missing()
    return run(private_folder())


if __name__ == "__main__":
    sys.exit(main())
