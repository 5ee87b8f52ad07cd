"""What is refused, as problem details (RFC 9457): in English, with field, value and remedy.

    ApiProblem        one of them, raised by whoever finds it and answered in one place (`app`)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

import msgspec
from starlette.responses import Response

from county_hub.api.shapes import MOST_ROWS, Fault, Problem, Row, encoded

MEDIA = "application/problem+json"
HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
MOST_VALUE = 80
MOST_FAULTS = 200       # told of one question


class ApiProblem(Exception):
    def __init__(self, status: int, detail: str, errors: Sequence[Fault] = (), headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors, self.headers = status, detail, list(errors), dict(headers or {})


def answer(problem: ApiProblem) -> Response:
    made = Problem("about:blank", HTTPStatus(problem.status).phrase, problem.status, problem.detail, problem.errors)
    return Response(encoded(made), problem.status, {**HEADERS, **problem.headers}, MEDIA)


def fault(field: str, value: object, remedy: str) -> Fault:
    """The value is cut, and what cannot be sent as text is left out of it."""
    text = str(value).encode("utf-8", "replace").decode()
    return Fault(field, text if len(text) <= MOST_VALUE else text[: MOST_VALUE - 1] + "…", remedy)


def of_type(wrong: msgspec.ValidationError, given: object) -> Fault:
    """What msgspec says ("Expected `int` >= 1 - at `$.limit`"), with the value that stands there."""
    said, _, at = str(wrong).partition(" - at `")
    path = at.removesuffix("`").removeprefix("$").lstrip(".")
    if not path and "unknown field" in said:
        path = said.rpartition("`")[0].rpartition("`")[2]
    value = given.get(path, "") if isinstance(given, Mapping) else ""
    return fault(path, value if isinstance(value, str | int | float | bool) else "", said)


def of_rows(given: object) -> list[Fault]:
    """Every fault of a body that hands rows in, cell by cell; none where it is no such body at all."""
    if not isinstance(given, Mapping) or not isinstance(rows := given.get("rows"), list):
        return []
    found = [fault(name, "", "leave it out; rows are all that is handed in") for name in given if name != "rows"]
    if not 1 <= len(rows) <= MOST_ROWS:
        found.append(fault("rows", len(rows), f"give 1 to {MOST_ROWS} rows"))
    for place, row in enumerate(rows[:MOST_ROWS]):
        for name, value in row.items() if isinstance(row, dict) and row else [("", row)]:
            try:
                msgspec.convert({name: value} if name else value, Row)
            except msgspec.ValidationError as wrong:
                shown = value if isinstance(value, str | int | float | bool) else ""
                found.append(fault(f"rows[{place}]{f'.{name}' if name else ''}", shown, str(wrong).partition(" - at `")[0]))
    return found
