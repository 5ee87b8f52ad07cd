"""Files named on the command line: `PATH[,PURPOSE[,PARTY]]`, for example `ditch.jpg` or `sign-0.png,signature,0`."""

from __future__ import annotations

from pathlib import Path

from shared.ledger.formats.characters import is_digits
from shared.ledger.texts import t
from village_node.desk.desk import FileDraft
from village_node.point.errors import UsageError
from village_node.point.files import PURPOSES


def parse_file(words: str, purpose: str = "photo") -> FileDraft:
    """A draft of one file; `purpose` is for words that name none. Raises UsageError naming what is wrong.

    A path that exists as it stands is taken as it stands, so a comma in a file's name does no harm.
    """
    if Path(words).exists():
        return FileDraft(path=words, purpose=purpose)
    path, *rest = words.rsplit(",", 2) if words.count(",") > 1 else words.split(",")
    named = rest[0].strip() if rest else purpose
    if named not in PURPOSES:
        raise UsageError(t("node.file.purpose", value=named))
    party = rest[1].strip() if len(rest) > 1 else ""
    if party and not is_digits(party):
        raise UsageError(t("node.cli.bad_party", value=party))
    return FileDraft(path=path, purpose=named, party=int(party) if party else None)
