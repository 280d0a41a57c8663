"""The tables of the plan: targets.csv, standards.csv, contradictions.csv, constraints.csv and projects.geojson."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import Point

from data.build.tables import in_degrees, table, toml, write_csv, write_geojson
from data.build.zones import shapes_m

ACCURACY_STEP_M = 100
"""Accuracies of assumed places are rounded up to this: a finer figure would claim to know more."""

Row = dict[str, Any]


def build(out: Path) -> None:
    """Write the tables and the list of projects."""
    for name in ("targets", "standards", "contradictions", "constraints"):
        write_csv(out / f"{name}.csv", table(name))
    write_geojson(out / "projects.geojson", "projects", [_placed(row) for row in table("projects").to_dict("records")])


def _placed(row: Row) -> tuple[Row, Point | None]:
    """Return a project with the place that is known of it, and what that place rests on.

    ``place`` in the table says where it comes from: the facility that the project builds, a place ``given`` by a source,
    the ``zone`` that the plan names; empty where the project has no single place.
    """
    place, note, said = row.pop("place"), row.pop("note"), row.pop("place_note")
    at: Point | None = Point(row["lon"], row["lat"]) if place == "given" else None
    if place == "facility":
        at, truth = _of_facility(row["facility_id"])
        row |= truth
        said = f"位置同设施 {row['facility_id']}"
    elif place == "zone":
        at, accuracy = _inside(row["zone_id"])
        row |= {"basis": "assumed", "accuracy_m": accuracy, "source_id": "own-projects"}
        said = "位置为假定：只知所在片区，取片区内一点，精度覆盖整个片区"
    elif not place:
        row |= {"basis": "sourced", "accuracy_m": None, "source_id": "plan14"}
        said = "规划未给出单一地点"
    kept = {k: row[k] for k in ("project_id", "name", "name_en", "kind", "state", "zone_id", "clause", "facility_id", "open_year")}  # fmt: skip
    kept |= {"dwellings": None, **{k: row[k] for k in ("basis", "accuracy_m", "source_id")}}
    kept["note"] = "；".join(filter(None, (note, "阶段由规划用词推断", said)))
    return kept, at


def _of_facility(facility_id: str) -> tuple[Point, Row]:
    """Return the place of a school or clinic, and its basis, accuracy and source."""
    name = "schools" if facility_id.startswith("S") else "clinics"
    found = table(name).set_index("facility_id").loc[facility_id]
    return Point(found["lon"], found["lat"]), {k: found[k] for k in ("basis", "accuracy_m", "source_id")}


def _inside(zone_id: str) -> tuple[Point, int]:
    """Return the point of a zone farthest from its border, and the distance [m] that reaches all of the zone, its border unsure."""
    zone = shapes_m()[zone_id]
    centre = Point(shapely.maximum_inscribed_circle(zone, tolerance=1).coords[0])
    border = next(z["accuracy_m"] for z in toml("zones")["zone"] if z["zone_id"] == zone_id)
    reach = shapely.hausdorff_distance(centre, zone) + border
    return in_degrees(centre), math.ceil(reach / ACCURACY_STEP_M) * ACCURACY_STEP_M
