"""Where a paper goes from the screen: the system's printer, or a file that the person asked for.

Printing hands the bytes over a pipe, so that nothing unencrypted stays on the device; a kept file is the person's own wish, and
the sentence that tells where it lies says that it is not encrypted. Knows no Kivy.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from shared.ledger.texts import t
from village_node.papers.printing import save
from village_node.point.errors import NodeError

_PRINTING_S = 30.0          # a spooler that takes longer than this is not there
_UNSAFE = re.compile(r'[\\/:*?"<>|\s]+')


def send_to_printer(pdf: bytes, name: str) -> None:
    """Raises NodeError where there is no printer."""
    if sys.platform == "win32":
        os.startfile(str(keep(pdf, name)), "print")     # Windows prints files, not bytes
        return
    spooler = shutil.which("lp") or shutil.which("lpr")
    if spooler is None:
        raise NodeError(t("papers.no_printer"))
    try:
        done = subprocess.run([spooler], input=pdf, capture_output=True, timeout=_PRINTING_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NodeError(t("papers.no_printer")) from error
    if done.returncode:
        raise NodeError(t("papers.no_printer"))


def keep(data: bytes, name: str, ending: str = "pdf") -> Path:
    """A file among the person's documents; an earlier one of that name is replaced. Raises UsageError."""
    folder = folder_of_documents()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{_UNSAFE.sub('-', name).strip('-') or 'paper'}.{ending}"
    save(path, data)
    return path


def folder_of_documents() -> Path:
    """`SHUOSHI_PAPERS`, else the person's documents."""
    named = os.environ.get("SHUOSHI_PAPERS", "").strip()
    if named:
        return Path(named)
    home = Path.home()
    return next((home / name for name in ("Documents", "文档") if (home / name).is_dir()), home)
