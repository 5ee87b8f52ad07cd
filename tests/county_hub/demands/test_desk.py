"""What a citizen hands in before anybody has looked: bounded, taken once, decided once, forgotten."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from county_hub.demands import code as codes
from county_hub.demands.desk import DAY_MS, ROW_KEPT_DAYS, CannotDecide, Demands, Limits, NotTaken, Typed
from county_hub.demands.store import DemandStore
from county_hub.demands.work import HOLDS_MS, Work

GOOD = Typed("water", "DEMO 上游一夜没关闸，我家葵花地淹了两亩", "", "DEMO 一组渠边", "演示周玉梅", "100 0000 0006")
NOW = 1_764_400_000_000


class Scene:
    def __init__(self, folder: Path) -> None:
        self.now, self.path = NOW, folder / "demands.sqlite"
        self.demands = Demands(DemandStore(self.path, lambda: self.now), Limits(3, 1, 2, waiting=5), b"k")

    def take(self, typed: Typed = GOOD, *, code: str = "", photos: tuple[bytes, ...] = (), address: str = "192.0.2.1",
             worked: bool = True) -> int:
        return self.demands.take(code or codes.new(), typed, photos, address, worked=worked, channel="form").n


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.demands.close()


def phone(n: int) -> Typed:
    return Typed(GOOD.category, GOOD.text, "", "", GOOD.name, f"1000000{n:04d}")


def picture(size: tuple[int, int] = (40, 30), kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    tags = Image.Exif()
    tags[0x8825] = {1: "N", 2: (40.0, 19.0, 12.0), 3: "E", 4: (107.0, 0.0, 5.0)}
    Image.new("RGB", size, (90, 120, 60)).save(out, kind, exif=tags)
    return out.getvalue()


def test_the_same_code_is_the_same_demand_however_often_it_is_sent(scene: Scene) -> None:
    code = codes.new()
    other = Typed("other", "DEMO 另一件事情", "", "", "演示", "1")
    assert scene.take(code=code) == scene.take(code=code) == scene.take(other, code=code)
    assert scene.demands.waiting() == 1
    known = scene.demands.known(code)
    assert known is not None
    assert known.phone == "10000000006"


def test_everything_that_is_wrong_is_told_at_once_and_nothing_is_kept(scene: Scene) -> None:
    with pytest.raises(NotTaken) as told:
        scene.take(Typed("gold", "短", "", "地" * 101, " ", "电话"), photos=(b"",) * 7)
    assert set(told.value.faults) == {"category", "text", "place", "name", "phone", "photos"}
    for bad in (b"GIF89a", b"\x89PNG\r\n\x1a\nno", b"<svg onload=alert(1)>", picture((9000, 9000))):
        with pytest.raises(NotTaken) as told:
            scene.take(photos=(bad,))
        assert set(told.value.faults) == {"photos"}
    assert scene.demands.page("") == []


def test_a_photograph_is_made_anew_without_where_it_was_taken(scene: Scene) -> None:
    n = scene.take(photos=(picture(), picture(kind="JPEG") + b"<script>tail</script>"))
    for kept in scene.demands.photos(n):
        with Image.open(io.BytesIO(kept)) as image:
            assert image.format == "JPEG"
            assert not dict(image.getexif())
        assert b"script" not in kept
    assert [file.manifest["purpose"] for file in scene.demands.files(n)] == ["photo", "photo"]


def test_one_address_one_telephone_and_all_together_have_a_bound(scene: Scene) -> None:
    scene.take(worked=False)
    with pytest.raises(NotTaken) as told:
        scene.take(phone(1), worked=False)
    assert told.value.later
    scene.take(phone(1))
    scene.take(phone(2))
    with pytest.raises(NotTaken):
        scene.take(phone(3))
    scene.take(phone(1), address="192.0.2.2")
    with pytest.raises(NotTaken) as told:
        scene.take(phone(1), address="192.0.2.3")
    assert set(told.value.faults) == {"phone"}
    scene.take(phone(4), address="192.0.2.3")
    with pytest.raises(NotTaken):
        scene.take(phone(5), address="192.0.2.4")       # five wait
    scene.now += DAY_MS + 1
    for n in (1, 2):
        scene.demands.send_back(n, "x1", "DEMO 请到说事室来")
    assert scene.take(worked=False) == 6                # a day later the same address may again


def test_a_household_of_ipv6_addresses_is_one_address(scene: Scene) -> None:
    scene.take(worked=False, address="2001:db8::1")
    with pytest.raises(NotTaken):
        scene.take(phone(1), worked=False, address="2001:db8::2")
    scene.take(phone(1), worked=False, address="2001:db8:0:1::2")


def test_it_is_decided_once(scene: Scene) -> None:
    first, second = scene.take(), scene.take(phone(1))
    asked = list[int]()
    done = scene.demands.accept(first, "x1", "DEMO", lambda demand: asked.append(demand.n) or "CASE")  # type: ignore[func-returns-value]
    assert (done.state, done.case_id, done.answered_by) == ("accepted", "CASE", "x1")
    with pytest.raises(CannotDecide):
        scene.demands.accept(first, "x2", "DEMO", lambda demand: asked.append(demand.n) or "CASE")  # type: ignore[func-returns-value]
    with pytest.raises(CannotDecide):
        scene.demands.send_back(first, "x2", "DEMO 不归这里管")
    assert asked == [first]

    def fails(demand: object) -> str:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        scene.demands.accept(second, "x1", "DEMO", fails)
    seen = scene.demands.get(second)
    assert seen is not None
    assert seen.begun == ("DEMO",)                      # the next call looks for what this one may have written
    assert scene.demands.waiting() == 1                 # not decided, not lost


def test_what_was_said_is_gone_from_the_file_in_time_and_what_waits_stays(scene: Scene) -> None:
    old, waits = scene.take(photos=(picture(),)), scene.take(phone(1))
    scene.demands.send_back(old, "x1", "DEMO 请到说事室来")
    scene.now += 29 * DAY_MS
    assert scene.demands.forget(30) == 0
    scene.now += 2 * DAY_MS
    assert scene.demands.forget(30) == 1
    found = scene.demands.get(old)
    assert found is not None
    assert (found.text, found.name, found.phone, found.photos, found.answer) == ("", "", "", 0, "DEMO 请到说事室来")
    still = scene.demands.get(waits)
    assert still is not None
    assert still.name == GOOD.name
    scene.now += ROW_KEPT_DAYS * DAY_MS
    scene.demands.forget(30)
    assert scene.demands.get(old) is None
    scene.demands.close()
    with closing(sqlite3.connect(scene.path)) as db:
        assert db.execute("SELECT count(*) FROM demands WHERE source <> ''").fetchone() == (0,)


def test_a_code_is_copied_as_people_copy_and_a_mistake_is_noticed() -> None:
    code = codes.new()
    assert codes.read(codes.printed(code).lower().replace("-", " ")) == code
    wrong = [code[:n] + ("7" if c != "7" else "8") + code[n + 1:] for n, c in enumerate(code)]
    assert [codes.read(each) for each in wrong] == [None] * len(code)
    for text in ("", "F", "１" * 300, code + "0", "😀" * 20):
        assert codes.read(text) is None


def test_work_is_for_one_code_and_one_hour() -> None:
    now = [NOW]
    work = Work(6, lambda: now[0])
    challenge, code = work.challenge(), codes.new()
    solution = next(str(n) for n in range(10**6) if work.is_done(challenge, code, str(n)))
    assert not work.is_done(challenge, codes.new(), solution) or not work.is_done(challenge, codes.new(), solution)
    for bad in ("", "x", "１", "-1", "9" * 40):
        assert not work.is_done(challenge, code, bad)
    assert not Work(6, lambda: now[0]).is_done(challenge, code, solution)       # of another process
    assert not work.is_done(f"{NOW + 10**9}.{challenge.partition('.')[2]}", code, solution)
    now[0] += HOLDS_MS + 1
    assert not work.is_done(challenge, code, solution)
