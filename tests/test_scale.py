"""Many workspaces and one large area: equal answers, kept, resumed, one that fails told, a worker killed survived."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import threading
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import psutil
import pytest
import rasterio
import shapely

import cli
import commands.scale
from geo import answers
from layers import workspace
from layers.scale import batch, cluster, tiled
from tests.country import country


@pytest.fixture(scope="module")
def land(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return country(tmp_path_factory.mktemp("land") / "land", 1_500)


@pytest.fixture(scope="module")
def zones(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    top = tmp_path_factory.mktemp("zones")
    return [country(top / f"zone{n}", 150, seed=n, schools=2) for n in range(3)]


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer in this very process, as an installation without Dask does: no worker has to be started."""
    monkeypatch.setattr(cluster, "available", lambda: False)


def rows_of(folder: Path, name: str) -> gpd.GeoDataFrame:
    return pd.concat([gpd.read_parquet(p) for p in sorted((folder / name).glob("*.parquet"))]).sort_index()


@pytest.fixture(scope="module")
def small_tiles(land: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tiled.Answered]:
    """Answer the coverage of the land by small tiles in this very process; return the folder, and what came of it."""
    out = tmp_path_factory.mktemp("small")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cluster, "available", lambda: False)
        return out, tiled.ask(land, out, side=1_100.0)


@pytest.mark.parametrize("side", [1_100.0, 2_300.0])
def test_coverage_by_tiles_is_that_of_the_whole(land, tmp_path, alone, small_tiles, side):
    out, done = small_tiles if side == 1_100 else (tmp_path, tiled.ask(land, tmp_path, side=side))
    assert (done.failed, done.tiles > 3) == ({}, True)
    want = answers.coverage(workspace.case(workspace.load(land)))
    cells, got = want["cells"].sort_index(), rows_of(out, "cells")
    limit = want.parameters["limit_m"]
    for column in ("radius_m", "walk_m"):
        assert got[column].equals(cells[column].where(cells[column] <= limit, np.inf))
    counted = ["people", "covered_radius", "covered_walk", "pupils", "pupils_radius", "pupils_walk", "served", "basis"]
    assert pd.DataFrame(got[counted]).equals(pd.DataFrame(cells[counted]))
    assert got["zone_id"].fillna("").tolist() == cells["zone_id"].fillna("").tolist()
    total = done.zones.loc["total"]
    assert total["covered_walk"] == pytest.approx(want["total"]["covered_walk"].iloc[0], rel=1e-12)
    assert 0.01 < total["share_walk"] < 0.99
    with rasterio.open(out / "cells.tif") as raster:
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert np.nansum(raster.read(raster.descriptions.index("covered_walk") + 1)) == pytest.approx(
            total["covered_walk"]
        )
        assert json.loads(raster.tags()["ZONEPLAN"])["basis"] == "assumed"


@pytest.mark.parametrize("method", ["2sfca", "e2sfca"])
def test_seats_per_person_by_tiles_are_those_of_the_whole(land, tmp_path, alone, method):
    tiled.ask(land, tmp_path, kind="access", method=method, limit=900, side=1_300)
    want = answers.access(workspace.case(workspace.load(land)), method=method, limit=900)["cells"].sort_index()
    got = rows_of(tmp_path, "cells")
    assert got["access"].equals(want["access"])
    assert got["demand"].equals(want["demand"])
    assert 0.1 < (got["access"] > 0).mean() < 0.9


def test_the_gain_by_tiles_is_that_of_the_whole(land, tmp_path, alone):
    tiled.ask(land, tmp_path, kind="gain", side=1_300)
    want = answers.gain(workspace.case(workspace.load(land)))["nodes"].sort_index()
    got = rows_of(tmp_path, "nodes")
    assert got["gain"].equals(want["gain"])
    assert got.geometry.geom_equals_exact(want.geometry, 0).all()
    with rasterio.open(tmp_path / "cells.tif") as raster:
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert raster.descriptions == ("gain",)
        at = [raster.index(p.x, p.y) for p in want.geometry]
        highest = (
            want.assign(row=[r for r, _ in at], column=[c for _, c in at]).groupby(["row", "column"])["gain"].max()
        )
        band = raster.read(1)
        assert [band[cell] for cell in highest.index] == highest.tolist()
        assert np.isfinite(band).sum() == len(highest)


