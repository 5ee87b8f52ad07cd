"""The hub's own HTTP routes beside CouchDB's API (ARCHITECTURE.md): enrolment and time, and the peers of
its databases.

Every failure comes out as one of `village_node.point.errors`. Must not know: files of HOME, cases.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2

from shared.ledger.formats.keys import DeviceKey
from shared.ledger.formats.possession import proof_of
from shared.ledger.texts import t
from sync.remote.remote_peer import RemotePeer
from village_node.point import limits
from village_node.point.errors import EnrolFailed, HubAbsent, HubSaidNo, UsageError

APP = "shuoshi/0.1.0"


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


def post_enrolment(url: str, code: str, key: DeviceKey) -> EnrolmentAnswer:
    """POST /_hub/enrol. Raises HubAbsent (nothing reached the hub, or no answer came), EnrolFailed (the
    hub said no)."""
    try:
        answer = httpx2.post(
            f"{url}/_hub/enrol",
            json={"code": code, "public_key": key.public, "proof": proof_of(key, code), "app": APP},
            timeout=limits.ENROL_TIMEOUT_S,
        )
    except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
        raise HubAbsent(t("node.enrol.no_hub", url=url)) from error
    except httpx2.HTTPError as error:
        raise HubAbsent(t("node.enrol.cut", url=url)) from error
    body = _json(answer)
    if answer.status_code >= 500:
        raise HubAbsent(t("node.enrol.hub_trouble", status=answer.status_code))
    if answer.status_code >= 300:
        raise _refusal(answer.status_code, str(body.get("error", "")), str(body.get("reason", "")), url)
    return _read_answer(body, url)


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
    if status in (404, 405):
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
    """The hub as this device sees it: its databases as peers, and its time. `databases` maps office |
    files | directory | closed to the name at the hub."""

    def __init__(self, url: str, username: str, password: str, databases: dict[str, str]) -> None:
        self.url = url
        self.auth = (username, password)
        self._databases = databases

    def database(self, kind: str) -> str:
        return self._databases[kind]

    def has(self, kind: str) -> bool:
        return kind in self._databases

    @contextlib.contextmanager
    def peer(self, kind: str) -> Iterator[RemotePeer]:
        """The database of that kind as a peer, closed when the block ends."""
        peer = RemotePeer(f"{self.url}/{self._databases[kind]}", auth=self.auth)
        try:
            yield peer
        finally:
            peer.close()

    def time(self, clock: Callable[[], int]) -> HubTime:
        """`GET /_hub/time`, half of the round trip taken off. Raises HubAbsent, HubSaidNo."""
        started = time.monotonic()
        try:
            answer = httpx2.get(f"{self.url}/_hub/time", auth=self.auth, timeout=limits.HUB_TIMEOUT_S)
        except httpx2.HTTPError as error:
            raise HubAbsent(t("node.error.unreachable")) from error
        now = clock()
        half = (time.monotonic() - started) * 500
        if answer.status_code in (401, 403):
            raise HubSaidNo(t("node.error.unauthorized"))
        if answer.status_code != 200:
            raise HubSaidNo(t("node.error.bad_answer"))
        body = _json(answer)
        told, hub = body.get("server_time"), body.get("hub")
        if not isinstance(told, int) or not isinstance(hub, dict):
            raise HubSaidNo(t("node.error.bad_answer"))
        return HubTime(int(told + half - now), str(hub.get("id", "")), str(hub.get("epoch", "")))

    def state(self, statement: dict[str, Any]) -> None:
        """`POST /_hub/statement`: taken and kept when this returns. Raises HubAbsent, HubSaidNo."""
        try:
            answer = httpx2.post(f"{self.url}/_hub/statement", json=statement, auth=self.auth, timeout=limits.HUB_TIMEOUT_S)
        except httpx2.HTTPError as error:
            raise HubAbsent(t("node.error.unreachable")) from error
        if answer.status_code in (401, 403):
            raise HubSaidNo(t("node.error.unauthorized"))
        if answer.status_code >= 500:
            raise HubAbsent(t("node.enrol.hub_trouble", status=answer.status_code))
        if answer.status_code != 200:
            raise HubSaidNo(t("node.error.bad_answer"))
