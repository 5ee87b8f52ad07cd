"""The first fence: a `validate_doc_update` function in each database, which refuses what cannot be a document of it.

It keeps slips out: an edit in a browser, a script that writes to the wrong place, a reader's account. It runs on CouchDB
alone and sees neither contents nor signatures; the hub's ingress (`county_hub.hub.ingress`) judges everything again and never
relies on it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from county_hub.couchdb.layout import FENCE, Use
from shared.ledger.formats.envelope import EVENT_ID, PUBLISHED_ID

_EVENT = EVENT_ID.pattern
_DIRECTORY = PUBLISHED_ID["directory"].pattern
_PUBLISHED = tuple(found.pattern for what, found in sorted(PUBLISHED_ID.items()) if what != "directory")
_CHUNK, _SEALED = "chunk:[0-9a-f]{64}", "sealed:[0-9a-f]{64}"

# What each database takes; () is anything. Names alone; what holds of a document says
# `shared.ledger.formats.envelope.check_document`.
NAMES: dict[Use, tuple[str, ...]] = {
    Use.RECORDS: (_EVENT, *_PUBLISHED),
    Use.FILES: (_CHUNK,),
    Use.CLOSED: (_SEALED,),
    Use.DIRECTORY: (_DIRECTORY,),
    Use.DROP: (_EVENT, _CHUNK, _SEALED),
    Use.QUARANTINE: (),
    Use.MARKER: (),
}
# The router's own notes and the marker are edited.
EDITED = frozenset({Use.QUARANTINE, Use.MARKER})


def writer_role(prefix: str) -> str:
    """Who may write beside the server's administrators: an edge's account."""
    return f"{prefix}hub"


def reader_role(prefix: str) -> str:
    """Who may read what is not private: a script of the county's own."""
    return f"{prefix}reader"


def fence(use: Use, prefix: str) -> dict[str, Any]:
    """The design document of a database for this use."""
    text = _template()
    for word, value in (
        ("$NAMES", list(NAMES[use])), ("$FIXED", use not in EDITED), ("$WRITERS", ["_admin", writer_role(prefix)]),
    ):
        text = text.replace(word, json.dumps(value))
    return {"_id": FENCE, "language": "javascript", "validate_doc_update": text}


@cache
def _template() -> str:
    """Without the comment: a design document holds the function alone."""
    lines = (Path(__file__).parent / "fence.js").read_text("utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("//"))
