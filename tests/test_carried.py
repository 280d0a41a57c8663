"""What ways of OpenStreetMap carry for bicycles, cars, wheelchairs: access, directions, limits, slopes, and their file."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.errors import InputError
from geo.modes import Mode, preset
from layers import workspace
from layers.osm import elevation, osm
from layers.osm.build import build
from layers.osm.carried import carried
from layers.workspace import case, netcache
from tests.test_build import DAY, little
from tests.test_osm import WAYS, town
from tests.test_population import write_tif

__all__ = ["little"]


@pytest.mark.parametrize(
    ("tags", "foot", "bicycle", "car"),
    [
        ({"highway": "residential"}, "both", "both", "both"),
        ({"highway": "motorway"}, "no", "no", "ahead"),
        ({"highway": "motorway", "oneway": "no"}, "no", "no", "both"),
        ({"highway": "trunk"}, "both", "no", "both"),
        ({"highway": "cycleway"}, "no", "both", "no"),
        ({"highway": "steps"}, "both", "no", "no"),
        ({"highway": "footway"}, "both", "pushed", "no"),
        ({"highway": "footway", "bicycle": "yes"}, "both", "both", "no"),
        ({"highway": "path", "bicycle": "dismount"}, "both", "pushed", "no"),
        ({"highway": "secondary", "bicycle": "use_sidepath"}, "both", "no", "both"),
        ({"highway": "residential", "access": "private"}, "no", "no", "no"),
        ({"highway": "residential", "access": "private", "motor_vehicle": "destination"}, "no", "no", "both"),
        ({"highway": "service", "access": "no", "vehicle": "yes", "motorcar": "no"}, "both", "both", "no"),
        ({"highway": "residential", "vehicle": "no", "bicycle": "yes"}, "both", "both", "no"),
        ({"highway": "primary", "motorroad": "yes"}, "both", "no", "both"),
        ({"highway": "residential", "oneway": "yes"}, "both", "ahead", "ahead"),
        ({"highway": "residential", "oneway": "-1"}, "both", "back", "back"),
        ({"highway": "residential", "oneway": "yes", "oneway:bicycle": "no"}, "both", "both", "ahead"),
        ({"highway": "residential", "oneway": "yes", "cycleway": "opposite_lane"}, "both", "both", "ahead"),
        ({"highway": "residential", "oneway": "yes", "cycleway:left:oneway": "no"}, "both", "both", "ahead"),
        ({"highway": "cycleway", "oneway": "yes"}, "no", "ahead", "no"),
        ({"highway": "primary", "junction": "roundabout"}, "both", "ahead", "ahead"),
        ({"highway": "primary", "oneway": "reversible"}, "both", "both", "no"),
    ],
)
def test_who_may_use_a_way_and_in_which_direction(tags, foot, bicycle, car):
    found = carried(tags) or {"foot": "no", "bicycle": "no", "car": "no"}
    assert (found["foot"], found["bicycle"], found["car"]) == (foot, bicycle, car)


@pytest.mark.parametrize(
    "tags", [{"building": "yes"}, {"highway": "construction"}, {"highway": "pedestrian", "area": "yes"}]
)
def test_what_is_no_way_is_left_out(tags):
    assert carried(tags) is None


@pytest.mark.parametrize(
    ("text", "km_h"),
    [("50", 50), ("30 mph", 48.28032), ("60 km/h", 60), ("50;30", 50), ("walk", None), ("none", None), ("CN:urban", None), ("0", None)],
)  # fmt: skip
def test_posted_limits(text, km_h):
    found = carried({"highway": "primary", "maxspeed": text})["maxspeed"]
    assert np.isnan(found) if km_h is None else found == pytest.approx(km_h)


@pytest.mark.parametrize(
    ("text", "slope"), [("8%", 0.08), ("-12.5 %", -0.125), ("up", None), ("10°", None), ("900%", None)]
)
def test_slopes_by_tag(text, slope):
    found = carried({"highway": "footway", "incline": text})["incline"]
    assert np.isnan(found) if slope is None else found == pytest.approx(slope)


def test_every_way_is_read_as_drawn_and_the_streets_stay_what_they_are(tmp_path):
    path = town(tmp_path / "t.osm", ways={**WAYS, 108: ([5, 9], {"highway": "cycleway"})})
    plain, data = osm.read(path), osm.read(path, every_way=True)
    pd.testing.assert_frame_equal(plain.streets, data.streets)
    assert plain.ways.empty
    ways = data.ways.set_index("way_id")
    assert set(ways.index) == {100, 101, 102, 103, 104, 108}
    assert set(map(tuple, ways.loc[[100], ["u", "v"]].to_numpy())) == {(1, 2), (2, 4)}  # drawn so, driven back
    assert ways.loc[100, "car"].unique().tolist() == ["back"]
    assert ways.loc[108, "bicycle"] == "both"
    assert 5 in set(ways.loc[[101], ["u", "v"]].to_numpy().ravel())  # cut where the cycleway meets it


def test_slopes_are_those_of_the_heights_and_bridges_are_even(tmp_path):
    """A ridge across the middle, 100 m high: over it a street climbs and falls, a bridge stays level."""
    heights = 100 - 2 * np.abs(np.arange(100) - 50)[None, :] * np.ones((100, 1))  # 2 m each 20 m: one in ten
    dem = write_tif(tmp_path / "dem.tif", heights, crs="EPSG:4548", origin=(500_000, 4_302_000), size=20, years=[""])
    line = shapely.LineString([(500_410, 4_301_000), (501_610, 4_301_000)])
    half = shapely.LineString([(500_410, 4_301_000), (501_010, 4_301_000)])
    content = {
        "metres": [1200.0, 1200.0, 600.0, 600.0],
        "incline": [np.nan, np.nan, np.nan, -0.03],
        "bridge": [False, True, False, False],
    }
    ways = gpd.GeoDataFrame(content, geometry=[line, line, half, half], crs="EPSG:4548")
    got = elevation.with_slopes(ways, dem)
    assert got["slope"].to_numpy() == pytest.approx([0, 0, 0.1, -0.03], abs=0.003)
    assert got["steepest"].to_numpy() == pytest.approx([0.1, 0, 0.1, 0.03], abs=0.003)
    unknown = elevation.with_slopes(ways, None)
    assert unknown["slope"].isna().tolist() == [True, True, True, False]
    assert "incline" not in unknown


def test_a_workspace_keeps_the_ways_and_older_ones_stay_readable(little, tmp_path):
    out = build(*little, tmp_path / "out", date=DAY)
    place = workspace.load(out)
    assert {"foot", "bicycle", "car", "maxspeed", "slope", "steepest"} <= set(place.ways.columns)
    car = case(place, "primary", 2025).travel("car")
    assert car.notes == ()
    assert np.isfinite(car.travel_times([4], [1]).iloc[0, 0])
    assert np.isinf(car.travel_times([1], [4]).iloc[0, 0])  # Main Street is driven back only
    (out / "ways.parquet").unlink()
    old = workspace.load(out)
    assert old.ways.empty
    told = [note.en for note in case(old, "primary", 2025).travel("car").notes]
    assert told[0].startswith("only the streets that are walked are known")
    (out / "ways.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(InputError, match=r"ways\.parquet"):
        workspace.load(out)


def test_a_compiled_mode_is_kept_on_disk_and_a_damaged_one_is_made_anew(tmp_path, monkeypatch):
    monkeypatch.setenv("ZONEPLAN_CACHE", str(tmp_path / "kept"))
    ways = osm.read(town(tmp_path / "t.osm"), every_way=True).ways
    ways = elevation.with_slopes(ways.to_crs("EPSG:4548"), None)
    made = []

    def ask(how):
        return netcache.compiled(ways, how, lambda: made.append(how.key) or Mode.from_ways(ways, how))

    first = ask(preset("car"))
    nodes = first.network.nodes.tolist()
    expected = first.travel_times(nodes, nodes)
    again = ask(preset("car"))
    assert made == ["car"]
    pd.testing.assert_frame_equal(again.travel_times(nodes, nodes), expected)
    assert again.notes == first.notes
    ask(preset("car", {"modes": {"car": {"speeds": {"residential": 12}}}}))
    assert made == ["car", "car"]  # other speeds, other minutes
    for file in (tmp_path / "kept" / "networks").iterdir():
        file.write_bytes(file.read_bytes()[:-900])
    pd.testing.assert_frame_equal(ask(preset("car")).travel_times(nodes, nodes), expected)
    assert made == ["car"] * 3
