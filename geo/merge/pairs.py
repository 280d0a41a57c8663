"""Which row of a file is which row of a layer: by id, then by name, then by place; what is not sure is asked."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geo.schema import LAYERS
from geo.text import Text

__all__ = ["FAR_M", "NEAR_M", "Open", "Pairs", "bare_name", "pair"]

NEAR_M = 50.0
"""Places of one kind no farther apart than this may be one thing under two names [m]; our choice, shown with each pair."""
FAR_M = 5_000.0
"""Things of one name farther apart than this are asked about [m]; places that are assumed lie up to 3 km off."""
ASSUMED = re.compile(r"[(（\[【]?(示意位置|位置为假定|placeassumed|假定位置)[)）\]】]?")
"""What our own layers add to a name whose place is not known; it is no part of the name."""
NARROW = ("kind", "line", "level", "parent_id", "zone_id")
"""Columns that tell things of one name apart: the metro and the railway station of one name, a line's two stops."""
NEW, SKIP = "new", "skip"


@dataclass(frozen=True)
class Open:
    """A row of the file that may be one of several things: it is not merged until somebody says which.

    ``row`` is its 1-based number among the file's rows; ``choices`` are value and words: ids of the layer, ``new``, ``skip``.

    Examples
    --------
    >>> Open(1, "一小", Text("像两个", "like two"), (("S1", Text("一小", "S1")), ("new", Text("新", "new")))).key
    'pair.1'
    """

    row: int
    name: str
    text: Text
    choices: tuple[tuple[str, Text], ...]

    @property
    def key(self) -> str:
        """How the answer is called."""
        return f"pair.{self.row}"


@dataclass
class Pairs:
    """Rows of the file (positions) → rows of the layer (positions), how each was matched, and what is not sure.

    ``metres`` is how far apart the two are [m], NaN where one has no place; ``skipped`` are rows left out by an answer.

    Examples
    --------
    >>> Pairs({0: 3}, {0: "id"}, {0: 0.0}).now_of[0]
    3
    """

    now_of: dict[int, int] = field(default_factory=dict)
    how: dict[int, str] = field(default_factory=dict)
    metres: dict[int, float] = field(default_factory=dict)
    open: list[Open] = field(default_factory=list)
    skipped: set[int] = field(default_factory=set)


def bare_name(name: object) -> str:
    """Return a name as it is compared: full-width as half-width, no spaces, no stops, no case; blank where unnamed.

    Examples
    --------
    >>> bare_name("Ａ 小学（示意位置）"), bare_name("第一小学 (东校区)"), bare_name("未命名 3"), bare_name(None)
    ('a小学', '第一小学东校区', '', '')
    """
    if not isinstance(name, str):
        return ""
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", name)).casefold()
    text = ASSUMED.sub("", text)
    return "" if re.fullmatch(r"未命名\d*", text) else re.sub(r"[\W_]", "", text)


