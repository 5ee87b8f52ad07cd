"""Who has lost his credential or his rights goes on with what he had open: feeds, long answers, cookies, the console."""

from __future__ import annotations

import contextlib

import httpx2
import pytest

from county_hub.commands.cli import main
from sync.endpoint.tuning import EndpointLimits
from tests.support.attacks import refused
from tests.support.county_hub.hub_support import (
    COUNTY,
    PASSWORD,
    VILLAGE,
    DeviceKey,
    enrol,
    enrolment,
    found_county,
    new_code,
    running_hub,
    with_account,
)
from tests.support.neighbours import Neighbours
from tests.support.sync.server import running

CUT = (httpx2.RemoteProtocolError, httpx2.ReadError)


@pytest.fixture
def authoriser():
    return Neighbours()


@pytest.fixture
def limits():
    return EndpointLimits()


@pytest.fixture
def server(tmp_path, authoriser, limits):
    with running(tmp_path, authoriser=authoriser, limits=limits) as running_server:
        running_server.create("db")
        yield running_server


def client_of(server, stack, name="lost", *, cookie=False):
    """Asks with name and password, or with a cookie alone."""
    if not cookie:
        return stack.enter_context(server.client(auth=(name, "pass"), headers={"accept-encoding": "identity"}))
    client = stack.enter_context(server.client(headers={"accept-encoding": "identity"}))
    assert client.post("/_session", json={"name": name, "password": "pass"}).status_code == 200
    return client


def rest_of(pieces):
    """What still comes before the line is cut. Fails when the answer ends well."""
    text = b""
    while True:
        try:
            text += next(pieces)
        except CUT:
            return text
        except StopIteration:
            pytest.fail(f"the answer ended as if it were whole: {text[-200:]!r}")


# --- what is open --------------------------------------------------------------------------------------------------


@refused("cut before the next row")
@pytest.mark.parametrize("way", ["gone", "barred"])
@pytest.mark.parametrize("cookie", [False, True])
@pytest.mark.parametrize("feed", ["continuous", "eventsource", "longpoll"])
def test_a_lost_device_goes_on_reading_its_open_feed(server, authoriser, way, cookie, feed):
    with contextlib.ExitStack() as stack:
        client = client_of(server, stack, cookie=cookie)
        root = client_of(server, stack, "root")
        assert root.put("/db/before", json={}).status_code == 201
        since = root.get("/db").json()["update_seq"] if feed == "longpoll" else 0
        params = {"feed": feed, "since": str(since), "include_docs": "true", "timeout": "60000"}
        pieces = stack.enter_context(client.stream("GET", "/db/_changes", params=params)).iter_bytes()
        assert b"before" in next(pieces) or feed == "longpoll"
        getattr(authoriser, way).add("lost")
        assert root.put("/db/secret", json={"text": "for others"}).status_code == 201
        assert b"secret" not in rest_of(pieces)
        assert client.get("/db/_changes").status_code in (401, 403)


@refused("cut at the next heartbeat")
@pytest.mark.parametrize("path", ["/db/_changes", "/_db_updates"])
def test_a_lost_device_keeps_a_feed_open_in_which_nothing_happens(server, authoriser, path):
    with contextlib.ExitStack() as stack:
        client = client_of(server, stack, "root" if path == "/_db_updates" else "lost")
        params = {"feed": "continuous", "heartbeat": "1000", "since": "now"}
        pieces = stack.enter_context(client.stream("GET", path, params=params)).iter_bytes()
        assert next(pieces)
        authoriser.gone |= {"lost", "root"}
        assert rest_of(pieces).strip() == b""


