"""What each database of the hub lets in, whoever brings it: the validators handed to `sync.databases`.

Every document must be exactly what its id says (`shared.ledger.formats.envelope`); what only the hub may write (directory,
receipts, grants, withdrawals, notices) must carry the hub's signature, and over HTTP nobody writes it at all (`server_only`). Who
signed an event
and whether he might is the judge's question, asked by the router.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from shared.ledger.errors import Refused
from shared.ledger.formats.documents import check_signature
from shared.ledger.formats.envelope import PUBLISHED, family_of, ingress_validator
from sync.errors import Forbidden
from sync.peer import Doc

QUARANTINE, DROP, DIRECTORY = "quarantine", "drop", "directory"
Validator = Callable[[Doc], None]


def validators_for(
    hub_public_key: str, former: Sequence[str] = (), edges: Callable[[str], Mapping[str, str]] = lambda office: {},
) -> Callable[[str], Sequence[Validator]]:
    """The function that `Databases` asks for the validators of a database by name. `former`: keys that the hub had before: what
    it published with them may be copied on. `edges(office)`: device id -> key of those beside it whose signature counts, for
    everything but the directory; with an office, under receipts for its devices and withdrawals from it."""
    only_devices = _not_published

    def choose(name: str) -> Sequence[Validator]:
        if name == QUARANTINE:
            # Its documents are the router's own notes about what was refused; nobody else may open it.
            return ()
        if name == DROP:
            return (ingress_validator(Forbidden, "any"), only_devices)
        family = family_of(name)
        if family is None:
            return (_refuse_all(name),)
        office = name.removeprefix("office-") if family == "office" else ""
        return (ingress_validator(Forbidden, family), _hub_signed((hub_public_key, *former), edges, office))

    return choose


def server_only(id: str) -> bool:
    """What the hub publishes: over HTTP nobody writes it, not even with the hub's own signature. Whoever stole that key has no
    other way into these databases."""
    return id.partition(":")[0] in PUBLISHED


def _hub_signed(keys: Sequence[str], edges: Callable[[str], Mapping[str, str]], office: str) -> Validator:
    def allowed(doc: Doc, prefix: str) -> Sequence[str]:
        hub = doc.get("hub")
        if prefix == "directory" or (prefix == "receipt" and isinstance(hub, dict) and doc.get("issuer") == hub.get("id")):
            return keys         # asked for each receipt that a hub writes: no edge is looked up
        known = edges(office if prefix in ("receipt", "withdraw") else "")
        if prefix == "receipt" and doc.get("issuer") in known:
            return (known[doc["issuer"]],)
        return keys if prefix == "receipt" else (*keys, *known.values())

    def validate(doc: Doc) -> None:
        prefix = str(doc.get("_id", "")).partition(":")[0]
        if prefix not in PUBLISHED:
            return
        refusal: Refused | None = None
        for key in allowed(doc, prefix):
            try:
                check_signature(doc, key)
            except Refused as no:
                refusal = refusal or no
            else:
                return
        raise Forbidden(f"only_hub: {doc['_id']} is written by the hub alone; {refusal}") from refusal

    return validate


def _not_published(doc: Doc) -> None:
    if str(doc.get("_id", "")).partition(":")[0] in PUBLISHED:
        raise Forbidden(f"wrong_place: {doc['_id']} is written by the hub alone; drop takes records of devices")


def _refuse_all(name: str) -> Validator:
    def validate(doc: Doc) -> None:
        raise Forbidden(f"wrong_place: the hub has no database {name} for documents")

    return validate
