"""What this device can take by itself: a photograph, a recording, files that a person chooses. None where it cannot; a form then
offers what is left.

On a computer the programs are named by the environment, each with `{file}` for where it writes: `SHUOSHI_CAMERA`
(`fswebcam -r 1280x960 {file}`), `SHUOSHI_RECORDER` (`arecord -q -f S16_LE -r 16000 {file}`: it records until it is ended; `none`:
nothing shall record). What is not named there the platform puts here with `use` before the window opens: `devices.desktop`,
`devices.android`. What is written goes into a private folder that is gone with the answer.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

CAMERA, RECORDER = "SHUOSHI_CAMERA", "SHUOSHI_RECORDER"
PATIENCE_S = 120        # of a camera program: somebody looks for the right side of a ditch
ENDING_S = 5            # of a recorder that was told to end


class Camera(Protocol):
    def take(self) -> bytes:
        """The picture as the camera made it; waits for the person. Raises OSError when there is none."""


class Recording(Protocol):
    def stop(self) -> bytes:
        """Ends it. Raises OSError when nothing was recorded."""


class Recorder(Protocol):
    type: str
    suffix: str

    def start(self) -> Recording:
        """Raises OSError."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A file that a person chose, as it is."""

    name: str
    type: str
    data: bytes


IMAGES, PAPERS = ("image/jpeg", "image/png", "image/webp"), ("application/pdf",)


class Chooser(Protocol):
    """Where the system itself lets a person choose: without one, a form shows what lies in the folder of pictures."""

    def choose(self, types: Sequence[str], *, many: bool, most: int) -> list[Chosen]:
        """Waits for the person; empty when he chose nothing. A file of more than `most` bytes is cut off one byte behind, so that
        who asked can say that it is too large. Raises OSError."""


@dataclass(frozen=True, slots=True)
class CommandCamera:
    """A program that takes one picture and ends."""

    words: str

    def take(self) -> bytes:
        with tempfile.TemporaryDirectory(prefix="shuoshi-") as folder:
            made = Path(folder) / "photo.jpg"
            try:
                subprocess.run(_command(self.words, made), check=True, timeout=PATIENCE_S, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            except subprocess.SubprocessError as error:
                raise OSError("the camera program failed") from error
            return made.read_bytes()


class CommandRecording:
    def __init__(self, words: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="shuoshi-")
        self._made = Path(self._folder.name) / "voice.wav"
        self._program = subprocess.Popen(_command(words, self._made), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL)

    def stop(self) -> bytes:
        with contextlib.ExitStack() as last:
            last.callback(self._folder.cleanup)
            self._program.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
            try:
                self._program.wait(ENDING_S)
            except subprocess.TimeoutExpired:
                self._program.kill()
                self._program.wait()
            return self._made.read_bytes()


@dataclass(frozen=True, slots=True)
class CommandRecorder:
    """A program that records until it is ended."""

    words: str
    type: str = "audio/wav"
    suffix: str = ".wav"

    def start(self) -> Recording:
        return CommandRecording(self.words)


def _command(words: str, file: Path) -> list[str]:
    return [part.replace("{file}", str(file)) for part in shlex.split(words)]


class _Own:
    camera: Camera | None = None
    recorder: Recorder | None = None
    chooser: Chooser | None = None


def use(*, camera: Camera | None = None, recorder: Recorder | None = None, chooser: Chooser | None = None) -> None:
    """What the platform gives, before the window opens."""
    _Own.camera, _Own.recorder, _Own.chooser = camera, recorder, chooser


def camera() -> Camera | None:
    words = os.environ.get(CAMERA, "").strip()
    return CommandCamera(words) if words else _Own.camera


def recorder() -> Recorder | None:
    words = os.environ.get(RECORDER, "").strip()
    if words == "none":
        return None
    return CommandRecorder(words) if words else _Own.recorder


def chooser() -> Chooser | None:
    return _Own.chooser
