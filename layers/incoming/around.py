"""What a workspace knows of its surroundings: places by name, and where its zones lie."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import shapely

from layers.home import SHIPPED
from layers.incoming.place.extent import TIANJIN

__all__ = ["KnownPlace", "known_places", "surroundings", "zone_bounds"]

KNOWN_LAYERS = ("stops", "schools", "clinics", "facilities")

KnownPlace = tuple[str, float, float, float]


def known_places(folder: str | os.PathLike[str] = SHIPPED) -> tuple[KnownPlace, ...]:
    """Return the named places of a workspace as (name, lon, lat [degrees], accuracy [m]); measured ones only.

    Only places known to 200 m or better can tell GCJ-02 from WGS84; assumed ones are left out.
    """
    found: list[KnownPlace] = []
    for layer in KNOWN_LAYERS:
        file = Path(folder) / f"{layer}.geojson"
        if not file.is_file():
            continue
        try:
            features = json.loads(file.read_text("utf-8"))["features"]
            for f in features:
                p, g = f["properties"], f["geometry"]
                if (
                    g
                    and g["type"] == "Point"
                    and p.get("name_zh")
                    and p.get("basis") != "assumed"
                    and float(p.get("accuracy_m") or 1e9) <= 200
                ):
                    found.append(
                        (
                            str(p["name_zh"]),
                            float(g["coordinates"][0]),
                            float(g["coordinates"][1]),
                            float(p["accuracy_m"]),
                        )
                    )
        except (ValueError, KeyError, TypeError, OSError):
            continue
    return tuple(found)


def zone_bounds(folder: str | os.PathLike[str] = SHIPPED) -> tuple[float, float, float, float] | None:
    """Return the bounds of a workspace's zones (west, south, east, north [degrees]), None without any."""
    try:
        features = json.loads((Path(folder) / "zones.geojson").read_text("utf-8"))["features"]
        shapes = [shapely.geometry.shape(f["geometry"]) for f in features if f["geometry"]]
        west, south, east, north = map(float, shapely.total_bounds(shapes))
    except (ValueError, KeyError, TypeError, OSError):
        return None
    return (west, south, east, north) if west <= east else None


def surroundings(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the keywords ``extent`` and ``known`` of `read` for data of a workspace elsewhere than Tianjin.

    The extent is the bounds of its zones and half a degree around; None (the default area) within Tianjin.
    """
    bounds = zone_bounds(folder)
    extent = None
    if bounds is not None:
        west, south, east, north = bounds
        inside = west >= TIANJIN[0] and south >= TIANJIN[1] and east <= TIANJIN[2] and north <= TIANJIN[3]
        extent = None if inside else (west - 0.5, south - 0.5, east + 0.5, north + 0.5)
    return {"extent": extent, "known": known_places(folder)}
