"""QR codes as squares to draw. The library (segno) is asked for when it is needed; without it there is no code."""

from __future__ import annotations


def qr(text: str) -> list[list[int]]:
    """Rows of dark and light squares with the quiet border left out; [] for no text or without the library."""
    try:
        import segno
    except ImportError:
        return []
    return [[int(bool(square)) for square in row] for row in segno.make(text, error="m", micro=False).matrix] if text else []
