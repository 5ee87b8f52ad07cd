"""A small founded county, its running server and its command line, for tests of the hub.

    county 150822000000 - town 150822100000 - villages 150822100203, 150822100201
                        - town 150822101000 - village  150822101200
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import httpx2

from county_hub.accounts import proofs
from county_hub.accounts.opened import opened_accounts
from county_hub.commands.cli import main
from county_hub.composition import open_hub
from county_hub.hub.hub import Hub, hub_home
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.formats.possession import proof_of
from tests.support import loopback, warm
from tests.support.copies import copied

REPOSITORY = Path(__file__).resolve().parents[3]
COUNTY, TOWN, OTHER_TOWN = "150822000000", "150822100000", "150822101000"
VILLAGE, NEIGHBOUR, OTHER_VILLAGE = "150822100203", "150822100201", "150822101200"
PASSWORD = "demo-console-password"
CHEAP = (8, 1, 1)           # of argon2id, as `proofs.COST`: the least that RFC 9106 allows for one lane
DIVISIONS = """code,name,level,parent_code
15,内蒙古自治区,province,
1508,巴彦淖尔市,prefecture,15
150822,磴口县,county,1508
150822100,巴彦高勒镇,township,150822
150822101,隆盛合镇,township,150822
150822100203,旧地村委会,village,150822100
150822100201,南滩村委会,village,150822100
150822101200,新地村委会,village,150822101
"""


def found_county(folder: Path, name: str = "hub") -> Path:
    """HOME of a freshly founded county; the console's password is `PASSWORD`. For a test that needs two: `another_county`."""
    if any(name.startswith(("COUNTY_HUB_", "CREDENTIALS_")) for name in os.environ):       # it may be told how to lie there
        return another_county(folder, name)
    assert not (folder / "hub").exists(), "that would be the same county once more"
    copied(another_county, folder)
    return (folder / "hub").rename(folder / name)


def another_county(folder: Path, name: str = "hub") -> Path:
    """One that has nothing in common with any other: `county-hub init` itself."""
    divisions, password = folder / "divisions.csv", folder / "password.txt"
    divisions.write_text(DIVISIONS, "utf-8")
    password.write_text(PASSWORD + "\n", "utf-8")
    home = folder / name
    code = main(["init", str(home), "--county", "150822", "--divisions", str(divisions), "--admin-password-file",
                 str(password)])
    assert code == 0
    return home


@contextlib.contextmanager
def opened(home: Path) -> Iterator[Hub]:
    with open_hub(hub_home(str(home))) as hub:
        yield hub


def store_in_county(home: Path, docs: list[dict[str, Any]]) -> None:
    """Put documents straight into the consolidated database, as the router does with what was accepted."""
    with opened(home) as hub:
        assert hub.replica.bulk_docs(docs, new_edits=False) == []
        hub.projector.catch_up()


def with_account(home: Path, staff: str) -> None:
    """An officer of the county has an account of the console; his own password is `PASSWORD`, cheap to prove."""
    with opened(home) as hub, mock.patch.object(proofs, "COST", CHEAP):
        accounts = opened_accounts(hub)
        if accounts.find(staff) is None:
            start = accounts.add(staff, accounts.kind_of(staff) or "officer", staff)
            cookie = accounts.sign_in(staff, start, "127.0.0.1", "test").cookie
            signed = accounts.signed(cookie)
            assert signed is not None
            accounts.change_password(signed, start, PASSWORD)


@dataclass(slots=True)
class RunningHub:
    url: str
    process: subprocess.Popen[str]
    home: Path

    def client(self, device: str = "", token: str = "", **options: Any) -> httpx2.Client:
        auth = (device, token) if device else None
        return loopback.Client(base_url=self.url, auth=auth, timeout=20, **options)

    @contextlib.contextmanager
    def console(self, staff: str = "admin") -> Iterator[httpx2.Client]:
        """A client that has signed in; `admin` only reads."""
        with_account(self.home, staff)
        with self.client(follow_redirects=True) as client:
            answer = client.post("/console/login", data={"staff": staff, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            yield client

    def stop(self) -> int:
        """SIGTERM, then the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


@contextlib.contextmanager
def running_hub(home: Path, *options: str, port: int = 0, **environment: str) -> Iterator[RunningHub]:
    """`county-hub serve HOME --port 0 OPTIONS` as a process of its own."""
    # One process unless a test is about several: each costs a second to start.
    env = {**os.environ, "COUNTY_HUB_FOLLOW_SECONDS": "0.05", "COUNTY_HUB_WORKERS": "0", **environment}
    start = warm.started if env["COUNTY_HUB_WORKERS"] == "0" else subprocess.Popen     # several processes: as on a machine
    process = start(
        [sys.executable, "-m", "county_hub", "serve", str(home), "--port", str(port), *options],
        cwd=REPOSITORY, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"listening on (https?://\S+)", line)
        assert found, f"serve did not start: {line!r} {process.stderr.read() if process.stderr else ''}"
        yield RunningHub(found.group(1), process, home)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(120)     # a busy machine: what is under way is brought to its end
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


@dataclass(frozen=True, slots=True)
class Enrolled:
    device: str
    token: str
    office: str
    key: DeviceKey


def new_code(home: Path, office: str, *options: str) -> dict[str, Any]:
    """The JSON of `county-hub enrol`."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert main(["enrol", str(home), "--office", office, "--json", *options]) == 0
    return json.loads(printed.getvalue())  # type: ignore[no-any-return]


def enrolment(code: str, key: DeviceKey) -> dict[str, str]:
    """What a device sends to `POST /_hub/enrol`."""
    return {"code": code, "public_key": key.public, "proof": proof_of(key, code), "app": "test/1"}


def enrol(hub: RunningHub, home: Path, office: str, *options: str) -> Enrolled:
    """Enrol a device over HTTP."""
    key = DeviceKey.generate(os.urandom)
    code = new_code(home, office, *options)["code"]
    with hub.client() as client:
        answer = client.post("/_hub/enrol", json=enrolment(code, key))
    assert answer.status_code == 201, answer.text
    body = answer.json()
    return Enrolled(body["username"], body["password"], body["office"], key)
