"""A paper leaves the app: to the printer of this machine, else as a file where its person finds it. No Kivy here.

Printing goes through a pipe, so no copy stays on the disk; a saved one is what somebody asked for and lies outside HOME.
`SHUOSHI_PAPERS` names the folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from shared.ledger.entry import cut_name
from shared.ledger.texts import t
from village_node.papers.printing import save

PATIENCE_S = 20         # of a print queue that does not answer


def print_or_save(pdf: bytes, name: str) -> str:
    """The sentence that says where it went. Raises UsageError when the file cannot be written."""
    if _printed(pdf, name):
        return t("intake.receipt.printed")
    folder = papers_folder()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / cut_name("".join("_" if c in '\\/:*?"<>|' else c for c in name) + ".pdf")
    save(path, pdf)
    return t("intake.receipt.saved", path=path)


def papers_folder() -> Path:
    """`SHUOSHI_PAPERS`, else the documents of the person at the machine."""
    named = os.environ.get("SHUOSHI_PAPERS", "").strip()
    return Path(named) if named else Path.home() / "Documents"


def _printed(pdf: bytes, name: str) -> bool:
    """By CUPS, where it has a printer."""
    if shutil.which("lp") is None or shutil.which("lpstat") is None:
        return False
    try:
        known = subprocess.run(["lpstat", "-e"], capture_output=True, timeout=PATIENCE_S, check=False).stdout.strip()
        if not known:
            return False
        subprocess.run(["lp", "-t", name], input=pdf, capture_output=True, timeout=PATIENCE_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return False
    return True
