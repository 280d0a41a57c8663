"""DXF drawings: looked at group by group before GDAL sees them, text decoded by version, one layer taken."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geo.errors import Finding
from geo.schema import LAYERS
from layers.incoming.readers.formats import Opened, damaged
from layers.incoming.readers.gdal import Layer, layer_of
from layers.incoming.rows.shapes import Builder
from layers.incoming.rows.table import OpenQuestionError, Question, RefusedError, Table, error, info, warning
from layers.incoming.rows.text import decode_fields

__all__ = ["read"]

GROUP_LIMIT = 4_000_000
INSERT_LIMIT = 20_000
LISTED = 40  # layers in a question: a screenful
ALL = "*"
MILLI = {"4": 0.001, "5": 0.01}  # $INSUNITS: millimetres, centimetres
TOO_LARGE = 1e8  # no metre of a projected system is
APP = "ZONEPLAN"  # of the extended data that our own export writes


@dataclass
class _Entity:
    """One shape of a drawing with its layer, text and handle."""

    layer: str
    text: str
    handle: str
    shape: Any


def read(file: Opened) -> Table:
    """Return the shapes of one layer of a drawing that are of the families asked for, named by their texts.

    Raises
    ------
    RefusedError
        If it is damaged, or no layer holds such shapes.
    OpenQuestionError
        If several do and the answer ``layer`` names none.
    """
    encoding, extended, scale = _checked(file.path)
    families = LAYERS[file.layer].families if file.layer in LAYERS else ("Point",)
    # GDAL gives a drawing as one layer with the drawing's own layers in a column.
    entities, found = _entities(layer_of(file, lambda names: names[0]), families, scale)
    notes: list[Finding] = []
    if scale != 1.0:
        unit = "毫米" if scale == 0.001 else "厘米"
        notes.append(
            warning(
                f"图纸单位是{unit}（$INSUNITS），坐标已乘以 {scale:g} 换算为米；请核对位置",
                f"the drawing is in {'millimetres' if scale == 0.001 else 'centimetres'} ($INSUNITS); coordinates were multiplied by {scale:g} to metres, check the place",
            )
        )
    if extended is not None:  # what our own export says of itself is no feature
        entities = [e for e in entities if e.layer != "说明"]
    extended = extended or {}
    notes += [
        info(
            f"DXF 文字按 {'UTF-8' if found == 'utf-8' else 'GBK'} 读取（版本写明 {encoding}）",
            f"DXF text read as {found} (its version says {encoding})",
        )
    ]
    texts = [e for e in entities if e.text and e.shape.geom_type == "Point"]
    plain = [e for e in entities if e.shape.geom_type in families and not e.text]
    drawn = plain if plain else [e for e in texts if "Point" in families]
    name = _layer(drawn, entities, file.answers.get("layer"), families)
    kept = _without_rings([e for e in drawn if name in (ALL, e.layer)], extended)
    ours = {e.handle for e in entities} & set(extended)
    worded = {id(e) for e in texts}
    left = Counter(
        e.shape.geom_type
        for e in entities
        if id(e) not in worded and name in (ALL, e.layer) and e.shape.geom_type not in families and e.handle not in ours
    )
    if left:
        notes.append(
            warning(
                f"图层“{name}”中其他类型的图形未导入：{'、'.join(f'{k} {n} 个' for k, n in left.items())}",
                f"shapes of other kinds on the layer '{name}' were left out: {', '.join(f'{n} {k}' for k, n in left.items())}",
            )
        )
    if kept and all(e.handle in extended for e in kept):
        return _own(kept, extended, found, notes)
    notes.append(
        warning(
            "DXF 只有图形和文字，没有属性：编号、类型、规模等按未知或默认；需要属性请用 GeoPackage、GeoJSON 或 Shapefile",
            "a DXF holds shapes and texts and no attributes: ids, kinds and sizes are unknown or usual; for attributes give GeoPackage, GeoJSON or shapefile",
        )
    )
    names = _named(kept, texts, notes)
    out = [[called, e.layer, e.handle] for e, called in zip(kept, names, strict=True)]
    return Table(["名称", "图层", "句柄"], out, [e.shape for e in kept], None, "", notes=notes)


def _without_rings(kept: list[_Entity], extended: dict[str, dict[str, bytes]]) -> list[_Entity]:
    """Leave out the ring that our own export draws round a point: in a layer that takes areas too it is no row."""

    def middle(e: _Entity) -> tuple[float, float]:
        west, south, east, north = e.shape.bounds
        return round((west + east) / 2, 1), round((south + north) / 2, 1)

    points = {middle(e) for e in kept if e.handle in extended and e.shape.geom_type == "Point"}
    return [e for e in kept if e.handle in extended or middle(e) not in points]


def _own(kept: list[_Entity], extended: dict[str, dict[str, bytes]], encoding: str, notes: list[Finding]) -> Table:
    """Return the rows that our own export has laid beside its shapes as extended data, each row once.

    An area with holes and a shape of several parts are several entities of one row there.
    """
    groups: dict[tuple[tuple[str, bytes], ...], list[_Entity]] = {}
    for e in kept:
        groups.setdefault(tuple(extended[e.handle].items()), []).append(e)
    columns = list(dict.fromkeys(c for row in groups for c, _ in row))
    rows, shapes = [], []
    for row, parts in groups.items():
        told = {c: _escapes(v.decode(encoding, "replace")) for c, v in row}
        rows.append([told.get(c) or None for c in columns])
        shapes.append(_whole([e.shape for e in parts]))
    notes.append(
        info(
            "图形带有本软件导出的扩展数据，编号和属性由此读回",
            "the shapes carry extended data of our own export; ids and attributes were read back from it",
        )
    )
    return Table(columns, rows, shapes, None, "", notes=notes)


def _whole(parts: list[Any]) -> Any:
    """Return the parts of one row as one shape: a ring inside another is its hole."""
    if len(parts) == 1:
        return parts[0]
    if parts[0].geom_type != "Polygon":
        make = {"Point": shapely.MultiPoint, "LineString": shapely.MultiLineString}[parts[0].geom_type]
        return make(parts)
    areas: list[Any] = []
    for ring in sorted(parts, key=lambda p: -p.area):
        home = next((i for i, a in enumerate(areas) if a.covers(ring.representative_point())), None)
        if home is None:
            areas.append(ring)
        else:
            areas[home] = shapely.Polygon(areas[home].exterior, [*areas[home].interiors, ring.exterior])
    return areas[0] if len(areas) == 1 else shapely.MultiPolygon(areas)


def _entities(layer: Layer, families: tuple[str, ...], scale: float) -> tuple[list[_Entity], str]:
    """Return the entities with a shape, and the encoding of their texts, told from all of them."""
    wanted = ("Layer", "Text", "EntityHandle")
    at = [layer.columns.index(c) if c in layer.columns else None for c in wanted]
    texts = ["" if i is None or row[i] is None else str(row[i]) for row in layer.rows for i in at]
    try:
        fields = [t.encode("latin-1") for t in texts]
    except UnicodeEncodeError:
        fields = [t.encode("utf-8") for t in texts]
    decoded, found, _ = decode_fields(fields, [1 << 30] * len(fields))
    plain = [_escapes(t).strip() for t in decoded]
    builder = Builder()
    builder.scale = scale
    entities = []
    for i, wkb in enumerate(layer.raw):
        shape = None if wkb is None else _closed(builder.from_wkb(bytes(wkb), i + 1), families)
        if shape is not None:
            entities.append(_Entity(plain[3 * i] or "0", plain[3 * i + 1], plain[3 * i + 2], shape))
    return entities, found


def _layer(drawn: list[_Entity], entities: list[_Entity], wanted: str | None, families: tuple[str, ...]) -> str:
    """Return the layer to take: the one told, or the only one."""
    sizes = Counter(e.layer for e in drawn)
    if not sizes:
        there = Counter(e.shape.geom_type for e in entities)
        raise RefusedError(
            error(
                f"DXF 中没有此图层需要的图形（{'/'.join(families)}），只有 {'、'.join(f'{k} {n} 个' for k, n in there.items()) or '无'}；面请画成闭合多段线",
                f"the DXF holds no shapes of this layer ({'/'.join(families)}), only {', '.join(f'{n} {k}' for k, n in there.items()) or 'none'}; draw areas as closed polylines",
            )
        )
    if wanted in sizes or wanted == ALL:
        return str(wanted)
    if len(sizes) > 1:
        groups = Counter(n.partition("_")[0] for n in sizes)
        (group, members), whole = groups.most_common(1)[0], sum(sizes.values())
        text_zh = f"DXF 有 {len(sizes)} 个图层含此类图形，导入哪一个？"
        text_en = f"{len(sizes)} layers of the DXF hold such shapes; which one to import?"
        listed = [n for n, _ in sizes.most_common(LISTED)]
        choices = (
            *((n, f"{n}（{sizes[n]} 个）", f"{n} ({sizes[n]})") for n in sorted(listed)),
            (ALL, f"全部图层（{whole} 个）", f"all layers ({whole})"),
        )
        # Classes of one subject on a layer each, as CAD has them: all of it is what is meant.
        guess = ALL if group and members == len(sizes) else sizes.most_common(1)[0][0]
        raise OpenQuestionError([Question("layer", text_zh, text_en, choices, guess)])
    return next(iter(sizes))


def _named(kept: list[_Entity], texts: list[_Entity], notes: list[Finding]) -> list[str]:
    """Return a name for each shape: its own text, the one text in an area, the text nearest to a point."""
    labels: list[str | None] = [e.text or None for e in kept]
    if not any(labels) and texts and len(kept) * len(texts) <= 4_000_000:
        areas = kept[0].shape.geom_type != "Point"
        labels = _inside(kept, texts) if areas else _nearest(kept, texts)
        if any(labels):
            notes.append(
                warning(
                    "名称取自面内或点旁的文字标注；请核对",
                    "names were taken from the texts inside the areas or beside the points; check them",
                    None,
                    "name",
                )
            )
    blank = [i for i, label in enumerate(labels) if not label]
    if blank:
        notes.append(
            warning(
                f"{len(blank)} 个图形没有文字，以图层名加序号命名",
                f"{len(blank)} shapes carry no text and are called by their layer and a number",
                None,
                "name",
            )
        )
    return [label or f"{e.layer} {i}" for i, (label, e) in enumerate(zip(labels, kept, strict=True), 1)]


def _inside(kept: list[_Entity], texts: list[_Entity]) -> list[str | None]:
    labels: list[str | None] = []
    for e in kept:
        found = {t.text for t in texts if e.shape.is_valid and e.shape.contains(t.shape)}
        labels.append(found.pop() if len(found) == 1 else None)
    return labels


def _nearest(kept: list[_Entity], texts: list[_Entity]) -> list[str | None]:
    """Return the text of each point where point and text are each other's nearest."""
    points = shapely.get_coordinates([e.shape for e in kept])
    places = shapely.get_coordinates([t.shape for t in texts])
    apart = np.hypot(points[:, None, 0] - places[None, :, 0], points[:, None, 1] - places[None, :, 1])
    near, back = apart.argmin(axis=1), apart.argmin(axis=0)
    return [texts[t].text if back[t] == i else None for i, t in enumerate(near.tolist())]


