"""A file of what a device still had (`village_node.point.leaving.file`), brought to the hub by hand: into `drop`, where it is
judged as if the device had left it there itself.

Nothing of the file is believed: each document passes the validators of `drop`, its signature is judged by the directory, and
pieces of files count only where an accepted record names them. A line that is no document is named, and the others go on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from county_hub.hub.ingress import DROP
from county_hub.hub.problems import UsageProblem
from shared.ledger.formats import loose_json
from shared.ledger.os_words import os_reason
from shared.ledger.texts import t
from sync.databases.folder import Databases
from sync.replica import LocalReplica

KIND, FORMAT = "remains", 1
LINE_BYTES = 4 << 20        # the largest document that a device writes lies far below
BATCH = 100
NAMED = 20                  # faults that are told one by one


@dataclass(slots=True)
class Taken:
    device: str
    records: int = 0
    others: int = 0
    refused: int = 0
    why: list[str] = field(default_factory=list)

    def no(self, what: str) -> None:
        self.refused += 1
        if len(self.why) < NAMED:
            self.why.append(what)


def take(path: Path, databases: Databases) -> Taken:
    """Raises `UsageProblem` when this is no such file, or cannot be read."""
    try:
        with path.open("rb") as lines:
            head = _line(lines.readline(LINE_BYTES + 1))
            if not isinstance(head, dict) or (head.get("kind"), head.get("format")) != (KIND, FORMAT):
                raise UsageProblem(t("hub.take.no_file", file=path))
            made = Taken(str(head.get("device", ""))[:80])
            with databases.lease(DROP) as replica:
                for batch in _batches(lines, made):
                    _store(replica, batch, made)
            return made
    except OSError as error:
        raise UsageProblem(t("hub.take.unreadable", file=path, reason=os_reason(error))) from error


def _batches(lines: Any, made: Taken) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    number = 1
    while raw := lines.readline(LINE_BYTES + 1):
        number += 1
        doc = _line(raw)
        if not isinstance(doc, dict) or not isinstance(doc.get("_id"), str) or not isinstance(doc.get("_rev"), str):
            made.no(t("hub.take.bad_line", line=number))
            continue
        batch.append(doc)
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _line(raw: bytes) -> Any:
    if len(raw) > LINE_BYTES:
        return None
    try:
        return loose_json.parsed(raw)
    except ValueError:
        return None


def _store(replica: LocalReplica, batch: list[dict[str, Any]], made: Taken) -> None:
    failed = {result.id: result.reason or result.error or "" for result in replica.bulk_docs(batch, new_edits=False)}
    for doc in batch:
        if doc["_id"] in failed:
            made.no(f"{doc['_id'][:60]}: {failed[doc['_id']]}")
        elif ":" in doc["_id"] and doc["_id"].split(":")[0] in ("chunk", "sealed"):
            made.others += 1
        else:
            made.records += 1
