"""Imports from the shell: asked, taken, undone; what the program ships is never edited."""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path

import pytest

import cli
from layers import incoming, workspace
from layers.store import journal, take

ROOT = Path(__file__).resolve().parent.parent
CLINICS = "名称,类型,床位数,经度,纬度,状态\n海泰医院,医院,300,117.08,39.08,现状\n"


@pytest.fixture
def copy(tmp_path):
    folder = tmp_path / "place"
    shutil.copytree(ROOT / "data", folder, ignore=shutil.ignore_patterns("build", "__pycache__"))
    return folder


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "医院.csv"
    path.write_bytes(CLINICS.encode("gb18030"))
    return path


def run(capsys, *words, code=0):
    assert cli.main([*map(str, words), "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_a_question_is_asked_then_answered_then_taken_then_undone(copy, file, capsys):
    before = (copy / "clinics.geojson").read_bytes()
    asked = run(capsys, "--data", copy, "import", file, "--layer", "clinics", code=2)
    keys = [q["key"] for q in asked["questions"]]
    assert "datum" in keys
    answers = [w for q in asked["questions"] for w in ("--answer", f"{q['key']}={q['guess']}")]
    taken = run(
        capsys,
        "--data",
        copy,
        "import",
        file,
        "--layer",
        "clinics",
        *answers,
        "--mode",
        "replace",
        "--replace-all",
        "--take",
    )
    assert taken["accepted"]
    assert taken["taken"] == 1
    after = json.loads((copy / "clinics.geojson").read_text("utf-8"))["features"]
    assert [f["properties"]["name_zh"] for f in after] == ["海泰医院"]
    assert cli.main(["--data", str(copy), "check"]) == 0
    capsys.readouterr()
    run(capsys, "--data", copy, "import", "--layer", "clinics", "--undo")
    assert (copy / "clinics.geojson").read_bytes() == before


def test_shipped_data_are_copied_before_the_first_import(copy, file, tmp_path, monkeypatch):
    monkeypatch.setattr(take, "SHIPPED", copy)
    monkeypatch.setattr(take, "WORKING", tmp_path / "workspaces" / "bundled")
    before = {p.name: p.read_bytes() for p in copy.iterdir()}
    assert take.default_folder() == copy
    read = incoming.read(file, layer="clinics", answers={"datum": "wgs84"})
    assert read.questions == ()
    place, _ = take.take(copy, read, file)
    assert place == tmp_path / "workspaces" / "bundled" == take.default_folder()
    assert {p.name: p.read_bytes() for p in copy.iterdir()} == before
    assert (place / "clinics.geojson").read_bytes() != before["clinics.geojson"]


def test_an_import_that_would_close_the_workspace_is_not_taken(copy, tmp_path, capsys):
    file = tmp_path / "人口.csv"
    file.write_text("经度,纬度,people_2025\n117.655,39.050,500\n117.656,39.051,800\n", "utf-8")
    before = {p.name: p.read_bytes() for p in copy.iterdir()}
    words = [
        "--data",
        copy,
        "import",
        file,
        "--layer",
        "population",
        "--answer",
        "datum=wgs84",
        "--replace-all",
        "--take",
    ]
    assert cli.main([*map(str, words)]) == 2
    err = capsys.readouterr().err
    assert "nothing was taken" in err
    assert "2020" in err
    assert {p.name: p.read_bytes() for p in copy.iterdir() if not p.name.startswith("imports.sqlite")} == before
    assert cli.main(["--data", str(copy), "check"]) == 0


def test_sources_follow_the_files(copy, file, tmp_path, capsys):
    other = tmp_path / "站.csv"
    other.write_text("名称,类型,经度,纬度,状态,依据\n高新区站,metro,117.0922,39.0707,现状,实测\n", "utf-8")
    before = json.loads((copy / "SOURCES.json").read_text("utf-8"))
    for path, layer in ((file, "clinics"), (other, "stops")):
        run(capsys, "--data", copy, "import", path, "--layer", layer, "--answer", "datum=wgs84", "--take")
    vouched = {
        r["file"]: key for key, r in json.loads((copy / "SOURCES.json").read_text("utf-8")).items() if r.get("file")
    }
    assert vouched["clinics.geojson"].startswith("import-")
    assert vouched["stops.geojson"].startswith("import-")
    run(capsys, "--data", copy, "import", "--layer", "clinics", "--undo")
    after = json.loads((copy / "SOURCES.json").read_text("utf-8"))
    assert after["own-clinics"] == before["own-clinics"]
    assert "file" not in after[vouched["clinics.geojson"]]
    assert [f for f in workspace.check(copy).findings if "checksum" in f.text_en] == []


def test_without_a_file_or_with_a_bad_answer(copy, file, capsys):
    assert cli.main(["--data", str(copy), "import", "--layer", "clinics"]) == 2
    assert "name the file" in capsys.readouterr().err
    assert cli.main(["--data", str(copy), "import", str(file), "--layer", "clinics", "--answer", "datum"]) == 2
    assert "KEY=VALUE" in capsys.readouterr().err


@pytest.fixture
def locks(monkeypatch):
    """Tell of each lock how many were held when it was asked for: one that is asked for twice waits for itself, a minute."""
    held, asked = [], []

    @contextlib.contextmanager
    def locked(folder, **kwargs):
        asked.append(len(held))
        with real(folder, **kwargs):
            held.append(folder)
            try:
                yield
            finally:
                held.pop()

    real = journal.locked
    monkeypatch.setattr(journal, "locked", locked)
    return asked


def test_an_undo_that_would_close_the_workspace_is_not_done(copy, tmp_path, capsys, locks):
    """An undo took the file back and asked nobody whether the workspace opens without it."""
    cells = workspace.load(copy).cells.iloc[:5].geometry.centroid.to_crs(4326)
    file = tmp_path / "人口.csv"
    rows = [f"{p.x:.6f},{p.y:.6f},500,600,700" for p in cells]
    file.write_text("经度,纬度,people_2020,people_2025,people_2035\n" + "\n".join(rows) + "\n", "utf-8")
    words = ("--data", copy, "import", file, "--layer", "population", "--answer", "datum=wgs84")
    run(capsys, *words, "--replace-all", "--take")
    settings = copy / "workspace.toml"
    told = settings.read_text("utf-8")
    settings.write_text(told.replace("years = [2020, 2025]", "years = [2020, 2025, 2035]"), "utf-8")
    assert workspace.check(copy).errors == ()
    before = {p.name: p.read_bytes() for p in copy.iterdir() if not p.name.startswith("imports.sqlite")}
    assert cli.main(["--data", str(copy), "import", "--layer", "population", "--undo"]) == 2
    err = capsys.readouterr().err
    assert "nothing was undone" in err
    assert "2035" in err
    assert {p.name: p.read_bytes() for p in copy.iterdir() if not p.name.startswith("imports.sqlite")} == before
    assert [v.kind for v in take.versions.history(copy)] == ["import"]
    settings.write_text(told, "utf-8")
    run(capsys, "--data", copy, "import", "--layer", "population", "--undo")
    assert workspace.check(copy).errors == ()
    assert set(locks) == {0}
