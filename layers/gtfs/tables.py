"""The text files of a feed as tables: every value as it stands, trimmed, indexed by its row of the file.

Values are read by Arrow's CSV reader. Archives go by the rules of ``layers.incoming.readers.zips``: counted before
they are unpacked, no links, no ways out.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from geo.errors import Finding, Level
from layers.incoming.readers import zips
from layers.incoming.rows.table import RefusedError

__all__ = ["USED", "Notes", "opened", "table"]

USED = {
    "stops.txt": ("stop_id", "stop_lat", "stop_lon"),
    "routes.txt": ("route_id",),
    "trips.txt": ("trip_id", "route_id", "service_id"),
    "stop_times.txt": ("trip_id", "stop_id", "stop_sequence", "arrival_time", "departure_time"),
    "calendar.txt": (
        "service_id", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "start_date", "end_date",
    ),
    "calendar_dates.txt": ("service_id", "date", "exception_type"),
    "frequencies.txt": ("trip_id", "start_time", "end_time", "headway_secs"),
    "transfers.txt": ("from_stop_id", "to_stop_id", "transfer_type"),
    "pathways.txt": ("from_stop_id", "to_stop_id"),
    "levels.txt": ("level_id", "level_index"),
}  # fmt: skip
"""Files that are read, with the columns that they must have."""
SHOWN = 20
"""Findings of one kind listed one by one before the rest is summed up."""
NEEDED = ("stops.txt", "trips.txt", "stop_times.txt")
SIZE_LIMIT = zips.TOTAL_LIMIT


class Notes:
    """Findings about one feed, named by its files."""

    def __init__(self, feed: str) -> None:
        self.feed = feed
        self.findings: list[Finding] = []

    def add(self, level: Level, zh: str, en: str, file: str = "", row: int | None = None, field: str | None = None) -> None:  # fmt: skip
        """Add one finding."""
        self.findings.append(Finding(level, zh, en, f"{self.feed}/{file}" if file else self.feed, row, field))

    def rows(
        self, file: str, rows: Iterable[Any], field: str, zh: str, en: str, *, values: Any = None, level: Level = "warning"
    ) -> None:  # fmt: skip
        """Add a finding a row, the first ones only and then how many more; ``{}`` in the words is the row's value."""
        listed = list(rows)
        told = [""] * len(listed) if values is None else [str(v)[:40] for v in values]
        for row, value in zip(listed[:SHOWN], told, strict=False):
            self.add(level, zh.replace("{}", value), en.replace("{}", value), file, int(row), field)
        if len(listed) > SHOWN:
            more = len(listed) - SHOWN
            self.add(level, f"另有 {more} 行同样：{zh.replace('{}', '…')}", f"{more} more rows alike: {en.replace('{}', '...')}", file, None, field)  # fmt: skip

    @property
    def refused(self) -> bool:
        """Whether something keeps the feed out."""
        return any(f.level == "error" for f in self.findings)


def opened(path: Path, notes: Notes) -> dict[str, pd.DataFrame]:
    """Return the tables of a feed, a ZIP or a folder; what cannot be read is told in ``notes``."""
    try:
        files = _folder(path) if path.is_dir() else _archive(path, notes)
    except RefusedError as refused:
        notes.findings += [Finding(f.level, f.text_zh, f.text_en, notes.feed, f.row, f.field) for f in refused.findings]
        return {}
    except OSError:
        notes.add("error", "文件无法打开，请检查路径和权限", "cannot be opened; check the path and who may read it")
        return {}
    tables: dict[str, pd.DataFrame] = {}
    for name in USED:
        if name in files:
            read = table(files.pop(name), name, notes)
            if read is not None:
                tables[name] = read
    for name in NEEDED:
        if name in tables and tables[name].empty and not notes.refused:
            notes.add("error", f"{name} 没有数据行；请重新导出", f"{name} has no row; export it again", name)
        if name not in tables and not notes.refused:
            notes.add("error", f"缺少 {name}，不是完整的 GTFS；请重新导出", f"{name} is missing: no complete GTFS; export it again", name)  # fmt: skip
    if not {"calendar.txt", "calendar_dates.txt"} & tables.keys() and not notes.refused:
        notes.add(
            "error", "缺少 calendar.txt 和 calendar_dates.txt，不知哪天开行；请至少补一个",
            "calendar.txt and calendar_dates.txt are missing: nobody knows when it runs; add one of them", "calendar.txt",
        )  # fmt: skip
    return tables


def _folder(path: Path) -> dict[str, bytes]:
    found = {p.name: p for p in sorted(path.iterdir()) if p.name in USED and p.is_file()}
    if sum(p.stat().st_size for p in found.values()) > SIZE_LIMIT:
        raise RefusedError(
            Finding(
                "error", f"文件共超过 {SIZE_LIMIT >> 20} MB；请拆分", f"larger than {SIZE_LIMIT >> 20} MB; split it"
            )
        )
    return {name: p.read_bytes() for name, p in found.items()}


def _archive(path: Path, notes: Notes) -> dict[str, bytes]:
    if not path.is_file():
        raise OSError
    members = {zips.name_of(m): m for m in zips.checked(path, ".zip") if not m.is_dir()}
    top = {n: m for n, m in members.items() if n in USED}
    if not top:
        homes = sorted({str(PurePosixPath(n).parent) for n in members if PurePosixPath(n).name in NEEDED})
        if len(homes) > 1:
            notes.add(
                "error", f"压缩包里有 {len(homes)} 套 GTFS；请分别压缩", f"the archive holds {len(homes)} feeds; pack each by itself",
            )  # fmt: skip
        top = {PurePosixPath(n).name: m for n, m in members.items() if homes and str(PurePosixPath(n).parent) == homes[0]}  # fmt: skip
    packed = [n for n in members if n.lower().endswith(".zip")]
    if not top and packed:
        notes.add(
            "error", f"里面是另一个压缩包 {packed[0]}；请先解开", f"holds another archive, {packed[0]}: unpack it first"
        )
    with zipfile.ZipFile(path) as archive:
        return {name: zips.content(archive, m) for name, m in top.items() if name in USED}


def table(raw: bytes, file: str, notes: Notes) -> pd.DataFrame | None:
    """Return one file, all values text without blanks around them, indexed by its 1-based data row."""
    text = _text(raw, file, notes)
    first = re.match(r"[^\r\n]*", text)
    try:
        header = next(csv.reader([first.group() if first else ""]), [])
    except csv.Error:
        header = []
    names = [n.strip().lower() for n in header]
    missing = [c for c in USED[file] if c not in names]
    mark = next((m for m in (";", "\t", "|") if len(names) == 1 and m in names[0]), None)
    if mark is not None:
        notes.add("error", f"各列之间用的是 {mark!r}；GTFS 用逗号，请重新导出", f"its columns lie between {mark!r}, those of GTFS between commas; export it again", file)  # fmt: skip
        return None
    if missing or len(set(names)) < len(names):
        wrong = f"缺列 {'、'.join(missing)}" if missing else "有重名的列"
        said = f"columns are missing: {', '.join(missing)}" if missing else "two columns have one name"
        notes.add("error", f"{wrong}；请按 GTFS 规范补全后重新导出", f"{said}; complete it as GTFS asks and export it again", file, None, missing[0] if missing else None)  # fmt: skip
        return None
    lame: list[tuple[int, int]] = []

    def invalid(row: Any) -> str:
        lame.append((int(row.number), int(row.actual_columns) if str(row.text).strip() else 0))
        return "skip"

    try:
        read = arrow_csv.read_csv(
            io.BytesIO(text.encode("utf-8")),
            arrow_csv.ReadOptions(use_threads=False, column_names=names, skip_rows=1),
            arrow_csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=invalid),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid:
        if text.strip().count("\n") == 0:
            return pd.DataFrame({n: pd.Series(dtype="str") for n in names})
        notes.add("error", "不是可读的 CSV（引号不成对？）；请重新导出", "is no readable CSV (an open quotation mark?); export it again", file)  # fmt: skip
        return None
    frame = pd.DataFrame({n: pc.utf8_trim_whitespace(read[n]).to_pandas() for n in names}).astype("str")
    # The reader counts the header as row 1.
    gone = np.array([n - 1 for n, _ in lame], np.int64)
    row = np.setdiff1d(np.arange(1, len(frame) + len(gone) + 1), gone)
    frame.index = pd.Index(row, name="row")
    frame = frame[(frame[names[0]] != "") | (frame != "").any(axis="columns")]
    odd = [(n - 1, found) for n, found in lame if found]
    notes.rows(
        file, [n for n, _ in odd], "", f"有 {{}} 个值，表头有 {len(names)} 列；此行未采用，请更正",
        f"{{}} values under {len(names)} columns; the row is left out, correct it", values=[found for _, found in odd],
    )  # fmt: skip
    return frame


def _single(raw: bytes) -> bool:
    """Return whether accents stand alone between plain letters, as in Praça: Chinese has them side by side, two a character.

    ``ça`` is one character of GB 18030 too, so that reading it as such does not fail.
    """
    high = np.frombuffer(raw, np.uint8) >= 0x80
    beside = np.zeros(len(high), bool)
    beside[1:] |= high[:-1]
    beside[:-1] |= high[1:]
    return bool(2 * (high & beside).sum() < high.sum())


def _text(raw: bytes, file: str, notes: Notes) -> str:
    if raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        text, encoding = raw.decode("utf-16", "replace"), "UTF-16"
    else:
        try:
            return raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            pass
        encoding = "Latin-1" if _single(raw) else "GB 18030"
        try:
            text = raw.decode(encoding.replace(" ", ""))
        except UnicodeDecodeError:
            text, encoding = raw.decode("latin-1"), "Latin-1"
    notes.add("warning", f"不是 UTF-8，按 {encoding} 读取；请核对站名", f"is not UTF-8 and was read as {encoding}; check the names", file)  # fmt: skip
    return text
