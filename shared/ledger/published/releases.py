"""A release of the program as a county lets it out to its service points: the file, named by a manifest that the hub signs.

    app_release:<version>   {kind: "app_release", format: 1, version, name, size, sha256, notes, issued_at, alg, sig}

    version   numbers with dots, "0.2.0"
    name      of the file, which lies beside the manifest wherever it is carried: the hub's shelf, a relay, a USB stick
    notes     what is new, in words for those who use it

Whoever gets one checks the signature by a key that the hub has or had, then size and hash of the file; who carried it proves
nothing. A release is offered and never forced: nothing here installs. No network here, no files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.ledger.errors import BadSignature, Refused
from shared.ledger.formats.documents import (
    Doc,
    check_generation_one,
    check_signature,
    fields_exactly,
    integer,
    sign_document,
    text,
)
from shared.ledger.formats.keys import DeviceKey

FORMAT = 1
MAX_BYTES = 2 << 30
MAX_NOTES = 2000
_FIELDS = frozenset({"kind", "format", "version", "name", "size", "sha256", "notes", "issued_at", "alg", "sig"})
_VERSION = re.compile(r"(0|[1-9][0-9]{0,5})(\.(0|[1-9][0-9]{0,5})){1,3}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,119}", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Release:
    """One checked manifest. `size` in bytes, `issued_at` in ms since 1970."""

    version: str
    name: str
    size: int
    sha256: str
    notes: str
    issued_at: int


def order(version: str) -> tuple[int, ...]:
    """What versions are compared by. Raises `Refused` for what is none."""
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise Refused("version", version, "give numbers with dots, such as 0.2.0")
    parts = [int(part) for part in version.split(".")]
    return tuple(parts + [0] * (4 - len(parts)))


def build_release(release: Release, key: DeviceKey) -> Doc:
    """The signed manifest. `key`: the hub's. Raises `Refused`."""
    doc = sign_document({
        "_id": f"app_release:{release.version}", "kind": "app_release", "format": FORMAT, "version": release.version,
        "name": release.name, "size": release.size, "sha256": release.sha256, "notes": release.notes,
        "issued_at": release.issued_at,
    }, key)
    parse_release(doc)
    return doc


def parse_release(doc: Mapping[str, object]) -> Release:
    """Shape, id and revision; not the signature. Raises `Refused`."""
    fields_exactly(doc, _FIELDS, "a release")
    version, name, sha256, notes = text(doc, "version"), text(doc, "name"), text(doc, "sha256"), doc["notes"]
    order(version)
    integer(doc, "format", FORMAT, FORMAT)
    if doc["kind"] != "app_release" or doc.get("_id") != f"app_release:{version}":
        raise Refused("_id", doc.get("_id"), f"it must be app_release:{version}", code="bad_id")
    if not _NAME.fullmatch(name):
        raise Refused("name", name, "give the name of a file: letters, digits, . _ + -")
    if not _HASH.fullmatch(sha256):
        raise Refused("sha256", sha256, "give 64 hex digits")
    if not isinstance(notes, str) or len(notes) > MAX_NOTES:
        raise Refused("notes", notes, f"give a text of at most {MAX_NOTES} characters")
    size = integer(doc, "size", 1, MAX_BYTES)
    check_generation_one(doc)
    return Release(version, name, size, sha256, notes, integer(doc, "issued_at", 0, 2**48 - 1))


def check_release(doc: Mapping[str, object], keys: Iterable[str]) -> Release:
    """As `parse_release`, and the signature by one of the keys. Raises `Refused`."""
    found, last = parse_release(doc), None
    for key in keys:
        try:
            check_signature(doc, key)
        except Refused as refused:
            last = refused
        else:
            return found
    raise last or BadSignature("sig", None, "no key of the hub is known")
