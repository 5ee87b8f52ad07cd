"""The microphone of a desktop: through the recording program that it comes with, where there is a microphone at all.

`arecord` (alsa-utils, GPL-2: a program of its own, nothing is linked), `parecord` (PulseAudio, LGPL-2.1) and `pw-record`
(PipeWire, MIT) each write a WAV until they are told to end. A library would not do better here: `sounddevice` (MIT) wants
PortAudio installed on Linux as well, `soundfile` wants numpy. On Windows there is no such program, and so no button.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from village_node.ui.devices import capture
from village_node.ui.devices.capture import CommandRecorder

PROGRAMS = (
    "parecord --channels=1 --rate=16000 --format=s16le --file-format=wav {file}",
    "arecord -q -c 1 -r 16000 -f S16_LE -t wav {file}",
    "pw-record --channels 1 --rate 16000 --format s16 {file}",
)
CARDS = Path("/proc/asound/pcm")        # the kernel's list of sound devices, one a line, "capture" where it can record


def recorder(cards: Path = CARDS) -> CommandRecorder | None:
    """None without a microphone, or a program for it."""
    if not sys.platform.startswith("linux") or not _hears(cards):
        return None
    return next((CommandRecorder(words) for words in PROGRAMS if shutil.which(words.partition(" ")[0])), None)


def _hears(cards: Path) -> bool:
    try:
        return any("capture" in line for line in cards.read_text("ascii", "replace").splitlines())
    except OSError:
        return False


def install() -> None:
    """The app has the microphone of this desktop from now on, where there is one."""
    capture.use(recorder=recorder())
