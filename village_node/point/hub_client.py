"""The hub's own HTTP routes beside CouchDB's API (ARCHITECTURE.md): enrolment and time, and the peers of
its databases.

Every failure comes out as one of `village_node.point.errors`. Must not know: files of HOME, cases.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2

from shared.json_log import HEADER
from shared.ledger.errors import BadSignature, Refused
from shared.ledger.formats.enrolment_code import HubKeys
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.formats.possession import proof_of, require_identity
from shared.ledger.published.edges import Edge
from shared.ledger.texts import t
from shared.version import APP
from sync.remote.remote_peer import RemotePeer
from sync.remote.tls import WRONG_KEY, resuming_context
from village_node.point import limits
from village_node.point.errors import EnrolFailed, HubAbsent, HubSaidNo, NotThePublisher, UsageError
from village_node.point.home import NodeConfig


@dataclass(frozen=True, slots=True)
class EnrolmentAnswer:
    device: str
    slot: str
    office: str
    role: str
    username: str
    password: str
    hub_id: str
    hub_epoch: str
    hub_public_key: str
    databases: dict[str, str]
    server_time: int


@dataclass(frozen=True, slots=True)
class Address:
    """`pins`: keys that TLS may show there (`sync.remote.tls.key_mark`); none: any that an authority vouches for."""

    url: str
    pins: tuple[str, ...] = ()

    def ask(self, method: str, path: str, timeout_s: float, **options: Any) -> httpx2.Response:
        """One request; `options` are httpx2's. Raises httpx2.HTTPError."""
        # left to itself httpx2 reads all authorities of the system for each request, over plain HTTP too: 50 ms of processor time
        verify = resuming_context(self.url, None, self.pins) if self.url.startswith("https:") else False
        return httpx2.request(method, f"{self.url}{path}", timeout=timeout_s, verify=verify, **options)


def normal_url(url: str) -> str:
    """The hub's base address without a trailing slash. Raises UsageError naming what is wrong."""
    text = url.strip().rstrip("/")
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise UsageError(t("node.enrol.bad_url", url=url))
    if parts.username or parts.password:
        raise UsageError(t("node.enrol.url_secret"))
    return text


def addresses_of(config: NodeConfig, edges: Sequence[Edge] = ()) -> tuple[Address, ...]:
    """Where this HOME finds its hub, the best first: the edges that answer for its office, then what the enrolment named."""
    named = [Address(url, edge.tls) for edge in edges for url in edge.urls]
    named += [Address(url, config.tls_keys) for url in (config.hub_url, *config.further_urls)]
    return tuple({at.url: at for at in reversed(named)}[url] for url in dict.fromkeys(at.url for at in named))


def ask_identity(at: Address, challenge: str) -> tuple[HubKeys, str]:
    """Who answers at this address, proven by its signature over `challenge`: its keys and its epoch. Raises HubAbsent, and
    EnrolFailed for what is no hub, or one that does not hold the key it names."""
    body = _sent(at, "GET", f"/_hub/identity?challenge={challenge}", None)
    hub, sig = body.get("hub"), body.get("sig")
    try:
        hub = dict(hub) if isinstance(hub, dict) else {}
        recovery = hub["recovery_key"]
        keys = HubKeys(str(hub["id"]), str(hub["alg"]), str(hub["public_key"]), str(recovery) if recovery else None)
        epoch = str(hub["epoch"])
        require_identity(keys, epoch, challenge, str(sig))
    except BadSignature as error:
        raise EnrolFailed(t("enrol.hub.unproven", url=at.url)) from error
    except (KeyError, Refused) as error:
        raise EnrolFailed(t("node.enrol.not_a_hub", url=at.url)) from error
    return keys, epoch


def post_enrolment(at: Address, code: str, key: DeviceKey) -> EnrolmentAnswer:
    """POST /_hub/enrol. Raises HubAbsent (nothing reached the hub, or no answer came), EnrolFailed (the
    hub said no)."""
    body = _sent(at, "POST", "/_hub/enrol", {
        "code": code, "public_key": key.public, "proof": proof_of(key, code), "app": APP})
    return _read_answer(body, at.url)


