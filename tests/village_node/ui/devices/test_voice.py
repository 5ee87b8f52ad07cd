"""A spoken note: recorded by the desktop's own program, kept as a file of the case, listened to again."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.village_node.ui.test_window import Table, table  # noqa: F401  isort: skip

import pytest

from shared.ledger.files import voice
from shared.ledger.texts import t
from tests.shared.ledger.files.test_voice import recorded
from tests.support.village_node.node_world import CLERK, DRAFT
from village_node.desk.desk import FileDraft
from village_node.ui.devices import capture, desktop
from village_node.ui.devices.capture import CommandRecorder
from village_node.ui.kit.photos import PhotoShelf
from village_node.ui.screens.picture_sheet import PictureSheet

pytestmark = pytest.mark.gui
CARD = "00-00: ALC257 Analog : ALC257 Analog : playback 1 : capture 1\n"


def test_without_a_microphone_or_a_program_nothing_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cards = tmp_path / "pcm"
    assert desktop.recorder(cards) is None
    cards.write_text("00-03: HDMI 0 : HDMI 0 : playback 1\n")
    assert desktop.recorder(cards) is None
    cards.write_text(CARD)
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert desktop.recorder(cards) is None
    (tmp_path / "bin" / "pw-record").write_text("#!/bin/sh\n")
    (tmp_path / "bin" / "pw-record").chmod(0o700)
    found = desktop.recorder(cards)
    if sys.platform.startswith("linux"):
        assert found is not None
        assert found.words.startswith("pw-record ")
    monkeypatch.setenv(capture.RECORDER, "none")
    assert capture.recorder() is None


@pytest.mark.skipif(shutil.which("arecord") is None, reason="no arecord on this machine: apt-get install alsa-utils")
def test_the_desktops_own_program_records_until_it_is_told_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "asound.conf").write_text("pcm.!default { type null }\nctl.!default { type null }\n")
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(tmp_path / "asound.conf"))      # a microphone that hears nothing, in no hurry
    words = next(words for words in desktop.PROGRAMS if words.startswith("arecord "))
    recording = CommandRecorder(words).start()
    made, until = recording._made, time.monotonic() + 60  # type: ignore[attr-defined]
    while not (made.exists() and made.stat().st_size > 4000) and time.monotonic() < until:
        os.sched_yield()
    data = recording.stop()
    kept = voice.fit(data, "audio/wav", "x")
    assert kept[:4] == b"RIFF"
    assert 58 < len(kept) <= voice.MOST_BYTES
    assert not made.exists()


def test_a_note_is_stopped_where_it_is_full(table: Callable[..., Table], tmp_path: Path,  # noqa: F811
                                            monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "said.wav").write_bytes(recorded(3))
    said = tmp_path / "said.wav"
    monkeypatch.setenv(capture.RECORDER, f"{sys.executable} -c \"import shutil,sys,time;shutil.copy(r'{said}',sys.argv[1]);"
                                         "time.sleep(60)\" {file}")
    one = table()
    shelf = PhotoShelf(folder=tmp_path)
    shelf.speak()
    made = shelf.recording._made  # type: ignore[union-attr]
    one.driver.until(lambda: made.exists() and made.stat().st_size == said.stat().st_size, "the recorder writes")
    shelf._began -= voice.LONGEST_S
    one.driver.until(lambda: shelf.photos, "the note is full and lies on the shelf")
    (note,) = shelf.photos.values()
    assert (note.type, len(note.data)) == ("audio/wav", 58 + 3 * voice.RATE)
    assert shelf.recording is None


def test_a_note_of_a_case_is_listened_to_on_its_page(table: Callable[..., Table], monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")          # a loudspeaker that nobody hears
    one = table()
    note = voice.fit(recorded(2), "audio/wav", "x")
    case = one.desk.register(CLERK, DRAFT, files=[FileDraft(data=note, name="录音.wav", type="audio/wav", purpose="paper")]).id
    one.sit_down()
    (file,) = [file for file in one.desk.case(case).files if file.type == "audio/wav"]
    assert file.purpose_label == t("node.purpose.voice")
    assert file.chunks <= 2
    sheet = PictureSheet(one.app, case, file)
    sheet.open()
    one.driver.settle()
    assert sheet.player.sound is not None
    assert int(sheet.player.sound.length + .5) == 2
    one.driver.tap(t("around.voice_play"))
    assert sheet.player.plays
    one.driver.settle()
    one.shot("62-voice")
    one.driver.tap(t("around.voice_stop"))
    assert not sheet.player.plays
    sheet.dismiss()
    one.driver.settle()
    torn = PictureSheet(one.app, case, file)
    torn.ids.content.clear_widgets()
    torn._file = file
    torn._show(b"no sound")
    assert any(t("around.voice_cannot") in getattr(each, "text", "") for each in torn.player.parts)
