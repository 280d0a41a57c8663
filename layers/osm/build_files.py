"""The small files of a built workspace: settings with their assumptions, standards, records of sources."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from geo.text import several
from layers.home import SHIPPED
from layers.osm.osm import ATTRIBUTION, LICENCE
from layers.workspace.catalog import sha256
from layers.workspace.form import FORMAT

__all__ = ["assumptions", "copy_rules", "sources_of", "workspace_toml"]

DEFAULTS = SHIPPED
LOCAL_SOURCES = ("plan14", "tj2016")
"""Sources of rules that hold for the bundled plan and city only; not copied elsewhere."""

SHARES = {"kindergarten": 0.029, "primary": 0.057, "junior": 0.029, "senior": 0.029}
ENROLMENT = {"kindergarten": 1.0, "primary": 1.0, "junior": 1.0, "senior": 1.0}
CLASS_SIZE = {"kindergarten": 30, "primary": 45, "junior": 50, "senior": 50}

CLASS_OF_CHINA = (
    "GB 50099-2011 第3.0.1条；幼儿园按 JGJ 39-2016 中班30人",
    "GB 50099-2011 clause 3.0.1; kindergarten: JGJ 39-2016, middle class of 30",
)
CLASS_ASSUMED = (
    "假定，不是当地规定；请换成当地班额",
    "assumed, no rule of the place; replace them by its own",
)


def readable(folder: str) -> str:
    """Return the name of a folder as the name of a place: it stands on the map and in reports.

    Examples
    --------
    >>> readable("porto_alegre"), readable("滨海_新区"), readable("New-York")
    ('Porto Alegre', '滨海 新区', 'New York')
    """
    words = " ".join(re.split(r"[\s_-]+", folder)).strip()
    return (words.title() if words.islower() else words) or folder


def workspace_toml(name: str, crs: str, years: Sequence[int], *, sloped: bool, rules: bool = True) -> str:
    """Return workspace.toml: name, CRS, years, and the assumptions that turn residents into pupils."""
    text = json.dumps(name, ensure_ascii=False)
    lines = [
        f"format = {FORMAT}",
        f"name_zh = {text}",
        f"name_en = {text}",
        f'crs = "{crs}"',
        f"years = [{', '.join(map(str, years))}]",
        "",
        "# Share of residents in the ages of each stage. Replace it by the city's own census.",
        *_table("shares", SHARES, "天津滨海新区2020年的比例，在此作假定；请换成本市普查数", "the shares of Binhai, Tianjin, in 2020, assumed here; replace them by the city's census"),
        "# Share of the stage's children who come to school.",
        *_table("enrolment", ENROLMENT, "假定全员入学", "everyone is assumed to enrol"),
        "# Pupils in a class.",
        *_table("class_size", CLASS_SIZE, *(CLASS_OF_CHINA if rules else CLASS_ASSUMED)),
    ]  # fmt: skip
    if not rules:
        lines += ["# The distances of standards.csv are those of China: a planner may choose them, this place does not go by them.",
                  "[standards]", "apply = false",
                  'note_zh = "该地不在中国，未选用标准；可改为 apply = true，或提问时给出距离"',
                  'note_en = "not in China, so that no standard is chosen; set apply = true, or give a distance with the question"', ""]  # fmt: skip
    if sloped:
        lines += ["[slope]", 'method = "Tobler 1993"',
                  'note_zh = "道路长度已按坡度折算为同样耗时的平路长度，不再是图上长度；与标准比较时请注意"',
                  'note_en = "street lengths are level metres that take as long to walk, not metres on the map; mind this when comparing with standards"', ""]  # fmt: skip
    return "\n".join(lines)


def _table(name: str, values: Mapping[str, float], zh: str, en: str) -> list[str]:
    return [
        f"[{name}]",
        *(f"{stage} = {value}" for stage, value in values.items()),
        'basis = "assumed"',
        'source_id = "assumption"',
        f"note_zh = {json.dumps(zh, ensure_ascii=False)}",
        f"note_en = {json.dumps(en, ensure_ascii=False)}",
        "",
    ]


def copy_rules(target: Path) -> dict[str, dict[str, Any]]:
    """Write the default standards without the rules of the bundled plan; return the records of their sources."""
    rules = DEFAULTS / "standards.csv"
    if not rules.is_file():  # the loader falls back to the same file
        return {}
    with rules.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        header = list(reader.fieldnames or [])
        rows = [row for row in reader if row.get("source_id") not in LOCAL_SOURCES]
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    known = json.loads((DEFAULTS / "SOURCES.json").read_text("utf-8")) if (DEFAULTS / "SOURCES.json").is_file() else {}
    used = {part for row in rows for part in several(row.get("source_id"))}
    return {
        key: {k: v for k, v in known[key].items() if k not in ("file", "sha256")} for key in sorted(used & set(known))
    }


def assumptions(day: dt.date) -> dict[str, dict[str, Any]]:
    """Return the record behind what is assumed."""
    return {
        "assumption": {
            "title": "工作假定（见 workspace.toml） / working assumptions (see workspace.toml)",
            "publisher": "zone planner build", "licence": "CC0", "retrieved": day.isoformat(), "url": "own work",
        }
    }  # fmt: skip


def sources_of(
    inputs: Mapping[str, Any], timestamp: str, fetched: str | None, day: dt.date
) -> dict[str, dict[str, Any]]:
    """Return the records of the files that were given: name, size, SHA-256, licence."""
    osm = {
        "title": "OpenStreetMap", "publisher": "OpenStreetMap contributors", "attribution": ATTRIBUTION,
        "licence": LICENCE, "retrieved": timestamp[:10] or day.isoformat(), "url": "https://www.openstreetmap.org/copyright",
    }  # fmt: skip
    if fetched:
        osm["query"] = fetched
    records = {"osm": osm}
    titles = {
        "population": ("人口数据 / population", "见来源文件，使用前请核对许可 / see the file given; check its licence"),
        "zones": ("片区边界 / zones", "见来源文件，使用前请核对许可 / see the file given; check its licence"),
        "dem": ("高程 / heights", "见来源文件，使用前请核对许可 / see the file given; check its licence"),
    }
    for key, (title, licence) in titles.items():
        if inputs.get(key) is not None:
            records[key] = {
                "title": title, "publisher": "给出该文件的人 / whoever gave the file", "licence": licence,
                "retrieved": day.isoformat(), "url": "own work",
            }  # fmt: skip
    for key, path in inputs.items():
        if path is not None and key in records:
            file = Path(path)
            records[key] |= {"input": file.name, "input_bytes": str(file.stat().st_size), "input_sha256": sha256(file)}
    return records