def _sent(at: Address, method: str, path: str, body_sent: Any) -> dict[str, Any]:
    """The answer's body. Raises HubAbsent, EnrolFailed."""
    url = at.url
    try:
        answer = at.ask(method, path, limits.ENROL_TIMEOUT_S, json=body_sent)
    except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
        if WRONG_KEY in str(error):
            raise EnrolFailed(t("enrol.hub.tls", url=url)) from error
        unknown = "CERTIFICATE_VERIFY_FAILED" in str(error)
        raise HubAbsent(t("enrol.hub.certificate" if unknown else "node.enrol.no_hub", url=url)) from error
    except httpx2.HTTPError as error:
        raise HubAbsent(t("node.enrol.cut", url=url)) from error
    body = _json(answer)
    if answer.status_code == 503 and body.get("error") == "not_the_publisher":
        raise NotThePublisher(t("node.enrol.not_publisher", url=url))
    if answer.status_code >= 500:
        raise HubAbsent(t("node.enrol.hub_trouble", status=answer.status_code))
    if answer.status_code >= 300:
        raise _refusal(answer.status_code, str(body.get("error", "")), str(body.get("reason", "")), url)
    return body


def _json(answer: Any) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


_VERDICTS = ("unknown", "expired", "used", "key_taken", "exhausted", "too_many")


def _refusal(status: int, error: str, reason: str, url: str) -> EnrolFailed:
    """The clerk's sentence for the hub's word; `error` is one of the hub's verdicts on a code, or CouchDB's word."""
    if error in _VERDICTS:
        return EnrolFailed(t(f"node.enrol.code_{error}"))
    if status in (404, 405) or status < 400:         # a redirection is a portal's, or a page for people
        return EnrolFailed(t("node.enrol.not_a_hub", url=url))
    return EnrolFailed(t("node.enrol.refused", status=status, reason=error or reason or "-"))


