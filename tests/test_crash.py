"""Imports that are killed, that meet each other, that find no room: never half done, never a raw error."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import geopandas as gpd
import pytest

import cli
from geo.errors import InputError
from layers import workspace
from layers.store import journal, take, versions
from tests.need import ROOT
from tests.test_readonly import SEAL, can_seal
from tests.village import CLINICS, SCHOOLS, found, village

KILLS = int(os.environ.get("ZONEPLAN_KILLS", "40"))
"""``make crash`` asks for 300: each is a process that opens a workspace, imports and dies."""
posix = pytest.mark.skipif(os.name != "posix", reason="NOT TESTED: processes are forked and killed")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return village(tmp_path / "home")


def renamed(folder: Path, layer: str, features: tuple[dict[str, object], ...], name: str):
    frame = gpd.GeoDataFrame.from_features(features, crs=4326)
    frame["name_zh"] = name
    path = folder / f"{layer}-{name}.geojson"
    return found(frame, path, layer), path


def stopped_after_commit(monkeypatch: pytest.MonkeyPatch, act) -> None:
    """Do ``act`` and stop it, as a kill would, when the version is recorded and no file is in place."""

    class Stopped(BaseException):
        pass

    def stop(*_args: object) -> None:
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(journal, "settle", stop)
        with pytest.raises(Stopped):
            act()


@posix
@pytest.mark.timeout(900)
def test_found_13_kills_during_import_and_undo(tmp_path: Path) -> None:
    """Every workspace opens, and holds exactly what it held before or after the import or undo that was killed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.killed", str(tmp_path), str(KILLS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert told["wrong"] == []
    assert told["kills"] == KILLS
    assert min(told["before"], told["after"]) > KILLS // 10


