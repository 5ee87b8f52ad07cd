"""`village-node enrol | sync | verify | status | alarms | staff | app`: commands about a HOME as a whole."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from typing import Any

from shared.commands.arguments import day_argument, whole_argument
from shared.commands.output import Answer, plain
from shared.ledger import codes
from shared.ledger.formats import enrolment_code
from shared.ledger.texts import t
from village_node.commands.program import KIT, add_home
from village_node.desk.desk import Desk
from village_node.desk.present import days_between, deadline_sentence
from village_node.point.clock import moment_of
from village_node.point.errors import Locked, NodeError, UsageError
from village_node.point.values import SyncProgress


def add_commands(commands: Any) -> None:
    enrol = _command(commands, "enrol", _enrol)
    enrol.add_argument("--hub", metavar="URL", action="append", default=[], help=t("node.cli.hub"))
    enrol.add_argument("--code", help=t("node.cli.code"))
    enrol.add_argument("--renew", action="store_true", help=t("node.cli.renew"))
    sync = _command(commands, "sync", _sync)
    sync.add_argument("--wait", type=float, default=None, metavar="S", help=t("node.cli.wait"))
    _command(commands, "verify", _verify)
    _command(commands, "status", _status)
    KIT.verb(commands, "staff", t("node.cli.help.staff"), _staff)
    alarms = KIT.verb(commands, "alarms", t("node.cli.help.alarms"), _alarms)
    alarms.add_argument("--today", type=day_argument, metavar="DATE", help=t("node.cli.today"))
    alarms.add_argument("--limit", type=whole_argument(1, 10**9), default=-1, metavar="N", help=t("node.cli.alarms_limit"))
    app = commands.add_parser("app", help=t("node.cli.help.app"))
    add_home(app, optional=True)
    app.add_argument("--demo", action="store_true", help=t("node.cli.demo"))
    app.set_defaults(run=KIT.plain(_app))


def _command(commands: Any, name: str, run: Callable[[argparse.Namespace], Any]) -> argparse.ArgumentParser:
    """A command that opens HOME in a way of its own."""
    return KIT.unopened(commands, name, t(f"node.cli.help.{name}"), run)


def _enrol(args: argparse.Namespace) -> Any:
    from village_node import composition

    code = args.code or _asked_code()
    made = composition.enrol(args.home, args.hub or _known_hubs(args), code, key_file=args.key_file, renew=args.renew)
    return Answer(lines=[made.sentence], value={
        "ok": True, "device": made.config.device, "slot": made.config.slot, "office": made.config.office,
        "directory_version": made.directory_version})


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


def _sync(args: argparse.Namespace) -> Any:
    from village_node import composition
    from village_node.point import limits
    from village_node.point.lock import worker_lock
    from village_node.point.sync_round import run_round

    with composition.open_node(args.home, key_file=args.key_file) as node, worker_lock(node.home.lock_file):
        wait = limits.RECEIPT_WAIT_S if args.wait is None else args.wait
        outcome = run_round(node, progress=None if args.json else _print_progress, receipt_wait_s=wait)
    if not outcome.ok:
        return Answer(value=outcome, lines=(), notes=[outcome.sentence], code=1)
    return Answer(value=outcome, lines=[outcome.sentence])


def _print_progress(step: SyncProgress) -> None:
    if step.done == 0:
        print(step.label, file=sys.stderr)


def _verify(args: argparse.Namespace) -> Any:
    from village_node import composition
    from village_node.point import verify

    with composition.open_node(args.home, key_file=args.key_file) as node:
        report = verify.verify_node(node)
    if report["problems"]:
        return Answer(value=report, lines=(), notes=() if args.json else report["problems"], code=1)
    return Answer(value=report, lines=[t("node.verify.sound", events=report["events"], files=report["chunks"])])


def _status(args: argparse.Namespace) -> Any:
    from village_node import composition

    try:
        with composition.open_desk(args.home, key_file=args.key_file) as desk:
            status, at_rest = desk.status(), desk.people.at_rest()
    except Locked as locked:
        return Answer(value={"locked": True, "sentence": locked.sentence}, lines=[locked.sentence])
    ahead = [t("node.job.next", at=moment_of(job.next)) if job.next else t("node.job.idle") for job in status.jobs]
    jobs = [f"{job.label} {when}" for job, when in zip(status.jobs, ahead, strict=True)]
    more = [t("node.status.session", id=status.session)] if status.session else []
    more += [status.update] if status.update else []
    return Answer(value={"locked": False, **plain(status), "at_rest": at_rest},
                  lines=[status.sentence, t(f"node.safe.rest_{at_rest}"), *more, *jobs])


def _staff(desk: Desk, args: argparse.Namespace) -> Any:
    people = desk.staff()
    return Answer(value=people, lines=[" ".join((person.id, person.name, "、".join(person.role_labels))) for person in people])


def _alarms(desk: Desk, args: argparse.Namespace) -> Any:
    cases, today = desk.alarms(args.today, most=args.limit), args.today or desk.today()
    others = desk.due_beside_cases(args.today)[:args.limit if args.limit >= 0 else None]
    lines = [(alarm.due_date, alarm.number, alarm.label, alarm.sentence) for alarm in cases]
    lines += [(row["due_date"], row["number"] or row["title"], *_words(row, today)) for row in others]
    return Answer(value=[*({"aggregate": "case", **plain(alarm)} for alarm in cases), *others],
                  lines=[" ".join(line) for line in sorted(lines)])


def _words(row: Mapping[str, Any], today: str) -> tuple[str, str]:
    """(name of the clock, how many days are left)."""
    label = codes.name("clock", row["kind"])
    level = "ring" if row["rings"] and not row["overdue"] else "overdue" if row["overdue"] else "warn"
    return label, deadline_sentence(label, days_between(today, row["due_date"]), level, row["alarm_at"])


def _app(args: argparse.Namespace) -> Any:
    try:
        from village_node.ui.run import run
    except ImportError as error:
        if (error.name or "").split(".")[0] not in ("kivy", "pylopdf_fonts_zh_cn"):
            raise
        raise NodeError(t("node.cli.no_kivy")) from error
    return Answer(lines=(), code=int(run(args.home, key_file=args.key_file, demo=args.demo) or 0))
