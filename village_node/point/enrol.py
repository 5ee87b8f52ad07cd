"""Enrolment: a one-time code and a key pair made here become an identity of this HOME.

What the code says of the hub comes first: an address counts only if who answers there proves the keys that the code names, and
nobody else learns the one-time code. Then: key pair (kept in enrolling.json, so an answer lost on the line can be asked for again
with the same key; the hub then gives the same identity) -> POST code and public key -> secrets.json -> node.toml (from
now on "enrolled") -> first pull of the directory. A refusal leaves HOME as it was. The secret key never leaves the device.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.ledger.errors import Refused
from shared.ledger.formats import enrolment_code
from shared.ledger.formats.enrolment_code import EnrolmentCode, HubKeys
from shared.ledger.formats.ids import is_office_id
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.pin_codes import CHEAP, verifier_of
from shared.ledger.texts import has as has_text
from shared.ledger.texts import t
from village_node.point.errors import EnrolFailed, HubAbsent, NodeError, NotThePublisher, UsageError
from village_node.point.home import Home, NodeConfig
from village_node.point.hub_client import (
    Address,
    EnrolmentAnswer,
    HubClient,
    addresses_of,
    ask_identity,
    normal_url,
    post_enrolment,
)
from village_node.point.safe import lease


@dataclass(frozen=True, slots=True)
class Enrolled:
    """`directory_version` 0: the directory could not be fetched yet; `sentence` says so."""

    config: NodeConfig
    directory_version: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Found:
    """The hub of a code, where it answered and proved its keys. `known`: all addresses, the best first."""

    at: Address
    known: tuple[Address, ...]
    keys: HubKeys


def read_code(text: str) -> EnrolmentCode:
    """What was scanned, pasted or typed. Raises UsageError with one sentence: what is wrong, where, and the remedy."""
    try:
        return enrolment_code.read(text)
    except Refused as refusal:
        word = refusal.code if has_text(f"enrol.fault.{refusal.code}") else "code_content"
        raise UsageError(t(f"enrol.fault.{word}", value=refusal.value)) from None


def enrol(
    home: Home, urls: Sequence[str], text: str, *, random: Callable[[int], bytes], clock: Callable[[], int],
    first_pull: Callable[[Home, HubClient], int], founding: Callable[[], object] = lambda: None,
    renew: bool = False,
) -> Enrolled:
    """`urls` are tried before the addresses of the code. `renew` gives a HOME whose identity is at fault a fresh one; its records
    stay. `founding()` gives a new HOME its vault before a secret is written; `first_pull(home, hub)` gives the directory's
    version. Raises UsageError, EnrolFailed, HubAbsent."""
    given = [normal_url(url) for url in urls]
    if home.enrolled and not renew:
        raise EnrolFailed(t("node.enrol.already", home=home.root, device=home.config().device))
    code = read_code(text)
    before = home.config() if home.enrolled else None
    found = find_hub(code, given, random)
    existed = home.root.exists(), home.vault_file.exists()
    home.create()
    founding()
    try:
        key = _pending_key(home, code.one_time, random)
        answer = post_enrolment(found.at, code.one_time, key)
        check_answer(answer, found, before)
    except EnrolFailed:
        _forget(home, existed)
        raise
    proof = {} if before is not None else verifier_of(code.one_time, random, CHEAP)
    config = _keep(home, found, answer, key, clock(), before, proof)
    return _first_directory(home, config, answer, first_pull)


def find_hub(code: EnrolmentCode, given: Sequence[str], random: Callable[[int], bytes]) -> Found:
    """The first address at which the hub of the code answers. Raises UsageError when there is no address, else what is worth most
    to be told: EnrolFailed (another hub, or an impostor) before HubAbsent."""
    known = tuple(Address(url, code.tls) for url in dict.fromkeys((*given, *map(normal_url, code.addresses))))
    if not known:
        raise UsageError(t("enrol.hub.need_address"))
    failures: list[NodeError] = []
    for at in known:
        try:
            keys, _ = ask_identity(at, random(16).hex())
        except (EnrolFailed, HubAbsent) as failure:
            failures.append(failure)
            continue
        if code.accepts(keys):
            return Found(at, known, keys)
        failures.append(EnrolFailed(t("enrol.hub.other", url=at.url)))
    raise min(failures, key=_worth)


def _worth(failure: NodeError) -> int:
    """What is told first: an impostor before a hub that is away, that before an edge, which sends everybody on."""
    return (not isinstance(failure, EnrolFailed)) + isinstance(failure, NotThePublisher)


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


def check_answer(answer: EnrolmentAnswer, found: Found, before: NodeConfig | None = None) -> None:
    """Raises EnrolFailed when the answer is not an identity that this program can live with."""
    good = is_office_id(answer.office) and bool(answer.device and answer.password)
    good = good and {"office", "directory"} <= answer.databases.keys()
    if not good:
        raise EnrolFailed(t("node.enrol.not_a_hub", url=found.at.url))
    if (answer.hub_id, answer.hub_public_key) != (found.keys.hub_id, found.keys.public_key):
        raise EnrolFailed(t("enrol.hub.other", url=found.at.url))
    if before is not None and before.office != answer.office:
        raise EnrolFailed(t("node.enrol.renew_other_office", office=answer.office))


def _keep(home: Home, found: Found, answer: EnrolmentAnswer, key: DeviceKey, now: int, before: NodeConfig | None,
          proof: Mapping[str, Any]) -> NodeConfig:
    first, *further = (at.url for at in found.known)
    config = NodeConfig(
        device=answer.device, slot=answer.slot, office=answer.office, role=answer.role, hub_url=first,
        hub_id=answer.hub_id, hub_epoch=answer.hub_epoch, hub_public_key=answer.hub_public_key,
        databases=answer.databases, enrolled_at=now, previous=_devices_before(before, answer.device),
        hub_recovery_key=found.keys.recovery_key or "", further_urls=tuple(further), tls_keys=found.at.pins,
    )
    home.add_identity(answer.device, device_key=key.save(), username=answer.username, password=answer.password)
    if proof:                                # with the code in hand the first person may set a PIN
        home.change_secrets(lambda _known: {"enrol_code": proof})
    home.write_config(config)
    home.pending_file.unlink(missing_ok=True)
    if answer.server_time:
        home.update_state(clock_offset_ms=answer.server_time - now, hub_time=answer.server_time)
        lease.renew(home, answer.server_time)
    return config


def _devices_before(before: NodeConfig | None, device: str) -> tuple[str, ...]:
    if before is None:
        return ()
    return tuple(d for d in dict.fromkeys((before.device, *before.previous)) if d != device)


def _first_directory(
    home: Home, config: NodeConfig, answer: EnrolmentAnswer, first_pull: Callable[[Home, HubClient], int]
) -> Enrolled:
    hub = HubClient(addresses_of(config), answer.username, answer.password, dict(config.databases), config.hub_id)
    try:
        hub.time(lambda: 0)                  # at which address, for what follows
        version = first_pull(home, hub)
    except NodeError:
        return Enrolled(config, 0, t("node.enrol.done_no_directory", device=config.device))
    if version == 0 and config.hub_recovery_key:
        return Enrolled(config, 0, t("enrol.hub.recovery"))
    return Enrolled(config, version, t("node.enrol.done", device=config.device, version=version))