def _closed(shape: Any, families: tuple[str, ...]) -> Any:
    """Return a closed line as an area where the layer is one of areas: drawings have no other."""
    if (
        shape is not None
        and "Polygon" in families
        and "LineString" not in families
        and shape.geom_type == "LineString"
        and shape.is_closed
        and len(shape.coords) >= 4
    ):
        return shapely.Polygon(shape.coords)
    return shape


def _escapes(text: str) -> str:
    r"""Return a DXF text with its \U+XXXX escapes as characters and formatting codes dropped."""
    text = re.sub(r"\\U\+([0-9A-Fa-f]{4})", lambda m: chr(int(m[1], 16)), text)
    return re.sub(r"\{?\\f[^;]{0,80};|\\[A-Za-z][^;\\]{0,20};|\\P", "", text).replace("}", "") if "\\" in text else text


def _checked(path: Path) -> tuple[str, dict[str, dict[str, bytes]] | None, float]:
    """Refuse a DXF that is no drawing or a bomb of blocks.

    Returns the encoding that its version says, and by handle the extended data of our own export (None: not
    ours), and what makes its coordinates metres: a template may say millimetres and still hold metres, so
    the numbers must be as large as millimetres are.
    """
    raw = path.read_bytes()
    if raw.startswith(b"AutoCAD Binary DXF"):
        raise damaged(".dxf", "是二进制 DXF，请另存为 ASCII DXF", "it is a binary DXF, save it as ASCII DXF")
    if b"\0" in raw[:100_000]:
        raise damaged(".dxf", "不是 DXF 文本", "it is no DXF text")
    lines = raw.decode("latin-1").splitlines()
    if len(lines) > 2 * GROUP_LIMIT:
        raise RefusedError(
            error("DXF 过大；请只保留需要的图层后另存", "the DXF is too large; keep only the layers needed")
        )
    codes = [c.strip() for c in lines[0::2]]
    values = [v.strip() for v in lines[1::2]]
    if (
        "SECTION" not in values[:20]
        or "ENTITIES" not in values
        or (values[-1:] != ["EOF"] and "EOF" not in values[-3:])
    ):
        raise damaged(
            ".dxf", "缺少 ENTITIES 段或结尾（文件不完整）", "it lacks the ENTITIES section or its end (cut short)"
        )
    if any(not re.fullmatch(r"-?\d{1,4}", c) for c in codes[: len(values)]):
        raise damaged(".dxf", "组码无效", "a group code is invalid")
    _blocks(codes, values)
    version = next(
        (values[i + 1] for i, v in enumerate(values[:2000]) if v == "$ACADVER" and i + 1 < len(values)), "AC1015"
    )
    encoding = "UTF-8" if re.fullmatch(r"AC\d{4}", version) and version >= "AC1021" else "GBK"
    return encoding, _extended(codes, values) if APP in values else None, _scale(codes, values)


