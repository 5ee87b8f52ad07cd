"""The table of use cases by touch (`village_node/ui/use_cases.toml`): read, compared with the command line, written out as
docs/USE_CASES.md by `python -m tests.support.village_node.use_cases --write`."""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.disputes.acts.verbs import VERBS
from shared.disputes.kinds.registry import KINDS
from shared.disputes.records import aggregates
from shared.disputes.records.verbs import COMMANDS
from shared.disputes.records.verbs import VERBS as MATTER_VERBS
from village_node.__main__ import build_parser
from village_node.desk.appointments import STEPS

ROOT = Path(__file__).resolve().parents[3]
TABLE, DOC = ROOT / "village_node" / "ui" / "use_cases.toml", ROOT / "docs" / "USE_CASES.md"
HEAD = """# Use cases by touch

Every verb that a village or a township has on the command line, and how a finger does the same in the app. Made from
`village_node/ui/use_cases.toml` by `python -m tests.support.village_node.use_cases --write`;
`tests/village_node/ui/test_use_cases.py` holds the table to the command line. `test_every_row.py` plays a row in a real window
from the home to the saved event: a seeded sample in each run, all of them with `--soak` or `ROWS=all`.

"""


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    screen: str = ""
    touches: tuple[str, ...] = ()
    event: str = ""
    test: str = ""
    only: str = ""


def rows() -> dict[str, Row]:
    with TABLE.open("rb") as file:
        return {name: Row(name, **{k: tuple(v) if isinstance(v, list) else v for k, v in row.items()})
                for name, row in tomllib.load(file).items()}


def wanted() -> set[str]:
    """Every leaf of the command line, with a row for each step of a record; without what only the county may write."""
    found = {" ".join(path) for path in _leaves(build_parser())} - {"record write"}
    found |= {f"record write {one['kind']}" for name in aggregates.NAMES for one in aggregates.kinds(name)}
    return {name for name in found if _here(kind_of(name))}


def kind_of(name: str) -> str:
    """The kind of event that a verb writes, "" for one that writes none."""
    group, _, rest = name.partition(" ")
    if group == "case":
        return VERBS.get(rest.replace("-", "_"), "")
    if group == "record":
        return rest.removeprefix("write ") if rest.startswith("write ") else ""
    if group == "appointment":
        return STEPS.get(rest, "")
    matter = next((aggregate for aggregate, word in COMMANDS.items() if word == group), "")
    return MATTER_VERBS.get(matter, {}).get(rest, "")


def _here(kind: str) -> bool:
    who = KINDS[kind].who if kind else {}
    return not kind or bool(who.get("village") or who.get("township"))


def _leaves(parser: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Verbs by their first word; `add_party` is `add-party` in other letters."""
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield path
    for group in groups:
        for name, below in group.choices.items():
            if "_" not in name:
                yield from _leaves(below, (*path, name))


def render() -> str:
    lines = [HEAD, "| verb | screen | touches | event | played by |\n|---|---|---|---|---|\n"]
    for row in rows().values():
        played = row.test.replace("tests/village_node/ui/", "") or "test_every_row.py"
        how = " > ".join(row.touches) if not row.only else f"at a terminal only: {row.only}"
        lines.append(f"| `{row.name}` | {row.screen} | {how} | {f'`{row.event}`' if row.event else ''} | "
                     f"{'' if row.only else f'`{played}`'} |\n")
    return "".join(lines)


if __name__ == "__main__":
    if "--write" in sys.argv:
        DOC.write_text(render(), encoding="utf-8")
    else:
        print(render())
