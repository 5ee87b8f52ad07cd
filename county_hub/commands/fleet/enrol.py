"""`county-hub enrol`: a code that makes one device, to be scanned, pasted or typed."""

from __future__ import annotations

import argparse
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import segno

from county_hub.accounts.operator import note_operator
from county_hub.commands.program import KIT
from county_hub.couchdb.edges import require_publisher
from county_hub.county.desk import CountyDesk
from county_hub.hub.devices.authoriser import RELAY
from county_hub.hub.hub import Hub
from county_hub.hub.kept.tls import pins
from county_hub.hub.problems import HubProblem, UsageProblem
from county_hub.hub.safe.private_file import write_private
from shared.commands.output import Answer, progress
from shared.ledger.days import local_date, local_time
from shared.ledger.errors import Refused
from shared.ledger.formats.enrolment_code import EnrolmentCode
from shared.ledger.formats.spelling import grouped
from shared.ledger.os_words import os_reason
from shared.ledger.published.directory import Office
from shared.ledger.texts import t

DEVICE_ROLES = ("tablet", RELAY, "console")
# What a device is for when nobody says: a township's laptop also relays for its villages.
_DEFAULT_ROLE = {"county": "console", "township": RELAY, "village": "tablet"}


@dataclass(frozen=True, slots=True)
class Printed:
    """One code that was made now. `code.whole()` is the QR code, `code.short()` what is typed beside an address."""

    code: EnrolmentCode
    office: Office
    role: str
    expires_at: int
    tries: int

    def value(self) -> dict[str, Any]:
        keys = self.code.keys
        assert keys is not None
        return {
            "code": self.code.short(), "text": self.code.whole(), "office": self.office.id, "role": self.role,
            "expires_at": self.expires_at, "urls": list(self.code.addresses), "tls": list(self.code.tls),
            "hub": {"id": keys.hub_id, "alg": keys.alg, "public_key": keys.public_key, "recovery_key": keys.recovery_key},
        }


def register(commands: Any) -> None:
    enrol = KIT.verb(commands, "enrol", t("hub.cli.enrol"), _enrol)
    which = enrol.add_mutually_exclusive_group(required=True)
    which.add_argument("--office", metavar="ID", help=t("hub.cli.office"))
    which.add_argument("--all", action="store_true", help=t("enrol.cli_all"))
    enrol.add_argument("--out", type=Path, metavar="FILE.pdf", help=t("enrol.cli_out"))
    enrol.add_argument("--role", choices=DEVICE_ROLES, help=t("hub.cli.device_role"))
    enrol.add_argument("--url", nargs="+", action="extend", default=[], metavar="URL", help=t("hub.cli.url"))


def _enrol(desk: CountyDesk, args: argparse.Namespace) -> Any:
    hub = desk.hub
    if args.all:
        return _all(hub, args)
    office = hub.directory.latest().office(args.office)
    if office is None:
        raise UsageProblem(t("hub.office.unknown", value=args.office))
    if args.out:
        _check_place(args.out)
    printed = new_code(hub, office, args.role or default_role(office), tuple(args.url) or hub.settings.addresses())
    if args.out:
        _write(hub, args.out, [printed])
        return Answer(value=printed.value(), lines=[t("enrol.sheet.written", file=args.out, n=1)])
    return Answer(value=printed.value(), lines=lines_of(printed, hub.directory.organisation().display_name(office.id)))


def _all(hub: Hub, args: argparse.Namespace) -> Answer:
    """A code for every office that has no device in use and is open today; the same file is not written twice."""
    if args.out is None:
        raise UsageProblem(t("enrol.out_needed"))
    latest, today = hub.directory.latest(), local_date(hub.clock())
    busy = {device.office for device in latest.devices() if device.status == "active"}
    wanted = [o for o in latest.offices() if o.id not in busy and (latest.closed_since(o.id) or "9999") > today]
    if not wanted:
        raise UsageProblem(t("enrol.all_enrolled"))
    _check_place(args.out)
    addresses, show = tuple(args.url) or hub.settings.addresses(), progress("enrol.sheet.progress")
    made = []
    for done, office in enumerate(wanted, start=1):
        made.append(new_code(hub, office, args.role or default_role(office), addresses))
        show(done, len(wanted))
    _write(hub, args.out, made)
    return Answer(value=[printed.value() for printed in made], lines=[t("enrol.sheet.written", file=args.out, n=len(made))])


