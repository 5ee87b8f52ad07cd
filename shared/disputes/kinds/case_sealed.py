"""Bodies about sealed records: the key given to more devices, and who has opened what (DOMAIN.md 6: opening a closed record is
itself on record). What the sealed records say is never in here."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.disputes.kinds.declare import kind
from shared.disputes.rules.roles import ALL
from shared.ledger.formats.fields import Body, EventId, OptText, Sha256
from shared.ledger.formats.sealing import MAX_DEVICES

Base64 = Annotated[str, StringConstraints(min_length=40, max_length=80, pattern=r"^[A-Za-z0-9+/]+={0,2}$")]
DeviceId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class WrappedKey(Body):
    device: DeviceId
    key: Base64


class Share(Body):
    """The data key of one sealed event, wrapped for more devices (`sealing.wrap`)."""

    of: EventId
    sealed: Sha256
    eph: Base64
    keys: Annotated[list[WrappedKey], Field(min_length=1, max_length=MAX_DEVICES)]


# keys and openings of sealed records: whoever may read them (sealing_rules asks for the role)
@kind("case.sealed_shared", who=ALL, verb="share_sealed", own_fact=True)
class SealedShared(Body):
    """A person whose device can open sealed records gives the key to devices that lack it: a colleague's, a renewed one."""

    shares: Annotated[list[Share], Field(min_length=1, max_length=100)]
    text: OptText = ""


@kind("case.sealed_read", who=ALL, verb="read_sealed", own_fact=True)
class SealedRead(Body):
    """A person has opened these sealed events; once for each."""

    of: Annotated[list[EventId], Field(min_length=1, max_length=100)]
    text: OptText = ""                  # why, where the person did not write them and does not handle the case
