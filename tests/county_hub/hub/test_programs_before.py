"""The programs of before talk to this hub: what two earlier tablets asked in their first rounds is asked again, in their shape.

`recorded/*.json` holds their requests, one after the other, with the answers' statuses and fields. What names a life of a hub
(keys, places, sequences, signatures) is filled in here; fields and headers are theirs.
"""

from __future__ import annotations

import gzip
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from county_hub.county.fleet import fleet
from shared.ledger.authoring import Act, Author, DeviceIdentity
from shared.ledger.formats.documents import sign_document
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.receipts import parse_receipt
from sync.replica import LocalReplica
from tests.support import loopback
from tests.support.county_hub.hub_support import VILLAGE, RunningHub, enrolment, found_county, new_code, opened, running_hub

RECORDED = sorted((Path(__file__).parent / "recorded").glob("*.json"))


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    with running_hub(found_county(tmp_path_factory.mktemp("county"))) as one:
        with opened(one.home) as county:
            county.directory.add_staff([("c01", "演示甲", VILLAGE, ("mediator", "window_clerk"))], since="2020-01-01")
        yield one


class Tablet:
    """Asks what was recorded; `device` is known once it is enrolled."""

    def __init__(self, hub: RunningHub, folder: Path, recorded_event: dict[str, Any]) -> None:
        self.recorded_event = recorded_event
        self.hub, self.http = hub, loopback.Client(base_url=hub.url, timeout=30)
        self.key, self.device, self.auth = DeviceKey.generate(os.urandom), "", None
        self.replica, self.last, self.event = LocalReplica.open(folder / "tablet.replica"), dict[str, Any](), dict[str, Any]()
        self.revs: dict[str, str] = {}

    def ask(self, recorded: dict[str, Any]) -> httpx2.Response:
        database = recorded["path"].split("/")[1].split("?")[0]
        path = recorded["path"].replace("{challenge}", "0" * 32).replace("{last}", str(self.last.get(database, 0)))
        body, headers = self.body(recorded, path), dict(recorded["headers"])
        content = json.dumps(body, ensure_ascii=False).encode() if body is not None else b""
        if headers.get("content-encoding") == "gzip":
            content = gzip.compress(content)
        answer = self.http.request(recorded["method"], path, content=content, headers=headers, auth=self.auth)
        self.learn(recorded, path, database, answer)
        return answer

    def body(self, recorded: dict[str, Any], path: str) -> Any:
        body = recorded["body"]
        if path == "/_hub/enrol":
            sent = enrolment(new_code(self.hub.home, VILLAGE)["code"], self.key)
            assert set(sent) == set(body)
            return sent
        if path == "/_hub/statement":
            self.written_once()
            said = {**body, "device": self.device, "_id": f"statement:{self.device}:{body['n']:010d}",
                    "hash": self.event["_id"].rsplit(":", 1)[1], "directory": self.event["directory"]}
            return sign_document({name: value for name, value in said.items() if name not in ("_rev", "sig", "alg")}, self.key)
        if path.endswith("/_bulk_docs"):
            self.written_once()
            assert set(body["docs"][0]) == set(self.event), "the envelope is frozen"
            return {**body, "docs": [self.event]}
        if body is not None and "_rev" in body:
            return {**body, "_rev": self.revs[path]}
        return json.loads(json.dumps(body).replace("{device}", self.device)) if body is not None else None

    def written_once(self) -> None:
        """The event of the recording, by this device."""
        if self.event:
            return
        with opened(self.hub.home) as county:
            place = county.directory.cited()
            slot = int(self.device.rsplit("-", 1)[1])
            author = Author(self.replica, device=DeviceIdentity(self.device, slot, VILLAGE, self.key), clock=county.clock,
                            directory=lambda: place, offset_ms=lambda: 0)
            recorded = self.recorded_event
            act = Act(recorded["kind"], None, recorded["body"], actor="c01", role="mediator", number=True)
            self.event = author.write(act).doc()
        assert self.event["schema"] == recorded["schema"]

    def learn(self, recorded: dict[str, Any], path: str, database: str, answer: httpx2.Response) -> None:
        value = answer.json() if answer.content else None
        if path == "/_hub/enrol":
            self.device, self.auth = value["device"], (value["username"], value["password"])
        if isinstance(value, dict) and "last_seq" in value:
            self.last[database] = value["last_seq"]
        if recorded["method"] == "PUT":
            self.revs[path] = value["rev"]


@pytest.mark.parametrize("recording", RECORDED, ids=lambda path: path.stem)
def test_a_program_of_before_enrols_pulls_states_pushes_and_gets_its_receipt(
        hub: RunningHub, recording: Path, tmp_path: Path) -> None:
    requests = json.loads(recording.read_text("utf-8"))
    tablet = Tablet(hub, tmp_path, next(one["body"]["docs"][0] for one in requests if "_bulk_docs" in one["path"]))
    for number, recorded in enumerate(requests):
        answer = tablet.ask(recorded)
        where = f"{number}: {recorded['method']} {recorded['path']}: {answer.text[:300]}"
        assert answer.status_code == recorded["status"], where
        if isinstance(recorded["answers"], list):
            assert set(recorded["answers"]) <= set(answer.json()), where
    receipt = receipt_of(tablet)
    assert (receipt.accepted.json(), dict(receipt.refused), dict(receipt.held)) == ([[1, 1]], {}, {})
    with opened(hub.home) as county:
        health = next(one for one in fleet(county) if one.device == tablet.device)
    assert (health.records, health.oldest) == (0, None), "what it stated as waiting has come since"
    tablet.http.close()
    tablet.replica.close()


def receipt_of(tablet: Tablet) -> Any:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        rows = tablet.http.get(f"/office-{VILLAGE}/_all_docs", params={"include_docs": "true"}, auth=tablet.auth).json()["rows"]
        for row in rows:
            if row["id"].startswith(f"receipt:{tablet.device}:"):
                return parse_receipt(row["doc"])
        time.sleep(0.05)
    raise AssertionError("no receipt within a minute")


def test_two_programs_are_recorded() -> None:
    assert len(RECORDED) == 2