def test_tiles_answered_are_not_asked_again_until_the_area_changes(land, tmp_path, alone):
    place = shutil.copytree(land, tmp_path / "land")
    out = tmp_path / "out"
    first = tiled.ask(place, out, side=2_300)
    assert first.again == first.tiles
    next((out / "sums").glob("*.json")).unlink()
    second = tiled.ask(place, out, side=2_300)
    assert second.again == 1
    assert second.zones.equals(first.zones)
    schools = json.loads((place / "schools.geojson").read_text("utf-8"))
    schools["features"] = schools["features"][1:]
    (place / "schools.geojson").write_text(json.dumps(schools), "utf-8")
    third = tiled.ask(place, out, side=2_300)
    assert third.again == third.tiles
    assert third.zones.loc["total", "covered_radius"] < first.zones.loc["total", "covered_radius"]


def test_a_worker_killed_in_the_middle_is_survived(land, tmp_path, small_tiles):
    """Kill -9 of the process at work; the area is finished and equal."""
    killed: list[int] = []

    def kill() -> None:
        while not killed:
            for child in psutil.Process().children(recursive=True):
                if any("spawn_main" in word for word in _words(child)) and list(
                    (tmp_path / "two" / "sums").glob("*.json")
                ):
                    os.kill(child.pid, signal.SIGKILL)
                    killed.append(child.pid)
                    break
            time.sleep(0.01)

    watch = threading.Thread(target=kill, daemon=True)
    watch.start()
    got = tiled.ask(land, tmp_path / "two", side=1_100, workers=1)
    watch.join(10)
    assert killed
    folder, want = small_tiles
    assert got.failed == {}
    assert got.zones.equals(want.zones)
    assert rows_of(tmp_path / "two", "cells").equals(rows_of(folder, "cells"))


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_a_batch_asks_ranks_and_goes_on_after_a_bad_folder(zones, tmp_path, capsys):
    words = [
        "batch",
        *map(str, zones),
        str(tmp_path / "nowhere"),
        "--ask",
        "access --method 2sfca --limit 900",
        "--service",
        "primary",
    ]
    assert (
        cli.main([*words, "--out", str(tmp_path / "out"), "--table", "zones", "--rank", "access", "--workers", "2"])
        == 2
    )
    told = capsys.readouterr()
    assert "there is no such folder" in told.err
    assert "4/4" in told.err
    table = pd.read_csv(tmp_path / "out" / "table.csv")
    assert len(table) == 3 * 4 + 1
    assert table["basis"].dropna().eq("assumed").all()
    assert table["error_en"].notna().sum() == 1
    for n, place in enumerate(zones):
        want = answers.access(workspace.case(workspace.load(place)), method="2sfca", limit=900)["zones"]["access"]
        got = table.loc[table["workspace"] == str(place), "access"]
        assert got.tolist() == pytest.approx(want.tolist(), abs=1e-9), n
    for name, lang in (("ranking.html", "zh-CN"), ("ranking.en.html", "en")):
        page = (tmp_path / "out" / name).read_text("utf-8")
        assert f'lang="{lang}"' in page
        assert not re.search(r"(?:src|href)=|<script", page)
        assert "nowhere" in page
    order = re.findall(r"示例 zone(\d)", (tmp_path / "out" / "ranking.html").read_text("utf-8"))
    assert set(order) == {"0", "1", "2"}


def test_what_was_answered_is_asked_again_only_when_it_changed(zones, tmp_path, alone):
    places = [shutil.copytree(place, tmp_path / place.name) for place in zones]
    question, kept = ("coverage", "--service", "primary"), tmp_path / "kept"
    kept.mkdir()
    first = batch.ask(places, question, shell="cli:main", keep=kept)
    assert [one.again for one in first] == [True] * 3
    os.utime(places[0] / "zones.geojson")  # touched, not changed
    toml = places[1] / "workspace.toml"
    toml.write_text(toml.read_text("utf-8").replace("示例", "新区"), "utf-8")
    (kept / next(kept.glob("zone2-*.json"))).write_text("{", "utf-8")  # torn
    second = batch.ask(places, question, shell="cli:main", keep=kept)
    assert [one.again for one in second] == [False, True, True]
    assert batch.table(second)["share_walk"].equals(batch.table(first)["share_walk"])
    other = batch.ask(places[:1], ("coverage", "--service", "primary", "--limit", "900"), shell="cli:main", keep=kept)
    assert other[0].again


