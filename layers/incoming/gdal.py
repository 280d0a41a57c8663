"""FileGDB, DXF and FlatGeobuf through GDAL, with only those drivers loaded and the file looked at first."""

from __future__ import annotations

import datetime
import re
import struct
from pathlib import Path
from typing import Any

from geo.errors import Finding
from layers.incoming.shapes import FEATURE_LIMIT, Builder
from layers.incoming.table import OpenQuestionError, Question, RefusedError, Table, error, info, warning
from layers.incoming.text import decode_fields

__all__ = ["read"]

DXF_GROUP_LIMIT = 4_000_000
DXF_INSERT_LIMIT = 20_000
NAMES = {".gdb": "FileGDB", ".dxf": "DXF", ".fgb": "FlatGeobuf"}


def _damaged(kind: str, zh: str, en: str) -> RefusedError:
    return RefusedError(
        error(f"{NAMES[kind]} 无法读取：{zh}；请重新导出", f"the {NAMES[kind]} cannot be read: {en}; export it again")
    )


def read(path: Path, kind: str, wanted: str | None, families: tuple[str, ...]) -> Table:
    """Return the rows and shapes of one layer of a FileGDB, DXF or FlatGeobuf.

    Raises
    ------
    RefusedError
        If it is damaged.
    OpenQuestionError
        If it holds several layers and ``wanted`` names none.
    """
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError, FieldError

    encoding = "utf-8"
    if kind == ".dxf":
        encoding = _check_dxf(path)
    elif kind == ".fgb":
        _check_fgb(path)
    else:
        _check_gdb(path)
    try:
        layers = [(str(n), g) for n, g in pyogrio.list_layers(path)]
        name = _layer(layers, kind, wanted)
        meta, _, raw, values = pyogrio.raw.read(
            path, layer=name, max_features=FEATURE_LIMIT + 1, datetime_as_string=True
        )
    except (DataSourceError, DataLayerError, FieldError, ValueError, RuntimeError, UnicodeError):
        raise _damaged(kind, "文件已损坏", "the file is damaged") from None
    if len(raw) > FEATURE_LIMIT:
        raise RefusedError(
            error(
                f"要素过多（最多 {FEATURE_LIMIT:,}）；请分幅导入",
                f"too many features (at most {FEATURE_LIMIT:,}); split the file",
            )
        )
    if not len(raw):
        raise _damaged(kind, "没有要素", "it holds no features")
    builder = Builder()
    columns = [str(c) for c in meta["fields"]]
    rows = [[_plain(v) for v in row] for row in zip(*values, strict=True)] if values else [[] for _ in raw]
    notes: list[Finding] = []
    if kind == ".dxf":
        return _drawing(columns, rows, raw, builder, encoding, wanted, families)
    shapes = [None if g is None else builder.from_wkb(bytes(g), row) for row, g in enumerate(raw, 1)]
    if builder.flattened:
        notes.append(info("高程（Z）已忽略", "heights (Z) were left out"))
    crs = meta["crs"]
    return Table(columns, rows, shapes, str(crs) if crs else None, NAMES[kind] if crs else "", notes=notes)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | list | dict) or hasattr(value, "shape") and getattr(value, "shape", ()):
        return None
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, datetime.date | datetime.time):
        return str(value)
    if isinstance(value, float) and value != value:
        return None  # GDAL's way of saying NULL in a number column
    return value


def _layer(layers: list[tuple[str, Any]], kind: str, wanted: str | None) -> str:
    drawn = [n for n, geometry in layers if geometry is not None]
    if not drawn:
        raise _damaged(kind, "没有图形图层", "it holds no layer with shapes")
    if kind == ".dxf":
        return drawn[0]
    if wanted in drawn:
        return str(wanted)
    if len(drawn) > 1:
        raise OpenQuestionError([Question("layer", f"{NAMES[kind]} 有 {len(drawn)} 个图层，导入哪一个？", f"The {NAMES[kind]} holds {len(drawn)} layers; which one to import?",
                                          tuple((n, n, n) for n in sorted(drawn)), sorted(drawn)[0])])  # fmt: skip
    return drawn[0]


