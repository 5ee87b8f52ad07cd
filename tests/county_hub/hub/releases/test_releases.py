"""The county offers a release, and a service point takes it over the line or from a USB stick: signed, whole, never forced."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from county_hub.accounts.opened import opened_accounts
from county_hub.commands.cli import main
from shared.ledger.errors import Refused
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.releases import Release, build_release, check_release, order, parse_release
from tests.support.county_hub.hub_support import TOWN, VILLAGE, RunningHub, enrol, found_county, new_code, opened, running_hub
from village_node import composition
from village_node.__main__ import main as node_main
from village_node.point.hub_client import HubClient

CONTENT = os.urandom(3_000_000)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningHub, Path]]:
    folder = tmp_path_factory.mktemp("county")
    home = found_county(folder)
    (folder / "shuoshi-9.1.0-py3-none-any.whl").write_bytes(CONTENT)
    (folder / "notes.txt").write_text("DEMO：打印更快\n", "utf-8")
    with running_hub(home) as hub:
        yield hub, folder


@pytest.fixture
def shelf(county: tuple[RunningHub, Path]) -> Iterator[Path]:
    """The release is on the shelf while the block lasts."""
    hub, folder = county
    wheel = folder / "shuoshi-9.1.0-py3-none-any.whl"
    assert main(["release", "add", str(hub.home), str(wheel), "--notes", str(folder / "notes.txt")]) == 0
    yield hub.home / "releases"
    if (hub.home / "releases" / "release-9.1.0.json").exists():
        assert main(["release", "withdraw", str(hub.home), "9.1.0"]) == 0


@pytest.fixture(scope="module")
def village(county: tuple[RunningHub, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    hub, _ = county
    node = tmp_path_factory.mktemp("node") / "home"
    composition.enrol(node, (hub.url,), new_code(hub.home, VILLAGE, "--url", hub.url)["code"])
    return node


@pytest.fixture
def node(village: Path) -> Path:
    """The village's HOME, which has heard of no release."""
    for path in (village / "updates").glob("*"):
        path.unlink()
    state = json.loads((village / "state.json").read_text("utf-8"))
    state.pop("updates_asked", None)
    (village / "state.json").write_text(json.dumps(state), "utf-8")
    return village


def told(capsys: Any) -> dict[str, Any]:
    return json.loads(capsys.readouterr().out)  # type: ignore[no-any-return]


def test_a_round_hears_of_it_the_status_offers_it_and_nothing_is_fetched_unasked(shelf: Path, node: Path, capsys: Any) -> None:
    assert node_main(["sync", str(node)]) == 0
    capsys.readouterr()
    assert node_main(["status", str(node)]) == 0
    assert "县级提供新版本 9.1.0" in capsys.readouterr().out
    assert sorted(path.name for path in (node / "updates").iterdir()) == ["release-9.1.0.json"]


