"""Files named on the command line: `PATH[,PURPOSE[,PARTY]]`, for example `ditch.jpg` or `sign-0.png,signature,0`."""

from __future__ import annotations

import sys
from pathlib import Path

from shared.ledger.entry import of_file_system, whole
from shared.ledger.texts import t
from village_node.point.errors import UsageError
from village_node.point.files import PURPOSES, FileDraft

MOST_PARTIES = 999          # what a manifest can name (`shared.ledger.formats.fields.PartyNo`)


def parse_file(words: str, purpose: str = "photo") -> FileDraft:
    """A draft of one file; `purpose` is for words that name none. Raises UsageError naming what is wrong.

    A path that exists as it stands is taken as it stands, so a comma in a file's name does no harm.
    """
    if Path(words).exists():
        return _told(FileDraft(path=words, purpose=purpose))
    path, *rest = words.rsplit(",", 2) if words.count(",") > 1 else words.split(",")
    named = rest[0].strip() if rest else purpose
    if named != purpose and named not in PURPOSES:
        raise UsageError(t("file.purpose", value=named))
    party = rest[1].strip() if len(rest) > 1 else ""
    number = whole(party, 0, MOST_PARTIES) if party else None
    if party and number is None:
        raise UsageError(t("node.cli.bad_party", value=party))
    return _told(FileDraft(path=path, purpose=named, party=number))


def _told(draft: FileDraft) -> FileDraft:
    """Says how a name was read whose bytes are no UTF-8: the file is taken, under the name that the person sees here."""
    name = Path(str(draft.path)).name
    if of_file_system(name) != name:
        print(t("node.file.other_bytes", name=of_file_system(name)), file=sys.stderr)
    return draft
