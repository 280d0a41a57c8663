"""The layer that comes of what is there and what a file holds, and what becomes of every row."""

from __future__ import annotations

import numbers
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geo.errors import Finding, InputError
from geo.merge.pairs import Open, Pairs, pair
from geo.schema import LAYERS, conform
from geo.text import Text, several

__all__ = ["MODES", "WHOLE", "Merged", "dangling", "default_mode", "merge", "modes_of"]

MODES = ("merge", "replace", "replace_part", "add")
WHOLE: dict[str, Text] = {
    "streets": Text(
        "路网按起讫节点成整体，不能按名称合并，只能全部替换",
        "a network hangs together by its nodes and cannot be merged by name; it is replaced as a whole",
    ),
    "population": Text("人口是一张完整的面，只能全部替换", "population is one surface, it is replaced as a whole"),
    "timetable": Text(
        "时刻表按整个文件写入，班次不逐条合并",
        "a timetable is taken as a whole file, its trips are not merged one by one",
    ),
}
"""Layers whose rows mean something only together, and why."""
MOVED_M = 0.05
"""A place that differs by less is the same one: files keep seven decimals of a degree [m]."""
PROVENANCE = ("basis", "accuracy_m", "source_id")


@dataclass(frozen=True)
class Merged:
    """The new layer, and every row of both: ``rows`` has one line each, the added, changed and removed ones first.

    Columns of ``rows``: ``change`` (added, changed, removed, unchanged), ``id``, ``name``, ``how`` (id, name, place, answer, or
    blank), ``metres`` moved [m], ``row`` of the file (1-based, NaN where none), ``fields`` (column → (before, after)), and the
    shapes ``before`` and ``after``.

    Examples
    --------
    >>> made = Merged("schools", "merge", gpd.GeoDataFrame(), pd.DataFrame({"change": ["added"]}), 7280, 1, (), ())
    >>> made.count("added"), made.count("removed"), made.alarm
    (1, 0, None)
    """

    layer: str
    mode: str
    frame: gpd.GeoDataFrame
    rows: pd.DataFrame
    now: int
    file: int
    open: tuple[Open, ...]
    findings: tuple[Finding, ...]

    def count(self, change: str) -> int:
        """Return how many rows were added, changed, removed or left unchanged."""
        return int((self.rows["change"] == change).sum()) if len(self.rows) else 0

    @property
    def alarm(self) -> Text | None:
        """What is said in red where rows would go, None where none would."""
        gone = self.count("removed")
        if not gone:
            return None
        return Text(
            f"现有 {_spaced(self.now)} 条，文件 {_spaced(self.file)} 条：将移除 {_spaced(gone)} 条",
            f"{_spaced(self.now)} rows here now, {_spaced(self.file)} in the file: {_spaced(gone)} would be removed",
        )


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def default_mode(layer: str) -> str:
    """Return how a layer is taken where nobody says: merged, or replaced where it means something only as a whole.

    Examples
    --------
    >>> default_mode("schools"), default_mode("streets"), default_mode("timetable")
    ('merge', 'replace', 'add')
    """
    return modes_of(layer)[0]


def modes_of(layer: str) -> tuple[str, ...]:
    """Return the modes in which a layer can be taken, the default first; of timetables, beside the others or in their place.

    Examples
    --------
    >>> modes_of("population"), modes_of("timetable")
    (('replace',), ('add', 'replace'))
    """
    return ("add", "replace") if layer == "timetable" else ("replace",) if layer in WHOLE else MODES


