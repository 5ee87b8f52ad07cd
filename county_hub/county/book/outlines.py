"""Outlines of places from a file that the county supplies (setting `map_outlines`): GeoJSON (RFC 7946), a FeatureCollection whose
features are Polygon or MultiPolygon and name an office by `code` (its id or its division code) or `name`. Which outlines may be
shown is the county's to know: it names their source (`map_outlines_source`), which stands below the map. It must not know HTML.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from shared.ledger.formats import loose_json
from shared.ledger.texts import t

MOST_BYTES = 8 * 1024 * 1024
MOST_POINTS = 20_000            # of the whole map: a page of about 300 kB
Ring = tuple[tuple[float, float], ...]


class BadOutlines(ValueError):
    """`str()` is one Chinese sentence with remedy."""


@dataclass(frozen=True, slots=True)
class Outlines:
    """Office -> rings of (longitude, latitude)."""

    rings: Mapping[str, tuple[Ring, ...]]


def outlines_of(file: Path, offices: Mapping[str, str]) -> Outlines:
    """`offices`: id -> name. Features of no office are left out. Raises `BadOutlines`."""
    try:
        stat = file.stat()
    except OSError:
        raise BadOutlines(t("analysis.outlines_missing", file=file)) from None
    if stat.st_size > MOST_BYTES:
        raise BadOutlines(t("analysis.outlines_large", file=file, most=MOST_BYTES >> 20))
    return _read(file, stat.st_mtime_ns, tuple(sorted(offices.items())))


@lru_cache(maxsize=2)
def _read(file: Path, changed: int, offices: tuple[tuple[str, str], ...]) -> Outlines:
    try:
        features = loose_json.read(file)["features"]
        found = dict(filter(None, (_feature(one, dict(offices)) for one in features)))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise BadOutlines(t("analysis.outlines_bad", file=file)) from None
    if not found:
        raise BadOutlines(t("analysis.outlines_nobody", file=file))
    points = sum(len(ring) for rings in found.values() for ring in rings)
    if points > MOST_POINTS:
        raise BadOutlines(t("analysis.outlines_points", file=file, n=points, most=MOST_POINTS))
    return Outlines(found)


def _feature(feature: Mapping[str, Any], offices: Mapping[str, str]) -> tuple[str, tuple[Ring, ...]] | None:
    """(office, rings); None for a feature of no office. Raises ValueError, KeyError, TypeError."""
    told, shape = feature["properties"] or {}, feature["geometry"]
    code, name = str(told.get("code", "")), str(told.get("name", ""))
    office = code if code in offices else code.ljust(12, "0") if code and code.ljust(12, "0") in offices else next(
        (id for id, called in offices.items() if name and called == name), "")
    if not office:
        return None
    if shape["type"] not in ("Polygon", "MultiPolygon"):
        raise ValueError
    polygons = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
    return office, tuple(tuple(_point(point) for point in polygon[0]) for polygon in polygons)


def _point(point: Any) -> tuple[float, float]:
    x, y = float(point[0]), float(point[1])
    if not (math.isfinite(x) and math.isfinite(y) and abs(x) <= 180 and abs(y) < 90):
        raise ValueError
    return round(x, 5), round(y, 5)
