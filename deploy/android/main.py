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


def give_camera_and_files() -> None:
    """What goes wrong leaves the app with files from the folder of pictures, and stands in Android's log (logcat)."""
    try:
        from village_node.ui.devices import java

        java.install()
    except Exception as wrong:          # a bridge to the platform raises what its library raises
        print("camera, microphone and files of Android are not there:", type(wrong).__name__, wrong)


def main() -> int:
    from shared.ledger import texts
    from village_node.ui.run import run

    texts.tolerate_missing()
    return run(private_folder(), devices=give_camera_and_files)


if __name__ == "__main__":
    sys.exit(main())