def merge(
    now: gpd.GeoDataFrame, file: gpd.GeoDataFrame, layer: str, *, crs: str, mode: str = "merge",
    answers: Mapping[str, Any] | None = None, unsaid: Collection[str] = (), mark: str = "",
    part: tuple[Sequence[bool], Sequence[bool]] | None = None, shares: str | None = None,
) -> Merged:  # fmt: skip
    """Return the layer that comes of a file, and what becomes of every row.

    ``merge`` changes the rows that are the same things and adds the others; ``replace`` takes the file alone;
    ``replace_part`` merges the rows of one part and removes its rows that are not in the file; ``add`` only adds.
    A blank cell of the file erases nothing except in ``replace``, which is the file as it stands. Things that are the same
    keep their id.

    Parameters
    ----------
    now, file
        The layer and the file's rows in WGS84, with the columns of ``geo.schema``.
    layer
        A key of ``LAYERS``.
    crs
        A reference system in metres in which distances are measured.
    answers
        Which thing a row is, where that is not sure (see `pair`).
    unsaid
        Columns that the file did not have: the reader filled them, so they say nothing of a thing that is known.
    mark
        The source id that the reader filled in.
    part
        Rows of the layer and of the file that belong to the part.
    shares
        The seats column of the stage that is replaced: a school that has other stages too stays, without these seats.

    Raises
    ------
    InputError
        If there is no such mode, or the layer can only be replaced as a whole.

    Examples
    --------
    >>> def schools(**seats):
    ...     rows = {"facility_id": list(seats), "name_zh": list(seats), "seats_primary": list(seats.values()), "status": "existing"}
    ...     at = [shapely.Point(117.6 + int(name[1:]) / 100, 39.1) for name in seats]
    ...     return gpd.GeoDataFrame({**rows, "basis": "sourced", "source_id": "own"}, geometry=at, crs=4326)
    >>> made = merge(schools(S1=540, S2=360), schools(S1=600, S3=None), "schools", crs="EPSG:4548")
    >>> made.frame["seats_primary"].tolist(), made.rows["change"].tolist()
    ([600.0, 360.0, nan], ['added', 'changed', 'unchanged'])
    """
    if mode not in MODES:
        raise InputError(
            Text(
                f"没有“{mode}”这种写入方式，可选：{'、'.join(MODES)}",
                f"unknown mode '{mode}', choose one of {', '.join(MODES)}",
            )
        )
    if layer in WHOLE and mode != "replace":
        raise InputError(WHOLE[layer])
    if layer == "streets":
        return _streets(now, file, mode)
    work = _Merging(
        now.reset_index(drop=True), file.reset_index(drop=True), layer, mode, frozenset(unsaid), mark, shares
    )
    return work.merged(crs, answers or {}, part)


