"""Where the hub's files lie, and the secrets among them. Knows paths and permissions; opens no database.

    HOME/
      hub.toml          settings an administrator may edit (see `settings`)
      vault.json        in an encrypted HOME: the ways to its data key (`safe`); then every database below, secrets.json and
                        offered-heads.json are encrypted under it
      secrets.json      mode 600: hub key, the hub's own device key, code pepper, console password, cookie key
      recovery.json     mode 600, in no backup: the recovery key, until it was moved to a safe place (`recovery`)
      databases/        *.replica, one per CouchDB database
      demands.sqlite    what citizens handed in over the portal and nobody has registered yet (`county_hub.demands`)
      rooms.sqlite      meetings online: links, codes, minutes until they are written down (`county_hub.room`)
      systems.sqlite    other systems: tokens, who is told of what, what they handed in (`county_hub.systems`)
      accounts.sqlite   people of the console, their sessions, who looked at what (`county_hub.accounts`)
      hub.sqlite        identity and epoch, enrolment codes, credentials, contacts (`registry`)
      router.sqlite     audience rows and checkpoints of the router
      router-chains.sqlite   which numbers each device has given, and by which directory; made again with the router's
      outbox.sqlite     where CouchDB stands behind: what was brought there; as precious as hub.sqlite
      read.sqlite       read model of the console; a cache
      offered-heads.json     heads of a lost life that devices brought back (`chains.offered`); may be lost
      quotas.sqlite     what each device has stored of late (`sync.endpoint.quotas`); may be lost
      orphans.sqlite    chunks that no record names, and since when (`orphans`); may be lost
      workers.json      deaths of worker processes since `serve` began; workers.lock: held by those that run (`crew`)
      hub.log           what `serve` logged
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from county_hub.hub.problems import HubProblem
from county_hub.hub.safe.moving import Files
from county_hub.hub.safe.private_file import write_private
from county_hub.hub.safe.safe import Safe
from shared.ledger.errors import DomainError
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.os_words import read_reason
from shared.ledger.texts import t


@dataclass(frozen=True, slots=True)
class HubHome:
    """`key_file`: what opens it, where it is encrypted and nothing else says (`safe`). `restores`: who asks is the restore that
    fills it, and may open what is not whole yet."""

    root: Path
    key_file: Path | None = None
    restores: bool = False
    safe: Safe = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "safe", Safe(self.root, self.key_file))

    @property
    def settings_file(self) -> Path:
        return self.root / "hub.toml"

    @property
    def secrets_file(self) -> Path:
        return self.root / "secrets.json"

    @property
    def recovery_file(self) -> Path:
        return self.root / "recovery.json"

    @property
    def databases(self) -> Path:
        return self.root / "databases"

    @property
    def demands(self) -> Path:
        return self.root / "demands.sqlite"

    @property
    def rooms(self) -> Path:
        return self.root / "rooms.sqlite"

    @property
    def accounts(self) -> Path:
        return self.root / "accounts.sqlite"

    @property
    def systems(self) -> Path:
        return self.root / "systems.sqlite"

    @property
    def registry(self) -> Path:
        return self.root / "hub.sqlite"

    @property
    def offered(self) -> Path:
        return self.root / "offered-heads.json"

    @property
    def router(self) -> Path:
        return self.root / "router.sqlite"

    @property
    def chains(self) -> Path:
        return self.router.with_name(f"{self.router.stem}-chains.sqlite")

    @property
    def outbox(self) -> Path:
        """What an edge has brought into CouchDB (`county_hub.couchdb.edge_outbox`); no cache."""
        return self.root / "outbox.sqlite"

    @property
    def read_model(self) -> Path:
        return self.root / "read.sqlite"

    @property
    def quotas(self) -> Path:
        return self.root / "quotas.sqlite"

    @property
    def orphans(self) -> Path:
        return self.root / "orphans.sqlite"

    @property
    def jobs(self) -> Path:
        """When each job of `serve` runs next."""
        return self.root / "jobs.json"

    @property
    def workers(self) -> Path:
        """Which worker processes of `serve` have died since it began (`hub.crew`)."""
        return self.root / "workers.json"

    @property
    def workers_lock(self) -> Path:
        """Held by every worker process."""
        return self.root / "workers.lock"

    @property
    def reports(self) -> Path:
        """What the county reported, month by month; a backup takes it along."""
        return self.root / "reports"

    @property
    def releases(self) -> Path:
        """What devices are offered (`hub.releases`); a backup leaves it out, it is put up again from where it came."""
        return self.root / "releases"

    @property
    def log(self) -> Path:
        return self.root / "hub.log"

    def files(self) -> Files:
        """What encryption goes through."""
        return Files(self.registry, (self.accounts, self.demands, self.rooms, self.systems, self.router, self.chains, self.quotas,
                                     self.orphans, self.outbox,
                                     *sorted(self.databases.glob("*.replica"))), (self.read_model,),
                     (self.secrets_file, self.offered))

    @property
    def restoring(self) -> Path:
        """Here while a restore fills HOME: what lies in it then is of the epoch before, and must not be served."""
        return self.root / "restoring"

    def exists(self) -> bool:
        return _is_there(self.registry) and _is_there(self.secrets_file)

    def require(self) -> None:
        """Raise `HubProblem` when HOME was never initialised, was not restored to the end, or lacks what cannot be made again."""
        if not self.restores and self.restoring.exists():
            raise HubProblem(t("hub.restore.half", home=self.root))
        if not self.exists():
            self.refuse_torn()
            raise HubProblem(t("hub.home.missing", home=self.root))

    def refuse_torn(self) -> None:
        """Raise `HubProblem` where databases lie in HOME and what they were written with is gone: to found it anew would give
        another life to what devices believe to know."""
        gone = next((file for file in (self.secrets_file, self.registry) if not _is_there(file)), None)
        if gone is not None:
            self.refuse_without(gone)

    def refuse_without(self, gone: Path) -> None:
        """The same of a file that says nothing of what the databases were written with."""
        if any(self.databases.glob("*.replica")):
            raise HubProblem(t("hub.home.torn", home=self.root, file=gone))

    def read_secrets(self) -> dict[str, Any]:
        """The secrets; `HubProblem` when the file is missing or not JSON."""
        try:
            value = self.safe.opened(self.secrets_file)
        except FileNotFoundError:
            raise HubProblem(t("hub.home.no_secrets", file=self.secrets_file)) from None
        except (OSError, ValueError) as error:
            raise HubProblem(t("hub.home.bad_secrets", file=self.secrets_file, reason=read_reason(error))) from None
        if not isinstance(value, dict):
            raise HubProblem(t("hub.home.bad_secrets", file=self.secrets_file, reason=t("os.content")))
        return value

    def keys(self, secrets: Mapping[str, Any]) -> tuple[DeviceKey, DeviceKey, bytes]:
        """The hub's key, that of its own device, and the pepper of what it hashes. Raises `HubProblem`: one is no such thing."""
        try:
            return DeviceKey.load(secrets["hub_key"]), DeviceKey.load(secrets["device_key"]), bytes.fromhex(secrets["pepper"])
        except (KeyError, TypeError, ValueError, DomainError) as error:
            raise HubProblem(t("hub.home.bad_secrets", file=self.secrets_file, reason=read_reason(error))) from None

    def console_password(self) -> Callable[[], str]:
        """A function that tells the stored hash as it is now: the command that changes it may run while `serve` does."""
        seen: tuple[object, str] = (None, "")

        def password() -> str:
            nonlocal seen
            found = self.secrets_file.stat()
            if seen[0] != (found.st_mtime_ns, found.st_ino):
                seen = (found.st_mtime_ns, found.st_ino), str(self.read_secrets()["console_password"])
            return seen[1]

        return password

    def write_secrets(self, secrets: dict[str, Any]) -> None:
        """Replace the secrets file at once (write beside, fsync, rename), readable by its owner alone."""
        write_private(self.secrets_file, self.safe.sealed(self.secrets_file, secrets))


def _is_there(file: Path) -> bool:
    """An empty one is what a crash of the disk or a hand has left of it: neither is ever empty once databases are there."""
    return file.is_file() and file.stat().st_size > 0
