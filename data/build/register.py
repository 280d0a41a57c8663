"""The tables of the plan: targets.csv, standards.csv, contradictions.csv and projects.geojson."""

from __future__ import annotations

from pathlib import Path

from data.build.tables import table, write_csv, write_geojson


def build(out: Path) -> None:
    """Write the three tables and the list of projects."""
    for name in ("targets", "standards", "contradictions"):
        write_csv(out / f"{name}.csv", table(name))
    rows = []
    for row in table("projects").to_dict("records"):
        note = row.pop("note")
        row |= {"dwellings": None, "basis": "sourced", "accuracy_m": None, "source_id": "plan14"}
        row["note"] = "；".join(filter(None, (note, "阶段由规划用词推断；地点未定")))
        rows.append((row, None))
    write_geojson(out / "projects.geojson", "projects", rows)
