"""What is asked and answered, as types: they check what comes in, make what goes out, and are the schemas of the OpenAPI
document.

Ids and codes are the domain's (`county-hub codes` prints them with their names), days are of China's calendar, times RFC 3339.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

MOST_PAGE, MOST_ROWS = 200, 500
Ulid = Annotated[str, Meta(pattern="^[0-7][0-9A-HJKMNP-TV-Z]{25}$", description="id of a case or record",
                           examples=["01KB6Z3Q7J8W5N4M2T9XRCYDEF"])]
OfficeId = Annotated[str, Meta(pattern="^[0-9]{12}$", description="id of an office: its division code",
                               examples=["150822100203"])]
Day = Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$", extra_json_schema={"format": "date"}, examples=["2026-11-23"],
                          description="a day of China's calendar")]
Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"}, description="RFC 3339",
                           examples=["2026-11-23T09:30:00.000Z"])]
Code = Annotated[str, Meta(pattern="^[A-Za-z0-9_]{1,40}$", description="a code of one of the code tables")]
Cursor = Annotated[str, Meta(pattern="^[0-9a-f]{16}-[0-7][0-9A-HJKMNP-TV-Z]{25}$",
                             description="`next` of the page before: where this page begins")]
DAYS = frozenset({"changed_since", "registered_from", "registered_to"})     # parameters that name a day of the calendar
Limit = Annotated[int, Meta(ge=1, le=MOST_PAGE, description="rows of a page")]
Key = Annotated[str, Meta(pattern="^[A-Za-z0-9._-]{8,80}$", description="a name of your own for what is sent")]
BatchId = Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
Period = Annotated[str, Meta(pattern="^(20[0-9]{2}|2100)(-(0[1-9]|1[0-2]|Q[1-4]|H[12]))?$",
                             description="a year, half, quarter or month", examples=["2026", "2026-Q3", "2026-11"])]
Profile = Annotated[str, Meta(pattern="^[a-z0-9]{1,20}$", description="whose rows", examples=["plain", "moj"])]
Cell = str | int | float | bool | None


# --- asked


class NoQuery(Struct, forbid_unknown_fields=True):
    """Nothing is asked beside the path."""


class CasesQuery(Struct, forbid_unknown_fields=True):
    cursor: Cursor | None = None
    limit: Limit = 50
    changed_since: Day | None = None
    office: OfficeId | None = None
    state: Code | None = None
    category: Code | None = None
    number: Annotated[str, Meta(pattern="^[0-9P-]{1,40}$", description="the platform number in machine form")] | None = None
    open: Annotated[bool, Meta(description="only those that have not ended")] = False
    registered_from: Day | None = None
    registered_to: Day | None = None


class RecordsQuery(Struct, forbid_unknown_fields=True):
    cursor: Cursor | None = None
    limit: Limit = 50
    changed_since: Day | None = None
    office: OfficeId | None = None
    kind: Annotated[str, Meta(pattern="^[a-z_]{1,40}$", description="hazard, sweep, petition, legal_aid ...")] | None = None
    state: Code | None = None
    open: bool = False


class RowsQuery(Struct, forbid_unknown_fields=True):
    cursor: Ulid | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    changed_since: Day | None = None


Row = Annotated[dict[Annotated[str, Meta(max_length=100)], Annotated[str, Meta(max_length=5000)] | int | float | bool | None],
                Meta(min_length=1, max_length=200)]


class HandedIn(Struct, forbid_unknown_fields=True):
    """Rows as the profile's headings name their cells (`/exchange` lists the headings)."""

    rows: Annotated[list[Row], Meta(min_length=1, max_length=MOST_ROWS)]


# --- answered


class Fault(Struct, omit_defaults=True):
    """`field`: where; `value`: what came, cut; `remedy`: what would do."""

    field: str
    value: str
    remedy: str