def _drawing(
    columns: list[str],
    rows: list[list[Any]],
    raw: Any,
    builder: Builder,
    encoding: str,
    wanted: str | None,
    families: tuple[str, ...],
) -> Table:
    """Return the entities of one layer of a drawing; text decoded by the drawing's version."""
    keep = [i for i, c in enumerate(columns) if c in ("Layer", "Text", "EntityHandle", "SubClasses")]
    texts = [("" if row[i] is None else str(row[i])) for row in rows for i in keep]
    try:
        fields = [t.encode("latin-1") for t in texts]
    except UnicodeEncodeError:
        fields = [t.encode("utf-8") for t in texts]
    decoded, found, _ = decode_fields(fields, [1 << 30] * len(fields))
    decoded = [_escapes(t) for t in decoded]
    table = [decoded[i * len(keep) : (i + 1) * len(keep)] for i in range(len(rows))]
    named = [columns[i] for i in keep]
    at = named.index("Layer") if "Layer" in named else None
    drawn: dict[str, list[int]] = {}
    whole = [None if g is None else _closed(builder.from_wkb(bytes(g), i + 1), families) for i, g in enumerate(raw)]
    left: dict[str, int] = {}
    for i, row in enumerate(table):
        shape = whole[i]
        if shape is not None and shape.geom_type not in families:
            left[shape.geom_type] = left.get(shape.geom_type, 0) + 1
        elif shape is not None:
            drawn.setdefault(row[at] if at is not None else "0", []).append(i)
    if not drawn:
        raise RefusedError(
            error(
                f"DXF 中没有此图层需要的图形（{'/'.join(families)}），只有 {'、'.join(f'{k} {n} 个' for k, n in left.items()) or '无'}；面请画成闭合多段线",
                f"the DXF holds no shapes of this layer ({'/'.join(families)}), only {', '.join(f'{n} {k}' for k, n in left.items()) or 'none'}; draw areas as closed polylines",
            )
        )
    if wanted not in drawn and len(drawn) > 1:
        names = sorted(drawn)
        guess = max(names, key=lambda n: len(drawn[n]))
        raise OpenQuestionError(
            [
                Question(
                    "layer",
                    f"DXF 有 {len(names)} 个图层，导入哪一个？",
                    f"The DXF holds {len(names)} layers; which one to import?",
                    tuple((n, n, n) for n in names),
                    guess,
                )
            ]
        )
    name = wanted if wanted in drawn else next(iter(drawn))
    shapes, lines = [], []
    for i in drawn[str(name)]:
        shapes.append(whole[i])
        lines.append(i)
    notes = [
        info(
            f"DXF 文字按 {'UTF-8' if found == 'utf-8' else 'GBK'} 读取（版本写明 {encoding}）",
            f"DXF text read as {found} (its version says {encoding})",
        )
    ]
    if any("LINE" in str(table[i]).upper() and s.geom_type == "Polygon" for i, s in zip(lines, shapes, strict=True)):
        notes.append(info("闭合的多段线按面读取", "closed polylines were read as areas"))
    if left:
        kinds = "、".join(f"{k} {n} 个" for k, n in left.items())
        notes.append(
            warning(
                f"DXF 中其他类型的图形未导入：{kinds}",
                "shapes of other kinds in the DXF were left out: " + ", ".join(f"{n} {k}" for k, n in left.items()),
            )
        )
    wanted_columns = {"Layer": "图层", "Text": "名称", "EntityHandle": "句柄"}
    kept = [j for j, c in enumerate(named) if c in wanted_columns]
    out = [[table[i][j] or None for j in kept] for i in lines]
    labelled = _labels(table, named, raw, drawn, str(name), shapes, builder, notes)
    columns_out = [wanted_columns[named[j]] for j in kept]
    if labelled is not None and "名称" in columns_out:
        for row, label in zip(out, labelled, strict=True):
            row[columns_out.index("名称")] = row[columns_out.index("名称")] or label
    if "名称" in columns_out:
        at_name = columns_out.index("名称")
        blank = [row for row in out if not row[at_name]]
        for n, row in enumerate(blank, 1):
            row[at_name] = f"{name} {n}"
        if blank:
            notes.append(
                warning(
                    f"{len(blank)} 个图形没有文字，以图层名加序号命名",
                    f"{len(blank)} shapes carry no text and are called by their layer and a number",
                    None,
                    "name",
                )
            )
    return Table(columns_out, out, shapes, None, "", notes=notes)


def _labels(
    table: list[list[str]], named: list[str], raw: Any, drawn: dict[str, list[int]], chosen: str, shapes: list[Any], builder: Builder, notes: list[Finding],
) -> list[str | None] | None:  # fmt: skip
    """Return for each area the one text that stands inside it: draughtsmen label zones that way."""
    if "Text" not in named or not shapes or any(s.geom_type != "Polygon" for s in shapes) or len(shapes) > 2_000:
        return None
    at = named.index("Text")
    texts = [
        (builder.from_wkb(bytes(raw[i]), 1), table[i][at])
        for i in range(len(table))
        if table[i][at].strip() and raw[i] is not None
    ]
    points = [(p, t) for p, t in texts if p is not None and p.geom_type == "Point"][:5_000]
    labels = []
    for shape in shapes:
        inside = [t for p, t in points if shape.contains(p)] if shape.is_valid else []
        labels.append(inside[0] if len(inside) == 1 else None)
    if any(labels):
        notes.append(
            warning(
                "名称取自面内的文字标注；请核对",
                "names were taken from the texts inside the areas; check them",
                None,
                "name",
            )
        )
    return labels


