"""Passwords and codes are guessed: from one address, under false addresses, from many, and to lock somebody else out.

On loopback every address of 127.0.0.0/8 is one of ours, so different machines are played by different source addresses.
"""

from __future__ import annotations

import contextlib
import http.client
import json
from urllib.parse import urlencode, urlsplit

import pytest

from county_hub.commands.cli import main
from county_hub.hub.kept.registry import ACCOUNT_FAILURES, SOURCE_FAILURES, Registry
from sync.__main__ import main as sync_main
from sync.endpoint import tuning
from sync.endpoint.auth import SingleAdmin, basic_header
from sync.endpoint.guesses import Guesses
from sync.errors import ServerError
from tests.support.attacks import refused
from tests.support.county_hub.hub_support import PASSWORD, VILLAGE, DeviceKey, enrolment, found_county, new_code, running_hub
from tests.support.sync.server import running, subprocess_server

SECRET = "right-horse"
FORM = {"content-type": "application/x-www-form-urlencoded"}


class Clock:
    now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def server(tmp_path, clock):
    with running(tmp_path, authoriser=SingleAdmin("admin", SECRET), clock=clock) as running_server:
        yield running_server


def ask(url, method, path, *, source="127.0.0.1", body=None, **headers):
    """The status of one request from this address."""
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20, source_address=(source, 0))
    with contextlib.closing(line):
        line.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        return line.getresponse().status


def guess(server, password, *, source="127.0.0.1", name="admin", **headers):
    return ask(server.url, "GET", "/_all_dbs", source=source, authorization=basic_header(name, password), **headers)


# --- under false addresses -----------------------------------------------------------------------------------------


@refused("429 too_many_requests")
@pytest.mark.parametrize("header", ["x_forwarded_for", "forwarded", "x_real_ip", "x_client_ip", "cf_connecting_ip"])
def test_each_guess_comes_with_another_address_in_its_headers(server, header):
    def told(number):
        address = f"10.9.{number}.7"
        return {header: f"for={address}" if header == "forwarded" else address}

    answers = [guess(server, f"guess{number}", **told(number)) for number in range(tuning.MAX_WRONG_PASSWORDS + 5)]
    assert answers == [401] * tuning.MAX_WRONG_PASSWORDS + [429] * 5


@refused("nobody else waits")
def test_guesses_under_an_officers_address_lock_the_officer_out(server):
    for number in range(tuning.MAX_WRONG_PASSWORDS + 5):
        guess(server, f"guess{number}", source="127.0.0.9", x_forwarded_for="127.0.0.2")
    assert guess(server, SECRET, source="127.0.0.2") == 200
    assert guess(server, SECRET, source="127.0.0.9") == 429


@refused("429 too_many_requests")
def test_a_stranger_puts_an_address_before_the_one_that_the_proxy_adds(tmp_path):
    """With a proxy named, its word counts: the last address that is no proxy of ours."""
    environment = {"SYNC_ADMIN": f"admin:{SECRET}"}
    with subprocess_server(tmp_path, "--create", "--proxy", "127.0.0.5", environment=environment) as server:
        forged = [
            guess(server, "x", source="127.0.0.5", x_forwarded_for=f"10.9.{number}.7, 10.1.1.1")
            for number in range(tuning.MAX_WRONG_PASSWORDS + 3)
        ]
        assert forged == [401] * tuning.MAX_WRONG_PASSWORDS + [429] * 3
        assert guess(server, SECRET, source="127.0.0.5", x_forwarded_for="10.1.1.2") == 200, "its other clients go on"
        past_the_proxy = [
            guess(server, "x", source="127.0.0.6", x_forwarded_for=f"10.9.{number}.7")
            for number in range(tuning.MAX_WRONG_PASSWORDS + 3)
        ]
        assert past_the_proxy[-1] == 429


@refused("exit 2")
@pytest.mark.parametrize("proxy", ["*", "proxy.example", "10.0.0.0/99", ""])
def test_anybody_is_named_as_a_proxy(tmp_path, capsys, proxy):
    assert sync_main(["serve", str(tmp_path), "--port", "0", "--proxy", proxy]) == 2
    assert "--proxy" in capsys.readouterr().err


# --- from many, and at many ----------------------------------------------------------------------------------------


@refused("429 too_many_requests")
def test_one_address_goes_on_guessing_all_day(server, clock):
    tries = {"right": 0, "told to wait": 0}
    for _ in range(24 * 60):
        tries["right" if guess(server, "x") == 401 else "told to wait"] += 1
        clock.now += 60
    assert tries["right"] < 50
    clock.now += 2 * tuning.WRONG_PASSWORDS_FORGOTTEN_S
    assert guess(server, SECRET) == 200