class _Matching:
    """The two layers side by side; one step after the other takes from what is left."""

    def __init__(
        self,
        now: gpd.GeoDataFrame,
        file: gpd.GeoDataFrame,
        layer: str,
        crs: str,
        answers: Mapping[str, Any],
        *,
        asking: bool,
    ) -> None:
        self.now, self.file, self.answers, self.asking = now, file, answers, asking
        self.key = LAYERS[layer].key
        self.column = "name_zh" if "name_zh" in LAYERS[layer].by_name else "name"
        self.points = LAYERS[layer].families == ("Point",)
        self.shapes = [list(gpd.GeoSeries(f.geometry).to_crs(crs)) if len(f) else [] for f in (now, file)]
        self.names = [_texts(f, self.column) for f in (now, file)]
        self.bare = [[bare_name(n) for n in names] for names in self.names]
        self.ids = [_texts(f, self.key) if self.key else [""] * len(f) for f in (now, file)]
        self.narrow = [(_texts(now, c), _texts(file, c)) for c in NARROW if c in now and c in file]
        self.found = Pairs()
        self.free_now, self.free_file = set(range(len(now))), set(range(len(file)))

    def metres(self, i: int, j: int) -> float:
        """Return how far row ``i`` of the file is from row ``j`` of the layer [m]."""
        a, b = self.shapes[1][i], self.shapes[0][j]
        return float("nan") if _nowhere(a) or _nowhere(b) else float(shapely.distance(a, b))

    def take(self, i: int, j: int, how: str) -> None:
        self.found.now_of[i], self.found.how[i], self.found.metres[i] = j, how, self.metres(i, j)
        self.free_now.discard(j)
        self.free_file.discard(i)

    def ask(self, i: int, rows: list[int], why: Text) -> None:
        """Take what was answered for a row of the file; without an answer it stays open, or is new where nobody is asked."""
        labels = {self.label(j): j for j in rows}
        told = str(self.answers.get(f"pair.{i + 1}", self.answers.get("pair.rest", "")))
        self.free_file.discard(i)
        if told in labels and labels[told] in self.free_now:
            self.take(i, labels[told], "answer")
        elif told == SKIP:
            self.found.skipped.add(i)
        elif told != NEW and self.asking:
            named = tuple((label, self.words(i, j)) for label, j in labels.items() if j in self.free_now)
            more = (
                (NEW, Text("是新的，另加一条", "a new one, add it")),
                (SKIP, Text("不导入这一行", "leave this row out")),
            )
            self.found.open.append(Open(i + 1, self.names[1][i], why, (*named, *more)))

    def label(self, j: int) -> str:
        return self.ids[0][j] or f"#{j + 1}"

    def words(self, i: int, j: int) -> Text:
        metres = self.metres(i, j)
        far = ("", "") if metres != metres else (f"，相距 {metres:,.0f} 米", f", {metres:,.0f} m away")
        name = self.names[0][j] or self.label(j)
        return Text(f"就是 {self.label(j)} {name}{far[0]}", f"it is {self.label(j)} {name}{far[1]}")

    def by_id(self) -> None:
        """Match equal ids; one id for two different things is asked about, never merged."""
        at = {name: j for j, name in enumerate(self.ids[0]) if name}
        for i, name in enumerate(self.ids[1]):
            if not name or name not in at:
                continue
            j = at[name]
            one, other, metres = self.bare[1][i], self.bare[0][j], self.metres(i, j)
            if not one or not other or one == other or metres <= NEAR_M:
                self.take(i, j, "id")
            else:
                why = Text(
                    f"编号 {name} 在这里是“{self.names[0][j]}”，在文件里是“{self.names[1][i]}”：是同一个吗？",
                    f"the id {name} is '{self.names[0][j]}' here and '{self.names[1][i]}' in the file: are they one?",
                )
                self.ask(i, [j], why)

    def by_name(self) -> None:
        """Match equal names, told apart by kind, line and place where several have one name."""
        rows: dict[str, list[int]] = defaultdict(list)
        for j in sorted(self.free_now):
            if self.bare[0][j]:
                rows[self.bare[0][j]].append(j)
        wanted: dict[int, list[int]] = {}
        for i in sorted(self.free_file):
            if self.bare[1][i] in rows:
                wanted[i] = self.narrowed(i, rows[self.bare[1][i]])
        self.settle(wanted, "name")

    def narrowed(self, i: int, rows: list[int]) -> list[int]:
        left = rows
        for here, there in self.narrow:
            same = [j for j in left if here[j] and here[j] == there[i]]
            left = same or left
        if len(left) > 1:
            same = [j for j in left if self.metres(i, j) <= (NEAR_M if self.points else 0.0)]
            left = same or left
        if len(left) > 1:
            same = [j for j in left if _equal(self.shapes[1][i], self.shapes[0][j])]
            left = same or left
        return left

    def by_place(self) -> None:
        """Match points of one kind that lie close together, and lines and areas of equal shape."""
        rows = sorted(j for j in self.free_now if not _nowhere(self.shapes[0][j]))
        if not rows:
            return
        kinds = (_texts(self.now, "kind"), _texts(self.file, "kind"))
        wanted: dict[int, list[int]] = {}
        tree = shapely.STRtree([self.shapes[0][j] for j in rows]) if self.points else None
        same: dict[bytes, list[int]] = defaultdict(list)
        if tree is None:
            for j in rows:
                same[_form(self.shapes[0][j])].append(j)
        for i in sorted(self.free_file):
            shape = self.shapes[1][i]
            if _nowhere(shape):
                continue
            if tree is not None:
                near = [rows[int(n)] for n in tree.query(shape, predicate="dwithin", distance=NEAR_M)]
                near = [j for j in near if not kinds[0][j] or not kinds[1][i] or kinds[0][j] == kinds[1][i]]
            else:
                near = same.get(_form(shape), [])
            if near:
                wanted[i] = near
        self.settle(wanted, "place")

    def settle(self, wanted: Mapping[int, list[int]], how: str) -> None:
        """Take the pairs that are sure on both sides; the others are asked about."""
        claims: dict[int, int] = defaultdict(int)
        for rows in wanted.values():
            for j in rows:
                claims[j] += 1
        for i, rows in wanted.items():
            if len(rows) == 1 and claims[rows[0]] == 1 and not self.metres(i, rows[0]) > FAR_M:
                self.take(i, rows[0], how)
        for i, rows in wanted.items():
            if i not in self.free_file:
                continue
            far = len(rows) == 1 and claims[rows[0]] == 1
            name = self.names[1][i] or f"{i + 1}"
            zh = "同名但相距很远" if far else "与不止一条相符" if len(rows) > 1 else "文件中不止一行与同一条相符"
            en = (
                "has the name of one that is far away" if far
                else "fits more than one" if len(rows) > 1 else "is not the only row that fits this one"
            )  # fmt: skip
            self.ask(
                i, rows, Text(f"第 {i + 1} 行“{name}”{zh}：是哪一条？", f"row {i + 1} '{name}' {en}: which is it?")
            )


