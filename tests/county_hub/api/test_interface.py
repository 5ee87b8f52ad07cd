"""`/api/v1` over HTTP against a running hub: whom it lets in, what each scope shows, what it refuses, what is handed in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from county_hub.accounts.audit import Audit
from county_hub.accounts.store import AccountStore
from county_hub.api.openapi import document
from county_hub.api.operations import OPERATIONS
from county_hub.systems.store import SystemsStore
from county_hub.systems.tokens import Tokens
from tests.support import loopback
from tests.support.county_hub.api_scene import Scene, asked_county, run
from tests.support.county_hub.hub_support import COUNTY, OTHER_TOWN, TOWN, VILLAGE, found_county, opened, running_hub

ROW = {"登记日期": "2026-03-05", "申请人": "演示甲", "被申请人": "演示乙", "纠纷类别": "邻里纠纷",
       "纠纷简要情况": "DEMO 排水渠争议", "发生地区划代码": VILLAGE}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with asked_county(tmp_path_factory.mktemp("api")) as made:
        yield made


def problem(answer: httpx2.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert found["status"] == status
    assert found["detail"].isascii()
    return found  # type: ignore[no-any-return]


def test_the_document_is_open_to_anyone_and_names_every_operation(scene: Scene) -> None:
    found = loopback.get(scene.hub.url + "/api/v1/openapi.json")
    assert found.status_code == 200
    assert found.json() == json.loads(json.dumps(document()))
    assert {op["operationId"] for path in found.json()["paths"].values() for op in path.values()} >= {"listCases", "handIn"}


@pytest.mark.parametrize("sent", ["", "Basic YTpi", "Bearer", "Bearer x", "Bearer shuoshi_00000000_" + "a" * 43,
                                  "Bearer shuoshi__", "Bearer " + "shuoshi_" * 40])
def test_nobody_comes_in_without_a_good_token(scene: Scene, sent: str) -> None:
    headers = {"authorization": sent} if sent else {}
    answer = loopback.get(scene.hub.url + "/api/v1/cases", headers=headers)
    found = problem(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert found["errors"][0]["remedy"]


def test_no_operation_answers_without_a_token(scene: Scene) -> None:
    for op in OPERATIONS:
        problem(loopback.request(op.method, f"{scene.hub.url}/api/v1{op.path}"), 401)


def test_a_revoked_token_and_one_whose_time_is_over_open_nothing_more(scene: Scene, tmp_path: Path) -> None:
    token = scene.token()
    ask = {"headers": {"authorization": f"Bearer {token}"}}
    assert loopback.get(scene.hub.url + "/api/v1/token", **ask).status_code == 200
    assert run("token", "revoke", str(scene.home), token.split("_")[1])[0] == 0
    problem(loopback.get(scene.hub.url + "/api/v1/token", **ask), 401)
    now = [1_000_000]
    tokens = Tokens(SystemsStore(tmp_path / "s.sqlite", lambda: now[0]), lambda office: True)
    made, shown = tokens.add("DEMO", ["cases:read"], [], 1)
    assert tokens.good(shown) is not None
    now[0] = made.until
    assert tokens.good(shown) is None
    assert tokens.all()[0].state(now[0]) == "expired"
    assert shown.split("_", 2)[2] not in (tmp_path / "s.sqlite").read_bytes().decode("latin-1")


def test_each_scope_opens_its_own_and_names_what_is_lacking(scene: Scene) -> None:
    paths = {"cases:read": "/cases", "records:read": "/records", "figures:read": "/figures/2026", "exchange:read": "/exchange"}
    for scope in paths:
        with scene.client(scope) as client:
            for other, path in paths.items():
                answer = client.get(path)
                if other == scope:
                    assert answer.status_code == 200, answer.text
                else:
                    assert problem(answer, 403)["errors"] == [
                        {"field": "scope", "value": other, "remedy": "ask the county for a token with it"}]


def test_without_the_scope_no_person_is_named_and_strict_cases_name_nobody_at_all(scene: Scene) -> None:
    with scene.client("cases:read,records:read") as client:
        for path in ("/cases?limit=200", "/records"):
            text = client.get(path).text
            assert not re.search("演示|DEMO|1380", text)
    with scene.client("cases:read,personal:read") as client:
        rows = client.get("/cases?limit=200").json()["items"]
        assert sum("summary" in row for row in rows) == 6
        assert rows[0]["party_names"] == ["演示甲0", "演示乙0"]


def test_petitions_and_legal_aid_stand_among_the_records_with_their_case_their_clock_and_who_must_act(scene: Scene) -> None:
    with scene.client("cases:read,records:read") as client:
        rows = client.get("/records").json()["items"]
        assert [row["kind"] for row in rows] == ["hazard", "petition", "petition", "legal_aid"]
        sent, hidden, aid = rows[1:]
        assert (sent["state"], sent["handler_office"], sent["place_office"], sent["due_kind"]) == (
            "forwarded", TOWN, VILLAGE, "petition_objection")
        assert (hidden["handler_office"], len(hidden["number"]) > 12, hidden["ended_on"]) == (COUNTY, True, None)
        cases = client.get("/cases?limit=200").json()["items"]
        assert aid["cases"] == [cases[-1]["id"]]
        assert client.get("/records", params={"kind": "petition", "office": TOWN}).json()["items"] == [sent]
        alone = client.get(f"/records/{aid['id']}").json()
        assert client.get("/records", params={"kind": "legal_aid"}).json()["items"] == [alone]
        seen, cursor = [], ""
        while cursor is not None:
            page = client.get("/records", params={"limit": 1, **({"cursor": cursor} if cursor else {})}).json()
            seen, cursor = seen + page["items"], page["next"]
        assert seen == rows
    with scene.client("records:read,personal:read") as client:
        titles = [row.get("title") for row in client.get("/records").json()["items"]]
        # whom Art 30 protects nobody is told, nor what came from a strictly confidential case
        assert titles == ["DEMO 水渠塌方", "DEMO 反映用水", None, None]


def test_the_steps_of_a_case_name_persons_only_with_the_scope_and_never_of_a_strict_one(scene: Scene) -> None:
    with scene.client("cases:read") as client:
        cases = client.get("/cases?limit=200").json()["items"]
        answer = client.get(f"/cases/{cases[0]['id']}/events")
        told = [(row["kind"], row["office"], row["refused"]) for row in answer.json()["items"]]
        assert told == [("case.registered", COUNTY, False)]
        assert not re.search("演示|DEMO|officer", answer.text)
        problem(client.get("/cases/01ARZ3NDEKTSV4RRFFQ69G5FAV/events"), 404)
    with scene.client("cases:read,personal:read") as client:
        rows = [client.get(f"/cases/{case['id']}/events").json()["items"][0] for case in cases]
        assert [row.get("person") for row in rows] == ["演示员"] * 6 + [None]
        assert "text" in rows[0]
        assert "text" not in rows[6]


def test_a_token_for_some_offices_sees_theirs_alone(scene: Scene) -> None:
    with scene.client("cases:read", "--offices", OTHER_TOWN) as client:
        assert client.get("/cases").json() == {"items": [], "next": None}
    with scene.client("cases:read,records:read", "--offices", TOWN) as client, scene.client("cases:read") as whole:
        foreign = whole.get("/cases").json()["items"][0]["id"]
        problem(client.get(f"/cases/{foreign}"), 404)
        assert len(client.get("/records").json()["items"]) == 4         # their place is a village below
        problem(client.get(f"/cases/{foreign}/events"), 404)
    code, said = run("token", "add", str(scene.home), "--name", "x", "--scopes", "figures:read", "--offices", TOWN)
    assert (code, "全县" in said) == (2, True)


def test_pages_pass_over_nothing_and_end(scene: Scene) -> None:
    with scene.client() as client:
        seen: list[str] = []
        cursor = ""
        while True:
            page = client.get("/cases", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
            seen += [row["id"] for row in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == 7
        assert client.get(f"/cases/{seen[0]}").json()["category"] == "DC02"


def test_what_is_unchanged_is_not_sent_again(scene: Scene) -> None:
    with scene.client() as client:
        first = client.get("/cases")
        again = client.get("/cases", headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert client.request("HEAD", "/cases").headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize(("path", "field"), [
    ("/cases?limit=0", "limit"), ("/cases?limit=201", "limit"), ("/cases?limit=x", "limit"), ("/cases?office=1", "office"),
    ("/cases?nothing=1", "nothing"), ("/cases?limit=1&limit=2", "limit"), ("/cases?changed_since=2026-02-30", "changed_since"),
    ("/cases?cursor=' OR 1=1 --", "cursor"), ("/cases?state=a%00b", "state"), ("/cases?state=%27%3B DROP TABLE cases", "state"),
    ("/exchange/plain/rows?changed_since=2026-13-01", "changed_since"),
])
def test_what_is_wrong_is_named_with_field_value_and_remedy(scene: Scene, path: str, field: str) -> None:
    with scene.client() as client:
        assert problem(client.get(path), 400)["errors"][0]["field"] == field


def test_all_that_is_wrong_with_a_question_is_told_at_once(scene: Scene) -> None:
    with scene.client("exchange:write,cases:read") as client:
        found = problem(client.get("/cases?limit=0&changed_since=2026-02-30&office=x&odd=1&registered_to=2026-13-01"), 400)
        assert [one["field"] for one in found["errors"]] == ["limit", "changed_since", "office", "odd", "registered_to"]
        rows = {"rows": [ROW, {"登记日期": [1], "申请人": "长" * 5001}, {}], "more": 1}
        found = problem(client.post("/exchange/plain/rows?limit=x", json=rows, headers={"idempotency-key": "?"}), 400)
        assert [one["field"] for one in found["errors"]] == [
            "limit", "more", "rows[1].登记日期", "rows[1].申请人", "rows[2]", "Idempotency-Key"]


@pytest.mark.parametrize("path", ["/", "/nothing", "/cases/x", "/cases/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/cases/%2e%2e%2fhub.sqlite",
                                  "/records/%00", "/figures/2999", "/figures/1", "/figures/2099", "/exchange/none/rows",
                                  "/exchange/batches/0123456789abcdef"])
def test_what_is_not_there_is_told_as_such(scene: Scene, path: str) -> None:
    with scene.client() as client:
        problem(client.get(path), 404)


def test_no_method_does_more_than_its_path_says(scene: Scene) -> None:
    with scene.client() as client:
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            answer = client.request(method, "/cases")
            problem(answer, 405)
            assert answer.headers["allow"] == "GET, HEAD"


def test_figures_hide_small_cells(scene: Scene) -> None:
    with scene.client("figures:read") as client:
        found = client.get("/figures/2026").json()
    assert found["small_cell"] > 1
    counts = {one["key"]: one for one in found["indicators"] if one["kind"] == "count"}
    assert counts["disputes_handled"]["value"] == 7
    for one in counts.values():
        assert one["value"] is None or not 0 < one["value"] < found["small_cell"]
    cells = [cell for row in found["tables"]["region_by_category"]["cells"] for cell in row]
    assert not [cell for cell in cells if cell is not None and 0 < cell < found["small_cell"]]


def test_rows_for_another_system_leave_strict_cases_out(scene: Scene) -> None:
    with scene.client("exchange:read") as client:
        first = client.get("/exchange/plain/rows?limit=4").json()
        rest = client.get("/exchange/plain/rows", params={"cursor": first["next"]}).json()
        assert rest["next"] is None
        cells = [row["cells"] for row in first["items"] + rest["items"]]
        assert len(cells) == 6
        assert cells[0]["申请人"] == "演示甲0"
        assert {row["id"] for row in client.get("/exchange").json()["items"]} >= {"plain", "moj", "petition"}


def test_rows_that_are_handed_in_wait_for_a_person_and_the_same_key_means_the_same_rows(scene: Scene) -> None:
    with scene.client("exchange:write,cases:read") as client:
        problem(client.post("/exchange/plain/rows", json={"rows": [ROW]}), 400)
        key = {"idempotency-key": "DEMO-2026-1"}
        first = client.post("/exchange/plain/rows", json={"rows": [ROW]}, headers=key)
        assert (first.status_code, first.json()["state"], first.json()["new"]) == (202, "waiting", 1), first.text
        batch = first.json()["id"]
        assert client.post("/exchange/plain/rows", json={"rows": [ROW]}, headers=key).json()["id"] == batch
        problem(client.post("/exchange/plain/rows", json={"rows": [{**ROW, "申请人": "演示丙"}]}, headers=key), 422)
        assert len(client.get("/cases?limit=200").json()["items"]) == 7              # nothing is a case before a person says so
        code, made = run("exchange", "accept", str(scene.home), batch, "--as", "officer", "--json")
        assert (code, len(made["subjects"])) == (0, 1)
        found = client.get(f"/exchange/batches/{batch}").json()
        assert (found["state"], found["subjects"]) == ("accepted", made["subjects"])
        assert run("exchange", "accept", str(scene.home), batch, "--as", "officer")[0] == 2
    with scene.client("exchange:write") as other:
        problem(other.get(f"/exchange/batches/{batch}"), 404)                         # another token's


def test_rows_that_cannot_be_taken_are_named_one_by_one_and_none_is_kept(scene: Scene) -> None:
    wrong, rows = {**ROW, "登记日期": "2026-02-31", "申请人": ""}, "/exchange/plain/rows"
    with scene.client("exchange:write") as client:
        found = problem(client.post(rows, json={"rows": [ROW, wrong]}, headers={"idempotency-key": "DEMO-2026-2"}), 422)
        assert {one["field"] for one in found["errors"]} >= {"rows[1].登记日期"}
        problem(client.post("/exchange/plain/rows", content=b"{", headers={"idempotency-key": "DEMO-2026-3"}), 415)
        headers = {"idempotency-key": "DEMO-2026-3", "content-type": "application/json"}
        problem(client.post("/exchange/plain/rows", content=b"{", headers=headers), 400)
        problem(client.post("/exchange/plain/rows", content=b" " * ((1 << 20) + 1), headers=headers), 413)
        problem(client.post("/exchange/plain/rows", content=b"[" * 100_000, headers=headers), 400)
        problem(client.post("/exchange/plain/rows", json={"rows": []}, headers=headers), 400)
        back = client.post(rows, json={"rows": [{**ROW, "申请人": "演示丁"}]}, headers={"idempotency-key": "DEMO-2026-4"})
        assert run("exchange", "return", str(scene.home), back.json()["id"], "--as", "officer", "--reason", "DEMO 重复了")[0] == 0
        assert client.get(f"/exchange/batches/{back.json()['id']}").json()["reason"] == "DEMO 重复了"
    assert run("exchange", "handed", str(scene.home), "--json")[1] == []


def test_a_token_that_asks_too_often_waits_and_each_use_is_in_the_audit_log(tmp_path: Path) -> None:
    home = found_county(tmp_path)
    with running_hub(home, COUNTY_HUB_API_CALLS_A_MINUTE="5") as hub:
        scene = Scene(hub, home)
        with scene.client("cases:read") as client:
            answers = [client.get("/cases") for _ in range(7)]
    assert [one.status_code for one in answers[:5]] == [200] * 5
    assert 429 in [one.status_code for one in answers[5:]]
    assert int(next(one for one in answers if one.status_code == 429).headers["retry-after"]) >= 1
    with opened(home) as hub_:
        store = AccountStore(hub_.home.accounts, hub_.clock)
        lines = [(line.account.partition(" ")[0], line.what, line.subject) for line in Audit(store, 365).lines()]
        store.close()
    assert lines.count(("token", "api", "GET cases")) == 1
    assert lines[-1][1] == "token_add"
