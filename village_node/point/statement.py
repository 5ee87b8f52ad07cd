"""What this device states before it exchanges records: the end of its chain, the directory that it holds, and what waits here.

Written in one transaction with the chain (`Author.declare`), so that nothing written later cites an older place. A statement that
the hub did not take ends the round: records stay here, and are sent behind the next one.
"""

from __future__ import annotations

import shutil
from typing import Any

from shared.ledger.formats.documents import Doc
from shared.ledger.formats.hlc import hlc_ms
from shared.ledger.published.statements import Statement, Waiting, build_statement
from shared.version import APP
from village_node.point import delivery
from village_node.point.node import Node

_LONGEST = 500      # characters of an error; a statement is small


def statement_of(node: Node) -> Doc:
    """The next statement, signed. Raises `ChainClosed` when the chain of this device is not here."""
    waiting = waiting_of(node)
    said = node.author.declare()
    return build_statement(
        Statement(said.device, said.n, said.seq, said.hash, said.directory, waiting, report_of(node)), node.device_key
    )


def waiting_of(node: Node) -> Waiting:
    """What is not known to be at the county."""
    book = delivery.book(node)
    waits = book.event_summary().saved > 0
    unsent = [event for event in book.own if book.of(event).state == "saved"] if waits else []
    oldest = min((hlc_ms(event.id.split(":")[2]) for event in unsent), default=None)
    return Waiting(len(unsent), book.file_summary().saved, len(book.bodies_here), oldest)


def report_of(node: Node) -> dict[str, Any]:
    """What a county's operator wants to know of a device from afar. Figures only, no names."""
    state = node.home.state()
    rounds = str(state.get("rounds") or "")
    return {
        "rounds": len(rounds), "rounds_cut": rounds.count("x"),
        "app": APP, "clock_offset_ms": int(state.get("clock_offset_ms") or 0),
        "free_bytes": shutil.disk_usage(node.home.root).free, "last_error": str(state.get("last_error") or "")[:_LONGEST],
    }
