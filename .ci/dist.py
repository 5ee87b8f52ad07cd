"""`make dist`: wheel, sdist and release notes of this version, the same bytes from the same commit.

Times in the archives are SOURCE_DATE_EPOCH, which is the commit's own time where nobody sets it. The notes are the version's
section of CHANGELOG.md and the SHA-256 of both files; a version without a section is no release.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSION = re.findall(r'^VERSION = "(.+)"$', (ROOT / "shared" / "version.py").read_text("utf-8"), re.MULTILINE)[0]


def epoch() -> str:
    """Seconds since 1970: of the environment, else of the newest commit; outside a work tree that of ZIP's first day, 1980."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return given
    commit = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=False)
    return commit.stdout.strip() or "315532800"


def notes(changelog: str) -> str:
    """The section of this version, without its heading. Exits when there is none."""
    found = re.search(rf"^## {re.escape(VERSION)}\b[^\n]*\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    if found is None or not found.group(1).strip():
        sys.exit(f"CHANGELOG.md has no section for {VERSION}: write one, or mend shared/version.py")
    return found.group(1).strip()


def build(target: Path) -> list[Path]:
    """[wheel, sdist] in `target`, which is made."""
    target.mkdir(parents=True, exist_ok=True)
    for kind in ("wheel", "sdist"):
        command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(target.resolve())]
        subprocess.run(command, cwd=ROOT, check=True,
                       stdout=subprocess.DEVNULL, env={**os.environ, "SOURCE_DATE_EPOCH": epoch()})
    return [next(target.glob(f"shuoshi-{VERSION}-*.whl")), next(target.glob(f"shuoshi-{VERSION}.tar.gz"))]


def main(target: Path) -> None:
    text = notes((ROOT / "CHANGELOG.md").read_text("utf-8"))
    made = build(target)
    sums = "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in made)
    (target / "SHA256SUMS").write_text(sums, "utf-8")
    told = target / f"release-notes-{VERSION}.md"
    told.write_text(f"# shuoshi {VERSION}\n\n{text}\n\n## Files\n\n```\n{sums}```\n", "utf-8")
    for file in (*made, told):
        print(file)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist")
