"""What a page was asked to look for among long lists of choices: `find.NAME` holds the words, `found.NAME` those that the page
was made with. Who types words and sends the form without looking (the Enter key does) is shown what there is; nothing is done.
"""

from __future__ import annotations

from collections.abc import Mapping

from county_hub.console.forms.typed import MORE, PREFIX, Typed
from shared.disputes.forms.sought import Sought

FIND, FOUND = "find.", "found."
MOST_LETTERS = 80       # of the words: names are shorter


def sought_of(typed: Typed) -> dict[str, Sought]:
    """By question: what is looked for, and what is chosen."""
    names = {name.removeprefix(FIND) for name in typed if name.startswith(FIND)}
    names |= {name.removeprefix(PREFIX) for name in typed if name.startswith(PREFIX)}
    return {name: Sought(_last(typed, FIND + name)[:MOST_LETTERS].strip(), tuple(v for v in typed.get(PREFIX + name, ()) if v))
            for name in names}


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