def _check_place(out: Path) -> None:
    """Before a code is given away that no paper would show."""
    if out.exists():
        raise UsageProblem(t("enrol.sheet.exists", file=out))
    if not (out.parent.is_dir() and os.access(out.parent, os.W_OK)):
        raise HubProblem(t("enrol.sheet.unwritable", file=out, reason=t("enrol.sheet.no_folder")))


def _write(hub: Hub, out: Path, made: Sequence[Printed]) -> None:
    """The sheets; readable by their owner alone, for whoever has one may become the office's device."""
    from pylopdf_fonts_zh_cn import sans_path  # a second of loading that no other command pays

    from county_hub.report.enrolment_sheet import OfficeCode, sheet

    organisation = hub.directory.organisation()
    codes = [OfficeCode(
        organisation.display_name(one.office.id), t(f"hub.enrol.role_{one.role}"), one.code.whole(),
        [grouped(line, 5, " ") for line in one.code.lines()], one.code.short(),
        " ".join(one.code.addresses) or t("hub.enrol.no_url"), local_time(one.expires_at)) for one in made]
    pdf = sheet(sans_path(), local_date(hub.clock()), organisation.short_name(hub.county), codes, demo=hub.settings.demo)
    try:
        write_private(out, pdf)
    except OSError as error:
        raise HubProblem(t("enrol.sheet.unwritable", file=out, reason=os_reason(error))) from None


def default_role(office: Office) -> str:
    return "tablet" if office.level == "county" and office.parent else _DEFAULT_ROLE.get(office.level, "tablet")


def new_code(hub: Hub, office: Office, role: str, addresses: tuple[str, ...], *, continues: str = "") -> Printed:
    """A code for one device of `office`, with all that the device must know of this hub; `continues`: the retired device for
    which it goes on. Raises `UsageProblem`, and `HubProblem` on an edge."""
    require_publisher(hub)
    for address in addresses:
        check_address(address)
    marks = pins(hub.home, hub.registry, hub.settings.tls_cert)
    try:
        EnrolmentCode.of(hub.keys(), "0" * 10, addresses, marks).whole()     # before a code is given away for nothing
    except Refused:
        raise UsageProblem(t("enrol.addresses_long", n=len(addresses))) from None
    valid_ms = hub.settings.enrol_hours * 3_600_000
    one_time = hub.registry.new_code(
        office.id, role, valid_ms=valid_ms, tries=hub.settings.enrol_tries, continues=continues)
    note_operator(hub, "enrol_code", office.id)
    code = EnrolmentCode.of(hub.keys(), one_time, addresses, marks)
    return Printed(code, office, role, hub.clock() + valid_ms, hub.settings.enrol_tries)


def check_address(address: str) -> None:
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and not parts.username
    except ValueError:
        good = False
    if not good:
        raise UsageProblem(t("enrol.bad_address", value=address))


def lines_of(printed: Printed, name: str) -> list[str]:
    drawing = io.StringIO()
    segno.make(printed.code.whole(), error="l").terminal(out=drawing, compact=True, border=2)
    return [
        drawing.getvalue(), t("enrol.for_office", office=name, role=t(f"hub.enrol.role_{printed.role}")),
        *([] if printed.code.addresses else [t("hub.enrol.no_url")]),
        t("enrol.short", code=printed.code.short(), urls=" ".join(printed.code.addresses) or "-"), t("enrol.whole"),
        *(f"  {number:2d}  {grouped(line, 5, ' ')}" for number, line in enumerate(printed.code.lines(), start=1)),
        t("hub.enrol.expires", time=local_time(printed.expires_at), tries=printed.tries),
    ]
