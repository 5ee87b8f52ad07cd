"""What a browser sends of a form -> the answers that `shared.disputes.forms.answers` takes, and nothing that was not asked.

Names of inputs are paths: `q.reason`, `q.place.text`, `q.items.0.what`; of rows `q.items` says how many were on the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from shared.disputes.forms.form import ActionForm, Question
from shared.ledger.entry import whole

PREFIX = "q."
MORE = "more"               # the button that adds a row: its value is the path of the rows
MOST_ROWS = 60              # more are brought as a CSV file
FIRST_ROWS = 1              # empty rows on a fresh page

Typed = Mapping[str, Sequence[str]]


def typed_of(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value.replace("\r\n", "\n"))
    return found


def answers_of(form: ActionForm, typed: Typed) -> dict[str, Any]:
    return {q.name: _answer(q, f"{PREFIX}{q.name}", typed) for q in form.all}


def row_count(path: str, typed: Typed) -> int:
    """How many rows are on the page, one more where that was asked for."""
    given = whole(_last(path, typed) or "0", 0, MOST_ROWS) or 0
    return min(MOST_ROWS, given + (path in typed.get(MORE, ())))


def _answer(q: Question, path: str, typed: Typed) -> Any:
    if q.control == "rows":
        return [{part.name: _answer(part, f"{path}.{n}.{part.name}", typed) for part in q.parts}
                for n in range(row_count(path, typed))]
    if q.control == "group":
        return {part.name: _answer(part, f"{path}.{part.name}", typed) for part in q.parts}
    if q.control == "choices":
        return [value for value in typed.get(path, ()) if value]
    return _last(path, typed)


def _last(path: str, typed: Typed) -> str:
    given = typed.get(path, ())
    return given[-1] if given else ""