@refused("429 too_many_requests")
def test_one_address_tries_many_names(server):
    answers = [guess(server, "x", name=f"name{number}") for number in range(tuning.MAX_WRONG_OF_ADDRESS + 10)]
    assert answers[: tuning.MAX_WRONG_OF_ADDRESS - 1] == [401] * (tuning.MAX_WRONG_OF_ADDRESS - 1)
    assert answers[-9:] == [429] * 9
    assert guess(server, SECRET, source="127.0.0.2") == 200


@refused("429 too_many_requests")
def test_many_machines_guess_one_name_together(server):
    assert guess(server, SECRET, source="127.0.0.77") == 200
    answers = [
        guess(server, "x", source=f"127.0.{machine}.1") for machine in range(1, 30) for _ in range(tuning.MAX_WRONG_PASSWORDS)
    ]
    assert answers.count(401) <= tuning.MAX_WRONG_OF_NAME
    assert answers[-1] == 429
    assert guess(server, SECRET, source="127.0.0.77") == 200, "where he has signed in before, the officer can again"
    assert guess(server, "x", source="127.0.0.77") == 401


@refused("nobody else waits")
def test_one_machine_locks_an_officer_out_everywhere(server, clock):
    for _ in range(500):
        guess(server, "x", source="127.0.0.9")
        clock.now += 30
    assert guess(server, SECRET, source="127.0.0.2") == 200, "from an address that was never here"


@refused("429 too_many_requests")
def test_a_household_takes_another_of_its_addresses_for_each_guess():
    guesses = Guesses(lambda: 0.0)
    for number in range(tuning.MAX_WRONG_PASSWORDS):
        guesses.check((f"2001:db8:1:2::{number:x}", "admin"))
        guesses.failed((f"2001:db8:1:2::{number:x}", "admin"))
    with pytest.raises(ServerError):
        guesses.check(("2001:db8:1:2::ffff", "admin"))
    guesses.check(("2001:db8:1:3::1", "admin"))


# --- codes and the console -----------------------------------------------------------------------------------------


def enrol(hub, code, **more):
    body = json.dumps(enrolment(code, DeviceKey.generate(lambda count: b"k" * count)))
    return ask(hub.url, "POST", "/_hub/enrol", body=body, content_type="application/json", **more)


def sign_in(hub, password, **more):
    form = urlencode({"staff": "admin", "password": password})
    return ask(hub.url, "POST", "/console/login", body=form, content_type=FORM["content-type"], **more)


@refused("429")
def test_codes_and_the_consoles_password_are_guessed_under_false_addresses(tmp_path):
    home = found_county(tmp_path)
    with running_hub(home) as hub:
        for number in range(SOURCE_FAILURES):
            assert sign_in(hub, "wrong-password", x_forwarded_for=f"10.0.0.{number}") == 403
        assert sign_in(hub, "wrong-password", x_forwarded_for="10.0.1.1") == 429
        assert sign_in(hub, PASSWORD, source="127.0.0.2") == 303, "an officer elsewhere signs in"
        answers = [enrol(hub, f"AAAA{number:06}", x_forwarded_for=f"10.0.0.{number}") for number in range(SOURCE_FAILURES + 5)]
        assert answers == [403] * SOURCE_FAILURES + [429] * 5
        assert enrol(hub, new_code(home, VILLAGE)["code"], source="127.0.0.2") == 201


@refused("429 for strangers")
def test_many_machines_guess_the_consoles_password_together(tmp_path):
    registry = Registry(tmp_path / "hub.sqlite", pepper=b"p", clock=lambda: 10**12)
    registry.record_success("console", "10.0.0.1")
    tried = 0
    for machine in range(30):
        for _ in range(SOURCE_FAILURES):
            if not registry.too_many_failures("console", f"10.1.{machine}.1"):
                registry.record_failure("console", f"10.1.{machine}.1")
                tried += 1
    assert tried == ACCOUNT_FAILURES
    assert registry.too_many_failures("console", "10.9.9.9")
    assert not registry.too_many_failures("console", "10.0.0.1"), "where an officer has signed in before, he can again"


@refused("a sentence, exit 2")
def test_the_hub_is_told_to_believe_everybody(tmp_path, capsys, monkeypatch):
    home = found_county(tmp_path)
    monkeypatch.setenv("COUNTY_HUB_PROXIES", "10.0.0.1, *")
    assert main(["serve", str(home), "--port", "0"]) == 2
    assert "proxies" in capsys.readouterr().err