def _closed(shape: Any, families: tuple[str, ...]) -> Any:
    """Return a closed line as an area where the layer is one of areas: drawings have no other."""
    import shapely

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


def _check_dxf(path: Path) -> str:
    """Refuse a DXF that is no drawing or a bomb of blocks; return the encoding that its version says."""
    raw = path.read_bytes()
    if raw.startswith(b"AutoCAD Binary DXF"):
        raise _damaged(".dxf", "是二进制 DXF，请另存为 ASCII DXF", "it is a binary DXF, save it as ASCII DXF")
    if b"\0" in raw[:100_000]:
        raise _damaged(".dxf", "不是 DXF 文本", "it is no DXF text")
    lines = raw.decode("latin-1").splitlines()
    if len(lines) > 2 * DXF_GROUP_LIMIT:
        raise RefusedError(
            error("DXF 过大；请只保留需要的图层后另存", "the DXF is too large; keep only the layers needed")
        )
    codes = [c.strip() for c in lines[0::2]]
    values = [v.strip() for v in lines[1::2]]
    if "SECTION" not in values[:20] or "ENTITIES" not in values or values[-1:] != ["EOF"] and "EOF" not in values[-3:]:
        raise _damaged(
            ".dxf", "缺少 ENTITIES 段或结尾（文件不完整）", "it lacks the ENTITIES section or its end (cut short)"
        )
    if any(not re.fullmatch(r"-?\d{1,4}", c) for c in codes[: len(values)]):
        raise _damaged(".dxf", "组码无效", "a group code is invalid")
    _blocks(codes, values)
    version = next(
        (values[i + 1] for i, v in enumerate(values[:2000]) if v == "$ACADVER" and i + 1 < len(values)), "AC1015"
    )
    return "UTF-8" if re.fullmatch(r"AC\d{4}", version) and version >= "AC1021" else "GBK"


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
            raise _damaged(".dxf", "含有外部参照，请先绑定（BIND）", "it refers to other drawings, bind them first")
        elif entity == "INSERT" and code == "2":
            target = value
        elif entity == "INSERT" and code in ("70", "71") and value.lstrip("-").isdigit():
            copies *= max(int(value), 1)
    if _expanded("", inserts, {}, ()) > DXF_INSERT_LIMIT:
        raise _damaged(
            ".dxf",
            "块参照展开后过多（疑似炸弹），请先分解或清理块",
            "its blocks multiply beyond reason (a bomb?), explode or purge them first",
        )


def _expanded(block: str, inserts: dict[str, dict[str, int]], done: dict[str, int], above: tuple[str, ...]) -> int:
    if block in above or len(above) > 50:
        raise _damaged(".dxf", "块引用自身", "a block refers to itself")
    if block not in done:
        done[block] = min(
            sum(n * (1 + _expanded(b, inserts, done, (*above, block))) for b, n in inserts.get(block, {}).items()),
            10**12,
        )
    return done[block]


def _check_fgb(path: Path) -> None:
    raw = path.read_bytes()
    if len(raw) < 12 or raw[:3] != b"fgb" or raw[3] != 3:
        raise _damaged(".fgb", "文件头无效", "its header is invalid")
    (size,) = struct.unpack_from("<I", raw, 8)
    if size < 8 or size > 10 * 1024 * 1024 or 12 + size > len(raw):
        raise _damaged(".fgb", "文件头长度无效（文件不完整）", "the length of its header is invalid (cut short)")
    if not raw.rstrip(b"\0"):
        raise _damaged(".fgb", "没有数据", "it is empty")


def _check_gdb(path: Path) -> None:
    tables = sorted(path.glob("*.gdbtable"))
    if not (path / "a00000001.gdbtable").is_file() or not (path / "a00000001.gdbtablx").is_file():
        raise _damaged(
            ".gdb",
            "缺少系统表 a00000001（压缩时漏了文件）",
            "it lacks the system table a00000001 (files left out when zipping)",
        )
    for table in tables:
        head = table.read_bytes()[:40]
        if len(head) < 40 or struct.unpack_from("<I", head, 0)[0] not in (3, 4):
            raise _damaged(".gdb", f"{table.name} 已损坏", f"{table.name} is damaged")
        if not table.with_suffix(".gdbtablx").is_file():
            raise _damaged(".gdb", f"{table.name} 缺少索引 .gdbtablx", f"{table.name} lacks its .gdbtablx")
