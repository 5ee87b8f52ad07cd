"""An opened hub: its HOME, its registry, its databases, the directory it publishes, the tables it keeps.

`open_hub` opens a HOME for `serve` and for every command. Both may run at the same time in several processes: all they share are
SQLite files. What events mean is the domain it is handed; it must not know officers, pages or commands.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from county_hub.hub import ingress
from county_hub.hub.backing.store import EDGE, Backing
from county_hub.hub.chains.book import Forked
from county_hub.hub.chains.elsewhere import forks_elsewhere
from county_hub.hub.chains.files import complete_files
from county_hub.hub.chains.forks import forked_numbers, forks
from county_hub.hub.chains.statements import Statements
from county_hub.hub.devices import enrolment
from county_hub.hub.devices.authoriser import HubAuthoriser
from county_hub.hub.devices.contacts import Contacts
from county_hub.hub.devices.enrolment import HubIdentity
from county_hub.hub.edges import Answering
from county_hub.hub.ingress import DIRECTORY
from county_hub.hub.kept.formats import require_format
from county_hub.hub.kept.home import HubHome
from county_hub.hub.kept.recovery import HeadMemory
from county_hub.hub.kept.registry import Registry
from county_hub.hub.kept.settings import HubSettings, load_settings
from county_hub.hub.problems import HubProblem
from county_hub.hub.published.directory_office import DirectoryOffice
from county_hub.hub.published.offered_heads import OfferedHeads
from county_hub.hub.published.receipt_office import ReceiptOffice
from county_hub.hub.routed import rules as routing
from county_hub.hub.routed.closed_office import ClosedOffice
from county_hub.hub.safe import moving
from shared.ledger.authoring import Author, ChainHead, DeviceIdentity, chain_head
from shared.ledger.domain import Domain
from shared.ledger.formats.enrolment_code import HubKeys
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.formats.possession import identity_proof
from shared.ledger.published.directory_heads import Directory
from shared.ledger.published.edges import believed_keys
from shared.ledger.texts import t
from sync import private
from sync.databases import Databases
from sync.projector import Projector
from sync.replica import LocalReplica
from sync.router import Router

FORMER = "hub_keys_before"      # in secrets.json: public keys that this hub had, the first one first
EDGE_OF = "edge_of"             # in secrets.json of an edge: {device, public_key: of the publisher}; `hub_key` is then its own


@dataclass(slots=True)
class Hub:
    """Everything an open hub has. `county` is the county's office id; `replica` its consolidated database."""

    home: HubHome
    settings: HubSettings
    secrets: dict[str, Any]
    registry: Registry
    databases: Databases
    directory: DirectoryOffice
    contacts: Contacts
    authoriser: HubAuthoriser
    projector: Projector
    replica: LocalReplica
    key: DeviceKey
    own_device: DeviceIdentity
    county: str
    domain: Domain
    statements: Statements
    now: Callable[[], int]
    told: Counter[str] = field(default_factory=Counter)     # what this process has counted since it began: `receipts`
    file_key: bytes | None = field(default=None, repr=False)    # what every file of HOME is encrypted under
    backing: Backing | None = None      # what stands behind, where these databases are only caches
    found_open: tuple[tuple[Path, int], ...] = ()   # what others could read until this opening closed it, with its mode

    @property
    def edge(self) -> str:
        """The device id under which this hub issues where it is an edge; "" for the publisher."""
        return str((self.secrets.get(EDGE_OF) or {}).get("device", ""))

    @property
    def public_key(self) -> str:
        """The county's: on an edge that of the publisher."""
        return public_key_of(self.secrets, self.key)

    @property
    def answering(self) -> Answering:
        return Answering(self.directory.latest, self.edge, lambda: self.backing is None)

    def identity(self) -> HubIdentity:
        epoch = self.directory.latest().epoch if self.edge else ""      # an edge follows
        return HubIdentity(self.registry.meta("hub_id") or "", epoch or self.registry.meta("epoch") or "", self.public_key)

    def keys(self) -> HubKeys:
        """Whose word a device of this county believes: what an enrolment code carries."""
        known = self.identity()
        return HubKeys(known.hub_id, self.key.alg, known.public_key, self.directory.latest().recovery_key)

    def prove(self, challenge: str) -> dict[str, Any]:
        """Who this hub is, signed over what the asker chose. Raises `Refused` for a challenge that is none."""
        keys, epoch = self.keys(), self.epoch()
        return enrolment.identity_answer(keys, epoch, identity_proof(self.key, keys, epoch, challenge))

    def epoch(self) -> str:
        return self.identity().epoch

    def hub_and_epoch(self) -> tuple[str, str]:
        known = self.identity()
        return known.hub_id, known.epoch

    @property
    def chains_file(self) -> Path:
        return routing.chains_beside(self.home.router)

    def own_forks(self) -> list[Forked]:
        """Numbers that a device has given twice, as this hub has seen."""
        return forks(self.chains_file, self.statements, self.file_key)

    def forks(self) -> list[Forked]:
        """The same, and what other hubs of the county have seen, by device and number."""
        found = {(fork.device, fork.seq): fork for fork in (*forks_elsewhere(self.registry), *self.own_forks())}
        return [found[place] for place in sorted(found)]

    def clock(self) -> int:
        """Milliseconds since 1970 UTC."""
        return self.now()

    def chain_head(self) -> ChainHead | None:
        """Where the chain of the hub's own device ends."""
        return chain_head(self.replica)

    def author(self, device: DeviceIdentity | None = None, replica: LocalReplica | None = None) -> Author:
        """Writes events of the county's officers through the hub's own device, slot 000; with a device that it holds for an
        organ, into that office's database. The hub is the clock: offset 0."""
        return Author(
            replica or self.replica, device=device or self.own_device, clock=self.clock, directory=self.directory.cited,
            offset_ms=lambda: 0,
        )


