"""`county-hub rescue make|show HOME`: the county's offline rescue key, which opens service points whose people cannot.

The public half goes into the directory; with the next round every device wraps its data key for it. The private half is written
to one file outside HOME and kept nowhere else: whoever has it and a device reads the device.
"""

from __future__ import annotations

import argparse
import secrets
from pathlib import Path
from typing import Any

from county_hub.commands.program import KIT
from county_hub.county.desk import CountyDesk
from county_hub.hub.problems import HubProblem, UsageProblem
from county_hub.hub.safe.private_file import write_private
from shared.commands.output import Answer, said
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.os_words import os_reason
from shared.ledger.published.directory_heads import change
from shared.ledger.published.pin_codes import RESCUE_KEY
from shared.ledger.texts import t


def register(commands: Any) -> None:
    verbs = KIT.group(commands, "rescue", t("rescue.about"))
    make = KIT.verb(verbs, "make", t("rescue.help_make"), _make)
    make.add_argument("--out", type=Path, required=True, metavar="FILE", help=t("rescue.help_out"))
    make.add_argument("--anew", action="store_true", help=t("rescue.help_anew"))
    KIT.verb(verbs, "show", t("rescue.help_show"), _show)


def _make(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    hub, out = desk.hub, arguments.out
    if hub.directory.latest().setting(RESCUE_KEY) and not arguments.anew:
        raise UsageProblem(t("rescue.there"))
    if out.exists():
        raise UsageProblem(t("rescue.out_there", file=out))
    if out.resolve().is_relative_to(hub.home.root.resolve()):
        raise UsageProblem(t("rescue.inside", file=out))
    key = DeviceKey.generate(secrets.token_bytes)
    try:
        write_private(out, (key.save() + "\n").encode("ascii"))      # on the disk before any device relies on it
    except OSError as error:
        raise HubProblem(t("rescue.unwritable", file=out, reason=os_reason(error))) from error
    hub.directory.publish([change("setting", RESCUE_KEY, {"public_key": key.public, "alg": key.alg})])
    hub.home.safe.take_up_rescue(hub.directory.latest().setting(RESCUE_KEY))
    return said(t("rescue.made", file=out))


def _show(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    found = desk.hub.directory.latest().setting(RESCUE_KEY)
    line = t("rescue.public", public=found["public_key"]) if found else t("rescue.none")
    return Answer(lines=[line], value={"public_key": found["public_key"] if found else None})
