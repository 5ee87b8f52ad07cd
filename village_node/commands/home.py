"""`village-node enrol | sync | verify | status | alarms | staff | app`: commands about a HOME as a whole."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shared.ledger import codes
from shared.ledger.days import day_argument
from shared.ledger.entry import whole_argument
from shared.ledger.formats import enrolment_code
from shared.ledger.formats.hidden import escaped
from shared.ledger.texts import t
from village_node.commands.asking import lines_of, someone_there
from village_node.desk.present import days_between, deadline_sentence
from village_node.desk.views import as_json
from village_node.point.clock import moment_of
from village_node.point.errors import Locked, NodeError, UsageError
from village_node.point.values import SyncProgress


def add_commands(commands: Any) -> None:
    enrol = _command(commands, "enrol", run_enrol)
    enrol.add_argument("--hub", metavar="URL", action="append", default=[], help=t("node.cli.hub"))
    enrol.add_argument("--code", help=t("node.cli.code"))
    enrol.add_argument("--renew", action="store_true", help=t("node.cli.renew"))
    sync = _command(commands, "sync", run_sync)
    sync.add_argument("--wait", type=float, default=None, metavar="S", help=t("node.cli.wait"))
    for name, run in (("verify", run_verify), ("status", run_status), ("staff", run_staff), ("alarms", run_alarms)):
        made = _command(commands, name, run)
        if name == "alarms":
            made.add_argument("--today", type=day_argument, metavar="DATE", help=t("node.cli.today"))
    _command(commands, "app", run_app)


def _command(commands: Any, name: str, run: Any) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = commands.add_parser(name, help=t(f"node.cli.help.{name}"))
    add_home(made)
    made.add_argument("--json", action="store_true", help=t("node.cli.json_out"))
    made.set_defaults(run=run)
    return made


def add_home(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("home", metavar="HOME", help=t("node.cli.home"))
    parser.add_argument("--key-file", dest="key_file", action=_KeyFile, default=someone_there(), metavar="FILE",
                        help=t("node.cli.key_file"))
    parser.add_argument("--pin-fd", dest="key_file", action=_PinFd, type=whole_argument(0, 1 << 20), metavar="N",
                        default=argparse.SUPPRESS, help=t("node.cli.pin_fd"))


class _KeyFile(argparse.Action):
    """`args.key_file` holds all means by which HOME is opened; this adds the file."""

    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option: str | None = None) -> None:
        namespace.key_file = replace(namespace.key_file, key_file=values)


class _PinFd(argparse.Action):
    def __call__(self, parser: Any, namespace: argparse.Namespace, values: Any, option: str | None = None) -> None:
        namespace.key_file = replace(namespace.key_file, ask=lines_of(values))


def show(value: Any) -> None:
    print(escaped(json.dumps(as_json(value), ensure_ascii=False, indent=1)))


def run_enrol(args: argparse.Namespace) -> int:
    from village_node import composition

    code = args.code or _asked_code()
    made = composition.enrol(args.home, args.hub or _known_hubs(args), code, key_file=args.key_file, renew=args.renew)
    if args.json:
        show({"ok": True, "device": made.config.device, "slot": made.config.slot, "office": made.config.office,
              "directory_version": made.directory_version})
    else:
        print(made.sentence)
    return 0


def _known_hubs(args: argparse.Namespace) -> tuple[str, ...]:
    """A renewal is with the hub that HOME belongs to; else the code says where the hub is."""
    from village_node.point.home import Home

    home = Home(args.home)
    if not args.renew or not home.enrolled:
        return ()
    known = home.config()
    return known.hub_url, *known.further_urls


def _asked_code() -> str:
    """The code, typed after a question; from a file or another program without one. A whole code has many lines: they are read to
    its end, or to an empty one."""
    if sys.stdin.isatty():
        print(t("node.cli.ask_code"), end="", file=sys.stderr, flush=True)
    code = line = sys.stdin.readline().strip()
    while line and enrolment_code.goes_on(code):
        line = sys.stdin.readline().strip()
        code += line
    if not code:
        raise UsageError(t("node.cli.need_code"))
    return code


def run_sync(args: argparse.Namespace) -> int:
    from village_node import composition
    from village_node.point import limits
    from village_node.point.lock import worker_lock
    from village_node.point.sync_round import run_round

    with composition.open_node(args.home, key_file=args.key_file) as node, worker_lock(node.home.lock_file):
        wait = limits.RECEIPT_WAIT_S if args.wait is None else args.wait
        outcome = run_round(node, progress=None if args.json else _print_progress, receipt_wait_s=wait)
    if args.json:
        show(outcome)
    if not outcome.ok:
        print(outcome.sentence, file=sys.stderr)
        return 1
    if not args.json:
        print(outcome.sentence)
    return 0


def _print_progress(step: SyncProgress) -> None:
    if step.done == 0:
        print(step.label, file=sys.stderr)


def run_verify(args: argparse.Namespace) -> int:
    from village_node import composition
    from village_node.point import verify

    with composition.open_node(args.home, key_file=args.key_file) as node:
        report = verify.verify_node(node)
    if args.json:
        show(report)
    else:
        for problem in report["problems"]:
            print(problem, file=sys.stderr)
        if not report["problems"]:
            print(t("node.verify.sound", events=report["events"], files=report["chunks"]))
    return 1 if report["problems"] else 0


def run_status(args: argparse.Namespace) -> int:
    from village_node import composition

    try:
        with composition.open_desk(args.home, key_file=args.key_file) as desk:
            status, at_rest = desk.status(), desk.people.at_rest()
    except Locked as locked:
        show({"locked": True, "sentence": locked.sentence}) if args.json else print(locked.sentence)
        return 0
    if args.json:
        show({"locked": False, **as_json(status), "at_rest": at_rest})
    else:
        print(status.sentence)
        print(t(f"node.safe.rest_{at_rest}"))
        for job in status.jobs:
            print(job.label, t("node.job.next", at=moment_of(job.next)) if job.next else t("node.job.idle"))
    return 0


def run_staff(args: argparse.Namespace) -> int:
    from village_node import composition

    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        people = desk.staff()
    if args.json:
        show(people)
    else:
        for person in people:
            print(person.id, person.name, "、".join(person.role_labels))
    return 0


def run_alarms(args: argparse.Namespace) -> int:
    from village_node import composition

    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        cases, everything = desk.alarms(args.today), desk.due(args.today)
        today = args.today or desk.today()
    others = [row for row in everything if row["aggregate"] != "case"]
    if args.json:
        show([*({"aggregate": "case", **as_json(alarm)} for alarm in cases), *others])
        return 0
    lines = [(alarm.due_date, alarm.number, alarm.label, alarm.sentence) for alarm in cases]
    lines += [(row["due_date"], row["number"] or row["title"], *_words(row, today)) for row in others]
    for line in sorted(lines):
        print(*line)
    return 0


def _words(row: Mapping[str, Any], today: str) -> tuple[str, str]:
    """(name of the clock, how many days are left)."""
    label = codes.name("clock", row["kind"])
    level = "ring" if row["rings"] and not row["overdue"] else "overdue" if row["overdue"] else "warn"
    return label, deadline_sentence(label, days_between(today, row["due_date"]), level, row["alarm_at"])


def run_app(args: argparse.Namespace) -> int:
    try:
        from village_node.ui.app import run
    except ImportError as error:
        if (error.name or "").split(".")[0] not in ("kivy", "pylopdf_fonts_zh_cn"):
            raise
        raise NodeError(t("node.cli.no_kivy")) from error
    return int(run(args.home, key_file=args.key_file) or 0)
