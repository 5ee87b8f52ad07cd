"""`village-node`: the commands of a service point. See `village-node --help`, and DESIGN.md 9 for the contract.

Exit codes: 0 done, 1 it could not be done, 2 the command or its input was wrong. Answers go to stdout (JSON where asked),
one Chinese sentence to stderr when something is wrong; a fault of the program is one line and a log file, never a traceback.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from shared.commands import words
from shared.commands.output import every
from shared.commands.usage import Telling, speak_chinese
from shared.json_log import SizedLog
from shared.ledger import texts
from shared.ledger.formats.hidden import Terminal
from shared.ledger.texts import t
from shared.version import VERSION
from sync.errors import SyncError
from village_node.commands.program import KIT
from village_node.point.errors import InvalidDraft, NodeError, words_for

LOG = "village-node.log"
# word -> what adds it, in the order of --help
COMMANDS = {
    "enrol": "village_node.commands.home:add_commands",
    "sync": "village_node.commands.home:add_commands",
    "verify": "village_node.commands.home:add_commands",
    "status": "village_node.commands.home:add_commands",
    "staff": "village_node.commands.home:add_commands",
    "alarms": "village_node.commands.home:add_commands",
    "app": "village_node.commands.home:add_commands",
    "case": "village_node.commands.case:add_commands",
    "package": "village_node.commands.package:add_commands",
    "update": "village_node.commands.update:add_commands",
    "fleet": "village_node.commands.fleet:add_commands",
    "record": "shared.commands.records:add",
    "roster": "village_node.commands.roster:add_commands",
    "helpers": "village_node.commands.roster:add_commands",
    "grids": "village_node.commands.roster:add_commands",
    "petition": "village_node.commands.matters:add_commands",
    "legal-aid": "village_node.commands.matters:add_commands",
    "duplicates": "shared.commands.duplicates:add",
    "appointment": "village_node.commands.appointments:add_commands",
    "tasks": "village_node.commands.office:add_commands",
    "report": "village_node.commands.office:add_commands",
    "pin": "village_node.commands.keys:add_commands",
    "key": "village_node.commands.keys:add_commands",
    "sealing": "village_node.commands.sealing:add_commands",
    "leave": "village_node.commands.leaving:add_commands",
    "card": "village_node.commands.papers:add_card",
}


class _Parser(Telling):
    def refuse(self, message: str) -> NoReturn:
        print(t("node.cli.usage", message=message, prog=self.prog), file=sys.stderr)
        raise SystemExit(2)


def build_parser(typed: str = "") -> argparse.ArgumentParser:
    """All commands, or the one that was typed with those of its module."""
    speak_chinese()
    parser = _Parser(prog="village-node", description=t("node.cli.about"))
    parser.add_argument("--version", action="version", version=f"village-node {VERSION}", help=t("commands.version"))
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_Parser, metavar="COMMAND")
    words.register(KIT, commands, COMMANDS, typed)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Returns the exit code."""
    texts.tolerate_missing()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    argv = sys.argv[1:] if argv is None else argv
    args = build_parser(next(iter(argv), "")).parse_args(argv)
    out, err = contextlib.redirect_stdout(Terminal(sys.stdout)), contextlib.redirect_stderr(Terminal(sys.stderr))
    with out, err, _warnings_to_file(args):
        return _run(args)


def _run(args: argparse.Namespace) -> int:
    try:
        code = args.run(args)
        sys.stdout.flush()
        return int(code or 0)
    except NodeError as error:
        return _say(error)
    except BrokenPipeError:
        sys.stderr.close()                       # whoever read our answer went away
        return 1
    except (SyncError, OSError) as error:
        return _say(words_for(error))
    except KeyboardInterrupt:
        return 1
    except Exception:
        return _bug(args)


@contextlib.contextmanager
def _warnings_to_file(args: argparse.Namespace) -> Iterator[None]:
    """What the layers below log is for the administrator: into HOME's log, made when there is something; never to the screen."""
    folder = Path(getattr(args, "home", ".")) / "log"
    handler: logging.Handler = logging.NullHandler()
    if folder.is_dir():
        handler = SizedLog(folder / LOG)
    handler.setLevel(logging.WARNING)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()


def _say(error: NodeError) -> int:
    print(every(error.sentence, error.fields if isinstance(error, InvalidDraft) else {}), file=sys.stderr)
    return error.exit_code


def _bug(args: argparse.Namespace) -> int:
    path = Path(getattr(args, "home", ".")) / "log" / LOG
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        logger = logging.getLogger("village_node.fault")
        logger.addHandler(SizedLog(path))
        logger.propagate = False
        logger.exception("command %s failed", args.command)
    if not path.exists():           # the disk took no line
        path = Path("-")
    print(t("node.error.bug", path=path), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
