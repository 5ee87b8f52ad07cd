"""Camera, microphone and files of Android, all but Java: the bridge is played here, for Android is not ours."""

from __future__ import annotations

import ast
import inspect
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from village_node.ui.devices import android, capture, java
from village_node.ui.devices.android import IntentCamera, Microphone, StorageChooser, Told

PICTURE = "content://media/1"


class Tablet:
    """Stands where Android stands: answers come in another thread, as activity results do."""

    def __init__(self, *, finishes: bool = True, allowed: bool = True, api: int = 35) -> None:
        self.api, self.finishes, self.allowed = api, finishes, allowed
        self.files: dict[str, tuple[str, bytes]] = {}
        self.chosen: list[str] = []
        self.asked: list[tuple[Sequence[str], bool]] = []
        self.recording: Path | None = None

    def _answer(self, told: Told, addresses: Sequence[str]) -> None:
        def twice() -> None:
            told(self.finishes, addresses)
            told(False, [])             # a second answer changes nothing

        threading.Thread(target=twice).start()

    def new_picture(self) -> str:
        self.files[PICTURE] = ("x.jpg", b"")
        return PICTURE

    def photograph(self, into: str, told: Told) -> None:
        if self.finishes:
            self.files[into] = ("x.jpg", b"JPEG of the ditch")
        self._answer(told, [])

    def choose(self, types: Sequence[str], many: bool, told: Told) -> None:
        self.asked.append((types, many))
        self._answer(told, self.chosen)

    def name_of(self, address: str) -> str:
        return self.files[address][0]

    def read(self, address: str, most: int) -> bytes:
        if address not in self.files:
            raise OSError("gone")
        return self.files[address][1][:most]

    def erase(self, address: str) -> None:
        self.files.pop(address, None)

    def may_record(self) -> bool:
        return self.allowed

    def record(self, into: Path, rate: int, bits: int) -> Callable[[], None]:
        self.recording = into
        if rate != android.RATE:
            raise OSError
        return lambda: into.write_bytes(b"AAC") and None


@pytest.fixture
def installed() -> Iterator[Callable[[Tablet], None]]:
    yield android.install
    capture.use()


def test_a_picture_is_read_and_does_not_stay_in_the_gallery() -> None:
    tablet = Tablet()
    assert IntentCamera(tablet).take() == b"JPEG of the ditch"
    assert tablet.files == {}


def test_who_goes_back_from_the_camera_has_no_picture_and_leaves_none() -> None:
    tablet = Tablet(finishes=False)
    with pytest.raises(OSError, match="no picture"):
        IntentCamera(tablet).take()
    assert tablet.files == {}


def test_a_program_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(android, "PATIENCE_S", 0.01)
    tablet = Tablet()
    monkeypatch.setattr(tablet, "photograph", lambda into, told: None)
    with pytest.raises(OSError, match="no answer"):
        IntentCamera(tablet).take()
    assert tablet.files == {}


def test_files_are_those_the_person_chose_with_a_name_that_is_no_path() -> None:
    tablet = Tablet()
    tablet.files = {"a": ("../../etc/DEMO收条.pdf", b"%PDF-1"), "b": ("scan", b"%PDF-22"), "c": ("", b"%PDF-333")}
    tablet.chosen = ["a", "b", "c"]
    found = StorageChooser(tablet).choose(capture.PAPERS, many=True, most=6)
    assert [(one.name, one.type, one.data) for one in found] == [
        ("DEMO收条.pdf", "application/pdf", b"%PDF-1"), ("scan", "application/pdf", b"%PDF-22"),
        ("file", "application/pdf", b"%PDF-33")]         # one byte more than is wanted says that it is too large
    assert [one.name for one in StorageChooser(tablet).choose(capture.PAPERS, many=False, most=9)] == ["DEMO收条.pdf"]
    assert tablet.asked == [(capture.PAPERS, True), (capture.PAPERS, False)]
    tablet.chosen = ["gone"]
    with pytest.raises((OSError, KeyError)):
        StorageChooser(tablet).choose(capture.PAPERS, many=False, most=9)
    tablet.finishes = False
    assert StorageChooser(tablet).choose(capture.IMAGES, many=True, most=9) == []


def test_a_note_is_recorded_where_the_person_allows_it_and_leaves_no_file() -> None:
    tablet = Tablet()
    note = Microphone(tablet).start()
    assert note.stop() == b"AAC"
    assert tablet.recording is not None
    assert not tablet.recording.parent.exists()
    with pytest.raises(OSError, match="allow"):
        Microphone(Tablet(allowed=False)).start()


def test_what_the_tablet_has_is_what_a_form_offers(installed: Callable[[Tablet], None]) -> None:
    installed(Tablet())
    assert isinstance(capture.camera(), IntentCamera)
    assert isinstance(capture.recorder(), Microphone)
    assert isinstance(capture.chooser(), StorageChooser)
    installed(Tablet(api=28))           # without a permission for the storage the camera has nowhere to write to
    assert capture.camera() is None
    assert capture.chooser() is not None


def test_the_bridge_to_java_says_all_that_is_asked_of_it() -> None:
    """As far as that is seen without Java: every method, with the same arguments, and nothing imported that is not there."""
    asked = {name: inspect.signature(one) for name, one in vars(android.Bridge).items() if inspect.isfunction(one)}
    asked = {name: one for name, one in asked.items() if not name.startswith("_")}
    for name, wanted in asked.items():
        given = inspect.signature(getattr(java.Java, name))
        assert list(given.parameters) == list(wanted.parameters), name
    body = ast.parse(Path(java.__file__).read_text("utf-8")).body
    top = [node for node in body if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert not {"jnius", "android"} & {getattr(node, "module", None) for node in top}
    with pytest.raises(ImportError):
        java.install()
