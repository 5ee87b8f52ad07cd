"""What is refused, as problem details (RFC 9457): in English, with field, value and remedy.

    ApiProblem        one of them, raised by whoever finds it and answered in one place (`app`)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

import msgspec
from starlette.responses import Response

from county_hub.api.shapes import Fault, Problem, encoded

MEDIA = "application/problem+json"
HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
MOST_VALUE = 80


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
