"""Departments and merged centres of the county: founded as offices of its level, with ids of their own outside the divisions.

They are renamed, closed and replaced like every office (`office_changes`). What they see is what they were named in, and nothing
else: nobody lies below them. It must not know argument parsing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from county_hub.county.csv_files import read_lines
from county_hub.hub.problems import UsageProblem
from shared.ledger import codes
from shared.ledger.entry import name_fault, of_file_system
from shared.ledger.published.directory_heads import Directory
from shared.ledger.published.office_periods import names_ever
from shared.ledger.published.offices import Office, organ, organ_serial
from shared.ledger.texts import t

KINDS = "organ_kind"
MOST_LINES = 500


def found(directory: Directory, county: str, wanted: Sequence[tuple[str, str]], start: str) -> list[Office]:
    """New organs of these (kind, name), with the next free ids; an id is never given again. Raises `UsageProblem`."""
    taken = [organ_serial(office.id) for office in directory.offices()]
    names = {name: office.id for office in directory.offices() for name in names_ever(directory, office.id)}
    made: list[Office] = []
    for serial, (kind, name) in enumerate(wanted, start=max(taken, default=0) + 1):
        if kind not in codes.names(KINDS):
            raise UsageProblem(t("organ.bad_kind", value=kind, known=known()))
        if name in names:
            raise UsageProblem(t("organ.same_name", name=name, id=names[name]))
        if serial > 99_999:
            raise UsageProblem(t("organ.full"))
        office = organ(county, serial, name, kind, start)
        names[office.name] = office.id
        made.append(office)
    return made


def known() -> str:
    return "，".join(f"{code} {name}" for code, name in codes.names(KINDS).items())


def read(path: Path) -> list[tuple[str, str]]:
    """(kind, name) of a CSV. Raises `UsageProblem` naming the line; nothing is half taken."""
    rows = read_lines(path, ("kind", "name"), lacking="organ.columns")
    if not 1 <= len(rows) <= MOST_LINES:
        raise UsageProblem(t("organ.lines", file=of_file_system(str(path)), n=len(rows), most=MOST_LINES))
    found: list[tuple[str, str]] = []
    for line, row in rows:
        kind, name = (row["kind"] or "").strip(), (row["name"] or "").strip()
        reason = t("organ.no_name") if not name else name_fault(name)
        if not reason and kind not in codes.names(KINDS):
            reason = t("organ.bad_kind", value=kind, known=known())
        if reason:
            raise UsageProblem(t("organ.bad_line", file=path, line=line, reason=reason.rstrip("。")))
        found.append((kind, name))
    return found
