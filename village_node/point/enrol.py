"""Enrolment: a one-time code and a key pair made here become an identity of this HOME.

Order: key pair (kept in enrolling.json, so an answer lost on the line can be asked for again with the same
key; the hub then gives the same identity) -> POST code and public key -> secrets.json -> node.toml (from
now on "enrolled")
-> first pull of the directory. A refusal leaves HOME as it was. The secret key never leaves the device.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from shared.ledger.formats.ids import is_office_id
from shared.ledger.formats.keys import DeviceKey, check_public_key
from shared.ledger.published.pin_codes import CHEAP, verifier_of
from shared.ledger.texts import t
from village_node.point.errors import EnrolFailed, NodeError, UsageError
from village_node.point.home import Home, NodeConfig
from village_node.point.hub_client import EnrolmentAnswer, HubClient, normal_url, post_enrolment


@dataclass(frozen=True, slots=True)
class Enrolled:
    """`directory_version` 0: the directory could not be fetched yet; `sentence` says so."""

    config: NodeConfig
    directory_version: int
    sentence: str


def enrol(
    home: Home, url: str, code: str, *, random: Callable[[int], bytes], clock: Callable[[], int],
    first_pull: Callable[[Home, HubClient], int], found: Callable[[], object] = lambda: None,
    renew: bool = False,
) -> Enrolled:
    """`renew` gives a HOME whose identity is at fault a fresh one; its records stay. `found()` gives a new HOME its vault before
    a secret is written; `first_pull(home, hub)` gives the directory's version. Raises UsageError, EnrolFailed, HubAbsent."""
    base, code = normal_url(url), _clean(code)
    if home.enrolled and not renew:
        raise EnrolFailed(t("node.enrol.already", home=home.root, device=home.config().device))
    before = home.config() if home.enrolled else None
    existed = home.root.exists(), home.vault_file.exists()
    home.create()
    found()
    try:
        key = _pending_key(home, code, random)
        answer = post_enrolment(base, code, key)
        check_answer(answer, base, before)
    except EnrolFailed:
        _forget(home, existed)
        raise
    config = _keep(home, base, answer, key, clock(), before, code, random)
    return _first_directory(home, config, answer, first_pull)


def _clean(code: str) -> str:
    text = "".join(c for c in code.upper() if c.isascii() and c.isalnum())
    if not 6 <= len(text) <= 32:
        raise UsageError(t("node.enrol.code_shape", code=code))
    return code.strip()


def _pending_key(home: Home, code: str, random: Callable[[int], bytes]) -> DeviceKey:
    """The key of an earlier try with this code whose answer never came, or a fresh one, written before it
    is sent."""
    mark = hashlib.sha256(code.encode()).hexdigest()
    pending = home.pending()
    if pending.get("code") == mark:
        return DeviceKey.load(pending["key"])
    key = DeviceKey.generate(random)
    home.write_pending({"code": mark, "key": key.save()})
    return key


def _forget(home: Home, existed: tuple[bool, bool]) -> None:
    """`existed`: the folder, its vault."""
    home.pending_file.unlink(missing_ok=True)
    if not existed[1] and not home.enrolled:
        home.vault_file.unlink(missing_ok=True)
    if not existed[0]:
        (home.root / "home.lock").unlink(missing_ok=True)
        for folder in (home.replicas, home.log, home.root):
            try:
                folder.rmdir()
            except OSError:
                return                       # something of somebody else's lies there


def check_answer(answer: EnrolmentAnswer, url: str, before: NodeConfig | None = None) -> None:
    """Raises EnrolFailed when the answer is not an identity that this program can live with."""
    try:
        check_public_key("hub.public_key", answer.hub_public_key)
        good = is_office_id(answer.office) and bool(answer.device and answer.password)
        good = good and {"office", "directory"} <= answer.databases.keys()
    except Exception as error:
        raise EnrolFailed(t("node.enrol.not_a_hub", url=url)) from error
    if not good:
        raise EnrolFailed(t("node.enrol.not_a_hub", url=url))
    if before is not None and before.office != answer.office:
        raise EnrolFailed(t("node.enrol.renew_other_office", office=answer.office))


def _keep(home: Home, url: str, answer: EnrolmentAnswer, key: DeviceKey, now: int, before: NodeConfig | None,
          code: str, random: Callable[[int], bytes]) -> NodeConfig:
    config = NodeConfig(
        device=answer.device, slot=answer.slot, office=answer.office, role=answer.role, hub_url=url,
        hub_id=answer.hub_id, hub_epoch=answer.hub_epoch, hub_public_key=answer.hub_public_key,
        databases=answer.databases, enrolled_at=now, previous=_devices_before(before, answer.device),
    )
    home.add_identity(answer.device, device_key=key.save(), username=answer.username, password=answer.password)
    if before is None:                       # with the code in hand the first person may set a PIN
        home.change_secrets(lambda _known: {"enrol_code": verifier_of(code, random, CHEAP)})
    home.write_config(config)
    home.pending_file.unlink(missing_ok=True)
    if answer.server_time:
        home.update_state(clock_offset_ms=answer.server_time - now, hub_time=answer.server_time)
    return config


def _devices_before(before: NodeConfig | None, device: str) -> tuple[str, ...]:
    if before is None:
        return ()
    return tuple(d for d in dict.fromkeys((before.device, *before.previous)) if d != device)


def _first_directory(
    home: Home, config: NodeConfig, answer: EnrolmentAnswer, first_pull: Callable[[Home, HubClient], int]
) -> Enrolled:
    hub = HubClient(config.hub_url, answer.username, answer.password, dict(config.databases))
    try:
        version = first_pull(home, hub)
    except NodeError:
        return Enrolled(config, 0, t("node.enrol.done_no_directory", device=config.device))
    return Enrolled(config, version, t("node.enrol.done", device=config.device, version=version))