@contextlib.contextmanager
def open_hub(home: HubHome, domain: Domain, clock: Callable[[], int]) -> Iterator[Hub]:
    """The open hub of a HOME, for the events of `domain`. Raises `HubProblem` when there is none or its files are damaged."""
    home.require()
    private.from_now_on()
    found_open = tuple(private.only_owner(home.root))
    moving.go_on(home.safe, home.files())
    require_format(home)
    file_key = home.safe.database_key()
    settings, secrets = load_settings(home), home.read_secrets()
    key, device_key, pepper = home.keys(secrets)
    registry = Registry(home.registry, pepper=pepper, clock=clock, key=file_key)
    with contextlib.ExitStack() as stack:
        stack.callback(registry.close)
        county = registry.meta("county")
        if county is None:
            if registry.meta("hub_id") is None:         # which was given before the first database was made
                home.refuse_without(home.registry)
            raise HubProblem(t("hub.home.half", home=home.root))
        former, edges = tuple(secrets.get(FORMER, ())), dict[str, Callable[[], Directory]]()
        trusted = public_key_of(secrets, key)
        databases = stack.enter_context(open_databases(home, trusted, former, edges))
        gone = next((name for name in (DIRECTORY, f"office-{county}") if not databases.exists(name)), None)
        if gone is not None and not registry.meta(EDGE):       # an edge makes its caches anew when it is served
            raise HubProblem(t("hub.home.torn", home=home.root, file=home.databases / f"{gone}.replica"))
        directory = DirectoryOffice(
            databases, key, epoch=lambda: registry.meta("epoch") or "", clock=clock, memory=HeadMemory(registry),
            trusted=(*former, trusted)[0], offered=OfferedHeads(home.offered, home.safe), publishes=EDGE_OF not in secrets,
        )
        edges[DIRECTORY] = directory.latest
        contacts = Contacts(registry, clock)
        stack.callback(contacts.flush)
        replica = stack.enter_context(databases.lease(f"office-{county}"))
        projector = Projector(home.read_model, replica, domain.tables(directory.latest, None), key=file_key)
        stack.callback(projector.close)
        own_device = secrets.get("device", f"{county}-000")
        own = DeviceIdentity(own_device, int(own_device.rsplit("-", 1)[1]), county, device_key)
        edge = str((secrets.get(EDGE_OF) or {}).get("device", ""))
        admits = Answering(directory.latest, edge, lambda: False).admits
        authoriser = HubAuthoriser(registry, directory, contacts, clock, admits)
        yield Hub(
            home, settings, secrets, registry, databases, directory, contacts, authoriser, projector, replica, key, own,
            county, domain, Statements(registry, directory, clock), clock, file_key=file_key, found_open=found_open,
        )


