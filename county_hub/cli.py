"""The command line of the hub: what words there are, and how failures become one sentence and an exit code.

Each `cli_*` module registers its commands; the work is elsewhere. Exit codes: 0 done, 1 failure, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
from collections.abc import Sequence

from county_hub import (
    cli_appointments,
    cli_assessment,
    cli_care,
    cli_case,
    cli_duplicates,
    cli_figures,
    cli_grids,
    cli_matters,
    cli_people,
    cli_record,
    cli_roster,
    cli_rules,
    cli_serve,
    cli_setup,
    cli_subsidy,
    cli_tasks,
)
from county_hub.problems import HubProblem
from shared.errors import DomainError
from shared.texts import t, tolerate_missing
from sync.errors import StorageError, SyncError


class _Parser(argparse.ArgumentParser):
    """argparse's own refusals in Chinese, with exit code 2."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(2, t("hub.cli.usage", message=message, prog=self.prog) + "\n")


def parser() -> argparse.ArgumentParser:
    main = _Parser(prog="county-hub", description=t("hub.cli.about"))
    commands = main.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    for module in (
        cli_setup, cli_people, cli_grids, cli_roster, cli_rules, cli_serve, cli_case, cli_tasks, cli_record, cli_matters,
        cli_appointments, cli_subsidy, cli_duplicates, cli_assessment, cli_figures, cli_care,
    ):
        module.register(commands)
    return main


def main(argv: Sequence[str] | None = None) -> int:
    tolerate_missing()
    try:
        arguments = parser().parse_args(argv)
        code = arguments.func(arguments)
        sys.stdout.flush()
        return int(code)
    except HubProblem as problem:
        return _fail(problem.sentence, problem.exit_code)
    except BrokenPipeError:
        sys.stdout = None  # type: ignore[assignment]
        return 1
    except KeyboardInterrupt:
        return _fail(t("hub.cli.interrupted"), 1)
    except StorageError as error:
        return _fail(t("hub.cli.storage", reason=error), 1)
    except sqlite3.Error as error:
        return _fail(t("hub.cli.storage", reason=error), 1)
    except OSError as error:
        return _fail(t("hub.cli.system", reason=error), 1)
    except (SyncError, DomainError) as error:
        return _fail(t("hub.cli.failed", reason=error), 1)


def _fail(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code
