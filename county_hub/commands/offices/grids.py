"""`county-hub grids template|import|list` and `county-hub office set|show`: the organisation below and inside the offices.

Rules are in `shared.disputes.rules.grids` and `shared.disputes.rules.committees`; here are files, arguments and the
publication in the directory.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from county_hub.commands.offices import office as cli_office
from county_hub.commands.offices import organs as cli_organs
from county_hub.commands.program import KIT, each
from county_hub.county.csv_files import read_lines, write_lines
from county_hub.county.desk import CountyDesk
from county_hub.hub.hub import Hub
from county_hub.hub.problems import UsageProblem
from shared.commands.arguments import day_argument
from shared.commands.output import Answer, said
from shared.disputes.rules import committees, grids, rooms
from shared.ledger import codes
from shared.ledger.published.directory_heads import Directory, change
from shared.ledger.texts import t


def register(commands: Any) -> None:
    verbs = KIT.group(commands, "grids", t("gridcli.about"))
    template = KIT.verb(verbs, "template", t("gridcli.template"), _template)
    template.add_argument("--out", type=Path, metavar="FILE.csv", help=t("gridcli.out"))
    load = KIT.verb(verbs, "import", t("gridcli.import"), _import)
    load.add_argument("file", metavar="FILE.csv", type=Path, help=t("commands.csv_in"))
    listing = KIT.verb(verbs, "list", t("gridcli.list"), _list)
    listing.add_argument("--office", default="", metavar="ID", help=t("hub.cli.office"))
    _register_office(KIT.group(commands, "office", t("committees.cli")))


def _register_office(verbs: Any) -> None:
    setting = KIT.verb(verbs, "set", t("gridcli.office_set"), _office_set, checks=_office_wrong)
    setting.add_argument("--office", required=True, metavar="ID", help=t("hub.cli.office"))
    for name in ("rooms", "committee", "kind", "chair", "members", "seal-keeper", "file-register"):
        setting.add_argument(f"--{name}", help=t(f"gridcli.office_{name.replace('-', '_')}"))
    for name in ("since", "until"):
        setting.add_argument(f"--{name}", type=day_argument, metavar="DATE", help=t(f"gridcli.office_{name}"))
    show = KIT.verb(verbs, "show", t("gridcli.office_show"), _office_show)
    show.add_argument("--office", required=True, metavar="ID", help=t("hub.cli.office"))
    cli_office.register(verbs)
    cli_organs.register(verbs)


# --- grids


def _template(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    hub = desk.hub
    organisation = hub.directory.organisation()
    named = ((office, organisation.display_name(office)) for office in sorted(organisation.offices))
    rows = grids.template(named, hub.directory.latest().lineage)
    written = write_lines(arguments.out, grids.COLUMNS, rows)
    return said(*[t("grids.written", file=arguments.out, n=len(rows))] if written else [])


def _import(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    rows = read_lines(arguments.file, grids.COLUMNS, lacking="grids.columns")
    hub = desk.hub
    found = grids.read(rows, hub.directory.latest())
    if found.problems:
        lines = [t("grids.refused", file=arguments.file, n=len(found.problems)), *found.problems]
        raise UsageProblem("\n".join(lines))
    tables = grids.values(found.grids)

    def changes(latest: Directory) -> list[dict[str, Any]]:
        gone = [key for key in latest.keys("table") if key.startswith(grids.TABLE) and key not in tables]
        return [change("table", key, value) for key, value in tables.items()] + [change("table", key, None) for key in gone]

    epoch, version = hub.directory.revise(changes)
    tiers = Counter(grid.tier for grid in found.grids)
    households = sum(grid.households for grid in found.grids)
    value = {"grids": len(found.grids), "tiers": dict(tiers), "households": households, "warnings": found.warnings,
             "directory": [epoch, version]}
    return Answer(value=value, lines=[*found.warnings, t(
        "grids.imported", n=len(found.grids), town=tiers["town"], village=tiers["village"], group=tiers["group"],
        households=households, epoch=epoch, version=version)])


def _list(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    hub = desk.hub
    latest = hub.directory.latest()
    keys = [key for key in latest.keys("table") if key.startswith(grids.TABLE + arguments.office)]
    found = [grid for key in keys for grid in grids.of_table(latest.table(key))]
    return Answer(value=[{**asdict(grid), "household_count": grid.households} for grid in found], lines=(), table=[
        (g.id, codes.name("grid_tier", g.tier), g.name, g.leader or "—", len(g.members), g.households) for g in found
    ] or [(t("grids.none"),)])


# --- offices: rooms, committee, seal, numbering


def _office_set(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    hub = desk.hub
    office = _office(hub, arguments.office)
    committee = _committee(hub, office, arguments)
    named = {"committee": committee["value"]["name"]} if committee and arguments.committee else {}
    given = {**_rooms(arguments.rooms, rooms.names(hub.directory.latest())), **named}
    # The period of today and those to come; what was is history.
    history = hub.directory.latest().office_history(office.id)
    periods = [period.raw for period in history if (period.valid_from or "") >= (office.valid_from or "")]
    changes = [change("office", office.id, {**raw, **given}) for raw in periods if {**raw, **given} != raw]
    changes += [committee] if committee else []
    changes += _file_register(hub, office.id, arguments)
    if not changes:
        raise UsageProblem(t("committees.nothing"))
    epoch, version = hub.directory.publish(changes)
    name = hub.directory.organisation().display_name(office.id)
    return said(t("committees.changed", name=name, epoch=epoch, version=version))


def _office_wrong(desk: CountyDesk, given: argparse.Namespace) -> dict[str, str]:
    hub, known = desk.hub, rooms.names(desk.hub.directory.latest())
    found = each(office=(given.office, lambda id: _office(hub, id)), rooms=(given.rooms, lambda text: _rooms(text, known)))
    if "office" not in found and given.office is not None:
        office = _office(hub, given.office)
        found |= each(members=(office, lambda office: _committee(hub, office, given)),
                      file_register=(office, lambda office: _file_register(hub, office.id, given)))
    return found


def _office(hub: Hub, id: str) -> Any:
    office = hub.directory.latest().office(id)
    if office is None:
        raise UsageProblem(t("hub.office.unknown", value=id))
    return office


def _rooms(text: str | None, known: Mapping[str, str]) -> dict[str, Any]:
    if text is None:
        return {}
    given = [room.strip() for room in text.replace(",", ";").split(";") if room.strip()]
    strange = [room for room in given if room not in known]
    if strange:
        raise UsageProblem(t("committees.bad_room", value="、".join(strange), known="、".join(known)))
    return {"rooms": given}


def _committee(hub: Hub, office: Any, given: argparse.Namespace) -> dict[str, Any] | None:
    asked = {name: getattr(given, name) for name in ("committee", "kind", "chair", "members", "seal_keeper", "since", "until")}
    if all(value is None for value in asked.values()):
        return None
    latest = hub.directory.latest()
    before = committees.of_table(office.id, latest.table(committees.TABLE + office.id))
    before = before or committees.Committee(office.id, str(office.committee or ""), "village", ())
    members = before.members if asked["members"] is None else tuple(
        person.strip() for person in asked["members"].replace(",", ";").split(";") if person.strip())
    made = committees.Committee(
        office.id, asked["committee"] or before.name, asked["kind"] or before.kind, members, asked["chair"] or before.chair,
        asked["seal_keeper"] or before.seal_keeper, asked["since"] or before.since, asked["until"] or before.until)
    wrong = committees.problems(made, [person.id for person in latest.all_staff() if person.active])
    if wrong:
        raise UsageProblem("\n".join(wrong))
    return change("table", committees.TABLE + office.id, made.value())


def _file_register(hub: Hub, office: str, given: argparse.Namespace) -> list[dict[str, Any]]:
    """The one device that gives this committee's file numbers this year."""
    if given.file_register is None:
        return []
    known = [device.id for device in hub.directory.latest().devices_of(office) if device.status == "active"]
    if given.file_register not in known:
        raise UsageProblem(t("committees.bad_device", value=given.file_register, known="、".join(known)))
    return [change("setting", committees.REGISTER + office, {"device": given.file_register})]


def _office_show(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    hub = desk.hub
    office, latest = _office(hub, arguments.office), hub.directory.latest()
    committee, called = committees.of_table(office.id, latest.table(committees.TABLE + office.id)), rooms.names(latest)
    return {
        "id": office.id, "name": hub.directory.organisation().display_name(office.id), "level": office.level,
        "parent": office.parent, "code": office.code, "valid_from": office.valid_from, "valid_to": office.valid_to,
        "rooms": office.rooms, "room_names": [called.get(room, room) for room in office.rooms or ()],
        "committee": committee.value() if committee else {"name": office.committee},
        "file_register": (latest.setting(committees.REGISTER + office.id) or {}).get("device"),
        "periods": [{"name": p.name, "code": p.code, "valid_from": p.valid_from, "valid_to": p.valid_to,
                     "committee": p.committee, "successor": p.raw.get("successor")}
                    for p in latest.office_history(office.id)],
        "grids": len(grids.of_table(latest.table(grids.TABLE + office.id))),
    }
