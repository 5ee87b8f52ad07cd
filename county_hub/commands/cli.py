"""The command line of the hub: what words there are, and how failures become one sentence and an exit code.

Each module registers its commands on the kit (`program`); the work is elsewhere. Exit codes: 0 done, 1 failure, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Sequence

from county_hub.commands.cases import appointments, case, demands, exchange, figures, matters, subsidy, tasks
from county_hub.commands.fleet import devices, enrol, release
from county_hub.commands.offices import grids, rules
from county_hub.commands.program import KIT
from county_hub.commands.running import care, couchdb, edges, recovery, rescue, safe, serve, setup
from county_hub.commands.staff import accounts, assessment, helpers, people, roster
from county_hub.commands.systems import hooks, tokens
from county_hub.hub.problems import HubProblem
from shared.commands import duplicates, records
from shared.commands.usage import speak_chinese
from shared.ledger.errors import DomainError
from shared.ledger.formats.hidden import Terminal
from shared.ledger.texts import t, tolerate_missing
from shared.version import VERSION
from sync.errors import DiskFull, StorageError, SyncError
from sync.storage import DRIVER_ERRORS


class _Parser(argparse.ArgumentParser):
    """argparse's own refusals in Chinese, with exit code 2."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(2, t("hub.cli.usage", message=message.rstrip("。"), prog=self.prog) + "\n")


def parser(kind: type[argparse.ArgumentParser] = _Parser) -> argparse.ArgumentParser:
    speak_chinese()
    main = kind(prog="county-hub", description=t("hub.cli.about"))
    main.add_argument("--version", action="version", version=f"county-hub {VERSION}", help=t("commands.version"))
    main.set_defaults(parser=parser)      # for whoever needs all verbs: `serve`
    commands = main.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=kind)
    for module in (setup, enrol, devices, release, people, accounts, tokens, hooks, grids, helpers, roster, rules, serve, case,
                   tasks):
        module.register(commands)
    records.add(KIT, commands)
    for module in (matters, appointments, subsidy, demands):
        module.register(commands)
    duplicates.add(KIT, commands)
    for module in (assessment, figures, exchange, care, couchdb, edges, recovery, rescue, safe):
        module.register(commands)
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


def _run(argv: Sequence[str] | None) -> int:
    try:
        arguments = parser().parse_args(argv)
        code = arguments.run(arguments)
        sys.stdout.flush()
        return int(code)
    except HubProblem as problem:
        return _fail(problem.sentence, problem.exit_code)
    except BrokenPipeError:
        raise
    except KeyboardInterrupt:
        return _fail(t("hub.cli.interrupted"), 1)
    except DiskFull as error:
        return _fail(t("hub.cli.disk_full", reason=str(error).partition(":")[0]), 1)
    except StorageError as error:
        return _fail(t("hub.cli.storage", reason=error), 1)
    except DRIVER_ERRORS as error:
        return _fail(t("hub.cli.storage", reason=error), 1)
    except OSError as error:
        return _fail(t("hub.cli.system", reason=error), 1)
    except (SyncError, DomainError) as error:
        return _fail(t("hub.cli.failed", reason=error), 1)


def _fail(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code