class _Merging:
    """One merge at work."""

    def __init__(
        self,
        now: gpd.GeoDataFrame,
        file: gpd.GeoDataFrame,
        layer: str,
        mode: str,
        unsaid: frozenset[str],
        mark: str,
        shares: str | None,
    ) -> None:
        self.now, self.file, self.layer, self.mode, self.mark, self.shares = now, file, layer, mode, mark, shares
        self.unsaid = unsaid
        self.spec = LAYERS[layer]
        self.name = "name_zh" if "name_zh" in self.spec.by_name else "name"
        own = [c for c in now.columns if c != now.geometry.name]
        self.columns = [*own, *(c for c in file.columns if c not in own and c != file.geometry.name)]
        self.old = [_row(now, i, self.columns) for i in range(len(now))]
        self.new = [_row(file, i, self.columns) for i in range(len(file))]
        self.shape = (list(now.geometry), list(file.geometry))
        self.findings: list[Finding] = []
        self.rows: list[dict[str, Any]] = []

    def merged(
        self, crs: str, answers: Mapping[str, Any], part: tuple[Sequence[bool], Sequence[bool]] | None
    ) -> Merged:
        found = pair(
            self.now, self.file, self.layer, crs=crs, answers=answers, asking=self.mode in ("merge", "replace_part")
        )
        out: list[dict[str, Any]] = []
        shapes: list[Any] = []
        mine, theirs = part or ([True] * len(self.old), [True] * len(self.new))
        now_of = {i: j for i, j in found.now_of.items() if theirs[i]}
        if self.mode == "add":
            self._doubles(found)
            now_of = {}
        back = {j: i for i, j in now_of.items()}
        if "parent_id" in self.columns:  # parts of a zone that keeps its id here name it by its id there
            renamed = {self.new[i].get(self.spec.key): self.old[j].get(self.spec.key) for i, j in now_of.items()}
            for row in self.new:
                row["parent_id"] = renamed.get(row.get("parent_id"), row.get("parent_id"))
        for j, old in enumerate(self.old):
            i = back.get(j)
            kept, shape = self._alone(j, old, mine[j]) if i is None else self._same(i, j, found)
            if kept is not None:
                out.append(kept)
                shapes.append(shape)
        waiting = {o.row - 1 for o in found.open if theirs[o.row - 1]}
        for i, new in enumerate(self.new):
            if i in now_of or i in waiting:
                continue
            if i in found.skipped or not theirs[i]:
                why = (
                    ("按回答未导入", "left out, as answered")
                    if theirs[i]
                    else ("不属于所选部分，未导入", "is not of the part chosen and is left out")
                )
                self._find("warning", f"“{new.get(self.name)}”{why[0]}", f"'{new.get(self.name)}' {why[1]}", i)
                continue
            out.append(dict(new))
            shapes.append(self.shape[1][i])
            self._tell("added", i=i, after=self.shape[1][i])
        return self._made(out, shapes, tuple(o for o in found.open if o.row - 1 in waiting))

    def _made(self, out: list[dict[str, Any]], shapes: list[Any], waiting: tuple[Open, ...]) -> Merged:
        data = {c: pd.Series([row.get(c) for row in out], dtype=object) for c in self.columns}
        frame = gpd.GeoDataFrame(data, geometry=gpd.GeoSeries(shapes, crs=4326), crs=4326)
        frame, wrong = conform(self.layer, frame)
        self._collisions(out)
        known = {(f.text_en, f.field) for f in self.findings}
        self.findings += [f for f in wrong if f.level == "error" and (f.text_en, f.field) not in known]
        order = {"added": 0, "changed": 1, "removed": 2, "unchanged": 3}
        rows = pd.DataFrame(sorted(self.rows, key=lambda r: order[r["change"]]), columns=["change", "id", "name", "how", "metres", "row", "fields", "before", "after"])  # fmt: skip
        return Merged(self.layer, self.mode, frame, rows, len(self.old), len(self.new), waiting, tuple(self.findings))

    def _alone(self, j: int, old: dict[str, Any], mine: bool) -> tuple[dict[str, Any] | None, Any]:
        """Return what becomes of a row that is not in the file."""
        shape = self.shape[0][j]
        if self.mode not in ("replace", "replace_part") or not mine:
            self._tell("unchanged", j=j, before=shape, after=shape)
            return old, shape
        others = [
            c for c in self.columns if c.startswith("seats_") and c != self.shares and (_number(old.get(c)) or 0) > 0
        ]
        if self.mode == "replace_part" and self.shares and others:
            self._tell("changed", j=j, before=shape, after=shape, fields={self.shares: (old.get(self.shares), 0)})
            return {**old, self.shares: 0}, shape
        self._tell("removed", j=j, before=shape)
        return None, None

    def _same(self, i: int, j: int, found: Pairs) -> tuple[dict[str, Any], Any]:
        """Return the row of a thing that both know."""
        old, new = self.old[j], self.new[i]
        whole = self.mode == "replace"
        made = _blank_row(new, self.columns) if whole else dict(old)
        place, moved = self._moved(i, j, found.metres[i], whole)
        fields: dict[str, tuple[Any, Any]] = {}
        for column in self.columns:
            if column == self.spec.key:
                made[column] = old[column]
                continue
            value = new.get(column)
            if column in PROVENANCE or (not whole and (value is None or column in self.unsaid)):
                continue
            if not _alike(old.get(column), value):
                fields[column] = (old.get(column), value)
            made[column] = value
        self._provenance(made, old, new, bool(fields), moved)
        fields |= {
            c: (old.get(c), made.get(c))
            for c in PROVENANCE[:2]
            if c in self.columns and not _alike(old.get(c), made.get(c))
        }
        change = "changed" if fields or moved else "unchanged"
        if moved:
            fields["geometry"] = (None, None)
        self._tell(change, i=i, j=j, how=found.how[i], fields=fields, metres=found.metres[i] if moved else 0.0,
                   before=self.shape[0][j], after=place)  # fmt: skip
        return made, place

    def _moved(self, i: int, j: int, metres: float, whole: bool) -> tuple[Any, bool]:
        """Return the shape that holds, and whether it is another one than before."""
        old, new = self.shape[0][j], self.shape[1][i]
        if new is None or new.is_empty:
            return (new, old is not None) if whole else (old, False)
        if old is None or old.is_empty:
            return new, True
        if old.geom_type == "Point" and new.geom_type == "Point":
            return (new, True) if metres > MOVED_M else (old, False)
        same = shapely.equals_exact(shapely.normalize(old), shapely.normalize(new), 1e-6)
        return (old, False) if same else (new, True)

    def _provenance(
        self, made: dict[str, Any], old: dict[str, Any], new: dict[str, Any], told: bool, moved: bool
    ) -> None:
        """Say where the row comes from now: a place brings its own basis and accuracy, a value adds its source."""
        if self.mode == "replace":
            made.update({c: new.get(c) for c in PROVENANCE})
            if not told and not moved and new.get("source_id") == self.mark:
                made.update({c: old.get(c) for c in PROVENANCE})
            return
        filled = new.get("source_id") in (None, self.mark)
        if moved:
            made["basis"], made["accuracy_m"] = new.get("basis"), new.get("accuracy_m")
        elif "basis" not in self.unsaid:
            made.update({c: new[c] for c in PROVENANCE[:2] if new.get(c) is not None})
        if moved and not filled:
            made["source_id"] = new.get("source_id")
        elif told or moved:
            sources = several(old.get("source_id"))
            added = str(new.get("source_id") or self.mark)
            made["source_id"] = ";".join(dict.fromkeys([*sources, *([added] if added else [])])) or None

    def _doubles(self, found: Pairs) -> None:
        """Warn of rows that would be there twice."""
        for i, j in found.now_of.items():
            zh, en = HOW[found.how[i]]
            label = self.old[j].get(self.spec.key) if self.spec.key else j + 1
            self._find("warning", f"“{self.new[i].get(self.name)}”像是现有的 {label}（{zh}），追加后会有两条；改用“合并”",
                       f"'{self.new[i].get(self.name)}' looks like {label}, which is there ({en}); it would be there twice: merge instead", i)  # fmt: skip

    def _collisions(self, out: list[dict[str, Any]]) -> None:
        """Refuse one id for two things; the last one is the file's."""
        if not self.spec.key:
            return
        seen: set[str] = set()
        rows = {str(row.get(self.spec.key)): i for i, row in enumerate(self.new)}
        for row in out:
            name = str(row.get(self.spec.key))
            if name in seen:
                zh = f"编号“{name}”已被另一条使用，不能再用；请在文件中改编号，或改用“合并”并选定是哪一条"
                en = f"the id '{name}' is taken by another thing; give it another id in the file, or merge and say which it is"
                self._find("error", zh, en, rows.get(name), self.spec.key)
            seen.add(name)

    def _find(self, level: Any, zh: str, en: str, i: int | None, column: str | None = None) -> None:
        self.findings.append(Finding(level, zh, en, None, None if i is None else i + 1, column))

    def _tell(
        self, change: str, *, i: int | None = None, j: int | None = None, how: str = "", fields: Any = None, metres: float = 0.0,
        before: Any = None, after: Any = None,
    ) -> None:  # fmt: skip
        row = self.old[j] if j is not None else self.new[i or 0]
        self.rows.append({
            "change": change, "id": row.get(self.spec.key) if self.spec.key else None, "name": row.get(self.name), "how": how,
            "metres": metres, "row": None if i is None else i + 1, "fields": fields or {}, "before": before, "after": after,
        })  # fmt: skip


