"""What a page was asked to look for among long lists of choices: `find.NAME` holds the words, `found.NAME` those that the page
was made with. Who types words and sends the form without looking (the Enter key does) is shown what there is; nothing is done.

A question that every row of a list repeats is looked through once, for all rows: `find.quotas.office`.
"""

from __future__ import annotations

from collections.abc import Mapping

from county_hub.console.forms.typed import MORE, PREFIX, Typed
from shared.disputes.forms.sought import Sought

FIND, FOUND = "find.", "found."
MOST_LETTERS = 80       # of the words: names are shorter


def sought_of(typed: Typed) -> dict[str, Sought]:
    """By question: what is looked for, and what is chosen, in whatever row."""
    chosen: dict[str, list[str]] = {name.removeprefix(FIND): [] for name in typed if name.startswith(FIND)}
    for path, values in typed.items():
        if path.startswith(PREFIX):
            chosen.setdefault(_question(path.removeprefix(PREFIX)), []).extend(value for value in values if value)
    return {name: Sought(_last(typed, FIND + name)[:MOST_LETTERS].strip(), tuple(dict.fromkeys(values)))
            for name, values in chosen.items()}


def _question(path: str) -> str:
    """Of `quotas.0.office` the question that all rows repeat."""
    return ".".join(part for part in path.split(".") if not (part.isascii() and part.isdecimal()))


def asked(typed: Typed) -> str:
    """The question whose list is to be looked through again; "" none."""
    button = next((value.removeprefix(FIND) for value in typed.get(MORE, ()) if value.startswith(FIND)), "")
    other = (name.removeprefix(FIND) for name in typed if name.startswith(FIND))
    return button or next((name for name in other if _last(typed, FIND + name).strip() != _last(typed, FOUND + name)), "")


def of_link(given: Mapping[str, str]) -> dict[str, Sought]:
    """What a link to the form has chosen already."""
    return {name: Sought(chosen=(value[:200],)) for name, value in given.items() if value}


def _last(typed: Typed, name: str) -> str:
    return (typed.get(name) or ("",))[-1]