class Problem(Struct, omit_defaults=True):
    """RFC 9457, as application/problem+json."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Fault] = []


class Case(Struct):
    """`summary`, `place_text` and `party_names` only with the scope `personal:read`, and of no strictly confidential case."""

    id: Ulid
    number: str
    file_number: str
    state: str
    ended: bool
    category: str
    subcategory: str
    source: str
    mediation_type: str
    difficulty: str
    outcome: str
    risk: int
    place_office: str
    origin_office: str
    holder_office: str
    pending_to_office: str | None
    pending_kind: str | None
    registered_on: str
    registered_at: Time
    accepted_on: str | None
    closed_on: str | None
    due_on: str | None
    due_kind: str | None
    provisional: bool
    incomplete: bool
    merged_into: str
    changed_at: Time
    summary: str | UnsetType = UNSET
    place_text: str | UnsetType = UNSET
    party_names: list[str] | UnsetType = UNSET


class CaseEvent(Struct):
    """One step of a case. `kind`: what happened, a word of the protocol; `written_at`: by the device's clock, `corrected_at`: by
    the county's; `refused`: the county did not take it (`reason` says why); `effect`: `yes`, `none` (kept, moved nothing) or
    `unknown` (of a newer version). `person`, `text` and `reason` only with the scope `personal:read`, and of no strictly
    confidential case."""

    id: str
    kind: str
    office: str
    role: str
    legal_date: str
    written_at: Time
    corrected_at: Time
    refused: bool
    effect: str
    person: str | UnsetType = UNSET
    text: str | UnsetType = UNSET
    reason: str | UnsetType = UNSET


class Timeline(Struct):
    """Every step of a case in the order in which they count, the first one first."""

    items: list[CaseEvent]


class Record(Struct):
    """`number`, `handler_office`: of petitions and legal aid, else "". `title` only with the scope `personal:read`, and of no
    petition whose petitioner the law protects (信访工作条例 Art 30)."""

    id: Ulid
    kind: str
    number: str
    state: str
    origin_office: str
    place_office: str
    handler_office: str
    opened_on: str
    ended_on: str | None
    level: int
    due_on: str | None
    due_kind: str | None
    cases: list[str]
    incomplete: bool
    changed_at: Time
    title: str | UnsetType = UNSET


class Cases(Struct):
    """`next` is the cursor of the next page; null on the last one."""

    items: list[Case]
    next: str | None


class Records(Struct):
    items: list[Record]
    next: str | None


class Definition(Struct):
    numerator: str
    denominator: str | None
    scope: str
    period: str
    source: str


class Indicator(Struct):
    """`suppressed`: a cell too small to be told; all its numbers are then null."""

    key: str
    name: str
    kind: str
    unit: str
    suppressed: bool
    value: int | None
    numerator: int | None
    denominator: int | None
    percent: float | None
    base: dict[str, Any] | None
    change: int | None
    change_percent: float | None
    change_points: float | None
    definition: Definition


class Figures(Struct):
    """The same report that the console shows for publication: small cells are hidden, and nothing gives them back."""

    period: str
    as_of: Time
    start: str
    end: str
    base_start: str
    base_end: str
    made_on: str
    small_cell: int
    small_cell_source: str
    demo: bool
    indicators: list[Indicator]
    tables: dict[str, Any]
    notes: list[str]


class ProfileRow(Struct):
    """`state`: confirmed, or a format that nobody has confirmed yet."""

    id: str
    version: int
    name: str
    source: str
    state: str
    scope: str
    headings: list[str]


class Profiles(Struct):
    items: list[ProfileRow]


class ExchangeRow(Struct):
    id: Ulid
    cells: dict[str, Cell]


class ExchangeRows(Struct):
    profile: str
    version: int
    items: list[ExchangeRow]
    next: str | None


class Batch(Struct):
    """What became of handed-in rows: `waiting` for a person, `accepted` (`subjects`: ids of what was registered), `returned` with
    its reason. `new`: rows that would be registered, `known`: here already, `left`: not for this county, told when they came."""

    id: BatchId
    profile: str
    state: str
    rows: int
    at: Time
    answered_at: Time | None
    reason: str
    subjects: list[str]
    new: int | UnsetType = UNSET
    known: int | UnsetType = UNSET
    left: int | UnsetType = UNSET


class Self(Struct):
    """Whose token this is and what it may."""

    token: str
    name: str
    scopes: list[str]
    offices: list[str]
    expires_at: Time
    county: str
    version: str


def encoded(value: object) -> bytes:
    return msgspec.json.encode(value)
