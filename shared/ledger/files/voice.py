"""A spoken note made fit to travel: one voice at the telephone's quality, 8 kB a second, a minute at the most.

    WAV of 16 bits (any rate, any number of channels) -> WAV of 8 kHz or a little more, one channel, 8 bits mu-law (ITU-T G.711)
What a browser, the app and every player reads. What is no such WAV (a telephone's AAC) stays as it is, and is bounded by bytes.
"""

from __future__ import annotations

import io
import struct
import sys
import wave
from array import array
from functools import lru_cache

from shared.ledger.files.pictures import BadFile
from shared.ledger.texts import t

RATE = 8000
LONGEST_S = 60
"""A minute is 480 kB: 30 chunks, four minutes at 16 kbit/s, as one and a half photographs. Who has more to say speaks twice."""

MOST_BYTES = 512 * 1024
_MU_LAW, _CLIP, _BIAS = 7, 32635, 132


def fit(data: bytes, type: str, name: str) -> bytes:
    """Raises BadFile for what is empty, or larger than a minute is."""
    made = _telephone(data) if type == "audio/wav" else data
    if not made:
        raise BadFile(t("file.voice_empty", name=name))
    if len(made) > MOST_BYTES:
        raise BadFile(t("file.voice_large", name=name, seconds=LONGEST_S))
    return made


def _telephone(data: bytes) -> bytes:
    """`b""` for a recording without a sound in it; what is read otherwise stays."""
    try:
        with wave.open(io.BytesIO(data)) as heard:
            channels, width, rate = heard.getnchannels(), heard.getsampwidth(), heard.getframerate()
            raw = heard.readframes((LONGEST_S + 1) * rate) if width == 2 else b""
    except (wave.Error, EOFError):
        return data
    if width != 2 or not 1 <= channels <= 8:
        return data
    every = max(1, rate // RATE)
    heard, now = _averaged(raw, channels * every), rate // every
    if now > RATE:          # of 44.1, 22.05 or 11.025 kHz: every so manieth of what is still too many
        heard, now = array("h", (heard[n * now // RATE] for n in range(len(heard) * RATE // now))), RATE
    return _wav(_mu_law(heard)[:LONGEST_S * now], now)


def _averaged(raw: bytes, of: int) -> array[int]:
    """Each `of` samples, which lie beside each other in time or in channels, become one."""
    samples = array("h", raw[:len(raw) // (2 * of) * 2 * of])
    if sys.byteorder == "big":
        samples.byteswap()
    if of == 1:
        return samples
    return array("h", (sum(samples[n:n + of]) // of for n in range(0, len(samples), of)))


def _mu_law(samples: array[int]) -> bytes:
    table = _table()
    return bytes(table[sample & 0xffff] for sample in samples)


@lru_cache(maxsize=1)
def _table() -> bytes:
    """By the 16 bits of a sample, as unsigned."""
    return bytes(_one(n - 0x10000 if n & 0x8000 else n) for n in range(0x10000))


def _one(sample: int) -> int:
    """Sign, three bits of exponent, four of mantissa, all turned round (G.711, table 2a)."""
    loud = min(abs(sample), _CLIP) + _BIAS
    exponent = loud.bit_length() - 8
    return ~((0x80 if sample < 0 else 0) | exponent << 4 | loud >> exponent + 3 & 0x0f) & 0xff


def _wav(data: bytes, rate: int) -> bytes:
    if not data:
        return b""
    form = struct.pack("<HHIIHHH", _MU_LAW, 1, rate, rate, 1, 8, 0)
    fact, padded = struct.pack("<I", len(data)), data + b"\0" * (len(data) % 2)
    chunks = b"".join(name + struct.pack("<I", size) + body for name, size, body in (
        (b"fmt ", len(form), form), (b"fact", 4, fact), (b"data", len(data), padded)))
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks
