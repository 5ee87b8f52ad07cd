"""`county-hub serve` as a process: from a tablet's record to the county's receipt and page, and a clean end."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from county_hub.commands.cli import main
from sync.remote.remote_peer import RemotePeer
from sync.replica import LocalReplica
from sync.replicator import Replicator
from tests.support.county_hub.hub_support import (
    COUNTY,
    REPOSITORY,
    TOWN,
    VILLAGE,
    Enrolled,
    RunningHub,
    enrol,
    found_county,
    opened,
    running_hub,
)
from tests.support.county_hub.player import again, run_out
from tests.support.county_hub.tablet import PATIENCE_S, push, register, wait_for_receipt


def test_a_tablets_record_gets_a_receipt_and_stands_on_the_console(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    for staff, office, role in (("v1", VILLAGE, "mediator"), ("x1", COUNTY, "supervisor")):
        assert main(["staff", "add", str(home), "--id", staff, "--name", "演示", "--office", office, "--roles", role]) == 0
    with running_hub(home) as hub:
        tablet = enrol(hub, home, VILLAGE)
        store = LocalReplica.open(tmp_path / "node.replica")
        registered = register(home, store, tablet, actor="v1")
        event, case = registered.id, registered.subject
        push(store, hub, tablet, f"office-{VILLAGE}")
        receipt = wait_for_receipt(hub, tablet, 1)
        assert 1 in receipt.accepted
        assert not receipt.refused
        # Accepted means durable at the county, and copied to the township above.
        with opened(home) as direct:
            assert direct.replica.get(event)["actor"] == "v1"
        assert_page_shows(hub, case)
        supervise_and_pull(hub, home, store, tablet, case)
        relay = enrol(hub, home, TOWN)
        with hub.client(relay.device, relay.token) as client:
            assert client.get(f"/office-{TOWN}/{event}").status_code == 200
        store.close()
        assert hub.stop() == 0


def assert_page_shows(hub: RunningHub, case: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    with hub.console() as client:
        while f"/console/cases/{case}" not in client.get("/console/cases").text:
            assert time.monotonic() < deadline, "the read model did not follow"


def supervise_and_pull(hub: RunningHub, home: Path, store: LocalReplica, tablet: Enrolled, case: str) -> None:
    """What the county's officer wrote on the command line reaches the village."""
    assert main(["case", "supervise", str(home), case, "--as", "x1", "--text", "DEMO 请尽快受理"]) == 0
    remote = RemotePeer(f"{hub.url}/office-{VILLAGE}", auth=(tablet.device, tablet.token))
    deadline = time.monotonic() + PATIENCE_S
    while True:
        Replicator(remote, store, local="target").run()
        rows = store.all_docs(startkey=f"case:{case}:", endkey=f"case:{case}:z", include_docs=True)
        if any(row.doc and row.doc["kind"] == "case.supervision_issued" for row in rows):
            break
        assert time.monotonic() < deadline, "the supervision did not reach the village"
    remote.close()


def csrf_of(page: str) -> str:
    return page.split('name="csrf" value="')[1][:64]


def test_what_an_unknown_person_signs_goes_to_quarantine_and_two_people_can_release_it_on_the_console(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    for staff in ("x1", "x2"):
        words = ("--id", staff, "--name", "演示", "--office", COUNTY, "--roles", "supervisor")
        assert main(["staff", "add", str(home), *words]) == 0
    with running_hub(home) as hub:
        tablet = enrol(hub, home, VILLAGE)
        store = LocalReplica.open(tmp_path / "node.replica")
        event = register(home, store, tablet, actor="nobody").id
        push(store, hub, tablet, f"office-{VILLAGE}")
        store.close()
        receipt = wait_for_receipt(hub, tablet, 1)
        assert event in receipt.refused
        with hub.console("x1") as client:
            page = client.get("/console/quarantine").text
            assert event.rsplit(":", 1)[1] in page
            token = page.split('name="csrf" value="')[1][:64]
            name = page.split('href="/console/quarantine/')[1].split('"')[0]
            whole = client.get(f"/console/quarantine/{name}").text
            assert "DEMO" in whole, "the record can be read before it is decided about"
            form = {"csrf": token, "event": name, "reason": ""}
            assert client.post("/console/quarantine/ask", data=form).status_code == 400
            form["reason"] = "DEMO 人已核实"
            assert client.post("/console/quarantine/release", data=form).status_code == 400, "nobody has asked"
            assert "等第二个人" in client.post("/console/quarantine/ask", data=form).text
            assert client.post("/console/quarantine/release", data=form).status_code == 400, "the same person"
        with hub.console("x2") as client:
            page = client.get(f"/console/quarantine/{name}").text
            assert "DEMO 人已核实" in page
            late = client.post("/console/quarantine/ask", data={"csrf": csrf_of(page), "event": name, "reason": "DEMO 我也要提"})
            assert late.status_code == 400
            assert "演示已经先提出放行（理由：DEMO 人已核实）" in late.text
            assert 'value="DEMO 我也要提"' in late.text, "what was typed is kept"
            seen = {"csrf": csrf_of(page), "event": name, "reason": "DEMO 我也看过"}
            run_out(hub)
            headers = {"referer": f"{hub.url}/console/quarantine/{name}"}
            page = again(client, client.post("/console/quarantine/release", data=seen, headers=headers), "x2").text
            assert 'value="DEMO 我也看过"' in page, "what was typed when the session ran out"
            token = csrf_of(page)
            answer = client.post("/console/quarantine/release", data={**seen, "csrf": token})
            assert "已放行" in answer.text
            twice = client.post("/console/quarantine/release", data={"csrf": token, "event": name, "reason": "DEMO 再放一次"})
            assert twice.status_code == 400
            assert re.search("演示在[0-9年月日 :]+已经放行，不用再办", twice.text)
        deadline = time.monotonic() + PATIENCE_S
        while True:
            with opened(home) as direct:
                (row,) = direct.replica.all_docs(keys=[event])
            if row.rev is not None:
                break
            assert time.monotonic() < deadline, "the released event did not arrive"
        assert hub.stop() == 0


def test_a_second_serve_of_the_same_home_and_a_taken_port_are_refused(tmp_path: Path, capsys: Any) -> None:
    home = found_county(tmp_path)
    with running_hub(home):
        assert main(["serve", str(home), "--port", "0"]) == 1
        assert "已有一个 serve" in capsys.readouterr().err
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["serve", str(home), "--port", str(taken.getsockname()[1])]) == 1
    assert "换一个端口" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["serve", str(home), "--port", "70000"])


def test_a_hub_that_may_open_too_few_files_says_so_before_it_serves(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    few = ["sh", "-c", 'ulimit -n 128; exec "$@"', "sh"]
    command = [*few, sys.executable, "-m", "county_hub", "serve", str(home), "--port", "0"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "ulimit -n" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("ignored", [False, True])
def test_the_end_of_its_terminal_ends_a_hub_and_its_workers_in_order_unless_it_was_to_outlive_it(
        tmp_path: Path, ignored: bool) -> None:
    home = found_county(tmp_path)
    serve = [sys.executable, "-m", "county_hub", "serve", str(home), "--port", "0", "--workers", "1"]
    begun = ["nohup", *serve] if ignored else serve
    process = subprocess.Popen(begun, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert process.stdout is not None
        assert "listening" in process.stdout.readline()
        os.killpg(process.pid, signal.SIGHUP)           # a terminal tells all its programs
        if ignored:
            assert main(["serve", str(home), "--port", "0"]) == 1
            process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
    log = (home / "hub.log").read_text("utf-8")
    assert "stopped" in log
    assert "died" not in log
    assert main(["doctor", str(home)]) == 0


@pytest.mark.parametrize("after", ["the lock", "the log", "a moment"])
def test_sigterm_while_the_hub_starts_ends_it(tmp_path: Path, after: str) -> None:
    """It was swallowed: a service manager then waited for its own time limit and killed."""
    home = found_county(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-m", "county_hub", "serve", str(home), "--port", "0"], cwd=REPOSITORY,
        stdout=subprocess.PIPE, text=True,
    )
    looked_for = {"the lock": "*.lock", "the log": "hub.log", "a moment": "router.sqlite"}[after]
    known = set(home.rglob("*"))
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None and not [p for p in home.glob(looked_for) if p not in known]:
        time.sleep(0.005)
    process.send_signal(signal.SIGTERM)
    try:
        process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode in (0, -signal.SIGTERM)
