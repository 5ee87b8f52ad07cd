"""Where the tables and the catalogue of texts lie: every module that reads one asks here."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent
DATA = _HERE / "data"
CATALOGUE = _HERE / "catalogue"