def _scale(codes: list[str], values: list[str]) -> float:
    at = next((i for i, v in enumerate(values[:4000]) if v == "$INSUNITS"), None)
    told = values[at + 1] if at is not None and at + 1 < len(values) else ""
    if told not in MILLI:
        return 1.0
    start = values.index("ENTITIES")
    largest = max(
        (_size(v) for c, v in zip(codes[start:], values[start:], strict=False) if c in ("10", "20")), default=0.0
    )
    return MILLI[told] if largest > TOO_LARGE else 1.0


def _size(value: str) -> float:
    try:
        size = abs(float(value))
    except ValueError:
        return 0.0
    return size if size < 1e12 else 0.0


def _extended(codes: list[str], values: list[str]) -> dict[str, dict[str, bytes]]:
    """Return by handle what entities carry as extended data of our own export: column → text as it stands."""
    found: dict[str, dict[str, bytes]] = {}
    handle, ours = "", False
    for code, value in zip(codes, values, strict=False):
        if code == "0":
            handle, ours = "", False
        elif code == "5":
            handle = value
        elif code == "1001":
            ours = value == APP
        elif code == "1000" and ours and handle:
            name, _, text = value.partition("=")
            row = found.setdefault(handle, {})
            column = name.removesuffix("+")
            row[column] = (row.get(column, b"") if name.endswith("+") else b"") + text.encode("latin-1")
    return found


