"""The operator's commands as they are typed: backup, restore, verify, upgrade, doctor. Issue 14."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

import cli
from geo.scenario import Scenario
from layers.operate import doctor
from layers.store.place import plans_of
from tests.village import village


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = village(tmp_path / "规划 甲" / "place")
    plans_of(folder)[0].save(Scenario("甲", closed=("S01",)), base_rev=0)
    return folder


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = cli.main([str(word) for word in words])
    return code, *capsys.readouterr()


def test_backup_verify_and_restore_from_the_shell(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, back = tmp_path / "b.zip", tmp_path / "back"
    code, out, _ = run(capsys, "backup", place, file)
    assert code == 0 and "1 revisions" in out
    assert run(capsys, "verify", file)[0] == 0
    code, out, _ = run(capsys, "restore", file, back, "--dry-run")
    assert code == 0 and "workspace/zones.geojson" in out and not back.exists()
    assert run(capsys, "restore", file, back)[0] == 0
    assert plans_of(back)[0].heads() == plans_of(place)[0].heads()
    code, out, err = run(capsys, "restore", file, back)
    assert code == 2 and "--replace" in err and "workspace/zones.geojson" in out
    told = json.loads(run(capsys, "restore", file, back, "--replace", "--json")[1])
    assert len(told["aside"]) == 1
    file.write_bytes(file.read_bytes()[:500])
    code, out, err = run(capsys, "verify", file, "--json")
    assert code == 2 and json.loads(out)["ok"] is False and "b.zip" in err


def test_an_upgrade_is_shown_before_it_is_done(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (place / "workspace.toml").read_bytes()
    code, out, _ = run(capsys, "upgrade", place)
    assert code == 0 and "format = 2" in out and "--yes" in out
    assert (place / "workspace.toml").read_bytes() == before
    code, out, _ = run(capsys, "upgrade", place, "--yes", "--backup", tmp_path / "kept.zip")
    assert code == 0 and (tmp_path / "kept.zip").is_file()
    assert "already" in run(capsys, "upgrade", place)[1]
    (place / "workspace.toml").write_text("format = 9\n", "utf-8")
    code, _, err = run(capsys, "upgrade", place)
    assert code == 2 and "升级本程序" in err


def lines(folder: Path, **more: object) -> dict[str, doctor.Line]:
    return {one.what: one for one in doctor.examined(folder, **{"port": 0, **more})}


def test_the_doctor_says_what_is_wrong_and_what_to_do(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = lines(place)
    assert list(found) == ["python", "libraries", "kernels", "fonts", "sandbox", "write", "disk", "workspace", "store", "restore", "port"]  # fmt: skip
    assert {found[k].level for k in ("python", "fonts", "write", "store", "restore", "port")} == {"ok"}
    assert (found["workspace"].level, "zoneplan upgrade" in found["workspace"].remedy.en) == ("attention", True)
    lock = tmp_path / "lock.txt"
    lock.write_text("numpy==0.1\n")
    assert lines(place, lock=lock)["libraries"].level == "attention"
    lock.write_text("no-such-library==1.0  # why\n")
    assert "no-such-library 1.0" in lines(place, lock=lock)["libraries"].found.en
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert lines(place, port=taken.getsockname()[1])["port"].level == "attention"
    monkeypatch.setattr(doctor, "ENOUGH_BYTES", 10**18)
    assert lines(place)["disk"].level == "fault"
    monkeypatch.undo()
    (place.parent / ".restore-left").mkdir()
    assert ("restore once more" in lines(place)["restore"].remedy.en, lines(place)["restore"].level) == (
        True,
        "attention",
    )
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "none"))
    assert "zoneplan compile" in lines(place)["kernels"].remedy.en
    (place / "plans.sqlite").write_bytes(b"nothing of the kind" * 100)
    code, out, _ = run(capsys, "--data", place, "doctor", "--json", "--port", 0)
    told = {one["what"]: one for one in json.loads(out)["lines"]}
    assert code == 2 and told["store"]["level"] == "fault" and told["store"]["zh"]
    (place / "workspace.toml").write_text("format = 9\n", "utf-8")
    code, out, _ = run(capsys, "--data", place, "doctor", "--port", 0)
    assert code == 2 and "故障 / fault" in out and "升级本程序" in out
