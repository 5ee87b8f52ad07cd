"""What a device still has, as a file: for a hub that it reaches no more, or that takes it no more.

    {"kind": "remains", "format": 1, "device", "office", "records", "bodies", "chunks"}     one line
    a document a line: records, then sealed bodies (ciphertext), then pieces of files

`county-hub device take HOME FILE` brings it to the hub, where it is judged as if it had come over the line. Nothing is taken off
the device. The file has people's records in it: mode 600.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from shared.ledger.os_words import os_reason
from shared.ledger.texts import t
from shared.whole_file import write_whole
from village_node.point.errors import StorageTrouble
from village_node.point.leaving.remains import documents, remains
from village_node.point.node import Node

KIND, FORMAT = "remains", 1


@dataclass(frozen=True, slots=True)
class Written:
    path: str
    records: int
    bodies: int
    chunks: int
    refused: int


def write(node: Node, path: Path) -> Written:
    """Everything that the county has not signed for, what it refused included. Raises StorageTrouble."""
    found = remains(node)
    head = {"kind": KIND, "format": FORMAT, "device": node.config.device, "office": node.config.office,
            "records": len(found.records), "bodies": len(found.bodies), "chunks": len(found.chunks)}
    lines = chain((head,), documents(node, found))
    try:
        write_whole(path, (json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines))
    except OSError as error:
        raise StorageTrouble(t("node.leaving.unwritable", file=path, reason=os_reason(error))) from error
    return Written(str(path), len(found.records), len(found.bodies), len(found.chunks), len(found.refused))
