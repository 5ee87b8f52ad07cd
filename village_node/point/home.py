"""The folder of one service point: which file holds what, and how each is written.

    HOME/node.toml        device, office, slot, hub address, pinned key; present = enrolled; written last
         vault.json       the ways to come by the data key (`shared.ledger.vault`); everything below but what is marked * is
                          encrypted under it
         secrets.json     0600: device key seed, credentials at the hub, PIN verifiers (all stay here)
         recipients.json  devices that get keys of sealed bodies, by the word of a person here
         anchor.json *    own newest chain head, outside the databases: an older copy betrays itself
         state.json *     what the sync worker learnt (success, clock offset, error); may be deleted
         replicas/        office.replica, files.replica, directory.replica
         read.sqlite      a cache folded from events
         drafts.sqlite    0600: forms that are not finished, of this device alone
         tries.json *     wrong PINs, and how long to wait
         tpm.json         what a TPM of this machine has sealed (`safe.tpm`); of use to it alone
         app.json *       how large this device shows its letters, and in which language
         home.lock        held for the moment in which a small file is read and replaced
         sync.lock        one sync worker per HOME (pid inside)
         log/ *           program log, for the administrator; no personal data
Every small file is replaced as a whole (fsync, rename): a power cut leaves the old or the new one.
Must not know: replicas' contents, HTTP, events.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets as randomness
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.ledger import vault
from shared.ledger.errors import Refused
from shared.ledger.formats import loose_json
from shared.ledger.os_words import os_reason
from shared.ledger.texts import t
from shared.ledger.vault import Vault
from village_node.point.errors import Locked, NotEnrolled, StorageTrouble, UsageError

try:
    import fcntl
except ImportError:                          # Windows: the small files are written by one program at a time there
    fcntl = None                             # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """node.toml. `databases`: "office" | "files" | "directory" | "closed" -> name at the hub. What older programs did not write
    has a default."""

    device: str
    slot: str                    # three digits
    office: str
    role: str
    hub_url: str
    hub_id: str
    hub_epoch: str
    hub_public_key: str          # base64, pinned at enrolment
    databases: Mapping[str, str] = field(default_factory=dict)
    enrolled_at: int = 0
    previous: tuple[str, ...] = ()           # device ids this HOME had before a fresh identity
    hub_recovery_key: str = ""               # base64, pinned at enrolment; "": not known, or the county has none
    further_urls: tuple[str, ...] = ()       # tried in this order where `hub_url` does not answer
    tls_keys: tuple[str, ...] = ()           # what TLS may show at any of them (`sync.remote.tls.key_mark`)


def default_home() -> Path:
    """Where a service point lies when nobody says: the folder for data of the person at this machine."""
    base = os.environ.get("LOCALAPPDATA") if os.name == "nt" else os.environ.get("XDG_DATA_HOME")
    return Path(base or Path.home() / ".local" / "share") / "shuoshi"


class Home:
    """Paths and small files of one HOME."""

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root).expanduser()
        self.node_toml = self.root / "node.toml"
        self.secrets_file = self.root / "secrets.json"
        self.vault_file = self.root / "vault.json"
        self.recipients_file = self.root / "recipients.json"
        self.tries_file = self.root / "tries.json"
        self.tpm_file = self.root / "tpm.json"
        self.anchor_file = self.root / "anchor.json"
        self.state_file = self.root / "state.json"
        self.pending_file = self.root / "enrolling.json"
        self.read_file = self.root / "read.sqlite"
        self.drafts_file = self.root / "drafts.sqlite"
        self.app_file = self.root / "app.json"
        self.app_lock_file = self.root / "app.lock"
        self.lock_file = self.root / "sync.lock"
        self.jobs_file = self.root / "jobs.json"
        self.replicas = self.root / "replicas"
        self.log = self.root / "log"
        self.data_key: bytes | None = None       # set by `safe.unlock`; without it only a HOME that opens by itself tells secrets
        self.opened_by = ""                      # whose PIN did it
        self._state: tuple[object, dict[str, Any]] = (None, {})

    def replica(self, name: str) -> Path:
        return self.replicas / f"{name}.replica"

    @property
    def enrolled(self) -> bool:
        return self.node_toml.is_file()

    def config(self) -> NodeConfig:
        if not self.enrolled:
            raise NotEnrolled(t("node.error.not_enrolled", home=self.root))
        try:
            raw = tomllib.loads(self.node_toml.read_text("utf-8"))
            lists = {name: tuple(value) for name, value in raw.items() if isinstance(value, list)}
            return NodeConfig(**{**raw, **lists})
        except (tomllib.TOMLDecodeError, TypeError, UnicodeDecodeError) as error:
            raise StorageTrouble(t("node.error.config_broken", path=self.node_toml)) from error

    def write_config(self, config: NodeConfig) -> None:
        self._replace(self.node_toml, _toml(config).encode("utf-8"))

    def secrets(self) -> dict[str, Any]:
        """{"identities": {device: {"device_key", "username", "password"}}, "pins"}; {} before enrolment. Raises Locked."""
        return self.read_sealed(self.secrets_file)

    def write_secrets(self, value: Mapping[str, Any]) -> None:
        """Raises Locked."""
        self.write_sealed(self.secrets_file, value)

    # ---- the vault

    def vault(self) -> Vault | None:
        """None in a HOME from before, and in one that is not there yet. Raises StorageTrouble."""
        try:
            return vault.read_vault(self.vault_file.read_text("utf-8"))
        except FileNotFoundError:
            return None
        except (Refused, OSError, ValueError) as error:
            newer = isinstance(error, Refused) and error.code == "newer_version"
            raise StorageTrouble(t("node.error.newer_version") if newer else
                                 t("node.error.file_unreadable", path=self.vault_file)) from error

    def write_vault(self, made: Vault) -> None:
        self.write_json(self.vault_file, made.to_json())

    def change_vault(self, change: Callable[[Vault], Vault]) -> None:
        """One at a time, as `change_secrets`."""
        with self.alone():
            found = self.vault()
            if found is not None:
                self.write_vault(change(found))

    def key(self) -> bytes | None:
        """The data key; None in a HOME without a vault. Raises Locked."""
        if self.data_key is None and (found := self.vault()) is not None:
            self.data_key = found.open_alone()
            if self.data_key is None:
                raise Locked(t("node.safe.locked"))
        return self.data_key

    def database_key(self) -> bytes | None:
        """The key of the databases; None where this installation cannot encrypt them. Raises Locked."""
        found = self.vault()
        return self.key() if found is not None and found.databases == "sqlcipher" else None

    def read_sealed(self, path: Path) -> dict[str, Any]:
        """{} when it is not there. Raises Locked, StorageTrouble."""
        value = self.read_json(path)
        if not vault.is_sealed(value):
            return value
        key = self.key()
        try:
            opened = loose_json.parsed(vault.unseal(key or b"", path.name, value))
        except (Refused, ValueError) as error:
            raise StorageTrouble(t("node.error.file_unreadable", path=path)) from error
        return opened if isinstance(opened, dict) else {}

    def write_sealed(self, path: Path, value: Mapping[str, Any]) -> None:
        """Raises Locked."""
        key = self.key()
        if key is not None:
            value = vault.seal(key, path.name, json.dumps(value, ensure_ascii=False).encode(), randomness.token_bytes)
        self.write_json(path, value, mode=0o600)

    def seal_what_is_open(self) -> None:
        """Secrets that lie here as text, from before there was a vault, are encrypted."""
        with self.alone():
            for path in (self.secrets_file, self.pending_file, self.recipients_file):
                value = self.read_json(path)
                if value and not vault.is_sealed(value):
                    self.write_sealed(path, value)

    # ---- identities

    def identity(self, device: str) -> dict[str, str]:
        """{"device_key", "username", "password"} of a device. Raises StorageTrouble when they are not there."""
        found = (self.secrets().get("identities") or {}).get(device)
        if not isinstance(found, dict) or not {"device_key", "username", "password"} <= found.keys():
            raise StorageTrouble(t("node.error.no_identity", path=self.secrets_file, device=device))
        return found

    def add_identity(self, device: str, *, device_key: str, username: str, password: str) -> None:
        """Before node.toml names the device: whichever of the two a power cut leaves, key and device fit together."""
        made = {"device_key": device_key, "username": username, "password": password}
        self.change_secrets(lambda known: {"identities": {**(known.get("identities") or {}), device: made}})

    def change_secrets(self, change: Callable[[dict[str, Any]], Mapping[str, Any]]) -> None:
        """Replace the values that `change(known)` gives. One at a time: a PIN counted by the app must not undo an identity that
        the command line has just written."""
        with self.alone():
            known = self.secrets()
            self.write_secrets({**known, **change(known)})

    def pending(self) -> dict[str, Any]:
        """{"code": sha256 of the code, "key"} of an enrolment whose answer has not come; {} otherwise."""
        return self.read_sealed(self.pending_file)

    def write_pending(self, value: Mapping[str, Any]) -> None:
        self.write_sealed(self.pending_file, value)

    def anchor(self) -> dict[str, Any]:
        return self.read_json(self.anchor_file)

    def write_anchor(self, *, device: str, seq: int, head: str) -> None:
        self.write_json(self.anchor_file, {"device": device, "device_seq": seq, "h": head})

    def state(self) -> dict[str, Any]:
        """A copy. Asked some thirty times an act, so the file is read when it has changed."""
        try:
            found = self.state_file.stat()
        except OSError:
            return {}
        mark = (found.st_mtime_ns, found.st_ino, found.st_size)
        if self._state[0] != mark:
            try:
                self._state = mark, self.read_json(self.state_file)
            except StorageTrouble:
                return {}                   # a cache: a broken one is as good as none
        return dict(self._state[1])

    def update_state(self, **values: Any) -> dict[str, Any]:
        with self.alone():
            merged = {**self.state(), **values}
            self.write_json(self.state_file, merged)
        return merged

    def create(self) -> None:
        """Make the folders. Raises UsageError when the path cannot be a folder."""
        try:
            for folder in (self.root, self.replicas, self.log):
                folder.mkdir(parents=True, exist_ok=True)
                folder.chmod(0o700)
        except OSError as error:
            raise UsageError(t("node.error.home_unusable", home=self.root, reason=os_reason(error))) from error

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """No other process or thread reads and writes a small file meanwhile. Never one block inside another."""
        if fcntl is None:                    # pragma: no cover
            yield
            return
        with (self.root / "home.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def read_json(self, path: Path) -> dict[str, Any]:
        try:
            value = loose_json.read(path)
        except FileNotFoundError:
            return {}
        except (ValueError, OSError) as error:
            raise StorageTrouble(t("node.error.file_unreadable", path=path)) from error
        return value if isinstance(value, dict) else {}

    def write_json(self, path: Path, value: Mapping[str, Any], *, mode: int = 0o600) -> None:
        self._replace(path, json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8"), mode)

    @staticmethod
    def _replace(path: Path, data: bytes, mode: int = 0o600) -> None:
        temporary = path.with_name(f".{path.name}.{os.getpid()}.{randomness.token_hex(4)}")
        try:
            fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            with os.fdopen(fd, "wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def _toml(config: NodeConfig) -> str:
    """node.toml as text. JSON's string escapes are a subset of TOML's basic strings."""
    lines = ["# 服务点配置，登记时写成；密钥在 secrets.json"]
    for name in NodeConfig.__dataclass_fields__:
        value = getattr(config, name)
        if not isinstance(value, Mapping):
            lines.append(f"{name} = {json.dumps(value, ensure_ascii=False)}")
    lines.append("\n[databases]")
    lines += [f"{json.dumps(k)} = {json.dumps(v, ensure_ascii=False)}" for k, v in config.databases.items()]
    return "\n".join(lines) + "\n"
