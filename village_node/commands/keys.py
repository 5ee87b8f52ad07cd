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

from shared.ledger import vault as vaults
from shared.ledger.texts import t
from village_node.commands.home import add_home, show
from village_node.desk.desk import Desk
from village_node.point.errors import UsageError


def add_commands(commands: Any) -> None:
    pin = commands.add_parser("pin", help=t("node.cli.help.pin")).add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb in ("set", "reset"):
        made = _command(pin, verb, "pin", run_pin)
        made.add_argument("--as", dest="staff", metavar="STAFF", help=t("node.cli.staff"))
    key = commands.add_parser("key", help=t("node.cli.help.key")).add_subparsers(dest="verb", required=True, metavar="VERB")
    file = _command(key, "file", "key", run_file)
    file.add_argument("--out", required=True, type=Path, metavar="F", help=t("node.cli.key_out"))
    _command(key, "words", "key", run_words)
    _command(key, "rescue", "key", run_rescue).add_argument("--rescue-file", required=True, metavar="F",
                                                             help=t("node.cli.rescue_file"))


def _command(verbs: Any, verb: str, group: str, run: Any) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = verbs.add_parser(verb, help=t(f"node.cli.help.{group}_{verb}"))
    add_home(made)
    made.add_argument("--json", action="store_true", help=t("node.cli.json_out"))
    made.set_defaults(run=run)
    return made


def run_pin(args: argparse.Namespace) -> int:
    from village_node import composition

    ask = _asker(args)
    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        staff = args.staff or desk.only_staff()
        wanted = desk.people.proof_wanted(staff)
        if args.verb == "reset" and wanted == "pin":
            wanted = "code"
        proof = ask(t(f"node.cli.prove_{wanted}")) if wanted else ""
        pin = ask(t("node.cli.new_pin"))
        words = _written_down(desk, args) if desk.people.needs_words() else ""
        desk.set_pin(staff, pin, proof=proof, words=words)
    if args.json:
        show({"ok": True, "staff": staff, "words": words})
    else:
        print(t("node.cli.pin_set"))
    return 0


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


def run_file(args: argparse.Namespace) -> int:
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
    return _told(args, t("node.cli.key_file_made", path=args.out))


def run_words(args: argparse.Namespace) -> int:
    from village_node import composition

    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        home, words = desk.node.home, _written_down(desk, args)
        data_key = home.key() or b""
        home.change_vault(lambda vault: vault.with_words(data_key, words, secrets.token_bytes).without(vaults.ALONE))
    return _told(args, t("node.cli.words_set"), words=words)


def run_rescue(args: argparse.Namespace) -> int:
    from village_node import composition

    means = replace(args.key_file, rescue_file=args.rescue_file)
    with composition.open_desk(args.home, key_file=means) as desk:
        desk.people.start_anew()
    return _told(args, t("node.cli.rescued"))


def _told(args: argparse.Namespace, sentence: str, **more: str) -> int:
    if args.json:
        show({"ok": True, **more})
    else:
        print(sentence)
    return 0
