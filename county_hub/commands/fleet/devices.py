"""`county-hub device revoke|move|lend|admit|take|list HOME`: which devices may write, up to which event, and which gave one
number twice."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from county_hub.accounts.operator import note_operator
from county_hub.commands.fleet.enrol import DEVICE_ROLES, default_role, lines_of, new_code
from county_hub.commands.program import KIT, each
from county_hub.county.desk import CountyDesk
from county_hub.county.fleet import fleet
from county_hub.hub.chains.ends import End, end_of
from county_hub.hub.chains.taken import take
from county_hub.hub.hosted import is_own
from county_hub.hub.hub import Hub, receipts_of
from county_hub.hub.problems import UsageProblem
from shared.commands import fleet as words_of_fleet
from shared.commands.arguments import whole_argument
from shared.commands.output import Answer, said
from shared.ledger.days import local_date, local_time
from shared.ledger.formats.ids import is_hash
from shared.ledger.published.directory import Device
from shared.ledger.published.directory_heads import change
from shared.ledger.texts import has, t


def register(commands: Any) -> None:
    verbs = KIT.group(commands, "device", t("hub.cli.device"))
    revoke = KIT.verb(verbs, "revoke", t("hub.cli.device_revoke"), _revoke)
    why = revoke.add_mutually_exclusive_group(required=True)
    why.add_argument("--lost", action="store_true", help=t("hub.cli.device_lost"))
    why.add_argument("--retired", action="store_true", help=t("hub.cli.device_retired"))
    revoke.add_argument("--final-seq", type=whole_argument(), metavar="N", help=t("hub.cli.device_final"))
    revoke.add_argument("--final-hash", metavar="HASH", help=t("hub.cli.device_final_hash"))
    move = KIT.verb(verbs, "move", t("hub.cli.device_move"), _move, checks=_move_wrong)
    move.add_argument("--office", required=True, metavar="ID", help=t("hub.cli.device_move_office"))
    move.add_argument("--url", nargs="+", action="extend", default=[], metavar="URL", help=t("hub.cli.url"))
    lend = KIT.verb(verbs, "lend", t("hub.cli.device_lend"), _lend, checks=_lend_wrong)
    lend.add_argument("--to", required=True, metavar="STAFF", help=t("hub.cli.device_lend_to"))
    lend.add_argument("--as", dest="by", metavar="STAFF", required=True, help=t("hub.cli.device_lend_as"))
    lend.add_argument("--end", action="store_true", help=t("hub.cli.device_lend_end"))
    admit = KIT.verb(verbs, "admit", t("hub.cli.device_admit"), _admit)
    for made in (revoke, move, lend, admit):
        made.add_argument("id", metavar="DEVICE", help=t("hub.cli.device_id"))
    KIT.verb(verbs, "list", t("hub.cli.device_list"), _list)
    bring = KIT.verb(verbs, "take", t("hub.cli.device_take"), _take)
    bring.add_argument("file", type=Path, metavar="FILE", help=t("hub.cli.device_take_file"))
    health = KIT.verb(commands, "fleet", t("fleet.cli"), _fleet)
    health.add_argument("--office", default="", metavar="ID", help=t("fleet.cli_office"))


def _revoke(desk: CountyDesk, args: argparse.Namespace) -> Any:
    """A retired device declares its last event; where the operator does not say it, its newest statement or receipt does."""
    named = args.final_seq is not None or args.final_hash is not None
    if named and args.lost:
        raise UsageProblem(t("hub.device.final_seq"))
    if named and (args.final_seq is None or not (is_hash(args.final_hash) or args.final_seq == 0)):
        raise UsageProblem(t("hub.device.final_hash"))
    hub = desk.hub
    if not args.lost:
        lines = _retire(hub, args.id, End(args.final_seq, args.final_hash) if named else None)
        note_operator(hub, "device_retired", args.id)
        return said(*lines)
    _require(hub, args.id)
    hub.directory.revoke_device(args.id, status="lost", final_seq=None)
    note_operator(hub, "device_lost", args.id)
    epoch, version = hub.directory.latest().place
    return said(t("hub.device.lost", device=args.id, epoch=epoch, version=version))


def _move(desk: CountyDesk, args: argparse.Namespace) -> Any:
    """Another office is another identity: the old one is retired, and a code for the new one goes on where it ended."""
    hub = desk.hub
    office, device = hub.directory.latest().office(args.office), _require(hub, args.id)
    if office is None:
        raise UsageProblem(t("hub.office.unknown", value=args.office))
    if device.office == office.id:
        raise UsageProblem(t("hub.device.move_same", device=device.id, office=office.id))
    if device.status == "lost":
        raise UsageProblem(t("hub.device.move_lost", device=device.id))
    note_operator(hub, "device_move", device.id)
    lines = _retire(hub, device.id, None) if device.status == "active" else []
    role = device.role if device.role in DEVICE_ROLES else default_role(office)
    printed = new_code(hub, office, role, tuple(args.url) or hub.settings.addresses(), continues=device.id)
    name = hub.directory.organisation().display_name(office.id)
    return Answer(
        value=printed.value(), lines=[*lines, *lines_of(printed, name), t("hub.device.move_next", device=device.id)])


def _move_wrong(desk: CountyDesk, args: argparse.Namespace) -> dict[str, str]:
    return each(id=(args.id, lambda id: _require(desk.hub, id)), office=(args.office, desk.require_office))


def _lend_wrong(desk: CountyDesk, args: argparse.Namespace) -> dict[str, str]:
    latest = desk.hub.directory.latest()

    def device(id: str) -> None:
        if latest.device(id) is None:
            raise UsageProblem(t("hub.device.unknown", value=id))

    def person(id: str) -> None:
        if (found := latest.staff(id)) is None or not found.active:
            raise UsageProblem(t("hub.staff.unknown", value=id))

    return each(id=(args.id, device), to=(args.to, person), by=(args.by, person))


def _lend(desk: CountyDesk, args: argparse.Namespace) -> Any:
    """A person of one office uses a device of another: said by the person's office, or one above it."""
    hub = desk.hub
    latest = hub.directory.latest()
    device, person, by = latest.device(args.id), latest.staff(args.to), latest.staff(args.by)
    if device is None:
        raise UsageProblem(t("hub.device.unknown", value=args.id))
    for name, found in ((args.to, person), (args.by, by)):
        if found is None or not found.active:
            raise UsageProblem(t("hub.staff.unknown", value=name))
    assert person is not None
    assert by is not None
    if by.id == person.id or not latest.is_within(person.office, by.office):
        raise UsageProblem(t("hub.device.lend_not_theirs", by=by.name, name=person.name))
    if person.office == device.office:
        raise UsageProblem(t("hub.device.lend_own", name=person.name))
    today = local_date(hub.clock())
    hub.directory.lend_device(device.id, person.id, by="" if args.end else by.id, on=today)
    epoch, version = hub.directory.latest().place
    word = "lend_ended" if args.end else "lent"
    return said(t(f"hub.device.{word}", device=device.id, name=person.name, epoch=epoch, version=version))


