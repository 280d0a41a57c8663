"""Lists of rows: the header found, totals and notes skipped; delimited text of any encoding."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from geo.errors import Finding
from layers.incoming.meaning.columns import known_headers
from layers.incoming.meaning.vocabulary import stages_of
from layers.incoming.readers.formats import Opened
from layers.incoming.rows.shapes import FEATURE_LIMIT
from layers.incoming.rows.table import RefusedError, Table, error, info
from layers.incoming.rows.text import decode, encoding_told, key_of
from layers.incoming.rows.units import header
from layers.incoming.rows.values import is_blank, number

__all__ = ["COLUMN_LIMIT", "HEADER_WITHIN", "header_of", "read_csv", "table_of", "two_rows", "words_of"]

HEADER_WITHIN = 30
COLUMN_LIMIT = 500
_A_YEAR = re.compile(r"(?:19|20)\d\d")
_TOTALS = re.compile(
    r"(合\s*计|总\s*计|小\s*计|共\s*计|总\s*和|汇\s*总|平\s*均(值|数)?|.{1,20}(合计|小计|总计|汇总)|total|subtotal|sum)\s*[:：]?",
    re.IGNORECASE,
)
_FOOTNOTE = re.compile(
    r"(注|备注|说明|数据来源|资料来源|来源|填表人|填报人|制表|审核|单位负责人|note|source)\s*[:：]", re.IGNORECASE
)


def read_csv(file: Opened) -> Table:
    """Return the rows of a delimited text.

    Raises
    ------
    RefusedError
        If rows and header do not fit, or it is not a text table.
    """
    text, encoding = decode(file.path.read_bytes())
    notes = encoding_told(encoding)
    if "\0" in text:
        raise RefusedError(
            error(
                "文件含有空字符，不是文本表格；请另存为 CSV UTF-8",
                "the file holds NUL characters and is not a text table; save it as CSV UTF-8",
            )
        )
    delimiter = _delimiter(text)
    csv.field_size_limit(200_000)
    try:
        raw = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as problem:
        raise RefusedError(
            error(
                f"CSV 引号或字段有误（{problem}）；请用 Excel 另存为 CSV UTF-8",
                f"a quote or field of the CSV is wrong ({problem}); save it from Excel as CSV UTF-8",
            )
        ) from None
    grid = [(i, row) for i, row in enumerate(raw, 1) if any(not is_blank(c) for c in row)]
    known = known_headers(file.layer)
    top, _ = header_of(grid, known)
    names, line, body = two_rows(grid, top, notes, known)
    width = len(names)
    for i, row in grid[body:]:
        if (len(row) != width and not all(is_blank(c) for c in row[width:])) or (
            len(row) < width and not _totals(row) and not _footnote(row)
        ):
            raise RefusedError(
                error(
                    f"文件第 {i} 行有 {len(row)} 列，表头有 {width} 列；请检查逗号和引号",
                    f"line {i} has {len(row)} columns, the header {width}; check commas and quotes",
                    i - line,
                )
            )
    rows = [(i, [*row[:width], *[None] * (width - len(row))]) for i, row in grid[body:]]
    return table_of(names, rows, line, notes, words_of(grid[:top]))


def _delimiter(text: str) -> str:
    lines = [line for line in text.splitlines()[:40] if line.strip()]
    if not lines:
        raise RefusedError(error("文件是空的", "the file is empty; check the export"))
    scores = {d: sorted(line.count(d) for line in lines)[len(lines) // 2] for d in (",", "\t", ";", "|")}
    return max(scores, key=lambda d: scores[d]) if any(scores.values()) else ","


def header_of(grid: list[tuple[int, list[Any]]], known: frozenset[str]) -> tuple[int, int]:
    """Return the index of the header row, and of the first row of data, in ``grid``.

    ``known`` are the headers (by `key_of`) that mean something in the layer.
    """
    if not grid:
        raise RefusedError(error("文件是空的", "the file is empty; check the export"))
    best, most = 0, 0
    for i, (_, row) in enumerate(grid[:HEADER_WITHIN]):
        texts = [c for c in row if isinstance(c, str) and not is_blank(c) and number(c)[1] == "bad"]
        score = 3 * len({key_of(c) for c in texts} & known) + (
            1 if len(texts) > 1 and len(texts) == sum(not is_blank(c) for c in row) else 0
        )
        if score > most:
            best, most = i, score
    if not most:
        raise RefusedError(
            error(
                "找不到表头；请保证有一行列名（如：名称、经度、纬度、学位数）",
                "no header row was found; give one row of column names (such as name, lon, lat, seats)",
            )
        )
    return best, best + 1


def two_rows(
    grid: list[tuple[int, list[Any]]], header: int, notes: list[Finding], known: frozenset[str]
) -> tuple[list[str], int, int]:
    """Return the column names, the line of the header, and the first row of data; a header of two rows is joined.

    Two rows are one header where groups stand over several columns (the cells beside a group are empty) and
    every column without a group is empty below.
    """
    for upper in (header, header - 1):
        if upper < 0 or upper + 1 >= len(grid) or grid[upper + 1][0] != grid[upper][0] + 1:
            continue
        if len(grid[upper][1]) != len(grid[upper + 1][1]):
            continue
        a, b = (["" if is_blank(c) else str(c).strip() for c in grid[k][1]] for k in (upper, upper + 1))
        groups = [i for i, t in enumerate(a) if t and i + 1 < len(a) and not a[i + 1] and b[i] and b[i + 1]]
        alone = [i for i, t in enumerate(a) if t and i not in groups]
        if (
            not groups
            or not alone
            or any(b[i] for i in alone)
            or any(number(t)[1] == "plain" and not _A_YEAR.fullmatch(t) for t in b)
        ):
            continue
        over = list(a)
        for i, t in enumerate(b):
            if t and not over[i] and i:
                over[i] = over[i - 1]
        notes.append(info("表头为两行，已合并为一行", "the header has two rows; they were joined"))
        return _joined(over, b, known), grid[upper + 1][0], upper + 2
    names = ["" if is_blank(c) else str(c).strip() for c in grid[header][1]]
    return names, grid[header][0], header + 1


def _joined(over: list[str], below: list[str], known: frozenset[str]) -> list[str]:
    """Return one name a column from a header of two rows.

    What a group says of the numbers below it (学位, 班数, a year, a unit) is never lost: "班数" over "小学" is not
    "小学", which would be seats.
    """
    names = [_one_name(a, b, known) for a, b in zip(over, below, strict=True)]
    if len(set(names)) != len(names):
        names = [f"{b}{a}" if a and b and a != b else a or b for a, b in zip(over, below, strict=True)]
    return names


def _one_name(above: str, below: str, known: frozenset[str]) -> str:
    if not above or not below:
        return above or below
    group, own = header(above), header(below)
    if stages_of(below) and ("学位" in above or group.what or group.when or key_of(above) in known):
        return f"{below}{above}"
    if stages_of(above) and (own.what or own.when or "学位" in below or "规模" in below):
        return f"{above}{below}"
    if own.when and not own.key:
        return f"{above}{below}"
    return below if key_of(below) in known else f"{below}{above}"


def _totals(row: list[Any]) -> bool:
    first = next((str(c).strip() for c in row if not is_blank(c)), "")
    return bool(_TOTALS.fullmatch(first)) or any(isinstance(c, str) and _TOTALS.fullmatch(c.strip()) for c in row[:3])


def _footnote(row: list[Any]) -> bool:
    filled = [c for c in row if not is_blank(c)]
    return (
        len(filled) <= 2
        and isinstance(filled[0] if filled else None, str)
        and bool(_FOOTNOTE.match(str(filled[0]).strip()))
    )


def words_of(grid: list[tuple[int, list[Any]]]) -> str:
    """Return the texts above the header: a title may say where the coordinates come from."""
    return " ".join(str(c) for _, row in grid for c in row if isinstance(c, str))[:1000]


def table_of(
    names: list[str], rows: list[tuple[int, list[Any]]], header_line: int, notes: list[Finding], above: str
) -> Table:
    """Return the table under ``names``; totals, notes and repeated headers are left out and said so."""
    if header_line > 1:
        notes.append(
            info(
                f"表头在第 {header_line} 行，其上为标题，已跳过",
                f"the header is in line {header_line}; what stands above was skipped",
            )
        )
    used = [i for i, n in enumerate(names) if n or any(not is_blank(r[i]) for _, r in rows)]
    names = [names[i] or f"列{i + 1}" for i in used]
    if len(names) > COLUMN_LIMIT:
        raise RefusedError(
            error(
                f"列过多（{len(names)}，最多 {COLUMN_LIMIT}）",
                f"too many columns ({len(names)}, at most {COLUMN_LIMIT}); delete those not needed",
            )
        )
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise RefusedError(
            error(
                f"列名重复：{'、'.join(twice)[:200]}；请改名或删除一列",
                f"column names are repeated: {', '.join(twice)[:200]}; rename or delete one",
            )
        )
    kept: list[list[Any]] = []
    lines: list[int] = []
    for i, row in rows:
        cells = [row[j] for j in used]
        at = i - header_line
        if _totals(cells):
            notes.append(info(f"第 {i} 行是合计/小计，已跳过", f"line {i} is a total and was skipped", at))
        elif _footnote(cells):
            notes.append(info(f"第 {i} 行是说明文字，已跳过", f"line {i} is a note and was skipped", at))
        elif [str(c).strip() if c is not None else "" for c in cells] == names:
            notes.append(info(f"第 {i} 行重复表头，已跳过", f"line {i} repeats the header and was skipped", at))
        else:
            kept.append(cells)
            lines.append(at)
    if not kept:
        raise RefusedError(error("表中没有数据行", "the table has no rows of data; check the export"))
    if len(kept) > FEATURE_LIMIT:
        raise RefusedError(
            error(
                f"行数过多（最多 {FEATURE_LIMIT:,}）；请分批导入",
                f"too many rows (at most {FEATURE_LIMIT:,}); import in parts",
            )
        )
    return Table(names, kept, None, lines=lines, notes=notes, hint=f"{' '.join(names)} {above}", above=above)
