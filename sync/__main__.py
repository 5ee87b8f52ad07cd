"""`python -m sync COMMAND`. Lives here: which module has which command, and how failures are shown.

A command's module is imported only when the command is used, so a missing optional package (the web server,
the HTTP client) stops that command alone, and a single `put` starts fast.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

from sync.errors import SyncError

# command -> module with `register(subparsers)`
COMMANDS = {
    "serve": "sync.commands.serve",
    "replicate": "sync.commands.replicate",
    "sync": "sync.commands.replicate",
    "put": "sync.commands.documents",
    "bulk": "sync.commands.documents",
    "get": "sync.commands.documents",
    "info": "sync.commands.upkeep",
    "changes": "sync.commands.upkeep",
    "conflicts": "sync.commands.upkeep",
    "compact": "sync.commands.upkeep",
    "verify": "sync.commands.upkeep",
    "evict": "sync.commands.upkeep",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code: 0 good, 1 failure, 2 wrong usage. Never a traceback for what a user or a peer did."""
    words = list(sys.argv[1:] if argv is None else argv)
    command = words[0] if words and words[0] in COMMANDS else None
    arguments = _parser(command).parse_args(words)
    from sync.commands.common import UsageError

    try:
        code: int = arguments.func(arguments)
        sys.stdout.flush()
    except UsageError as fault:
        return _tell(arguments.command, str(fault), 2)
    except SyncError as fault:
        return _tell(arguments.command, fault.reason, 1)
    except OSError as fault:
        return _broken(arguments.command, fault)
    except KeyboardInterrupt:
        return 130  # 128 + SIGINT, as shells count
    return code


def _parser(command: str | None) -> argparse.ArgumentParser:
    """The whole parser, or the part that one command needs."""
    parser = argparse.ArgumentParser(prog="python -m sync", description="A CouchDB replica in one file.")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    wanted = COMMANDS.items() if command is None else [(command, COMMANDS[command])]
    for module in dict.fromkeys(name for _, name in wanted):
        try:
            importlib.import_module(module).register(subparsers)
        except ImportError as fault:
            for name in (name for name, place in COMMANDS.items() if place == module):
                _register_missing(subparsers, name, fault)
    return parser


def _register_missing(subparsers: Any, name: str, fault: ImportError) -> None:
    reason = f"needs the package {fault.name}, which is not installed; install shuoshi[hub]"
    parser = subparsers.add_parser(name, help=f"({reason})", add_help=False)
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    parser.set_defaults(func=lambda arguments: _tell(name, reason, 1))


def _tell(command: str, text: str, code: int) -> int:
    print(f"sync {command}: {' '.join(text.split())}", file=sys.stderr)
    return code


def _broken(command: str, fault: OSError) -> int:
    if isinstance(fault, BrokenPipeError):
        # The reader of our output has gone; keep the interpreter from complaining about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return _tell(command, f"{fault.filename or 'input or output'}: {fault.strerror or fault}", 1)


if __name__ == "__main__":
    sys.exit(main())