def test_a_batch_that_is_stopped_says_so_and_goes_on_where_it_was(zones, tmp_path, alone, monkeypatch, capsys):
    told = commands.scale._told

    def stop(step):
        told(step)
        raise KeyboardInterrupt

    words = ["batch", *map(str, zones), "--service", "primary", "--out", str(tmp_path)]
    monkeypatch.setattr(commands.scale, "_told", stop)
    assert cli.main(words) == 130
    assert "stopped; run the same command again" in capsys.readouterr().err
    monkeypatch.setattr(commands.scale, "_told", told)
    assert cli.main(words) == 0
    assert re.findall(r"\((kept|done)\)", capsys.readouterr().err) == ["kept", "done", "done"]


def test_answers_of_another_program_are_asked_again(zones, land, tmp_path, alone, monkeypatch):
    question, kept = ("coverage", "--service", "primary"), tmp_path / "kept"
    kept.mkdir()
    again = []
    for program in ("0.9.0+a", "0.9.0+a", "0.9.0+b"):
        monkeypatch.setattr(batch, "program", lambda program=program: program)
        monkeypatch.setattr(cluster, "program", lambda program=program: program)
        one = batch.ask(zones[:1], question, shell="cli:main", keep=kept)[0]
        area = tiled.ask(land, tmp_path / "area", side=9_000)
        again.append((one.again, area.again == area.tiles))
    assert again == [(True, True), (False, False), (True, True)]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--ask", "serve"], "cannot be asked of many"),
        (["--ask", "coverage 'x"], "open quotation mark"),
        (["--tile", "5", "--service", "primary"], "--out"),
        (["--tile", "5", "--out", "OUT", "--service", "primary", "--ask", "adequacy"], "by tiles one can ask"),
        (["--tile", "0.1", "--out", "OUT", "--service", "primary"], "at least 1000 m"),
        (["--rank", "name_en", "--service", "primary", "--out", "OUT"], "cannot rank by"),
        (["--table", "nothing", "--service", "primary"], "no table 'nothing'"),
        (["--scheduler", "tcp://127.0.0.1:1", "--service", "primary"], "no scheduler answers"),
    ],
)
def test_what_cannot_be_asked_is_said(zones, tmp_path, capsys, monkeypatch, words, said):
    monkeypatch.setattr("layers.scale.cluster.PATIENCE", "1s")
    assert cli.main(["batch", str(zones[0]), *(w.replace("OUT", str(tmp_path)) for w in words)]) == 2
    assert said in capsys.readouterr().err


@pytest.fixture(scope="module")
def turned(land, tmp_path_factory) -> Path:
    """The land with three in ten streets drawn from v to u."""
    place = shutil.copytree(land, tmp_path_factory.mktemp("turned") / "land")
    streets = gpd.read_parquet(place / "streets.parquet")
    other_way = np.random.default_rng(2).random(len(streets)) < 0.3
    streets.loc[other_way, "geometry"] = streets.geometry[other_way].reverse()
    streets.to_parquet(place / "streets.parquet")
    return place


def test_streets_drawn_from_end_to_start_are_answered_as_in_one_piece(turned, tmp_path, alone):
    case = workspace.case(workspace.load(turned))
    tiled.ask(turned, tmp_path / "coverage", side=1_300)
    want, got = answers.coverage(case)["cells"].sort_index(), rows_of(tmp_path / "coverage", "cells")
    assert got["walk_m"].equals(want["walk_m"].where(got["walk_m"] < np.inf, np.inf))
    assert got["covered_walk"].equals(want["covered_walk"])
    tiled.ask(turned, tmp_path / "gain", kind="gain", side=1_300)
    nodes, by_tiles = answers.gain(case)["nodes"].sort_index(), rows_of(tmp_path / "gain", "nodes")
    assert by_tiles["gain"].equals(nodes["gain"])
    assert by_tiles.geometry.geom_equals_exact(nodes.geometry, 0).all()


def test_a_street_that_ends_beside_its_neighbours_is_named(land, tmp_path, alone):
    place = shutil.copytree(land, tmp_path / "land")
    streets = gpd.read_parquet(place / "streets.parquet")
    streets.loc[41, "geometry"] = shapely.affinity.translate(streets.geometry[41], 30)
    streets.to_parquet(place / "streets.parquet")
    done = tiled.ask(place, tmp_path / "out", side=9_000)
    said = next(iter(done.failed.values()))
    assert re.search(r"streets\.parquet row 42 geometry: .*let it end where they do", said.en), said
    assert "streets.parquet 第 42 行 geometry：" in said.zh