def _admit(desk: CountyDesk, args: argparse.Namespace) -> Any:
    """A device that only heads of a lost life of the hub name (`chains.offered`): what it wrote is judged from now on."""
    hub = desk.hub
    lost = hub.directory.history().lost_devices().get(args.id)
    if lost is None:
        raise UsageProblem(t("hub.device.not_offered", value=args.id))
    hub.registry.reserve_slot(lost.office, f"{lost.slot:03d}")
    epoch, version = hub.directory.publish([change("device", lost.id, lost.raw)])
    note_operator(hub, "device_admit", lost.id)
    return said(t("hub.device.admitted", device=lost.id, epoch=epoch, version=version))


def _take(desk: CountyDesk, args: argparse.Namespace) -> Any:
    """What `village-node leave` wrote: judged as if the device had left it here itself, by the next pass of the router."""
    made = take(args.file, desk.hub.databases)
    said = t("hub.take.taken", device=made.device, records=made.records, others=made.others, refused=made.refused)
    return Answer(value=asdict(made), lines=[said, *made.why])


def _list(desk: CountyDesk, args: argparse.Namespace) -> Any:
    hub = desk.hub
    devices, contacts, stated = hub.directory.latest().devices(), hub.registry.contacts(), hub.statements.newest()
    organisation, forks = hub.directory.organisation(), dict[str, list[int]]()
    for fork in hub.forks():
        forks.setdefault(fork.device, []).append(fork.seq)
    rows = [(device, contacts.get(device.id), stated.get(device.id)) for device in devices]
    value = [
        {"id": d.id, "office": d.office, "slot": f"{d.slot:03d}", "status": d.status, "role": d.role, "final_seq": d.final_seq,
         "final_hash": d.final_hash, "continues": d.continues, "last_contact": c.last_at if c else None,
         "forks": forks.get(d.id, []),
         "stated": {"at": s.at, "seq": s.said.seq, "directory": list(s.said.directory), "waiting": s.said.waiting.json(),
                    "report": dict(s.said.report)} if s else None}
        for d, c, s in rows
    ]
    return Answer(value=value, lines=(), table=[
        (d.id, organisation.display_name(d.office), t(f"hub.enrol.role_{d.role}") if has(f"hub.enrol.role_{d.role}") else d.role,
         t(f"hub.device.state_{d.status}") + (t("hub.device.state_forked") if d.id in forks else ""),
         local_time(c.last_at) if c else t("console.offices.never"),
         t("hub.device.waiting", n=s.said.waiting.records) if s and s.said.waiting.records else "")
        for d, c, s in rows
    ])


def _require(hub: Hub, device: str) -> Device:
    if is_own(hub, device):
        raise UsageProblem(t("hub.device.own", device=device))
    found = hub.directory.latest().device(device)
    if found is None:
        raise UsageProblem(t("hub.device.unknown", value=device))
    return found


def _retire(hub: Hub, device: str, told: End | None) -> list[str]:
    """What to tell the operator."""
    known = _require(hub, device)
    end = told or end_of(device, known.office, hub.statements, receipts_of(hub))
    hub.directory.revoke_device(device, status="retired", final_seq=end.seq, final_hash=end.hash)
    epoch, version = hub.directory.latest().place
    return [
        t("hub.device.retired", device=device, epoch=epoch, version=version),
        t("hub.device.ends", device=device, seq=end.seq, hash=end.hash or "-"),
        *([t("hub.device.still_waiting", n=end.waiting)] if end.waiting else []),
    ]


# -- the health of all --

def _fleet(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    found, organisation = fleet(desk.hub, desk.below(arguments.office)), desk.hub.directory.organisation()
    return words_of_fleet.answer([asdict(health) for health in found], organisation.display_name)