def test_found_13_an_interrupted_import_is_finished_when_the_workspace_is_opened(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    read, path = renamed(tmp_path, "schools", SCHOOLS, "新校")
    stopped_after_commit(monkeypatch, lambda: versions.take(home, read, path))
    left = home / ".import-left"
    left.mkdir()
    assert "新校" not in (home / "schools.geojson").read_text("utf-8")
    assert cli.main(["--data", str(home), "check"]) == 0
    assert "is now finished" in capsys.readouterr().err
    assert "新校" in (home / "schools.geojson").read_text("utf-8")
    assert not left.exists()
    assert workspace.check(home).findings == ()


def test_found_13_every_interrupted_version_is_finished_not_only_the_last(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for layer, features in (("schools", SCHOOLS), ("clinics", CLINICS)):
        read, path = renamed(tmp_path, layer, features, "新")
        with monkeypatch.context() as patch:
            patch.setattr(journal, "finish", lambda _home: ())
            stopped_after_commit(monkeypatch, lambda read=read, path=path: versions.take(home, read, path))
    assert set(journal.recover(home)) >= {"schools.geojson", "clinics.geojson"}
    assert all("新" in (home / f"{layer}.geojson").read_text("utf-8") for layer in ("schools", "clinics"))
    assert journal.recover(home) == ()


def test_what_was_put_back_by_hand_after_an_import_stays(home: Path, tmp_path: Path) -> None:
    before = (home / "schools.geojson").read_bytes()
    read, path = renamed(tmp_path, "schools", SCHOOLS, "新校")
    versions.take(home, read, path)
    (home / "schools.geojson").write_bytes(before)
    assert journal.recover(home) == ()
    assert (home / "schools.geojson").read_bytes() == before


def test_a_record_of_before_is_read_finished_and_undone(home: Path, tmp_path: Path) -> None:
    """A record of before has no table of what is written: its last version may be unfinished, the others are not."""
    before = (home / "schools.geojson").read_bytes()
    for name in ("甲", "乙"):
        read, path = renamed(tmp_path, "schools", SCHOOLS, name)
        versions.take(home, read, path)
    base = sqlite3.connect(home / journal.STORE)
    base.executescript("DROP TABLE written")
    (last,) = base.execute("SELECT before FROM change WHERE number = 2 AND name = 'schools.geojson'").fetchone()
    (raw,) = base.execute("SELECT bytes FROM content WHERE sha256 = ?", (last,)).fetchone()
    base.close()
    (home / "schools.geojson").write_bytes(raw)  # as a crash of before left it
    assert [v.number for v in versions.history(home)] == [1, 2]
    assert journal.recover(home) == ("schools.geojson",)
    versions.undo(home, "schools")
    versions.undo(home, "schools")
    assert (home / "schools.geojson").read_bytes() == before


def test_found_13_two_imports_at_once_lose_no_source_record(home: Path, tmp_path: Path) -> None:
    """The second waits until the first has put its files in place."""
    schools, clinics = renamed(tmp_path, "schools", SCHOOLS, "新"), renamed(tmp_path, "clinics", CLINICS, "新")
    inside, second = threading.Event(), threading.Thread(target=lambda: versions.take(home, *clinics))

    def look(_draft: Path) -> None:
        second.start()
        inside.wait(0.3)  # time for the second to be in the way, were it not made to wait

    versions.take(home, *schools, inspect=look)
    second.join()
    records = json.loads((home / "SOURCES.json").read_text("utf-8"))
    assert {r.get("file") for r in records.values()} >= {"schools.geojson", "clinics.geojson"}
    for record in records.values():
        if "file" in record:
            assert hashlib.sha256((home / record["file"]).read_bytes()).hexdigest() == record["sha256"]


FULL = """
import json, resource, sys
from pathlib import Path
from geo.errors import InputError
from layers import incoming
from layers.store import versions
import geopandas as gpd
from tests.village import found
home, file, limit = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
frame = gpd.read_file(file)
read = found(frame, file, "schools")
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    if sys.argv[4] == "undo":
        versions.undo(home, "schools")
    else:
        versions.take(home, read, file)
    print("taken")
except InputError as error:
    print("refused", error.text.en)
"""


@posix
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kilobytes", [1, 20, 60, 100, 140, 400])
def test_found_13_a_full_disk_is_one_plain_error_and_the_history_agrees(
    home: Path, tmp_path: Path, kilobytes: int
) -> None:
    """No file may grow beyond a size, as where the disk is full: at the record, at its log, at the layer itself."""
    many = [{**SCHOOLS[0], "properties": {**SCHOOLS[0]["properties"], "facility_id": f"N{i}"}} for i in range(200)]
    _, file = renamed(tmp_path, "schools", tuple(many), "新")
    before = (home / "schools.geojson").read_bytes()
    words = [sys.executable, "-c", FULL, str(home), str(file), str(kilobytes * 1024), "take"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    said = done.stdout.strip()
    assert workspace.check(home).errors == ()
    now = (home / "schools.geojson").read_bytes()
    if said == "taken":
        assert len(versions.history(home)) == 1
        assert now != before
    else:
        assert "nothing was changed" in said
        assert versions.history(home) == ()
        assert now == before
    assert not list(home.glob(".*"))


def test_found_13_errors_of_the_disk_never_come_out_raw(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, path = renamed(tmp_path, "schools", SCHOOLS, "新")
    for error in (OSError(28, "No space left on device"), sqlite3.OperationalError("database or disk is full")):
        with monkeypatch.context() as patch:

            def full(*_args: object, error: Exception = error) -> None:
                raise error

            patch.setattr(journal, "keep", full)
            patch.setattr(versions, "keep", full)
            with pytest.raises(InputError, match="nothing was changed"):
                versions.take(home, read, path)
        assert versions.history(home) == ()
    (home / journal.STORE).write_bytes(b"not a database at all, but long enough to be looked at" * 40)
    with pytest.raises(InputError, match="damaged"):
        versions.history(home)
    assert workspace.check(home).errors == ()  # it opens all the same, and says so
    assert "damaged" in workspace.check(home).findings[0].text_en


@pytest.mark.skipif(not can_seal(), reason="NOT TESTED: a read-only mount needs root")
def test_a_workspace_that_nobody_can_write_to_opens_with_its_history(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, path = renamed(tmp_path, "schools", SCHOOLS, "新")
    versions.take(home, read, path)
    read, path = renamed(tmp_path, "clinics", CLINICS, "新")
    stopped_after_commit(monkeypatch, lambda: versions.take(home, read, path))
    asked = "import sys; sys.path.insert(0, sys.argv[1])\nfrom pathlib import Path\nfrom layers import workspace\nfrom layers.store import versions\n"
    asked += "c = workspace.check(Path('.')); print(len(c.errors), [f.text_en for f in c.findings], [v.layer for v in versions.history(Path('.'))])"
    words = ["unshare", "-m", "sh", "-c", SEAL, "sh", str(home), sys.executable, "-c", asked, str(ROOT)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith("0 ")
    assert "was interrupted and this folder cannot be written to" in done.stdout
    assert "['schools', 'clinics']" in done.stdout


def test_found_13_half_a_working_copy_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = village(tmp_path / "shipped")
    monkeypatch.setattr(take, "SHIPPED", shipped)
    monkeypatch.setattr(take, "WORKING", tmp_path / "workspaces" / "bundled")
    half = tmp_path / "workspaces" / ".new-abc"
    shutil.copytree(shipped, half / "copy")
    with journal.locked(half.parent):  # its maker is alive
        assert take.default_folder() == shipped
        assert half.exists()
    assert take.default_folder() == shipped
    assert not half.exists()