def public_key_of(secrets: Mapping[str, Any], key: DeviceKey) -> str:
    """The county's public key: that of `key`, on an edge the publisher's."""
    return str((secrets.get(EDGE_OF) or {}).get("public_key", key.public))


def open_databases(home: HubHome, public_key: str, former: Sequence[str] = (),
                   directory: Mapping[str, Callable[[], Directory]] = MappingProxyType({})) -> Databases:
    """`directory`: gets, once the databases are open, under `DIRECTORY` who knows the keys of edges."""

    def edges(office: str) -> Mapping[str, str]:
        return believed_keys(directory[DIRECTORY](), office) if DIRECTORY in directory else {}

    return Databases(home.databases, validators_for=ingress.validators_for(public_key, former, edges),
                     key=home.safe.database_key())


def new_secrets(password_hash: str, random: Callable[[int], bytes]) -> dict[str, str]:
    """Fresh keys of a hub that is being founded."""
    return {
        "hub_key": DeviceKey.generate(random).save(),
        "device_key": DeviceKey.generate(random).save(),
        "pepper": random(32).hex(),
        "cookie_key": random(32).hex(),
        "console_password": password_hash,
    }


def hub_home(text: str, key_file: Path | None = None) -> HubHome:
    return HubHome(Path(text).expanduser().absolute(), key_file)


def router_of(hub: Hub, shard: tuple[int, int] = (0, 1), wrote: Callable[[int], None] | None = None) -> Router:
    """A router over an open hub; several may work at the same time. `wrote(n)` hears how many receipts were written, else the hub
    counts them. Close it. Raises `HubProblem` where these databases are caches and what is behind them is not at hand: nothing
    may be settled that it does not hold."""
    require_backing(hub)
    return routing.open_router(
        hub.county, hub.databases, hub.directory, hub.key, hub=hub.hub_and_epoch, clock=hub.clock, path=hub.home.router,
        domain=hub.domain, stated=hub.statements.stated, ready=lambda: may_sign(hub), file_key=hub.file_key,
        wrote=wrote or (lambda n: hub.told.update(receipts=n)), shard=shard, backing=hub.backing, answering=hub.answering,
    )


def require_backing(hub: Hub) -> None:
    """Raises `HubProblem` where the databases of HOME are caches and what is behind them is not at hand."""
    if hub.backing is None and (edge := hub.registry.meta(EDGE)):
        raise HubProblem(t("couchdb.only_serve", url=json.loads(edge).get("url") or t("couchdb.address")))


def may_sign(hub: Hub) -> bool:
    """Not while a restored hub's epoch waits for the recovery key: no tablet would believe its receipts. Nor while the store
    behind lacks what receipts have said."""
    return hub.directory.latest().epoch == hub.epoch() and (hub.backing is None or hub.backing.ready())


def receipts_of(hub: Hub) -> ReceiptOffice:
    return ReceiptOffice(
        hub.databases, hub.key, consolidated=f"office-{hub.county}", hub=hub.hub_and_epoch,
        directory=hub.directory.latest, clock=hub.clock, ready=lambda: may_sign(hub),
        forked=lambda device, numbers: forked_numbers(hub.chains_file, hub.statements, device, numbers, hub.file_key),
        files=lambda device: complete_files(hub.chains_file, device, hub.file_key),
        began=hub.backing.began if hub.backing is not None else lambda: 0,
        issuer=hub.edge, serves=hub.answering.serves,
    )


def closed_office_of(hub: Hub) -> ClosedOffice:
    """Brings sealed bodies to the offices that have a key."""
    return ClosedOffice(hub.databases, hub.projector.reader, hub.directory.latest, hub.domain)