HOW: dict[str, Text] = {
    "id": Text("编号相同", "same id"), "name": Text("名称相同", "same name"), "place": Text("位置相同", "same place"),
    "answer": Text("按回答", "as answered"), "": Text("", ""),
}  # fmt: skip


def _streets(now: gpd.GeoDataFrame, file: gpd.GeoDataFrame, mode: str) -> Merged:
    """Return the file's network; a segment with the same ends and shape is the same one."""
    ends = [list(zip(f["u"].astype(str), f["v"].astype(str), shapely.to_wkb(shapely.set_precision(f.geometry.array, 1e-7, mode="pointwise")), strict=True)) for f in (now, file)]  # fmt: skip
    here, there = set(ends[0]), set(ends[1])
    rows = [
        *({"change": "added", "row": i + 1, "after": file.geometry.iloc[i]} for i, e in enumerate(ends[1]) if e not in here),
        *({"change": "removed", "before": now.geometry.iloc[j]} for j, e in enumerate(ends[0]) if e not in there),
        *({"change": "unchanged", "after": file.geometry.iloc[i]} for i, e in enumerate(ends[1]) if e in here),
    ]  # fmt: skip
    told = pd.DataFrame(rows, columns=["change", "id", "name", "how", "metres", "row", "fields", "before", "after"])
    told["fields"] = [{} for _ in range(len(told))]
    told[["name", "how"]] = ""
    said = Finding("info", *WHOLE["streets"])
    return Merged("streets", mode, file, told, len(now), len(file), (), (said,))


