"""What the commands of `python -m sync` share: opening a replica with its key, JSON output, failures in one
sentence.

A command is a function `(arguments) -> exit code`; what is wrong with the command line is a `UsageError`
(exit code 2), what fails while it runs is a `SyncError` (exit code 1). `__main__` prints both.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import msgspec

from sync.replica import LocalReplica
from sync.storage import KEY_BYTES

KEY_VARIABLE = "SYNC_KEY"


class UsageError(Exception):
    """The command line cannot be followed; the text says why and what to do."""


def add_key_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--key-file", metavar="F", type=Path,
        help=f"file with the key of an encrypted replica: {KEY_BYTES} bytes, or as many in hex "
        f"(else from the environment: {KEY_VARIABLE}, in hex)",
    )


def load_key(arguments: argparse.Namespace) -> bytes | None:
    """The key named by `--key-file` or by the environment; None when there is none. Raises UsageError."""
    if arguments.key_file is not None:
        try:
            raw: bytes = arguments.key_file.read_bytes()
        except OSError as fault:
            raise UsageError(f"--key-file {arguments.key_file}: cannot be read: {fault.strerror}") from None
        return raw if len(raw) == KEY_BYTES else _from_hex(raw.strip(), f"--key-file {arguments.key_file}")
    text = os.environ.get(KEY_VARIABLE)
    return _from_hex(text.strip().encode(), KEY_VARIABLE) if text else None


def _from_hex(text: bytes, source: str) -> bytes:
    try:
        key = bytes.fromhex(text.decode("ascii"))
    except (ValueError, UnicodeDecodeError):
        key = b""
    if len(key) != KEY_BYTES:
        raise UsageError(f"{source}: a key has {KEY_BYTES} bytes, or {KEY_BYTES * 2} hex digits")
    return key


def open_replica(arguments: argparse.Namespace, *, create: bool = False) -> LocalReplica:
    """The replica named FILE. Raises UsageError, SyncError."""
    return LocalReplica.open(arguments.file, create=create, key=load_key(arguments))


def print_json(value: Any) -> None:
    """One value on one line, as UTF-8 whatever the terminal says."""
    sys.stdout.buffer.write(msgspec.json.encode(value) + b"\n")


def add_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="the replica")
    add_key_option(parser)
