"""carriers.geojson: the premises, firms, institutes and platforms on which the plan rests each zone's functions."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd
import shapely
from shapely.geometry import Point

from data.build.tables import in_degrees, table, toml, write_geojson
from data.build.zones import shapes_m

ACCURACY_STEP_M = 100
"""Accuracies of assumed places are rounded up to this: a finer figure would claim to know more."""
GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
FILLED = 0.9
"""Share of the radius of a zone's widest circle over which its carriers are spread: none stands on the border."""

Row = dict[str, Any]


def build(out: Path) -> None:
    """Write the layer."""
    carriers = table("carriers")
    spread = {
        zone: _spread(zone, len(rows))
        for zone, rows in carriers[carriers["place"] == "zone"].groupby(_first(carriers["zone_id"]), sort=False)
    }
    write_geojson(out / "carriers.geojson", "carriers", [_placed(row, spread) for row in carriers.to_dict("records")])


def _first(zone_ids: pd.Series) -> pd.Series:
    """Return the zone that a carrier lies in: the first of those that it serves."""
    return zone_ids.str.split(";").str[0]


def _placed(row: Row, spread: dict[str, list[tuple[Point, int]]]) -> tuple[Row, Point]:
    """Return a carrier with its place and what that rests on.

    ``place`` in the table: ``given`` by a source, the ``zone`` that the plan names, or the facility of this workspace (its
    id) that it is; the same thing stands in one spot on all layers.
    """
    place, said = row.pop("place"), row.pop("place_note")
    if place == "given":
        at = Point(row["lon"], row["lat"])
    elif place == "zone":
        at, accuracy = spread[row["zone_id"].split(";")[0]].pop(0)
        row |= {"basis": "assumed", "accuracy_m": accuracy, "source_id": "own-carriers"}
        said = "位置为假定：只知所在片区，在片区内散布，不表示实际位置，精度覆盖整个片区"
    else:
        layer = {"S": "schools", "C": "clinics", "F": "facilities_other"}[place[0]]
        found = table(layer).set_index("facility_id").loc[place]
        at = Point(found["lon"], found["lat"])
        row |= {k: found[k] for k in ("basis", "accuracy_m", "source_id")}
        said = f"位置同设施 {place}"
    kept = {k: row[k] for k in ("carrier_id", "name_zh", "name_en", "kind", "zone_id", "clause", "basis", "accuracy_m", "source_id")}  # fmt: skip
    kept["note"] = "；".join(filter(None, (row["note"], "类别由规划用词推断", said)))
    return kept, at


def _spread(zone_id: str, count: int) -> list[tuple[Point, int]]:
    """Return places spread evenly over the widest circle of a zone, each with the distance [m] that reaches all of the zone.

    A sunflower (Vogel 1979): the angle between neighbours is golden, the radius grows with the root of the rank.
    """
    zone = shapes_m()[zone_id]
    centre, edge = (Point(p) for p in shapely.maximum_inscribed_circle(zone, tolerance=1).coords)
    border = next(z["accuracy_m"] for z in toml("zones")["zone"] if z["zone_id"] == zone_id)
    places = []
    for rank in range(count):
        away = FILLED * centre.distance(edge) * math.sqrt((rank + 0.5) / count)
        turn = rank * GOLDEN_ANGLE
        at = Point(centre.x + away * math.cos(turn), centre.y + away * math.sin(turn))
        reach = shapely.hausdorff_distance(at, zone) + border
        places.append((in_degrees(at), math.ceil(reach / ACCURACY_STEP_M) * ACCURACY_STEP_M))
    return places
