"""Numbers that a device has given twice: two copies of one HOME write under one name (docs/decisions/0024).

Seen in what devices sent (`book`), and in a statement whose number is another event here. Shown on the device (its receipt
says so), the console, by `doctor`, `verify` and `device list`; nothing is refused for it, for which copy is the right one only
a person can know. The remedy is a fresh identity for both (`village-node enrol HOME --renew`), and the old one retired.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

from county_hub.hub.chains.book import ChainBook, Forked
from county_hub.hub.chains.statements import Statements


def forks(book: Path, statements: Statements, key: bytes | None = None) -> list[Forked]:
    """Of all devices, by device and number; `book` is the file of the chain book, `key` what it is encrypted under."""
    with contextlib.closing(ChainBook(book, statements.stated, key)) as chains:
        found = {(fork.device, fork.seq): fork for fork in chains.forks()}
        for device, kept in statements.newest().items():
            said = kept.said
            here = chains.hashes_at(device, said.seq)
            if said.hash is not None and here and said.hash not in here:
                found[device, said.seq] = Forked(device, said.seq, tuple(sorted({*here, said.hash})))
    return [found[place] for place in sorted(found)]


def forked_numbers(book: Path, statements: Statements, device: str, numbers: Iterable[int],
                   key: bytes | None = None) -> list[int]:
    """Those of these numbers that the device sent more than one event for."""
    with contextlib.closing(ChainBook(book, statements.stated, key)) as chains:
        return chains.forks_at(device, numbers)