@refused("cut before the next page")
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("GET", "_changes?include_docs=true", None), ("GET", "_all_docs?include_docs=true", None),
     ("POST", "_find", {"selector": {}, "limit": 10_000}), ("POST", "_bulk_get",
     {"docs": [{"id": f"d{n:03}"} for n in range(300)]})],
)  # fmt: skip
@pytest.mark.parametrize("limits", [EndpointLimits(bulk_get_stream_bytes=1, find_page_docs=20)])
def test_a_lost_device_goes_on_reading_a_long_answer(server, authoriser, method, path, body):
    """The reader takes nothing until it is lost: what fills the buffers has left, the rest has not."""
    with contextlib.ExitStack() as stack:
        root, client = client_of(server, stack, "root"), client_of(server, stack)
        docs = [{"_id": f"d{number:03}", "text": "x" * 100_000} for number in range(300)]
        for start in range(0, 300, 100):
            assert root.post("/db/_bulk_docs", json={"docs": docs[start : start + 100]}).status_code == 201
        answer = stack.enter_context(client.stream(method, f"/db/{path}", json=body))
        assert answer.status_code == 200
        pieces = answer.iter_bytes()
        assert next(pieces)
        authoriser.gone.add("lost")
        assert b"d299" not in rest_of(pieces)


@refused("cut before the next piece")
@pytest.mark.parametrize("limits", [EndpointLimits(recheck_s=0.0)])
def test_a_lost_device_goes_on_taking_a_large_attachment(server, authoriser):
    with contextlib.ExitStack() as stack:
        root, client = client_of(server, stack, "root"), client_of(server, stack)
        assert root.put("/db/d/file", content=b"x" * 30_000_000 + b"the end").status_code == 201
        pieces = stack.enter_context(client.stream("GET", "/db/d/file")).iter_bytes()
        assert next(pieces)
        authoriser.gone.add("lost")
        assert b"the end" not in rest_of(pieces)


@refused("nobody is cut")
def test_others_go_on_reading_when_somebody_is_revoked(server, authoriser):
    with contextlib.ExitStack() as stack:
        root, client = client_of(server, stack, "root"), client_of(server, stack, "kept", cookie=True)
        params = {"feed": "continuous", "heartbeat": "1000", "since": "now"}
        pieces = stack.enter_context(client.stream("GET", "/db/_changes", params=params)).iter_bytes()
        assert next(pieces) == b"\n"
        authoriser.gone.add("lost")
        assert root.put("/db/after", json={}).status_code == 201
        assert any(b"after" in piece for piece in pieces)


# --- cookies -------------------------------------------------------------------------------------------------------


@refused("401 unauthorized")
def test_a_cookie_outlives_its_credential(server, authoriser):
    with contextlib.ExitStack() as stack:
        client = client_of(server, stack, cookie=True)
        assert client.get("/db").status_code == 200
        authoriser.gone.add("lost")
        assert client.get("/db").status_code == 401


@refused("401 unauthorized")
def test_a_copied_cookie_outlives_the_log_out(server):
    with contextlib.ExitStack() as stack:
        owner, other = (client_of(server, stack, cookie=True) for _ in range(2))
        thief = stack.enter_context(server.client(headers={"cookie": f"AuthSession={owner.cookies['AuthSession']}"}))
        assert thief.get("/db").status_code == 200
        assert owner.delete("/_session").status_code == 200
        assert thief.get("/db").status_code == 401
        assert thief.get("/_session").json()["userCtx"]["name"] is None
        assert other.get("/db").status_code == 200, "another session of the same name goes on"


@refused("501 not_implemented")
def test_a_cookie_is_asked_of_a_server_that_cannot_tell_when_it_should_end(tmp_path):
    class TwoMethods:
        authenticate, may = Neighbours.authenticate, Neighbours.may
        gone, barred = frozenset(), frozenset()

    with running(tmp_path, authoriser=TwoMethods()) as server, server.client() as client:
        server.create("db")
        answer = client.post("/_session", json={"name": "a", "password": "pass"})
        assert (answer.status_code, "set-cookie" in answer.headers) == (501, False)
        assert client.get("/db", auth=("a", "pass")).status_code == 200


# --- the county's server -------------------------------------------------------------------------------------------


