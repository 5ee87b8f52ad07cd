"""`county-hub enrol`: a code that makes one device, to be scanned, pasted or typed."""

from __future__ import annotations

import argparse
import io
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import segno

from county_hub.commands.program import KIT
from county_hub.county.desk import CountyDesk
from county_hub.hub.authoriser import RELAY
from county_hub.hub.hub import Hub
from county_hub.hub.problems import UsageProblem
from county_hub.hub.tls import pins
from shared.commands.output import Answer
from shared.ledger.days import local_time
from shared.ledger.errors import Refused
from shared.ledger.formats.enrolment_code import EnrolmentCode
from shared.ledger.formats.spelling import grouped
from shared.ledger.published.directory import Office
from shared.ledger.published.offices import is_organ
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
    enrol = KIT.verb(commands, "enrol", t("hub.cli.enrol"), _enrol, json=True)
    enrol.add_argument("--office", required=True, metavar="ID", help=t("hub.cli.office"))
    enrol.add_argument("--role", choices=DEVICE_ROLES, help=t("hub.cli.device_role"))
    enrol.add_argument("--url", nargs="+", action="extend", default=[], metavar="URL", help=t("hub.cli.url"))


def _enrol(desk: CountyDesk, args: argparse.Namespace) -> Any:
    hub = desk.hub
    office = hub.directory.latest().office(args.office)
    if office is None:
        raise UsageProblem(t("hub.office.unknown", value=args.office))
    printed = new_code(hub, office, args.role or default_role(office), tuple(args.url) or hub.settings.addresses())
    return Answer(value=printed.value(), lines=lines_of(printed, hub.directory.organisation().display_name(office.id)))


def default_role(office: Office) -> str:
    return "tablet" if is_organ(office.id) else _DEFAULT_ROLE.get(office.level, "tablet")


def new_code(hub: Hub, office: Office, role: str, addresses: tuple[str, ...], *, continues: str = "") -> Printed:
    """A code for one device of `office`, with all that the device must know of this hub; `continues`: the retired device for
    which it goes on. Raises `UsageProblem`."""
    for address in addresses:
        _check_address(address)
    marks = pins(hub.home, hub.registry, hub.settings.tls_cert)
    try:
        EnrolmentCode.of(hub.keys(), "0" * 10, addresses, marks).whole()     # before a code is given away for nothing
    except Refused:
        raise UsageProblem(t("enrol.addresses_long", n=len(addresses))) from None
    valid_ms = hub.settings.enrol_hours * 3_600_000
    one_time = hub.registry.new_code(
        office.id, role, valid_ms=valid_ms, tries=hub.settings.enrol_tries, continues=continues)
    code = EnrolmentCode.of(hub.keys(), one_time, addresses, marks)
    return Printed(code, office, role, hub.clock() + valid_ms, hub.settings.enrol_tries)


def _check_address(address: str) -> None:
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
