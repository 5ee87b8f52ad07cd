"""The command line of the hub: what words there are, and how failures become one sentence and an exit code.

Each module registers its commands on the kit (`program`) when its word is typed; the work is elsewhere.
Exit codes: 0 done, 1 failure, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import logging
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from county_hub.commands.program import KIT
from county_hub.hub.kept.home import HubHome
from county_hub.hub.problems import HubProblem
from county_hub.hub.sync_words import reason
from shared.commands import words
from shared.commands.output import every
from shared.commands.usage import Telling, speak_chinese
from shared.json_log import JsonLines
from shared.ledger.entry import of_file_system
from shared.ledger.errors import DomainError
from shared.ledger.formats.hidden import Terminal
from shared.ledger.os_words import os_reason
from shared.ledger.texts import t, tolerate_missing
from shared.version import VERSION
from sync.end_signals import end_signals
from sync.errors import DiskFull, StorageError, SyncError
from sync.storage import DRIVER_ERRORS

log = logging.getLogger("county_hub.commands")

# word -> what adds it, in the order of --help
COMMANDS = {
    "init": "county_hub.commands.running.setup:register",
    "enrol": "county_hub.commands.fleet.enrol:register",
    "device": "county_hub.commands.fleet.devices:register",
    "fleet": "county_hub.commands.fleet.devices:register",
    "release": "county_hub.commands.fleet.release:register",
    "staff": "county_hub.commands.staff.people:register",
    "account": "county_hub.commands.staff.accounts:register",
    "token": "county_hub.commands.systems.tokens:register",
    "webhook": "county_hub.commands.systems.hooks:register",
    "grids": "county_hub.commands.offices.grids:register",
    "office": "county_hub.commands.offices.grids:register",
    "helpers": "county_hub.commands.staff.helpers:register",
    "roster": "county_hub.commands.staff.roster:register",
    "rules": "county_hub.commands.offices.rules:register",
    "codes": "county_hub.commands.offices.rules:register",
    "serve": "county_hub.commands.running.serve:register",
    "case": "county_hub.commands.cases.case:register",
    "status": "county_hub.commands.cases.case:register",
    "tasks": "county_hub.commands.cases.tasks:register",
    "record": "shared.commands.records:add",
    "petition": "county_hub.commands.cases.matters:register",
    "legal-aid": "county_hub.commands.cases.matters:register",
    "alarms": "county_hub.commands.cases.matters:register",
    "appointment": "county_hub.commands.cases.appointments:register",
    "subsidy": "county_hub.commands.cases.subsidy:register",
    "demand": "county_hub.commands.cases.demands:register",
    "duplicates": "shared.commands.duplicates:add",
    "assessment": "county_hub.commands.staff.assessment:register",
    "demo-years": "county_hub.commands.cases.figures:register",
    "report": "county_hub.commands.cases.figures:register",
    "exchange": "county_hub.commands.cases.exchange:register",
    "rebuild": "county_hub.commands.running.care:register",
    "doctor": "county_hub.commands.running.care:register",
    "verify": "county_hub.commands.running.care:register",
    "upgrade": "county_hub.commands.running.care:register",
    "backup": "county_hub.commands.running.care:register",
    "restore": "county_hub.commands.running.care:register",
    "couchdb": "county_hub.commands.running.couchdb:register",
    "edge": "county_hub.commands.running.edges:register",
    "recovery": "county_hub.commands.running.recovery:register",
    "rescue": "county_hub.commands.running.rescue:register",
    "safe": "county_hub.commands.running.safe:register",
}


class _Parser(Telling):
    """argparse's own refusals in Chinese, with exit code 2."""

    def refuse(self, message: str) -> None:
        self.exit(2, t("hub.cli.usage", message=message, prog=self.prog) + "\n")


def parser(kind: type[argparse.ArgumentParser] = _Parser, typed: str = "") -> argparse.ArgumentParser:
    """All commands, or the one that was typed with those of its module."""
    speak_chinese()
    main = kind(prog="county-hub", description=t("hub.cli.about"))
    main.add_argument("--version", action="version", version=f"county-hub {VERSION}", help=t("commands.version"))
    main.set_defaults(parser=parser)      # for whoever needs other verbs: `serve`
    words.register(KIT, main.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=kind), COMMANDS, typed)
    return main


def main(argv: Sequence[str] | None = None) -> int:
    tolerate_missing()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")        # a name in other bytes must not become a traceback
    try:
        with contextlib.redirect_stdout(Terminal(sys.stdout)), contextlib.redirect_stderr(Terminal(sys.stderr)):
            return _run(argv)
    except BrokenPipeError:
        sys.stdout = None
        return 1


_SAID: tuple[type[BaseException], ...] = (HubProblem, KeyboardInterrupt, OSError, SyncError, DomainError, *DRIVER_ERRORS)


def _run(argv: Sequence[str] | None) -> int:
    with contextlib.ExitStack() as beside:
        try:
            argv = sys.argv[1:] if argv is None else argv
            typed = next(iter(argv), "")
            arguments = parser(typed=typed).parse_args(argv)
            if typed != "serve":            # which has a log and an end of its own
                beside.enter_context(_logged(arguments))
            with contextlib.nullcontext() if typed == "serve" else _told_to_end():
                code = arguments.run(arguments)
            sys.stdout.flush()
            return int(code)
        except BrokenPipeError:
            raise
        except _SAID as fault:
            return _fail(*_words_for(fault))


def _words_for(fault: BaseException) -> tuple[str, int]:
    """What is said of it, and the exit code."""
    if isinstance(fault, HubProblem):
        return every(fault.sentence, fault.fields), fault.exit_code
    if isinstance(fault, KeyboardInterrupt):
        return t("hub.cli.interrupted"), 1
    if isinstance(fault, DiskFull):
        return t("hub.cli.disk_full", reason=_file_of(fault)), 1
    if isinstance(fault, StorageError):
        return t("hub.cli.storage", reason=_file_of(fault)), 1
    if isinstance(fault, DRIVER_ERRORS):
        log.warning("a database refused a command: %s", fault)
        return t("hub.cli.storage_unnamed"), 1
    if isinstance(fault, OSError):
        if fault.errno == errno.ENOSPC:
            return t("hub.cli.disk_full", reason=of_file_system(str(fault.filename2 or fault.filename or "-"))), 1
        return t("hub.cli.system", file=of_file_system(str(fault.filename or "-")), reason=os_reason(fault)), 1
    assert isinstance(fault, (SyncError, DomainError))
    return t("hub.cli.failed", reason=reason(fault)), 1


def _file_of(error: StorageError) -> str:
    """What `sync.storage` names first."""
    return str(error).partition(":")[0]


@contextlib.contextmanager
def _told_to_end() -> Iterator[None]:
    """SIGTERM and the end of the terminal end a command as Ctrl-C does: what it had begun is cleared away. `serve` has an end of
    its own."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    taken = [number for number in end_signals() if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


@contextlib.contextmanager
def _logged(arguments: argparse.Namespace) -> Iterator[None]:
    """What parts of the program log, in English, goes where HOME has its log: whoever typed the command is told a
    sentence."""
    handler: logging.Handler = logging.NullHandler()
    file = HubHome(Path(arguments.home)).log if getattr(arguments, "home", None) else None
    if file is not None and file.is_file():
        handler = logging.FileHandler(file, encoding="utf-8", delay=True)
        handler.setFormatter(JsonLines())
        handler.setLevel(logging.WARNING)
    before, logging.raiseExceptions = logging.raiseExceptions, False        # a full disk takes no line, and is told anyway
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
        logging.raiseExceptions = before
        handler.close()


def _fail(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code
