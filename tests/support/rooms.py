"""The map of the code, made from the code: a table a folder, a row a module with the first sentence of its docstring.

    python -m tests.support.rooms            prints docs/ROOMS.md as it should be
    python -m tests.support.rooms --write    writes it
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAP = ROOT / "docs" / "ROOMS.md"
PACKAGES = ("sync", "shared", "village_node", "county_hub")
HEAD = """# Rooms

Every module with the first sentence of its head, folder by folder. Made by `python -m tests.support.rooms --write`; a test holds
it to the code, so do not write here by hand. How the rooms fit together stands in [ARCHITECTURE](ARCHITECTURE.md), where to
change what in [CHANGE](CHANGE.md).
"""


def first_sentence(path: Path) -> str:
    """Up to the first full stop, colon or blank line; without table bars and line breaks."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    paragraph = " ".join(text.split("\n\n")[0].split())
    match = re.match(r".*?[.](?=\s|$)", paragraph)
    return (match[0] if match else paragraph).replace("|", "\\|")


def folders(package: str) -> list[Path]:
    return sorted({path.parent for path in (ROOT / package).rglob("*.py")})


def rows(folder: Path) -> list[tuple[str, str]]:
    modules = sorted(path for path in folder.glob("*.py") if path.name != "__init__.py")
    return [(path.stem, first_sentence(path)) for path in modules]


def render() -> str:
    parts = [HEAD]
    for package in PACKAGES:
        parts.append(f"## {package}\n")
        for folder in folders(package):
            table = rows(folder)
            if not table:
                continue
            name = folder.relative_to(ROOT).as_posix()
            about = first_sentence(folder / "__init__.py") if (folder / "__init__.py").exists() else ""
            parts.append(f"### {name} ({len(table)})\n" + (f"\n{about}\n" if about else ""))
            parts.append("| module | holds |\n|---|---|\n" + "".join(f"| `{stem}` | {text} |\n" for stem, text in table))
    return "\n".join(parts)


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        MAP.write_text(render(), encoding="utf-8")
    else:
        print(render())