def dangling(
    before: Collection[str], after: Collection[str], others: Mapping[str, pd.DataFrame]
) -> tuple[Finding, ...]:
    """Return a finding for each layer that names zones which would be gone.

    ``before`` and ``after`` are the zone ids now and then; ``others`` are the layers with a column ``zone_id``.

    Examples
    --------
    >>> schools = pd.DataFrame({"facility_id": ["S1"], "zone_id": ["east"]})
    >>> dangling(["east", "west"], ["west"], {"schools": schools})[0].text_en
    '1 rows name zones that would be gone (east): give them another zone, or keep the ids of the zones'
    """
    gone = set(before) - set(after)
    found = []
    for layer, frame in others.items():
        named = [str(z) for z in frame["zone_id"] if z in gone] if "zone_id" in frame else []
        if named:
            names = ", ".join(sorted(set(named))[:8])
            zh = f"{len(named)} 条引用了将不存在的片区（{names}）：请改它们的片区编号，或保留片区编号"
            en = f"{len(named)} rows name zones that would be gone ({names}): give them another zone, or keep the ids of the zones"
            found.append(Finding("warning", zh, en, f"{layer}.geojson", None, "zone_id"))
    return tuple(found)


def _row(frame: gpd.GeoDataFrame, i: int, columns: Sequence[str]) -> dict[str, Any]:
    return {c: _plain(frame[c].iat[i]) if c in frame else None for c in columns}


def _blank_row(new: Mapping[str, Any], columns: Sequence[str]) -> dict[str, Any]:
    return {c: new.get(c) for c in columns}


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value):
        return None
    return (value.strip() or None) if isinstance(value, str) else value


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, numbers.Real) and not isinstance(value, bool) else None


def _alike(one: Any, other: Any) -> bool:
    a, b = _number(one), _number(other)
    if a is not None and b is not None:
        return abs(a - b) <= 1e-9 * max(1.0, abs(a))
    return one == other or str(one) == str(other)
