"""Founds a hub: secrets, identity, databases, first directory head. Safe to run twice and to run on after a crash.

Order: secrets -> registry -> databases -> directory. Each step looks at what is there and adds what is missing; a second run
never overwrites what officers have changed since. It must not know argument parsing.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from types import MappingProxyType

from county_hub.hub import ingress
from county_hub.hub.devices.enrolment import databases_of
from county_hub.hub.hub import FORMER, new_secrets, open_databases
from county_hub.hub.kept import recovery
from county_hub.hub.kept.formats import FORMAT, mark, require_format
from county_hub.hub.kept.home import HubHome
from county_hub.hub.kept.passwords import hash_password
from county_hub.hub.kept.recovery import HeadMemory
from county_hub.hub.kept.registry import Registry
from county_hub.hub.kept.settings import DEFAULT_FILE, load_settings
from county_hub.hub.problems import HubProblem
from county_hub.hub.published.directory_office import DirectoryOffice
from county_hub.hub.safe import moving
from county_hub.hub.safe.private_file import write_private
from shared.ledger.domain import MATCH_KEY, SCHEMAS
from shared.ledger.formats.documents import Doc
from shared.ledger.formats.ids import office_id
from shared.ledger.formats.keys import ED25519
from shared.ledger.published.directory_heads import Directory, change
from shared.ledger.published.offices import Organisation
from shared.ledger.texts import t
from shared.version import APP
from sync import private
from sync.databases import Databases

OWN_SLOT = "000"


@dataclass(frozen=True, slots=True)
class Founded:
    """`password` is the console password when it was made just now; empty when it was given or is from an earlier run."""

    county: str
    hub_id: str
    epoch: str
    directory: tuple[str, int]
    offices: int
    databases_made: int
    password: str


def found(
    home: HubHome, county: str, organisation: Organisation, password: str | None, clock: Callable[[], int],
    progress: Callable[[int, int], None] = lambda done, total: None, *, demo: bool = False,
    again: Callable[[Directory], None] = lambda before: None, schemas: Mapping[str, int] = MappingProxyType({}),
) -> Founded:
    """`county` is the six-digit code, `password` that of the console (None: one is made up); `demo` marks every screen of hub
    and devices as DEMO, for good; `schemas` is what the hub judges (`Domain.schemas`). A HOME that was founded before is shown to
    `again` as its directory stands. Raises `HubProblem` for a HOME of another county or of something else."""
    office = office_id(county)
    _refuse_foreign(home, office, clock)
    private.from_now_on()
    home.root.mkdir(parents=True, exist_ok=True)
    private.only_owner(home.root)
    moving.go_on(home.safe, home.files())
    if not home.secrets_file.exists():
        home.safe.found()
    home.safe.key()
    load_settings(home)
    secrets, made_password = _secrets(home, password)
    key, own_key, pepper = home.keys(secrets)
    file_key = home.safe.database_key()
    with closing(Registry(home.registry, pepper=pepper, clock=clock, key=file_key)) as registry:
        if registry.meta("hub_id") is None:
            registry.set_meta({"hub_id": f"hub-{county}-{os.urandom(3).hex()}", "epoch": new_epoch(None)})
        if not home.settings_file.exists():
            write_private(home.settings_file, DEFAULT_FILE.read_bytes())
        former = tuple(secrets.get(FORMER, ()))
        with open_databases(home, key.public, former) as databases:
            made = make_databases(databases, organisation, progress)
            directory = DirectoryOffice(
                databases, key, epoch=lambda: registry.meta("epoch") or "", clock=clock, memory=HeadMemory(registry),
                trusted=(*former, key.public)[0],
            )
            hub: dict[str, object] = {
                "hub_id": registry.meta("hub_id"), "public_key": key.public, "alg": key.alg,
                "name": organisation.short_name(office) + t("hub.init.hub_name"),
            }
            if registry.meta("county") is not None:
                again(directory.latest())
            hub_id = str(hub["hub_id"])
            own, now = own_key.public, clock()
            version = directory.revise(lambda latest: [
                *_first(latest, home, hub_id), *_missing(latest, organisation, office, own, hub, schemas, now)])
            if demo and not (directory.latest().setting("demo") or {}).get("on"):
                version = directory.publish([change("setting", "demo", {"on": True})])
        registry.reserve_slot(office, OWN_SLOT)
        if registry.meta("county") is None:
            mark(home, FORMAT, now, APP)
        # Last: from here on HOME counts as founded.
        registry.set_meta({"county": office})
        return Founded(
            office, str(hub["hub_id"]), registry.meta("epoch") or "", version, len(organisation.offices), made, made_password,
        )


def new_epoch(previous: str | None) -> str:
    """`0001-<random>`, counting up: names one life of the hub between restores."""
    number = int(previous.partition("-")[0]) + 1 if previous else 1
    return f"{number:04d}-{os.urandom(4).hex()}"


def _refuse_foreign(home: HubHome, county: str, clock: Callable[[], int]) -> None:
    if home.root.exists() and not home.root.is_dir():
        raise HubProblem(t("hub.init.not_a_folder", home=home.root))
    home.refuse_torn()
    if not home.secrets_file.exists() and _has_foreign_files(home):
        raise HubProblem(t("hub.init.not_empty", home=home.root))
    if home.exists():
        pepper = home.keys(home.read_secrets())[2]
        with closing(Registry(home.registry, pepper=pepper, clock=clock, key=home.safe.database_key())) as registry:
            known, hub_id = registry.meta("county"), registry.meta("hub_id")
        if hub_id is None:
            home.refuse_without(home.registry)
        if known is not None and known != county:
            raise HubProblem(t("hub.init.other_county", home=home.root, known=known, wanted=county))
        if known is not None:
            require_format(home)


def _has_foreign_files(home: HubHome) -> bool:
    """Files in HOME that no interrupted run of this command left."""
    left = {home.secrets_file.name + ".new", home.safe.file.name, home.safe.file.name + ".new"}
    return home.root.exists() and any(entry.name not in left for entry in home.root.iterdir())


def _secrets(home: HubHome, password: str | None) -> tuple[dict[str, str], str]:
    """The secrets of HOME, made when missing, and the console password if it was made up here."""
    if home.secrets_file.exists():
        secrets = home.read_secrets()
        if password is not None:
            secrets["console_password"] = hash_password(password)
            home.write_secrets(secrets)
        return secrets, ""
    made = "" if password is not None else pronounceable()
    secrets = new_secrets(hash_password(password if password is not None else made), os.urandom)
    home.write_secrets(secrets)
    return secrets, made


def pronounceable() -> str:
    """16 letters in four groups: 62 bits, easy to copy from a screen."""
    letters = "abcdefghjkmnpqrstuvwxyz"
    text = "".join(letters[byte % len(letters)] for byte in os.urandom(64)[:16])
    return "-".join(text[i : i + 4] for i in range(0, 16, 4))


def database_names(offices: Iterable[str]) -> Iterator[str]:
    """Every database of a county of these offices."""
    yield from (ingress.DIRECTORY, ingress.QUARANTINE, ingress.DROP)
    for office in sorted(offices):
        names = databases_of(office)
        yield from (names["office"], names["files"], names["closed"])


def make_databases(
    databases: Databases, organisation: Organisation, progress: Callable[[int, int], None] = lambda done, total: None
) -> int:
    """Create what is missing; how many were."""
    names = list(database_names(organisation.offices))
    made = 0
    for done, name in enumerate(names, start=1):
        if not databases.exists(name):
            databases.create(name)
            made += 1
        lock_administration(databases, name)
        progress(done, len(names))
    return made


def lock_administration(databases: Databases, name: str) -> None:
    """Name an administrator that no device can be: an endpoint asks `_security` who may purge or compact, and a database
    that names nobody would let every writer."""
    locked = {"admins": {"names": [], "roles": ["_admin"]}, "members": {"names": [], "roles": []}}
    with databases.lease(name) as replica:
        stored = replica.get_local("_security")
        if stored is None or stored.get("security") != locked:
            rev = {"_rev": stored["_rev"]} if stored else {}
            replica.put_local("_security", {"security": locked, **rev})


def _first(latest: Directory, home: HubHome, hub_id: str) -> Iterator[Doc]:
    """What stands in the first head alone: the public half of the recovery key, which is made here."""
    if latest.version == 0:
        key = recovery.make(home, hub_id, os.urandom)
        yield change("recovery", "recovery", {"public_key": key.public, "alg": key.alg})


def _missing(
    latest: Directory, organisation: Organisation, county: str, own_key: str, hub: dict[str, object], schemas: Mapping[str, int],
    now: int,
) -> Iterator[Doc]:
    """Changes that bring the directory up to the founding state, without touching what stands."""
    if latest.hub is None:
        yield change("hub", "hub", hub)
    if schemas:
        yield change("setting", SCHEMAS, schemas)
    if latest.setting(MATCH_KEY) is None:
        yield change("setting", MATCH_KEY, {"key": os.urandom(16).hex()})
    for office in sorted(organisation.offices.values(), key=lambda office: office.id):
        if latest.office(office.id) is None:
            yield change("office", office.id, office.value())
    own = f"{county}-{OWN_SLOT}"
    if latest.device(own) is None:
        yield change("device", own, {
            "office": county, "slot": 0, "public_key": own_key, "alg": ED25519, "status": "active", "final_seq": None,
            "role": "console", "enrolled_at": now,
        })
