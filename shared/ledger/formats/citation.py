"""How an act cites the directory (for ever): `[epoch, version, sha256 hex of the head]`.

The hash says which head its author held, also where two bear one name. Version 0 has no head and the hash "": the author held
none yet.
"""

from __future__ import annotations

import re

from shared.ledger.errors import Refused
from shared.ledger.formats.documents import integer
from shared.ledger.formats.ids import is_name

Cited = tuple[str, int, str]   # epoch, version, hash of its head
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


def cited_in(value: object) -> Cited:
    """The citation [epoch, version, hash of the head]; of version 0, which has no head, the hash is "". Raises `Refused`."""
    if not (isinstance(value, list) and len(value) == 3 and is_name(value[0])):
        raise Refused("directory", value, "give [epoch, version, hash of the head]")
    version = integer({"directory": value[1]}, "directory", 0, 99_999_999)
    if not isinstance(value[2], str) or (_SHA256.fullmatch(value[2]) is None if version else value[2] != ""):
        raise Refused("directory", value, "give the SHA-256 of the head in hex; nothing for version 0")
    return value[0], version, value[2]