def _blocks(codes: list[str], values: list[str]) -> None:
    """Refuse blocks that refer to themselves or multiply beyond reason, and drawings that refer elsewhere."""
    inserts: dict[str, dict[str, int]] = {"": {}}
    block, inside, copies, target = "", False, 1, ""
    entity = ""
    for code, value in zip(codes, values, strict=False):
        if code == "0":
            if entity == "INSERT" and target:
                inserts.setdefault(block, {})
                inserts[block][target] = inserts[block].get(target, 0) + copies
            if value == "ENDBLK":
                block, inside = "", False
            entity, copies, target = value, 1, ""
            inside = inside or value == "BLOCK"
        elif entity == "BLOCK" and code == "2":
            block = value
        elif entity == "BLOCK" and code == "70" and value.isdigit() and int(value) & 4:
            raise damaged(".dxf", "含有外部参照，请先绑定（BIND）", "it refers to other drawings, bind them first")
        elif entity == "INSERT" and code == "2":
            target = value
        elif entity == "INSERT" and code in ("70", "71") and value.lstrip("-").isdigit():
            copies *= max(int(value), 1)
    if _expanded("", inserts, {}, ()) > INSERT_LIMIT:
        raise damaged(
            ".dxf",
            "块参照展开后过多（疑似炸弹），请先分解或清理块",
            "its blocks multiply beyond reason (a bomb?), explode or purge them first",
        )


def _expanded(block: str, inserts: dict[str, dict[str, int]], done: dict[str, int], above: tuple[str, ...]) -> int:
    if block in above or len(above) > 50:
        raise damaged(".dxf", "块引用自身", "a block refers to itself")
    if block not in done:
        done[block] = min(
            sum(n * (1 + _expanded(b, inserts, done, (*above, block))) for b, n in inserts.get(block, {}).items()),
            10**12,
        )
    return done[block]
