"""The table of operations: what the routes, the checks and the OpenAPI document are all made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from county_hub.api import answers, exchanged, shapes
from county_hub.api.answers import Call

PATH_TYPES: Mapping[str, Any] = {
    "case": shapes.Ulid, "record": shapes.Ulid, "period": shapes.Period, "profile": shapes.Profile, "batch": shapes.BatchId}


@dataclass(frozen=True, slots=True)
class Operation:
    """`scope`: what the token must have, "" for any good token. `seen`: what the audit log names, with the path's value."""

    name: str
    method: str
    path: str
    scope: str
    summary: str
    answer: type
    run: Callable[[Call], Any]
    query: type = shapes.NoQuery
    body: type | None = None
    status: int = 200
    also: tuple[int, ...] = field(default=())


OPERATIONS = (
    Operation("getToken", "GET", "/token", "", "Whose token this is and what it may", shapes.Self, answers.own),
    Operation("listCases", "GET", "/cases", "cases:read", "Cases in the order in which they last changed", shapes.Cases,
              answers.cases, shapes.CasesQuery),
    Operation("getCase", "GET", "/cases/{case}", "cases:read", "One case", shapes.Case, answers.case, also=(404,)),
    Operation("listEvents", "GET", "/cases/{case}/events", "cases:read", "The steps of one case, the first one first",
              shapes.Timeline, answers.timeline, also=(404,)),
    Operation("listRecords", "GET", "/records", "records:read",
              "Records beside cases, petitions and legal aid among them, in the order in which they last changed", shapes.Records,
              answers.records, shapes.RecordsQuery),
    Operation("getRecord", "GET", "/records/{record}", "records:read", "One record", shapes.Record, answers.record, also=(404,)),
    Operation("getFigures", "GET", "/figures/{period}", "figures:read", "The county's figures of a period, small cells hidden",
              shapes.Figures, answers.figures, also=(404,)),
    Operation("listProfiles", "GET", "/exchange", "exchange:read", "Whose rows are spoken, with their headings", shapes.Profiles,
              exchanged.profiles, also=(503,)),
    Operation("listRows", "GET", "/exchange/{profile}/rows", "exchange:read",
              "The county's matters as rows of another system, with what its headings ask of people", shapes.ExchangeRows,
              exchanged.rows, shapes.RowsQuery, also=(404, 503)),
    Operation("handIn", "POST", "/exchange/{profile}/rows", "exchange:write",
              "Hand in rows; a person of the county takes them or sends them back", shapes.Batch, exchanged.hand_in,
              body=shapes.HandedIn, status=202, also=(404, 409, 413, 415, 422, 503)),
    Operation("getBatch", "GET", "/exchange/batches/{batch}", "exchange:write", "What became of rows that were handed in",
              shapes.Batch, exchanged.batch, also=(404,)),
)
