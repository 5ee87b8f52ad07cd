"""The divisions CSV before it becomes offices for ever: what `shared.ledger.published.offices` would pass over is refused here.

Office ids are permanent, so a wrong line must never found an office. Every refusal names file, line, field, value
and remedy. It must not know databases or the directory.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from county_hub.county.csv_files import Line, read_lines
from county_hub.hub.problems import UsageProblem
from shared.ledger.days import is_day
from shared.ledger.entry import name_fault
from shared.ledger.published.offices import Organisation, load_divisions
from shared.ledger.texts import t

log = logging.getLogger("county_hub.divisions")

COLUMNS = ("code", "name", "level", "parent_code")
MOST_TOLD = 50         # lines of one file: more are the same mistake, and scroll away
DATES = ("valid_from", "valid_to")      # may be left out; first and last day of the name
# Digits of a statistical division code at each level below the prefecture (DOMAIN.md 5).
_DIGITS = {"county": 6, "township": 9, "village": 12}
_UPPER = {"province", "prefecture"}


def read_divisions(path: Path, county: str) -> Organisation:
    """The county's offices from the CSV. Raises `UsageProblem`."""
    if not (county.isascii() and county.isdigit() and len(county) == 6):
        raise UsageProblem(t("hub.divisions.bad_county", value=county))
    lines = _lines(path)
    _check_lines(path, county, lines)
    try:
        return load_divisions(path, county)
    except ValueError as error:
        log.warning("divisions are refused: %s", error)
        raise UsageProblem(t("hub.divisions.refused", reason=path)) from None


def _lines(path: Path) -> list[Line]:
    return [
        (line, {name: (row.get(name) or "").strip() for name in (*COLUMNS, *DATES)})
        for line, row in read_lines(path, COLUMNS, lacking="hub.divisions.columns")
    ]


def _check_lines(path: Path, county: str, lines: list[Line]) -> None:
    """Raises `UsageProblem` with every wrong line."""
    first_line: dict[str, int] = {}
    faults = list[str]()
    for line, row in lines:
        if (code := row["code"]) in first_line:
            faults.append(t("hub.divisions.duplicate", file=path, line=line, code=code, first=first_line[code]))
        first_line.setdefault(code, line)
    for line, row in lines:
        wrong = _line_fault(path, line, row) or _parent_fault(path, county, line, row, first_line)
        faults += [wrong] if wrong else []
    if not faults and not any(row["level"] == "county" and row["code"] == county for _, row in lines):
        faults.append(t("hub.divisions.no_county", file=path, value=county))
    if faults:
        more = [t("hub.divisions.more", n=len(faults) - MOST_TOLD)] if len(faults) > MOST_TOLD else []
        raise UsageProblem("\n".join([*faults[:MOST_TOLD], *more]))


def _parent_fault(path: Path, county: str, line: int, row: dict[str, str], known: Mapping[str, int]) -> str:
    parent = row["parent_code"]
    if row["level"] in _UPPER or not row["code"].startswith(county):
        return ""
    if row["level"] != "county" and parent not in known:
        return t("hub.divisions.no_parent", file=path, line=line, code=row["code"], parent=parent)
    if not row["code"].startswith(parent):
        return t("hub.divisions.wrong_parent", file=path, line=line, code=row["code"], parent=parent)
    return ""


def _line_fault(path: Path, line: int, row: dict[str, str]) -> str:
    """What is wrong with the line by itself, "" nothing."""
    level, code = row["level"], row["code"]
    if level not in _DIGITS and level not in _UPPER:
        return t("hub.divisions.level", file=path, line=line, value=level)
    if not row["name"]:
        return t("hub.divisions.no_name", file=path, line=line)
    if name_fault(row["name"]):
        return t("hub.divisions.bad_name", file=path, line=line, reason=name_fault(row["name"]))
    for name in DATES:
        if row[name] and not is_day(row[name]):
            return t("hub.divisions.date", file=path, line=line, column=name, value=row[name])
    if row["valid_from"] and row["valid_to"] and row["valid_to"] < row["valid_from"]:
        return t("hub.divisions.dates", file=path, line=line, start=row["valid_from"], end=row["valid_to"])
    digits = _DIGITS.get(level)
    if digits is not None and not (code.isascii() and code.isdigit() and len(code) == digits):
        return t("hub.divisions.code", file=path, line=line, value=code, digits=digits)
    return ""
