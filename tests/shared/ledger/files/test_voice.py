"""A spoken note travels at the telephone's quality, a minute at the most; what is no WAV stays as it is."""

from __future__ import annotations

import io
import itertools
import math
import struct
import wave
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.ledger.files import voice
from shared.ledger.files.pictures import BadFile


def recorded(seconds: float, rate: int = 16000, channels: int = 1, width: int = 2) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as made:
        made.setnchannels(channels), made.setsampwidth(width), made.setframerate(rate)
        one = [int(20000 * math.sin(2 * math.pi * 440 * n / rate)) for n in range(int(seconds * rate))]
        made.writeframes(b"".join(struct.pack("<h", value)[-width:] * channels for value in one))
    return out.getvalue()


def loud(code: int) -> int:
    """A mu-law byte as a sample, by the inverse of table 2a (G.711)."""
    code = ~code & 0xff
    sample = ((code & 0x0f) << 3) + 132 << (code >> 4 & 7)
    return (132 - sample) if code & 0x80 else (sample - 132)


def test_the_codes_are_those_of_the_recommendation() -> None:
    known = {0: 0xff, -1: 0x7f, 32635: 0x80, 32767: 0x80, -32768: 0x00, 1000: 0xce, -1000: 0x4e}
    assert {sample: voice._mu_law(array("h", [sample]))[0] for sample in known} == known


@given(st.integers(-32768, 32767))
def test_what_was_said_is_heard(sample: int) -> None:
    code = voice._mu_law(array("h", [sample]))[0]
    assert abs(loud(code) - max(-voice._CLIP, min(voice._CLIP, sample))) <= max(8, abs(sample) // 16)


@pytest.mark.parametrize(("rate", "channels", "kept"), [(8000, 1, 8000), (16000, 1, 8000), (48000, 2, 8000), (44100, 1, 8000),
                                                       (11025, 1, 8000)])
def test_a_recording_becomes_one_channel_of_the_telephones_rate(rate: int, channels: int, kept: int) -> None:
    made = voice.fit(recorded(2, rate, channels), "audio/wav", "x")
    assert made[:4] + made[8:16] == b"RIFFWAVEfmt "
    tag, one, hertz, bytes_a_second, block, bits = struct.unpack_from("<HHIIHH", made, 20)
    assert (tag, one, hertz, bytes_a_second, block, bits) == (7, 1, kept, kept, 1, 8)
    assert struct.unpack_from("<I", made, 4)[0] == len(made) - 8
    samples = [loud(code) for code in made[58:58 + 2 * kept]]
    crossings = sum(1 for before, after in itertools.pairwise(samples) if before < 0 <= after)
    assert abs(crossings - 880) <= 2            # two seconds of 440 Hz


@pytest.mark.parametrize("rate", [11025, 22050, 44100])
def test_a_whole_minute_is_taken_at_any_rate(rate: int) -> None:
    made = voice.fit(recorded(voice.LONGEST_S, rate), "audio/wav", "x")
    assert len(made) - 58 == voice.LONGEST_S * 8000


def test_a_note_ends_after_a_minute_and_is_bounded() -> None:
    made = voice.fit(recorded(voice.LONGEST_S + 5, 8000), "audio/wav", "x")
    assert len(made) == 58 + voice.LONGEST_S * voice.RATE <= voice.MOST_BYTES
    with pytest.raises(BadFile, match=str(voice.LONGEST_S)):
        voice.fit(bytes(voice.MOST_BYTES + 1), "audio/mp4", "x")


def test_what_is_empty_is_refused_and_what_is_another_format_stays() -> None:
    for nothing in (b"", recorded(0)):
        with pytest.raises(BadFile):
            voice.fit(nothing, "audio/wav", "x")
    for other in (b"RIFF" + bytes(60), recorded(1, width=1), b"text"):
        assert voice.fit(other, "audio/wav", "x") == other
    assert voice.fit(b"aac", "audio/mp4", "x") == b"aac"
