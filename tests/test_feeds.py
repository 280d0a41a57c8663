"""Layers and results are read live by GDAL and QGIS, as they are in the workspace; nothing can be written."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely

from geo import answers
from layers import workspace
from layers.feeds import served
from layers.feeds.catalogue import catalogue
from tests.browser import copied, free_port
from tests.need import ROOT, need

SERVICES = ("primary", "metro")


class Service:
    """A running service: its address, its folder, and what it says."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.port, self.folder = free_port(), folder
        self.url = f"http://127.0.0.1:{self.port}"
        words = [sys.executable, str(ROOT / "cli.py"), "--data", str(folder), "feeds", "--port", str(self.port), *more]
        self.said = folder.parent / f"{self.port}.log"
        with self.said.open("w") as log:
            self.process = subprocess.Popen(words, cwd=folder, stderr=log)
        while self.get("/conformance", patient=True)[0] != 200:
            assert self.process.poll() is None, self.said.read_text()
            time.sleep(0.2)

    def get(self, path: str, method: str = "GET", patient: bool = False, body: str | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:  # fmt: skip
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            line.request(method, path, body, headers)
            answer = line.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        except OSError:
            if not patient:
                raise
            return 0, {}, b""
        finally:
            line.close()

    def json(self, path: str) -> Any:
        status, _, body = self.get(path)
        assert status == 200, body
        return json.loads(body)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Serve a copy of the bundled place."""
    one = Service(
        copied(tmp_path_factory.mktemp("feeds") / "data"), *(w for key in SERVICES for w in ("--service", key))
    )
    yield one
    one.stop()


def test_gdal_reads_every_feature_of_every_collection_as_it_is(service: Service) -> None:
    place = workspace.load(service.folder)
    feeds, missing = catalogue(workspace.case(place, "primary"), dict.fromkeys(SERVICES, place_name()))
    assert missing == []
    names = [str(name) for name, _ in pyogrio.list_layers(f"OAPIF:{service.url}")]
    assert names == list(feeds)
    for name, feed in feeds.items():
        read = pyogrio.read_dataframe(f"OAPIF:{service.url}", layer=name)
        assert len(read) == len(feed.frame) > 0, name
        assert set(read["basis"]) <= {"measured", "sourced", "derived", "estimated", "assumed"}, name
        ours, theirs = feed.frame.geometry.to_numpy(), read.geometry.to_numpy()
        placed = ~shapely.is_missing(ours)  # half of the plan's projects have no place
        assert (shapely.is_missing(theirs) == ~placed).all(), name
        assert shapely.equals_exact(shapely.normalize(ours[placed]), shapely.normalize(theirs[placed]), 1e-7).all(), (
            name
        )
        for column in feed.frame.select_dtypes("number"):
            np.testing.assert_allclose(
                read[column].astype(float), feed.frame[column].astype(float), rtol=1e-12, err_msg=name
            )
    zones = answers.coverage(workspace.case(place, "primary"))["zones"]
    read = pyogrio.read_dataframe(f"OAPIF:{service.url}", layer="coverage-primary").set_index("zone_id")
    assert read["covered_walk"].to_dict() == pytest.approx(zones["covered_walk"].to_dict())


def place_name() -> Any:
    from geo.text import Text

    return Text("名", "name")


def test_what_a_collection_says_of_itself(service: Service) -> None:
    told = service.json("/collections/coverage-primary?lang=zh")
    assert "小学" in told["title"]
    assert (
        "basis: assumed" in told["description"] and "500" in told["description"] and "GB 50180" in told["description"]
    )
    assert all(link["href"].startswith(service.url) for link in told["links"])


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "path", ["/collections/schools/items", "/collections/schools/items/S01", "/admin/config", "/processes/x/execution"]
)
def test_writes_are_refused_in_words(service: Service, method: str, path: str) -> None:
    before = (service.folder / "schools.geojson").read_bytes()
    status, headers, body = service.get(path, method, body='{"type":"Feature","geometry":null,"properties":{}}')
    assert status == 405 and "只读" in body.decode() and "read-only" in body.decode()
    assert headers["allow"] == "GET, HEAD, OPTIONS"
    assert (service.folder / "schools.geojson").read_bytes() == before
    assert len(service.json("/collections/schools/items?limit=100")["features"]) == 20


def test_questions_to_a_collection(service: Service) -> None:
    schools = workspace.load(service.folder).layer("schools")
    ask = "/collections/schools/items?"
    assert service.json(ask + "kind=primary&resulttype=hits")["numberMatched"] == (schools["kind"] == "primary").sum()
    assert (
        service.json(ask + "seats_primary=1080&resulttype=hits")["numberMatched"]
        == (schools["seats_primary"] == 1080).sum()
    )
    found = service.json(ask + "sortby=-seats_primary&limit=3&offset=1")
    best = schools.sort_values("seats_primary", ascending=False, kind="stable")
    assert [f["id"] for f in found["features"]] == list(best.index[1:4])
    found = service.json(ask + "filter=seats_primary%20%3E%20500%20AND%20status%3D'planned'&limit=100")
    assert {f["id"] for f in found["features"]} == set(
        schools.index[(schools["seats_primary"] > 500) & (schools["status"] == "planned")]
    )
    west, south, east, north = schools.to_crs(4326).total_bounds
    middle = (west + east) / 2
    half = service.json(ask + f"bbox={west},{south},{middle},{north}&limit=100")["features"]
    assert {f["id"] for f in half} == set(schools.index[schools.to_crs(4326).geometry.x <= middle])
    metric = service.json("/collections/schools/items/S01?crs=http://www.opengis.net/def/crs/EPSG/0/4548")
    assert sorted(metric["geometry"]["coordinates"]) == pytest.approx(
        sorted(schools.geometry["S01"].coords[0]), abs=0.02
    )
    assert service.json(ask + "properties=name_zh,basis&skipGeometry=true&limit=1")["features"][0]["geometry"] is None
    assert (
        service.json(
            "/collections/schools/items?q=示意小学&resulttype=hits".replace(
                "示意小学", "%E7%A4%BA%E6%84%8F%E5%B0%8F%E5%AD%A6"
            )
        )["numberMatched"]
        > 0
    )
    for wrong in ("bbox=1,2,3", "limit=-1", "sortby=nothing", "filter=nothing%20%3D%201", "filter=((", "offset=x"):
        assert service.get(ask + wrong)[0] == 400, wrong
    assert service.get("/collections/schools/items/S99")[0] == 404
    assert service.get("/collections/nothing/items")[0] == 404


def test_tiles_hold_what_lies_in_them(service: Service, tmp_path: Path) -> None:
    zoom, row, column = 14, 6258, 13546
    status, headers, body = service.get(f"/collections/streets/tiles/WebMercatorQuad/{zoom}/{row}/{column}")
    assert status == 200 and headers["content-type"] == "application/vnd.mapbox-vector-tile"
    tile = tmp_path / f"{zoom}" / f"{column}" / f"{row}.pbf"
    tile.parent.mkdir(parents=True)
    tile.write_bytes(body)
    read = pyogrio.read_dataframe(tile, layer="streets", X=column, Y=row, Z=zoom)
    streets = workspace.load(service.folder).layer("streets").to_crs(3857)
    side = 2 * served.ROUND / 2**zoom
    west, north = column * side - served.ROUND, served.ROUND - row * side
    inside = streets.clip(shapely.box(west, north - side, west + side, north))
    drawn = gpd.GeoDataFrame(read).clip(shapely.box(west, north - side, west + side, north))
    assert drawn.length.sum() == pytest.approx(inside.length.sum(), rel=0.01)
    assert set(read["basis"]) == {"assumed"}
    assert service.get("/collections/streets/tiles/WebMercatorQuad/14/0/0")[0] == 204
    for nowhere in ("14/16384/0", "99/0/0", "14/-1/0", "14/x/0"):
        assert service.get(f"/collections/streets/tiles/WebMercatorQuad/{nowhere}?f=mvt")[0] in (400, 404), nowhere
    assert "{tileMatrix}" in json.dumps(service.json("/collections/streets/tiles"))


def test_the_door(service: Service) -> None:
    status, headers, body = service.get("/", Accept="text/html,application/xhtml+xml")
    assert status == 200 and headers["content-type"].startswith("application/json")
    assert headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in headers
    assert service.get("/?f=html")[0] == 406
    assert service.get("/openapi?f=html")[0] == 406
    status, _, body = service.get("/", Host="evil.example")
    assert status == 421 and "--url" in body.decode()


def test_the_service_follows_the_workspace(tmp_path: Path) -> None:
    one = Service(copied(tmp_path / "data"), "--service", "primary")
    try:
        told = json.loads((one.folder / "schools.geojson").read_text("utf-8"))
        told["features"] = told["features"][:-1]
        (one.folder / "schools.geojson").write_text("{", "utf-8")  # half written: what was there stays
        time.sleep(2.2)
        assert one.json("/collections/schools/items?resulttype=hits")["numberMatched"] == 20
        (one.folder / "schools.geojson").write_text(json.dumps(told), "utf-8")
        end = time.monotonic() + 120
        while one.json("/collections/schools/items?resulttype=hits")["numberMatched"] != 19:
            assert time.monotonic() < end
            time.sleep(0.5)
    finally:
        one.stop()


def test_qgis_opens_the_service(service: Service, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o700)
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)}
    names = ["zones", "schools", "coverage-cells-primary"]
    words = [need("qgis"), str(ROOT / "tests" / "qgis" / "live.py"), service.url, *names]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=env, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    seen = json.loads(done.stdout.rpartition("JSON:")[2])
    assert [(one["name"], one["valid"], one["rows"], one["editable"]) for one in seen] == [
        ("zones", True, 17, False), ("schools", True, 20, False), ("coverage-cells-primary", True, 1664, False)
    ]  # fmt: skip
    assert all(one["basis"] for one in seen)