def _read_answer(body: dict[str, Any], url: str) -> EnrolmentAnswer:
    try:
        hub = body["hub"]
        made = EnrolmentAnswer(
            device=str(body["device"]), slot=str(body["slot"]), office=str(body["office"]),
            role=str(body.get("role") or ""), username=str(body["username"]), password=str(body["password"]),
            hub_id=str(hub["id"]), hub_epoch=str(hub["epoch"]), hub_public_key=str(hub["public_key"]),
            databases={str(k): str(v) for k, v in dict(body.get("databases") or {}).items()},
            server_time=int(body.get("server_time") or 0),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise EnrolFailed(t("node.enrol.not_a_hub", url=url)) from error
    return made


@dataclass(frozen=True, slots=True)
class HubTime:
    """`offset_ms`: the hub's time minus this device's."""

    offset_ms: int
    hub_id: str
    epoch: str


class HubClient:
    """The hub as this device sees it: its databases as peers, and its time. Of several addresses, the best first, the one in use
    is that of the last `time` that was answered. `hub_id`: who is wanted there. `databases` maps office | files | directory |
    closed to the name at the hub."""

    def __init__(
        self, addresses: Sequence[Address], username: str, password: str, databases: dict[str, str], hub_id: str,
    ) -> None:
        self._addresses, self._hub_id = tuple(addresses), hub_id
        self._at = self._addresses[0]
        self.auth = (username, password)
        self._databases = databases
        self.session = ""       # names the round in the hub's log as in ours; goes with each request

    def _headers(self) -> dict[str, str]:
        return {HEADER: self.session} if self.session else {}

    @property
    def url(self) -> str:
        return self._at.url

    def database(self, kind: str) -> str:
        return self._databases[kind]

    def has(self, kind: str) -> bool:
        return kind in self._databases

    @contextlib.contextmanager
    def peer(self, kind: str) -> Iterator[RemotePeer]:
        """The database of that kind as a peer, closed when the block ends."""
        peer = RemotePeer(f"{self.url}/{self._databases.get(kind, kind)}", auth=self.auth, pins=self._at.pins,
                          headers=self._headers())
        try:
            yield peer
        finally:
            peer.close()

    def time(self, clock: Callable[[], int]) -> HubTime:
        """`GET /_hub/time` at the first address where this hub answers. Raises what the best one said: HubAbsent, HubSaidNo."""
        first: HubAbsent | HubSaidNo | None = None
        for at in self._addresses:
            try:
                told = self._time_at(at, clock, at is self._addresses[-1])
                if told.hub_id != self._hub_id:
                    raise HubSaidNo(t("node.sync.other_hub", url=at.url))
            except (HubAbsent, HubSaidNo) as failure:
                first = first or failure
                continue
            self._at = at
            return told
        assert first is not None
        raise first

    def _time_at(self, at: Address, clock: Callable[[], int], last: bool) -> HubTime:
        """Half of the round trip taken off."""
        started = time.monotonic()
        patience = limits.HUB_TIMEOUT_S if last else limits.ADDRESS_TIMEOUT_S
        try:
            answer = at.ask("GET", "/_hub/time", patience, auth=self.auth, headers=self._headers())
        except httpx2.HTTPError as error:
            raise HubAbsent(t("node.error.unreachable")) from error
        now = clock()
        half = (time.monotonic() - started) * 500
        if answer.status_code in (401, 403):
            raise HubSaidNo(t("node.error.unauthorized"))
        if answer.status_code >= 500:       # it restarts, or its own clock is wrong
            raise HubSaidNo(t("node.error.hub_trouble"))
        if answer.status_code != 200:
            raise HubSaidNo(t("node.error.bad_answer"))
        body = _json(answer)
        told, hub = body.get("server_time"), body.get("hub")
        if not isinstance(told, int) or not isinstance(hub, dict):
            raise HubSaidNo(t("node.error.bad_answer"))
        return HubTime(int(told + half - now), str(hub.get("id", "")), str(hub.get("epoch", "")))

    def offer(self, heads: list[dict[str, Any]]) -> bool:
        """`POST /_hub/heads`: heads that the hub lost in a restore. False when it wants none of them. Raises HubAbsent."""
        try:
            answer = self._at.ask("POST", "/_hub/heads", limits.HUB_TIMEOUT_S, auth=self.auth, json={"heads": heads},
                                  headers=self._headers())
        except httpx2.HTTPError as error:
            raise HubAbsent(t("node.error.unreachable")) from error
        return bool(answer.status_code == 200)

    def leave(self) -> dict[str, Any]:
        """`GET /_hub/leave`: {"status": active | retired | lost, "final", "receipt"}, told to a revoked device, too. Raises
        HubAbsent, HubSaidNo."""
        try:
            answer = self._at.ask("GET", "/_hub/leave", limits.HUB_TIMEOUT_S, auth=self.auth, headers=self._headers())
        except httpx2.HTTPError as error:
            raise HubAbsent(t("node.error.unreachable")) from error
        if answer.status_code == 429 or answer.status_code >= 500:
            raise HubAbsent(t("node.enrol.hub_trouble", status=answer.status_code))
        if answer.status_code != 200:
            raise HubSaidNo(t("node.error.unauthorized"))
        return _json(answer)

    def releases(self) -> list[Any]:
        """`GET /_hub/releases`: manifests, unchecked; none of a hub that knows of no releases. Raises HubAbsent, HubSaidNo."""
        answer = self._asked("/_hub/releases")
        found = _json(answer).get("releases") if answer.status_code == 200 else []
        return found if isinstance(found, list) else []

    def fleet(self) -> list[dict[str, Any]]:
        """`GET /_hub/fleet`: devices of the own office and below. Raises HubAbsent, HubSaidNo (so does an older hub)."""
        answer = self._asked("/_hub/fleet")
        found = _json(answer).get("devices") if answer.status_code == 200 else None
        if not isinstance(found, list) or not all(isinstance(one, dict) and "office" in one for one in found):
            raise HubSaidNo(t("node.error.bad_answer"))
        return found

    def release_piece(self, version: str, start: int, end: int) -> bytes:
        """Bytes `start` up to `end` of a release's file. Raises HubAbsent, HubSaidNo."""
        answer = self._asked(f"/_hub/releases/{version}", {"range": f"bytes={start}-{end - 1}", "accept-encoding": "identity"})
        if answer.status_code != 206 or len(answer.content) != end - start:
            raise HubSaidNo(t("node.update.gone", version=version))
        return answer.content

    def _asked(self, path: str, headers: dict[str, str] | None = None) -> httpx2.Response:
        try:
            sent = {**self._headers(), **(headers or {})}
            answer = self._at.ask("GET", path, limits.HUB_TIMEOUT_S, auth=self.auth, headers=sent)
        except httpx2.HTTPError as error:
            raise HubAbsent(t("node.error.unreachable")) from error
        if answer.status_code in (401, 403):
            raise HubSaidNo(t("node.error.unauthorized"))
        if answer.status_code >= 500 or answer.status_code == 429:
            raise HubAbsent(t("node.error.hub_trouble"))
        return answer

    def state(self, statement: dict[str, Any]) -> dict[str, int | None] | None:
        """`POST /_hub/statement`: taken and kept when this returns. What the hub says of offices below: when each was last heard
        of (ms; None never). Raises HubAbsent, HubSaidNo."""
        try:
            answer = self._at.ask("POST", "/_hub/statement", limits.HUB_TIMEOUT_S, auth=self.auth, json=statement,
                                  headers=self._headers())
        except httpx2.HTTPError as error:
            raise HubAbsent(t("node.error.unreachable")) from error
        if answer.status_code in (401, 403):
            raise HubSaidNo(t("node.error.unauthorized"))
        if answer.status_code >= 500 or answer.status_code == 429:
            raise HubAbsent(t("node.error.hub_trouble"))
        if answer.status_code != 200:
            raise HubSaidNo(t("node.error.bad_answer"))
        said = _json(answer).get("contacts")
        return said if isinstance(said, dict) else None