def test_it_is_fetched_when_asked_for_and_goes_on_where_it_was_cut(
        shelf: Path, node: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    (node / "updates").mkdir(exist_ok=True)
    (node / "updates" / "shuoshi-9.1.0-py3-none-any.whl.part").write_bytes(CONTENT[:2_500_000])    # what a cut line left
    real = HubClient.release_piece
    monkeypatch.setattr(HubClient, "release_piece",
                        lambda self, version, start, end: asked.append((start, end)) or real(self, version, start, end))
    capsys.readouterr()
    assert node_main(["update", str(node), "--fetch", "--json"]) == 0
    path = Path(told(capsys)["file"])
    assert path.read_bytes() == CONTENT
    assert asked == [(2_500_000, 3_000_000)]
    assert path.stat().st_mode & 0o777 == 0o600
    assert node_main(["update", str(node)]) == 0
    assert "由管理员安装这个文件" in capsys.readouterr().out


def test_a_file_that_is_not_the_signed_one_is_thrown_away(shelf: Path, node: Path, capsys: Any) -> None:
    (node / "updates").mkdir(exist_ok=True)
    (node / "updates" / "shuoshi-9.1.0-py3-none-any.whl.part").write_bytes(b"x" * 2_999_999)
    assert node_main(["update", str(node), "--fetch"]) == 1
    assert "与县级签名的不一致" in capsys.readouterr().err
    assert node_main(["update", str(node), "--fetch"]) == 0       # from the beginning


def test_a_stick_carries_it_from_point_to_point_and_a_changed_one_is_refused(
        shelf: Path, node: Path, tmp_path: Path, capsys: Any) -> None:
    stick, next_one = tmp_path / "stick", tmp_path / "stick2"
    stick.mkdir()
    for path in shelf.iterdir():
        (stick / path.name).write_bytes(path.read_bytes())          # the hub's shelf, copied as it is
    assert node_main(["update", str(node), "--from", str(stick)]) == 0
    assert node_main(["update", str(node), "--to", str(next_one)]) == 0
    assert {path.name: path.read_bytes() for path in next_one.iterdir() if path.suffix == ".whl"} == {
        "shuoshi-9.1.0-py3-none-any.whl": CONTENT}
    for path in (node / "updates").glob("*"):
        path.unlink()
    changed = bytearray(CONTENT)
    changed[0] ^= 1
    (next_one / "shuoshi-9.1.0-py3-none-any.whl").write_bytes(bytes(changed))
    capsys.readouterr()
    assert node_main(["update", str(node), "--from", str(next_one)]) == 1
    assert "与县级签名的不一致" in capsys.readouterr().err
    manifest = json.loads((next_one / "release-9.1.0.json").read_text("utf-8"))
    forged = build_release(parse_release(manifest), DeviceKey.generate(os.urandom))     # whole, and signed by somebody else
    (next_one / "release-9.1.0.json").write_text(json.dumps(forged), "utf-8")
    (next_one / "shuoshi-9.1.0-py3-none-any.whl").write_bytes(CONTENT)
    assert node_main(["update", str(node), "--from", str(next_one)]) == 2
    assert not list((node / "updates").glob("*.whl"))


def test_an_older_release_or_none_is_no_update(county: tuple[RunningHub, Path], node: Path, tmp_path: Path, capsys: Any) -> None:
    hub, _ = county
    (tmp_path / "old.bin").write_bytes(b"old")
    assert main(["release", "add", str(hub.home), str(tmp_path / "old.bin"), "--version", "0.0.9"]) == 0
    capsys.readouterr()
    assert node_main(["update", str(node), "--json"]) == 0
    assert told(capsys)["offered"] is None
    assert main(["release", "withdraw", str(hub.home), "0.0.9"]) == 0
    assert node_main(["update", str(node), "--fetch"]) == 2
    assert node_main(["update", str(node), "--to", str(tmp_path / "x")]) == 2


def test_only_devices_in_service_are_given_it_and_it_stands_in_the_audit_log(
        county: tuple[RunningHub, Path], shelf: Path) -> None:
    hub, _ = county
    device = enrol(hub, hub.home, TOWN)
    with hub.client() as http:
        assert http.get("/_hub/releases").status_code == 401
        assert http.get("/_hub/releases/9.1.0").status_code == 401
    with hub.client(device.device, device.token) as http:
        assert [doc["version"] for doc in http.get("/_hub/releases").json()["releases"]] == ["9.1.0"]
        whole = http.get("/_hub/releases/9.1.0")
        assert hashlib.sha256(whole.content).hexdigest() == hashlib.sha256(CONTENT).hexdigest()
        for other in ("9.1.1", "../secrets.json", "..%2Fsecrets.json"):
            assert http.get(f"/_hub/releases/{other}").status_code in (401, 403, 404)
        assert main(["device", "revoke", str(hub.home), device.device, "--lost"]) == 0
        assert http.get("/_hub/releases").status_code == 403
    with opened(hub.home) as open_one:
        assert "app_release" in {line.what for line in opened_accounts(open_one).audit.lines()}


@pytest.mark.parametrize(("arguments", "said"), [
    (["x.bin"], "版本号"), (["x.bin", "--version", "1.x"], "版本号"), (["none.bin", "--version", "1.0"], "none.bin"),
    (["empty.bin", "--version", "1.0"], "不是可用的程序文件"), (["名字.bin", "--version", "1.0"], "不能登记"),
])
def test_what_cannot_be_released_is_said(county: tuple[RunningHub, Path], tmp_path: Path, arguments: list[str], said: str,
                                         capsys: Any) -> None:
    hub, _ = county
    for name, content in (("x.bin", b"x"), ("empty.bin", b""), ("名字.bin", b"x")):
        (tmp_path / name).write_bytes(content)
    assert main(["release", "add", str(hub.home), str(tmp_path / arguments[0]), *arguments[1:]]) in (1, 2)
    assert said in capsys.readouterr().err
    assert not list((hub.home / "releases").glob("*.new"))


def test_a_manifest_is_checked_whole() -> None:
    key = DeviceKey.generate(os.urandom)
    good = build_release(Release("1.2.3", "a.whl", 5, "0" * 64, "", 1), key)
    assert check_release(good, [DeviceKey.generate(os.urandom).public, key.public]).version == "1.2.3"
    for change in ({"version": "1.2.4"}, {"size": 6}, {"name": "../a"}, {"sha256": "x"}, {"notes": "y"}, {"more": 1}):
        with pytest.raises(Refused):
            check_release({**good, **change}, [key.public])
    with pytest.raises(Refused):
        check_release(good, [])
    assert sorted(["1.10", "1.9.9", "1.2", "0.9.9.9"], key=order) == ["0.9.9.9", "1.2", "1.9.9", "1.10"]