@refused("cut; 401 and 403 after it")
def test_a_tablet_reported_lost_goes_on_with_what_it_has_open(tmp_path):
    home = found_county(tmp_path)
    with running_hub(home) as hub, contextlib.ExitStack() as stack:
        tablet = enrol(hub, home, VILLAGE)
        client = stack.enter_context(hub.client(tablet.device, tablet.token, headers={"accept-encoding": "identity"}))
        cookie = stack.enter_context(hub.client())
        assert cookie.post("/_session", json={"name": tablet.device, "password": tablet.token}).status_code == 200
        assert cookie.get(f"/office-{VILLAGE}").status_code == 200
        params = {"feed": "continuous", "heartbeat": "1000", "since": "now"}
        pieces = stack.enter_context(client.stream("GET", f"/office-{VILLAGE}/_changes", params=params)).iter_bytes()
        assert next(pieces) == b"\n"
        assert main(["device", "revoke", str(home), tablet.device, "--lost"]) == 0
        assert rest_of(pieces).strip() == b""
        assert client.get(f"/office-{VILLAGE}").status_code == 403
        assert cookie.get(f"/office-{VILLAGE}").status_code == 401, "the cookie knows"


@refused("303 to the login")
def test_a_copied_cookie_of_the_console_outlives_logout_password_and_dismissal(tmp_path):
    home = found_county(tmp_path)
    person = ["--id", "s1", "--name", "王工", "--office", COUNTY, "--roles", "supervisor"]
    assert main(["staff", "add", str(home), *person]) == 0
    with running_hub(home) as hub, contextlib.ExitStack() as stack:

        def signed_in(staff):
            with_account(home, staff)
            client = stack.enter_context(hub.client())
            told = client.post("/console/login", data={"staff": staff, "password": PASSWORD})
            assert told.status_code == 303, told.text
            return client

        def is_in(client):
            return client.get("/console/").status_code == 200

        def copy_of(client):
            return stack.enter_context(hub.client(cookies=dict(client.cookies)))

        leaving, staying, reader = signed_in("s1"), signed_in("s1"), signed_in("admin")
        stolen = copy_of(leaving)
        assert all(map(is_in, (leaving, staying, reader, stolen)))
        csrf = leaving.get("/console/").text.partition('name="csrf" value="')[2].partition('"')[0]
        assert leaving.post("/console/logout", data={"csrf": csrf}).status_code == 303
        assert not is_in(stolen)
        assert is_in(staying)
        assert main(["staff", "revoke", str(home), "s1"]) == 0
        assert not is_in(staying)
        assert is_in(reader)
        password, divisions = tmp_path / "new", tmp_path / "divisions.csv"
        password.write_text("another-demo-password\n", "utf-8")
        init = ["init", str(home), "--county", "150822", "--divisions", str(divisions), "--admin-password-file", str(password)]
        assert main(init) == 0
        assert not is_in(reader)
        old = {"staff": "admin", "password": PASSWORD}
        assert stack.enter_context(hub.client()).post("/console/login", data=old).status_code == 403
        again = stack.enter_context(hub.client())
        assert again.post("/console/login", data={"staff": "admin", "password": "another-demo-password"}).status_code == 303
        assert is_in(again)
        ended = copy_of(again)
        csrf = again.get("/console/").text.partition('name="csrf" value="')[2].partition('"')[0]
        again.post("/console/logout", data={"csrf": csrf})
        kept = dict(ended.cookies)
    with running_hub(home) as hub, hub.client(cookies=kept) as client:
        assert client.get("/console/").status_code == 303, "a restart forgets no logout"


@refused("401 unauthorized")
def test_an_old_token_is_believed_after_the_device_was_given_another(tmp_path):
    """The same code and key again, as after an answer that was lost on the line."""
    home = found_county(tmp_path)
    with running_hub(home) as hub:
        key, code = DeviceKey.generate(lambda count: b"k" * count), new_code(home, VILLAGE)["code"]
        asked = enrolment(code, key)
        with hub.client() as client:
            first, second = (client.post("/_hub/enrol", json=asked).json() for _ in range(2))
            assert first["username"] == second["username"]
            path = f"/office-{VILLAGE}"
            assert client.get(path, auth=(second["username"], second["password"])).status_code == 200
            third = client.post("/_hub/enrol", json=asked).json()
            assert client.get(path, auth=(second["username"], second["password"])).status_code == 401
            assert client.get(path, auth=(third["username"], third["password"])).status_code == 200
