"""`county-hub init`: found a county."""

from __future__ import annotations

import argparse
import getpass
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from county_hub.commands.program import KIT, home_of
from county_hub.couchdb.edges import read_bundle
from county_hub.county.divisions import read_divisions
from county_hub.hub.problems import UsageProblem
from county_hub.service.founding import found
from county_hub.service.joining import join
from shared.commands.output import Answer, progress
from shared.ledger.os_words import read_reason
from shared.ledger.texts import t


def register(commands: Any) -> None:
    init = KIT.unopened(commands, "init", t("hub.cli.init"), _init)
    init.add_argument("--county", default="", metavar="150822", help=t("hub.cli.county"))
    init.add_argument("--divisions", type=Path, metavar="FILE.csv", help=t("hub.cli.divisions"))
    init.add_argument("--edge", type=Path, metavar="BUNDLE", help=t("edges.help_bundle"))
    init.add_argument("--admin-password-file", type=Path, metavar="FILE", help=t("hub.cli.password_file"))
    init.add_argument("--demo", action="store_true", help=t("hub.cli.demo"))


def _init(arguments: argparse.Namespace) -> Any:
    if arguments.edge is not None:
        return _joined(arguments)
    if not arguments.county or arguments.divisions is None:
        raise UsageProblem(t("edges.need_county"))
    organisation = read_divisions(arguments.divisions, arguments.county)
    password = read_password(arguments.admin_password_file) if arguments.admin_password_file else None
    founded = found(home_of(arguments), arguments.county, organisation, password, progress("hub.init.progress"),
                    demo=arguments.demo)
    done = founded.hub
    epoch, version = done.directory
    lines = [t("hub.init.done" if done.databases_made else "hub.init.again", offices=done.offices, databases=done.databases_made,
               epoch=epoch, version=version)]
    if founded.differences:
        lines.append(t("validity.diff_head", n=len(founded.differences)))
    for one in founded.differences:
        lines += [f"- {one.text}", *([t("validity.diff_command", command=one.command)] if one.command else [])]
    if done.databases_made and home_of(arguments).recovery_file.exists():
        lines.append(t("recovery.made", file=home_of(arguments).recovery_file, home=arguments.home))
    if done.password:
        lines.append(t("hub.init.password", password=done.password))
    return Answer(lines=lines, value={
        "county": done.county, "hub_id": done.hub_id, "epoch": done.epoch, "directory": [epoch, version],
        "offices": done.offices, "databases_created": done.databases_made, "console_password": done.password or None,
        "differences": [asdict(one) for one in founded.differences],
    })


def _joined(arguments: argparse.Namespace) -> Any:
    if arguments.county or arguments.divisions or arguments.demo:
        raise UsageProblem(t("edges.bundle_says_all"))
    password = read_password(arguments.admin_password_file) if arguments.admin_password_file else None
    bundle = read_bundle(arguments.edge)
    made = join(home_of(arguments), bundle, password)
    lines = [t("edges.joined", name=bundle.name, home=arguments.home, file=arguments.edge)]
    if made:
        lines.append(t("hub.init.password", password=made))
    return Answer(lines=lines, value={"edge": bundle.device, "name": bundle.name, "county": bundle.county,
                                      "console_password": made or None})


def read_password(path: Path) -> str:
    """First line of a file, or `-` for a prompt. Raises `UsageProblem`."""
    if str(path) == "-":
        return getpass.getpass(t("hub.cli.password_prompt"), stream=sys.stderr)
    try:
        password = (path.read_text("utf-8").splitlines() or [""])[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageProblem(t("hub.cli.password_unreadable", file=path, reason=read_reason(error))) from None
    if len(password) < 10:
        raise UsageProblem(t("hub.cli.password_short", file=path, n=len(password)))
    return password
