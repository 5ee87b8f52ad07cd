"""`village-node pin set|reset`, `village-node key file|words|rescue`: who opens a HOME, and with what.

    pin set HOME --as STAFF           the first PIN with a one-time code, a later one with the PIN of now; asked in this order:
                                      [what opens HOME], code or PIN of now, the new PIN
    pin reset HOME --as STAFF         the same with a code that the county gave (county-hub staff pin)
    key file HOME --out F             a key file for a service or a timer, beside what opens HOME already
    key words HOME                    other start words; those of before open no more
    key rescue HOME --rescue-file F   the county's rescue key opens a HOME whose people cannot; PINs and words are set anew
"""

from __future__ import annotations

import argparse
import os
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from shared.commands.output import Answer
from shared.ledger import vault as vaults
from shared.ledger.texts import t
from village_node.commands.program import KIT
from village_node.desk.desk import Desk
from village_node.point.errors import UsageError


def add_commands(commands: Any) -> None:
    pin = KIT.group(commands, "pin", t("node.cli.help.pin"))
    for verb in ("set", "reset"):
        made = KIT.verb(pin, verb, t(f"node.cli.help.pin_{verb}"), _pin)
        made.add_argument("--as", dest="staff", metavar="STAFF", help=t("commands.staff_or_only"))
    key = KIT.group(commands, "key", t("node.cli.help.key"))
    file = KIT.unopened(key, "file", t("node.cli.help.key_file"), _file)
    file.add_argument("--out", required=True, type=Path, metavar="F", help=t("node.cli.key_out"))
    KIT.verb(key, "words", t("node.cli.help.key_words"), _words)
    rescue = KIT.unopened(key, "rescue", t("node.cli.help.key_rescue"), _rescue)
    rescue.add_argument("--rescue-file", required=True, metavar="F", help=t("node.cli.rescue_file"))


def _pin(desk: Desk, args: argparse.Namespace) -> Any:
    ask, staff = _asker(args), args.staff or desk.only_staff()
    wanted = desk.people.proof_wanted(staff)
    if args.verb == "reset" and wanted == "pin":
        wanted = "code"
    proof = ask(t(f"node.cli.prove_{wanted}")) if wanted else ""
    pin = ask(t("node.cli.new_pin"))
    words = _written_down(desk, args) if desk.people.needs_words() else ""
    desk.set_pin(staff, pin, proof=proof, words=words)
    return Answer(value={"ok": True, "staff": staff, "words": words}, lines=[t("node.cli.pin_set")])


def _asker(args: argparse.Namespace) -> Callable[[str], str]:
    ask: Callable[[str], str] | None = args.key_file.ask
    if ask is None:
        raise UsageError(t("node.cli.pin_ask"))
    return ask


def _written_down(desk: Desk, args: argparse.Namespace) -> str:
    """Start words are shown before anything is closed under them: whoever is cut off here has lost nothing."""
    words = desk.people.new_words()
    if not args.json:
        print(t("node.cli.words", words=words), flush=True)
    return words


def _file(args: argparse.Namespace) -> Any:
    from village_node import composition

    with composition.open_node(args.home, key_file=args.key_file) as node:
        made, home = secrets.token_bytes(vaults.KEY_BYTES), node.home
        data_key = home.key() or b""
        try:
            handle = os.open(args.out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as error:
            raise UsageError(t("node.cli.key_out_there", path=args.out)) from error
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(made.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        home.change_vault(lambda vault: vault.with_file(data_key, made, secrets.token_bytes))
    return Answer(value={"ok": True}, lines=[t("node.cli.key_file_made", path=args.out)])


def _words(desk: Desk, args: argparse.Namespace) -> Any:
    home, words = desk.node.home, _written_down(desk, args)
    data_key = home.key() or b""
    home.change_vault(lambda vault: vault.with_words(data_key, words, secrets.token_bytes).without(vaults.ALONE))
    return Answer(value={"ok": True, "words": words}, lines=[t("node.cli.words_set")])


def _rescue(args: argparse.Namespace) -> Any:
    from village_node import composition

    means = replace(args.key_file, rescue_file=args.rescue_file)
    with composition.open_desk(args.home, key_file=means) as desk:
        desk.people.start_anew()
    return Answer(value={"ok": True}, lines=[t("node.cli.rescued")])
