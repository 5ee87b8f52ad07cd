"""Camera, microphone and files of Android, behind the interfaces of `capture`.

    camera      the camera program by an intent (ACTION_IMAGE_CAPTURE), into a place of the media store that is erased once it was
                read: no permission of camera or storage is asked, and no picture stays in the gallery. From Android 10 on
    microphone  MediaRecorder: AAC in MP4, one channel, into a private file; RECORD_AUDIO is asked at the first note
    files       the storage framework (ACTION_OPEN_DOCUMENT): the person chooses, the app sees that file alone
Java is reached through one `Bridge` (`devices.java`), which has not been run; what is here is played in the tests with another.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from village_node.ui.devices import capture
from village_node.ui.devices.capture import Chosen, Recording

PATIENCE_S = 600            # somebody looks for a paper among hundreds; Android may have ended the other program meanwhile
LEAST_API_CAMERA = 29       # from here on an app puts pictures of its own into the media store without a permission
MOST_CHOSEN = 20            # files that one event may hold is more; a hand picks no more at once
MOST_PICTURE = 32 << 20     # bytes of a photograph: beyond what a camera makes
RATE, BITS = 16000, 24000   # of a note: a minute is 180 kB
TYPES = {".pdf": "application/pdf", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}

Told = Callable[[bool, Sequence[str]], None]    # (did the person finish, addresses of what was chosen)


class Bridge(Protocol):
    """What is asked of Java. Addresses are content:// URIs as text. Each raises OSError when Android says no."""

    api: int

    def new_picture(self) -> str:
        """A place in the media store that a camera program may write to."""

    def photograph(self, into: str, told: Told) -> None:
        """Starts the camera program; `told` is called once, in any thread."""

    def choose(self, types: Sequence[str], many: bool, told: Told) -> None: ...

    def name_of(self, address: str) -> str: ...

    def read(self, address: str, most: int) -> bytes:
        """At most so many bytes."""

    def erase(self, address: str) -> None: ...

    def may_record(self) -> bool:
        """Whether it is allowed by now; where it is not, the person is asked meanwhile, and taps again."""

    def record(self, into: Path, rate: int, bits: int) -> Callable[[], None]:
        """Begins; what is answered ends it and closes the file."""


@dataclass
class _Answer:
    """Waited for in the worker of pictures, while Android shows another program."""

    came: threading.Event = field(default_factory=threading.Event)
    finished: bool = False
    addresses: tuple[str, ...] = ()

    def __call__(self, finished: bool, addresses: Sequence[str]) -> None:
        if not self.came.is_set():
            self.finished, self.addresses = finished, tuple(addresses)
            self.came.set()

    def wait(self) -> bool:
        if not self.came.wait(PATIENCE_S):
            raise OSError("no answer from the other program")
        return self.finished


@dataclass(frozen=True, slots=True)
class IntentCamera:
    bridge: Bridge

    def take(self) -> bytes:
        place, answer = self.bridge.new_picture(), _Answer()
        try:
            self.bridge.photograph(place, answer)
            data = self.bridge.read(place, MOST_PICTURE) if answer.wait() else b""
        finally:
            self.bridge.erase(place)
        if not data:
            raise OSError("no picture was taken")
        return data


@dataclass(frozen=True, slots=True)
class StorageChooser:
    bridge: Bridge

    def choose(self, types: Sequence[str], *, many: bool, most: int) -> list[Chosen]:
        answer = _Answer()
        self.bridge.choose(types, many, answer)
        if not answer.wait():
            return []
        return [self._read(address, types, most) for address in answer.addresses[:MOST_CHOSEN if many else 1]]

    def _read(self, address: str, types: Sequence[str], most: int) -> Chosen:
        name = Path(self.bridge.name_of(address) or "file").name      # a provider may say what it likes: no path of ours
        return Chosen(name, TYPES.get(Path(name).suffix.lower(), types[0]), self.bridge.read(address, most + 1))


class _Note:
    def __init__(self, bridge: Bridge) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="shuoshi-")
        self._made = Path(self._folder.name) / "voice.m4a"
        try:
            self._end = bridge.record(self._made, RATE, BITS)
        except BaseException:
            self._folder.cleanup()
            raise

    def stop(self) -> bytes:
        try:
            self._end()
            return self._made.read_bytes()
        finally:
            self._folder.cleanup()


@dataclass(frozen=True, slots=True)
class Microphone:
    bridge: Bridge
    type: str = "audio/mp4"
    suffix: str = ".m4a"

    def start(self) -> Recording:
        if not self.bridge.may_record():
            raise OSError("the person did not allow the microphone")
        return _Note(self.bridge)


def install(bridge: Bridge) -> None:
    """The app takes its pictures, notes and files from Android from now on."""
    capture.use(camera=IntentCamera(bridge) if bridge.api >= LEAST_API_CAMERA else None, recorder=Microphone(bridge),
                chooser=StorageChooser(bridge))
