"""Use cases that are verbs of the county's command line and no act on one case or record: as the console is handed them.

A `Use` says what it asks and does it; who makes them is `county_hub.commands.as_uses`, out of the very declarations of the
command line, so page and command can never disagree about what may be typed. `uses.toml` says on which page each verb is done.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from shared.disputes.forms.form import ActionForm
from shared.disputes.forms.sought import Sought
from shared.paths import DATA

TABLE = DATA / "uses.toml"


@dataclass(frozen=True, slots=True)
class UseRow:
    """A row of `uses.toml`; its head says what each is."""

    name: str
    words: str
    zone: str
    event: str
    labels: Mapping[str, str] = field(default_factory=dict)
    controls: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)
    hide: Sequence[str] = ()
    proof: bool = False
    admin: bool = False
    first: bool = False
    result: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What came of it: sentences, a table, a file."""

    lines: Sequence[str] = ()
    table: Sequence[Sequence[object]] = ()
    file: tuple[str, bytes] | None = None
    good: bool = True


@dataclass(frozen=True, slots=True)
class Use:
    """`form(sought)` asks, as things stand now, of long lists what was looked for; `files()` are the options that take a file;
    `run(answers, files, staff)` does it. Raises `HubProblem` in one Chinese sentence. `faults(answers, staff)`: field -> what is
    wrong with it, before it is done."""

    row: UseRow
    title: str
    form: Callable[[Mapping[str, Sought]], ActionForm]
    files: Callable[[], tuple[tuple[str, str], ...]]      # (option, its words)
    run: Callable[[Mapping[str, Any], Mapping[str, tuple[str, bytes]], str], Told]
    faults: Callable[[Mapping[str, Any], str], Mapping[str, str]]


@lru_cache(maxsize=1)
def table() -> tuple[Mapping[str, UseRow], Mapping[str, str], Mapping[str, str]]:
    """(rows by words, elsewhere: words -> page, machine: words -> why)."""
    raw = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    rows = (UseRow(name, **row) for name, row in raw["command"].items())
    return {row.words: row for row in rows}, raw["elsewhere"], raw["machine"]
