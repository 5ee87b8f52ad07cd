"""Lays the app's files for Android into deploy/android/staged: what buildozer packs has `main.py` at its root, and nothing else
of ours.

python deploy/android/stage.py [FOLDER] && cd deploy/android && buildozer android debug
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PACKAGES = ("village_node", "shared", "sync")
ENDINGS = {".py", ".toml", ".csv", ".png", ".ttf", ".otf", ".svg"}     # as `source.include_exts` of buildozer.spec


def stage(folder: Path) -> int:
    """What lay there is replaced; how many files were laid."""
    shutil.rmtree(folder, ignore_errors=True)
    found = {path: path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*")
             if path.suffix in ENDINGS and path.is_file()}
    found |= {HERE / name: Path(name) for name in ("main.py", "service.py")}
    found |= {ROOT / name: Path(name) for name in ("LICENSE", "NOTICE")}
    for path, place in found.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / place)
    return len(found)


if __name__ == "__main__":
    print(stage(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "staged"), "files")
