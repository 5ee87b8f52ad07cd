"""Words of help by screen, and what a device remembers of how it is shown. No Kivy.

    HOME/app.json    {"type": "normal" | "large" | "larger", "language": "" or a folder of the catalogue}    of the device
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from shared.ledger.formats import loose_json
from shared.ledger.texts import languages, names, t
from sync.private import FILE

TYPES = {"normal": 1.0, "large": 1.15, "larger": 1.3}       # times the size of every letter

EVERYWHERE = "help.any"
# Screens with words of their own: sections of the catalogue. A new screen gets its line here and its words there.
WORDS = (
    "help.people", "help.home", "help.cases", "help.case", "help.intake", "help.mine", "help.records", "help.record", "help.sync",
    "help.all", "help.tools", "help.duplicates", "help.directory", "help.calendar", "help.due", "help.tasks", "help.papers",
    "help.letters", "help.scan", "help.conflicts", "help.settings", "help.township",
    "help.households", "help.board", "help.town figures",
)


@dataclass(frozen=True, slots=True)
class Shown:
    type: str = "normal"
    language: str = ""

    @property
    def scale(self) -> float:
        return TYPES[self.type]


def read(file: Path) -> Shown:
    """What was chosen; the usual where nothing was, or where the file is damaged."""
    try:
        value = loose_json.read(file)
    except (OSError, ValueError):
        return Shown()
    if not isinstance(value, dict):
        return Shown()
    type, language = str(value.get("type")), str(value.get("language"))
    return Shown(type if type in TYPES else "normal", language if language in languages() else "")


def write(file: Path, shown: Shown) -> None:
    """Raises OSError."""
    beside = file.with_name(file.name + ".new")
    beside.write_text(json.dumps(asdict(shown)), "utf-8")
    beside.chmod(FILE)
    beside.replace(file)


@dataclass(frozen=True, slots=True)
class HelpPage:
    title: str
    lines: tuple[str, ...]


def of_screen(screen: str, place: str, phone: str = "") -> HelpPage:
    """`place`: what the top bar says. What holds everywhere is said below the screen's own lines."""
    own = names(section) if (section := f"help.{screen}") in WORDS else {}
    told = t("help.phone", phone=phone) if phone else t("help.no_phone")
    return HelpPage(t("help.title", place=place), (*own.values(), *names(EVERYWHERE).values(), told))
