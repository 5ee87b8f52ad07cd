"""`village-node petition VERB HOME [ID]`, `village-node legal-aid VERB HOME [ID]`, also offline (`shared.commands.matters`)."""

from __future__ import annotations

from typing import Any

from shared.commands import matters
from village_node.commands.program import KIT
from village_node.desk.desk import Desk


def add_commands(commands: Any) -> None:
    matters.add(KIT, commands, _letter, _save)


def _letter(desk: Desk, aggregate: str, record: str, code: str, staff: str) -> bytes:
    from village_node.papers.matter_letters import letter  # loads what draws pages: not for --help

    return letter(desk, aggregate, record, code, staff)


def _save(path: str, pdf: bytes) -> None:
    from village_node.papers.printing import save

    save(path, pdf)
