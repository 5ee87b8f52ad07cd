"""`county-hub safe make|encrypt|change|show`: the key file of a HOME, and the encryption of one that lies in the clear."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from county_hub.commands.program import KIT, home_of
from county_hub.composition import open_hub
from county_hub.hub.problems import HubProblem, UsageProblem
from county_hub.hub.safe import moving
from county_hub.hub.safe.safe import marks
from shared.commands.output import Answer, progress, said
from shared.ledger import key_file as key_files
from shared.ledger.errors import Refused
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.os_words import os_reason
from shared.ledger.published.pin_codes import RESCUE_KEY
from shared.ledger.texts import t


def register(commands: Any) -> None:
    verbs = KIT.group(commands, "safe", t("hub.safe.about"))
    make = verbs.add_parser("make", help=t("hub.safe.help_make"), description=t("hub.safe.help_make"))
    make.add_argument("file", metavar="FILE", type=Path, help=t("hub.safe.help_file"))
    make.set_defaults(run=KIT.plain(_make))
    KIT.unopened(verbs, "encrypt", t("hub.safe.help_encrypt"), _encrypt)
    change = KIT.unopened(verbs, "change", t("hub.safe.help_change"), _change)
    change.add_argument("--to", type=Path, required=True, metavar="FILE", help=t("hub.safe.help_to"))
    change.add_argument("--rescue-file", type=Path, metavar="FILE", help=t("hub.safe.help_rescue"))
    KIT.unopened(verbs, "show", t("hub.safe.help_show"), _show)


def _make(arguments: argparse.Namespace) -> Any:
    try:
        key = key_files.make(arguments.file, os.urandom)
    except FileExistsError:
        raise UsageProblem(t("hub.safe.file_there", file=arguments.file)) from None
    except OSError as error:
        raise HubProblem(t("hub.safe.file_unwritable", file=arguments.file, reason=os_reason(error))) from error
    return said(t("hub.safe.made", file=arguments.file, mark=key_files.mark_of(key)))


def _encrypt(arguments: argparse.Namespace) -> Any:
    home = home_of(arguments)
    home.require()
    given = home.safe.given_file()
    if given is not None and given.resolve().is_relative_to(home.root.resolve()):
        raise UsageProblem(t("hub.safe.inside", file=given))
    found = home.safe.vault()
    if found is not None and found.moving:
        moving.go_on(home.safe, home.files())
    else:
        moving.begin(home.safe, home.files(), progress("hub.safe.progress"))
    with open_hub(home) as hub:
        home.safe.take_up_rescue(hub.directory.latest().setting(RESCUE_KEY))
    return said(*_lines(arguments))


def _change(arguments: argparse.Namespace) -> Any:
    """Another key file; the data key and everything under it stay."""
    home = home_of(arguments)
    home.require()
    if home.safe.vault() is None:
        raise UsageProblem(t("hub.safe.in_the_clear", home=home.root, file=arguments.to))
    if arguments.to.resolve().is_relative_to(home.root.resolve()):
        raise UsageProblem(t("hub.safe.inside", file=arguments.to))
    try:
        new = key_files.read(arguments.to)
    except Refused as error:
        raise UsageProblem(t("hub.safe.bad_key_file", file=arguments.to)) from error
    if arguments.rescue_file is not None:
        home.safe.with_rescue(_rescue_key(arguments.rescue_file))
    home.safe.change(lambda vault, key: vault.with_file(key, new, os.urandom))
    return said(*_lines(arguments))


def _rescue_key(path: Path) -> DeviceKey:
    try:
        return DeviceKey.load(path.read_text("ascii").strip().splitlines()[-1].strip())
    except (OSError, UnicodeDecodeError, IndexError, Refused) as error:
        raise UsageProblem(t("node.safe.rescue_file", path=path)) from error


def _show(arguments: argparse.Namespace) -> Any:
    """Needs no key: which one is asked for stands in the vault."""
    home = home_of(arguments)
    home.require()
    found = home.safe.vault()
    value = {"encrypted": found is not None, "key_file": marks(found) if found else "",
             "rescue": bool(found and found.has("rescue")), "moving": bool(found and found.moving)}
    return Answer(value=value, lines=_lines(arguments))


def _lines(arguments: argparse.Namespace) -> list[str]:
    found = home_of(arguments).safe.vault()
    if found is None:
        return [t("hub.safe.is_not")]
    return [t("hub.safe.is", mark=marks(found)), *([t("hub.safe.still_moving")] if found.moving else []),
            t("hub.safe.rescue_too" if found.has("rescue") else "hub.safe.no_rescue")]