def pair(
    now: gpd.GeoDataFrame, file: gpd.GeoDataFrame, layer: str, *, crs: str, answers: Mapping[str, Any] | None = None, asking: bool = True
) -> Pairs:  # fmt: skip
    """Return which rows of a file are which rows of a layer.

    Equal ids come first, then equal names (`bare_name`), then places: points of one kind within ``NEAR_M``, lines and areas of
    equal shape. A pair must be the only one on both sides.

    Parameters
    ----------
    now, file
        The layer and the file's rows, with the columns of ``geo.schema`` and any CRS; pairs are of positions.
    layer
        A key of ``LAYERS``.
    crs
        A reference system in metres in which distances are measured.
    answers
        ``pair.<row>`` → id of the layer, ``new`` or ``skip``; ``pair.rest`` for all that are not named.
    asking
        Whether what is not sure is asked about; else it counts as new.

    Examples
    --------
    >>> def schools(**names):
    ...     at = [shapely.Point(117.6 + 0.01 * n, 39.1) for n in range(len(names))]
    ...     return gpd.GeoDataFrame({"facility_id": list(names), "name_zh": list(names.values())}, geometry=at, crs=4326)
    >>> found = pair(schools(S1="一小", S2="二小"), schools(a="一 小", b="三小"), "schools", crs="EPSG:4548")
    >>> found.now_of, found.how  # the third lies where the second does
    ({0: 0, 1: 1}, {0: 'name', 1: 'place'})
    """
    work = _Matching(now, file, layer, crs, answers or {}, asking=asking)
    work.by_id()
    work.by_name()
    work.by_place()
    return work.found


def _texts(frame: pd.DataFrame, column: str) -> list[str]:
    if column not in frame:
        return [""] * len(frame)
    return ["" if value is None or value is pd.NA or value != value else str(value).strip() for value in frame[column]]


def _nowhere(shape: Any) -> bool:
    return shape is None or shape.is_empty


def _form(shape: Any) -> bytes:
    """Return a shape as bytes that equal shapes share, whatever their direction or first corner, to a centimetre."""
    return bytes(shapely.normalize(shapely.set_precision(shape, 0.01, mode="pointwise")).wkb)


def _equal(one: Any, other: Any) -> bool:
    return not _nowhere(one) and not _nowhere(other) and _form(one) == _form(other)
