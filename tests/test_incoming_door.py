"""What the door does with odd paths, answers and layers, and how a format is added to it: one row, one reader."""

from __future__ import annotations

import importlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from geo.errors import InputError
from geo.text import Text
from layers.incoming import read
from layers.incoming.child import sandbox, work
from layers.incoming.child.confine import Locks
from layers.incoming.readers import doors, formats
from layers.incoming.readers.formats import Format, Opened
from layers.incoming.rows.shapes import Builder
from layers.incoming.rows.table import Table
from tests.incoming_files import texts


@pytest.mark.parametrize(
    ("path", "answers"),
    [
        ("a\0b.csv", {}),
        ("\udcff.csv", {}),
        ("x" * 5000 + ".csv", {}),
        ("a.csv", {"datum": ["gcj02"]}),
        ("a.csv", {"datum": float("nan")}),
        ("a.csv", {"datum": object()}),
        ("a.csv", {"columns": 5}),
        ("a.csv", {"control_points": "[1,"}),
        ("a.csv", {"sheet": "x" * 300_000}),
        ("a.csv", {"crs": "nonsense"}),
        ("a.csv", {"axis": "up"}),
    ],
)
def test_odd_paths_and_answers_are_refused_with_a_reason(path: str, answers: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("名称,经度,纬度\n甲小学,117.2,39.1\n", "utf-8")
    result = read(f"{tmp_path}/{path}", layer="schools", answers=answers)
    assert result.frame is None
    assert all(f.text_zh and f.text_en for f in result.findings)
    str(result.findings[0]).encode("utf-8")


def test_an_unknown_layer_is_the_callers_mistake(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read(tmp_path / "a.csv", layer="nonsense")


def test_the_table_of_formats_is_sound() -> None:
    every = [e for f in formats.FORMATS for e in f.extensions]
    assert len(every) == len(set(every))
    assert all(e.startswith(".") and e == e.lower() for e in every)
    for row in formats.FORMATS:
        assert row.name
        assert row.reader or row.archive or row.advice, row
        assert row.advice is None or (row.advice.zh and row.advice.en), row
        assert row.rank == 0 or row.reader, row
        for dotted in filter(None, (row.reader, row.prepare)):
            module, _, function = dotted.partition(":")
            assert callable(getattr(importlib.import_module(module, "layers.incoming.readers"), function)), row
    assert len(list(doors.readers())) == len({f.reader for f in formats.FORMATS if f.reader})


def read_seats(file: Opened) -> Table:
    """Return the rows of a made-up format: a mark, then a line a school: name@longitude@latitude@seats."""
    lines = [line.split("@") for line in file.path.read_text("utf-8").splitlines()[1:]]
    builder = Builder()
    shapes = [builder.from_parts("Point", [float(x), float(y)], n) for n, (_, x, y, _) in enumerate(lines, 1)]
    return Table(
        ["名称", "小学学位"], [[name, int(seats)] for name, _, _, seats in lines], shapes, "EPSG:4490", "SEATS"
    )


SEATS = "SEATS1\n甲小学@117.2@39.1@900\n乙小学@117.3@39.1@0\n"
ROWS = (
    Format((".seats",), "Seats", f"{__name__}:read_seats", begins=(b"SEATS1\n",), marks=(b"SEATS1\n",), rank=1),
    Format((".odd",), "ODD", "", Text("请另存为 .seats", "save it as .seats"), marks=(b"ODD!",)),
)


class Unlocked(Locks):
    """No locks: the process of the tests stays as it is."""

    def close(self) -> None:
        """Close nothing."""


@pytest.fixture
def two_rows_more(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The table with two rows more, and the child's work done here: nothing else is told of the new formats."""

    def run(task: dict[str, Any], folder: str, **_limits: int) -> Any:
        home = Path(folder)
        parts = {k: str(home / v) for k, v in task["parts"].items()}
        whole = {**task, "folder": folder, "file": str(home / task["file"]), "parts": parts}
        return json.loads(json.dumps(work.read(whole, Unlocked([], 0, False))))

    monkeypatch.setattr(formats, "FORMATS", (*formats.FORMATS, *ROWS))
    monkeypatch.setattr(sandbox, "run", run)
    yield


@pytest.mark.usefixtures("two_rows_more")
@pytest.mark.parametrize("packed", [False, True])
def test_a_format_is_one_row_and_one_reader(packed: bool, tmp_path: Path) -> None:
    path = tmp_path / "学校.seats"
    path.write_text(SEATS, "utf-8")
    if packed:
        path = tmp_path / "学校.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("学校.seats", SEATS)
            archive.writestr("说明.csv", "名称\n甲小学\n")  # of a lower rank: not asked about
    frame = read(path, layer="schools").frame
    assert frame is not None
    assert frame["name_zh"].tolist() == ["甲小学", "乙小学"]
    assert frame["seats_primary"].tolist() == [900, 0]
    assert frame.geometry.x.tolist() == pytest.approx([117.2, 117.3])


@pytest.mark.usefixtures("two_rows_more")
@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.seats", "名称\n甲小学\n", "文件内容与扩展名 .seats 不符"),
        ("a.csv", SEATS, "文件内容与扩展名 .csv 不符"),
        ("a.odd", "ODD!", "请另存为 .seats"),
        ("a.csv", "ODD! 名称", "内容其实是 ODD；请另存为 .seats"),
        ("a.nothing", "", ".pbf .seats"),
    ],
)
def test_its_row_also_says_what_is_refused(name: str, content: str, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    result = read(tmp_path / name, layer="schools")
    assert result.frame is None
    assert said in texts(result, "error")


def test_without_its_row_it_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "a.seats").write_text(SEATS, "utf-8")
    assert "不支持的文件类型“.seats”" in texts(read(tmp_path / "a.seats", layer="schools"), "error")
