"""The commands `replicate` and `sync` of `python -m sync`. (Signatures first; the bodies follow.)"""

from __future__ import annotations

import argparse
from typing import Any


def register(subparsers: Any) -> None:
    """Add the parsers; each sets `func(args: argparse.Namespace) -> int` (the exit code: 0, 1 failure, 2 usage)."""
    for name in ("replicate", "sync"):
        parser: argparse.ArgumentParser = subparsers.add_parser(name)
        parser.set_defaults(func=lambda args: 1)
