"""OpenStreetMap: way rules, cutting where ways meet, facilities by tags, and refusals."""

import gzip

import networkx as nx
import numpy as np
import osmium
import osmnx as ox
import pytest
import requests
import shapely

from geo.crs import metric_crs_for
from geo.errors import CrsError, InputError
from geo.network import Network
from layers.osm import osm
from layers.osm import tags as tags_of
from layers.osm.graph import links_of_graph
from tests.need import need

# A little town at 117.4 E, 39.0 N. Nodes 1-4 on Main Street (3 only bends it), 5-6 a footway that meets it at 2,
# 7-9 a ring, 11-14 the school grounds, 21-22 a railway across Main Street between 2 and 4.
NODES = {
    1: (117.400, 39.000), 2: (117.401, 39.000), 3: (117.402, 39.0005), 4: (117.403, 39.000),
    5: (117.401, 39.001), 6: (117.401, 39.002), 7: (117.404, 39.003), 8: (117.405, 39.003), 9: (117.405, 39.004),
    11: (117.4002, 39.0002), 12: (117.4006, 39.0002), 13: (117.4006, 39.0006), 14: (117.4002, 39.0006),
    21: (117.4025, 39.002), 22: (117.4025, 38.999), 31: (117.4004, 39.0004), 32: (117.4009, 39.0009),
    33: (117.4011, 39.0011), 34: (117.4100, 39.0100),
}  # fmt: skip
NODE_TAGS = {
    31: {"amenity": "school", "name": "实验小学"},  # repeats the school grounds
    32: {"amenity": "clinic", "name": "海洋社区卫生服务中心"},
    33: {"amenity": "kindergarten", "name": "第一幼儿园", "capacity": "270", "name:en": "First Kindergarten"},
    34: {"railway": "station", "station": "subway", "name": "市民广场"},
}
WAYS = {
    100: ([1, 2, 3, 4], {"highway": "residential", "name": "Main Street", "name:zh": "大街", "oneway": "-1"}),
    101: ([2, 5, 6], {"highway": "footway"}),
    102: ([7, 8, 9, 7], {"highway": "pedestrian"}),
    103: ([4, 9], {"highway": "motorway"}),
    104: ([6, 7, 999], {"highway": "path"}),  # 999 lies outside the extract
    105: ([11, 12, 13, 14, 11], {"amenity": "school", "name": "实验小学", "capacity": "900"}),
    106: ([21, 22], {"railway": "rail", "name": "津山铁路"}),
    107: ([5, 8], {"highway": "service", "access": "private"}),
}

WHOLE = {**WAYS, 104: ([6, 7], WAYS[104][1])}  # OSMnx takes no way that lacks a node


def town(path, *, nodes=NODES, ways=WAYS):
    def tag(tags):
        return "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())

    text = ['<?xml version="1.0" encoding="UTF-8"?><osm version="0.6" generator="test">']
    text += [f'<node id="{i}" lon="{x}" lat="{y}">{tag(NODE_TAGS.get(i, {}))}</node>' for i, (x, y) in nodes.items()]
    for i, (refs, tags) in ways.items():
        text.append(f'<way id="{i}">{"".join(f"""<nd ref="{r}"/>""" for r in refs)}{tag(tags)}</way>')
    path.write_text("\n".join([*text, "</osm>"]), "utf-8")
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return osm.read(town(tmp_path_factory.mktemp("osm") / "town.osm"))


def test_streets_are_cut_where_ways_meet_and_keep_their_shape(data):
    assert data.crs == "EPSG:4548"
    links = data.streets.set_index("way_id")
    assert {tuple(sorted(uv)) for uv in links.loc[[100, 101, 104], ["u", "v"]].to_numpy()} == {
        (1, 2), (2, 4), (2, 6), (6, 7),
    }  # fmt: skip
    bent = links[(links.u == 2) & (links.v == 4)].iloc[0]
    assert shapely.get_coordinates(bent.geometry).round(4).tolist() == [
        [117.401, 39],
        [117.402, 39.0005],
        [117.403, 39],
    ]
    assert bent["name"] == "大街" and bent["class"] == "residential"
    # 0.001 degrees of longitude at 39 N are 86.6 m; up and down 55.5 m on the way.
    assert bent.metres == pytest.approx(2 * np.hypot(86.6, 55.5), rel=1e-3)
    assert links.loc[100].metres.min() == pytest.approx(86.6, rel=1e-3)


def test_ring_touched_at_one_node_is_cut_in_two(data):
    ring = data.streets[data.streets.way_id == 102]
    assert len(ring) == 2 and (ring.u != ring.v).all()
    assert set(ring[["u", "v"]].to_numpy().ravel()) == {7, 8}


def test_motorways_private_ways_and_lost_nodes_are_left_out(data):
    assert set(data.streets.way_id) == {100, 101, 102, 104}
    assert "1 条" in data.notes[0].text_zh and data.notes[0].level == "info"


def test_the_network_engine_takes_the_streets(data):
    streets = data.streets.to_crs(data.crs)
    network = Network.from_links(streets)
    got = network.distances([1], [6, 7])
    expected = nx.Graph()
    for row in streets.itertuples():
        expected.add_edge(row.u, row.v, weight=row.metres)
    for node in (6, 7):
        assert got.loc[1, node] == pytest.approx(nx.dijkstra_path_length(expected, 1, node), abs=1e-6)


def test_what_a_street_crosses_is_named(data):
    crossed = data.streets[data.streets.barrier != ""]
    assert crossed[["u", "v", "barrier"]].to_numpy().tolist() == [[2, 4, "津山铁路"], [7, 8, "快速路"]]
    assert set(map(tuple, data.links[["name_zh", "kind"]].to_numpy())) == {
        ("快速路", "expressway"),
        ("津山铁路", "railway"),
    }


def test_schools_once_with_seats_only_where_tagged(data):
    schools = data.schools.set_index("facility_id")
    assert schools.index.tolist() == ["n33", "w105"]  # the node inside the grounds is the same school
    assert schools.loc["n33", ["kind", "name_en", "seats_kindergarten"]].tolist() == [
        "kindergarten", "First Kindergarten", 270,
    ]  # fmt: skip
    assert schools.loc["w105", "kind"] == "primary" and schools.loc["w105", "seats_primary"] == 900
    assert np.isnan(schools.loc["w105", "seats_junior"])
    assert shapely.box(117.4002, 39.0002, 117.4006, 39.0006).contains(schools.loc["w105", "geometry"])


def test_clinics_stations_and_their_basis(data):
    assert data.clinics[["facility_id", "kind", "basis", "source_id"]].to_numpy().tolist() == [
        ["n32", "community_health_centre", "sourced", "osm"]
    ]
    assert np.isnan(data.clinics.beds).all()
    assert data.stops[["stop_id", "kind", "name_zh"]].to_numpy().tolist() == [["n34", "metro", "市民广场"]]


def test_the_sea_lies_right_of_the_coast_and_land_is_drawn_by_kind(tmp_path):
    # The coast runs north along 117.4020 through the whole frame: water on its right, to the east. An open end makes no sea.
    nodes = {
        **NODES,
        41: (117.4020, 38.990),
        42: (117.4020, 39.010),
        51: (117.4, 39.004),
        52: (117.401, 39.004),
        53: (117.401, 39.003),
        61: (117.4002, 39.0002), 62: (117.4012, 39.0002), 63: (117.4012, 39.0012), 64: (117.4002, 39.0012),
    }  # fmt: skip
    shore = {**WAYS, 200: ([41, 42], {"natural": "coastline"}), 201: ([51, 52, 53, 51], {"leisure": "park", "name": "滨河公园"}),
             202: ([61, 62, 63, 64, 61], {"landuse": "residential"})}  # fmt: skip
    found = osm.read(town(tmp_path / "shore.osm", nodes=nodes, ways=shore)).ground.set_index("kind")
    west, south, east, north = found.geometry["sea"].bounds
    assert (west, east) == pytest.approx((117.402, 117.405), abs=1e-5)
    assert south < 39.0001
    assert north > 39.0039
    assert found.name_zh["green"] == "滨河公园"
    assert found.geometry["builtup"].area == pytest.approx(0.001 * 0.001, rel=1e-3)
    assert set(found.basis) == {"sourced"}
    open_end = osm.read(town(tmp_path / "open.osm", nodes={**nodes, 42: (117.4020, 39.002)}, ways=shore)).ground
    assert "sea" not in set(open_end.kind)


def test_driving_keeps_one_way_and_its_direction(tmp_path):
    links = osm.read(town(tmp_path / "t.osm"), mode="drive").streets
    main = links[links.way_id == 100]
    assert main.oneway.all() and set(map(tuple, main[["u", "v"]].to_numpy())) == {(4, 1)}  # drawn 1 → 4, driven back
    assert 101 not in set(links.way_id) and 103 in set(links.way_id)


def test_nodes_at_one_place_become_one(tmp_path):
    nodes = {**NODES, 50: NODES[4], 51: (117.404, 39.0)}
    ways = {100: WAYS[100], 200: ([4, 50], {"highway": "steps"}), 201: ([50, 51], {"highway": "path"})}
    links = osm.read(town(tmp_path / "t.osm", nodes=nodes, ways=ways)).streets
    assert (links.metres > 0).all()
    assert set(map(tuple, links[["u", "v"]].to_numpy())) == {(1, 4), (4, 51)}


@pytest.mark.parametrize(
    ("tags", "walk", "drive"),
    [
        ({"highway": "residential"}, True, True),
        ({"highway": "motorway"}, False, True),
        ({"highway": "trunk"}, True, True),
        ({"highway": "cycleway"}, False, False),
        ({"highway": "footway"}, True, False),
        ({"highway": "residential", "foot": "no"}, False, True),
        ({"highway": "primary", "sidewalk": "separate"}, False, True),
        ({"highway": "service", "access": "private"}, False, False),
        ({"highway": "pedestrian", "area": "yes"}, False, False),
        ({"highway": "construction"}, False, False),
        ({"building": "yes"}, False, False),
    ],
)
def test_way_rules(tags, walk, drive):
    assert tags_of.walkable(tags) is walk
    assert tags_of.drivable(tags) is drive


def test_way_rules_are_those_of_osmnx():
    for mode, refused in (("walk", tags_of.WALK_REFUSED), ("drive_service", tags_of.DRIVE_REFUSED)):
        text = ox._overpass._get_network_filter(mode)
        for key, pattern in refused.items():
            stated = text.split(f'["{key}"!~"', 1)[1].split('"]', 1)[0]
            assert set(stated.split("|")) == set(pattern.pattern.split("|")), key


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"amenity": "kindergarten"}, "kindergarten"),
        ({"amenity": "school", "name": "天津市第一中学"}, "middle"),
        ({"amenity": "school", "name": "实验九年一贯制学校"}, "nine_year"),
        ({"amenity": "school", "name": "Escola", "isced:level": "1-3"}, "twelve_year"),
        ({"amenity": "school", "isced:level": "2;3"}, "middle"),
        ({"amenity": "school", "isced:level": "1"}, "primary"),
        ({"amenity": "school"}, "school"),
    ],
)
def test_kinds_of_schools(tags, kind):
    assert tags_of.school_kind(tags) == kind


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"amenity": "hospital"}, "hospital"),
        ({"amenity": "hospital", "name": "高新区社区卫生服务站"}, "health_station"),
        ({"healthcare": "centre"}, "community_health_centre"),
        ({"amenity": "doctors"}, "health_station"),
        ({"amenity": "pharmacy"}, None),
    ],
)
def test_kinds_of_clinics(tags, kind):
    assert tags_of.clinic_kind(tags) == kind


def test_capacity_is_a_plain_count_or_unknown():
    assert tags_of.number({"capacity": "120"}, "capacity") == 120
    assert all(np.isnan(tags_of.number({"capacity": text}, "capacity")) for text in ("", "0", "-5", "about 100", "9e9"))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.osm.pbf", b"\x00\x00\x00\x0d\n\tOSMHeader\x18\x05" + b"\xff" * 80, "damaged"),
        ("a.osm.pbf", b"PK\x03\x04", "does not hold"),
        ("a.osm", b"<osm><node id='1' lon='117' lat=", "damaged"),
        ("a.osm", b"<?xml version='1.0'?><!DOCTYPE osm [<!ENTITY a 'b'>]><osm/>", "does not hold"),
        ("a.osm", b"<?xml version='1.0'?><osm version='0.6'></osm>", "no walkable street"),
        ("a.osm.gz", gzip.compress(b"hello", mtime=0), "damaged"),
        ("a.graphml", b"<graphml></graphml>", "GraphML"),
        ("a.graphml", b"<!DOCTYPE x><graphml/>", "GraphML"),
        ("a.shp", b"", "not a map file"),
    ],
)
def test_bad_files_are_refused_in_words(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        osm.read(tmp_path / name)


NODE = '<node id="{}" lon="{}" lat="39"/>'
PATH = '<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="path"/></way>'


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (NODE.format(1, 117) + NODE.format(2, 117.01) + NODE.format(1, 118) + PATH, "come twice"),
        (PATH + NODE.format(1, 117) + NODE.format(2, 117.01), "osmium sort"),
        (NODE.format(1, 117) + NODE.format(2, 217) + PATH, "damaged"),
        (NODE.format(1, 117) + NODE.format(2, "nan") + PATH, "damaged"),
        (NODE.format(1, 117) + NODE.format(2, 117) + PATH, "no walkable street"),
    ],
)
def test_maps_that_would_be_silently_wrong(tmp_path, body, message):
    (tmp_path / "a.osm").write_text(f'<?xml version="1.0"?><osm version="0.6">{body}</osm>')
    with pytest.raises(InputError, match=message):
        osm.read(tmp_path / "a.osm")


def test_missing_file_bad_crs_and_addresses(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        osm.read(tmp_path / "none.osm.pbf")
    with pytest.raises(InputError, match="no such file"):
        osm.read("http://127.0.0.1:1/x.osm.pbf")
    with pytest.raises(CrsError):
        osm.read(town(tmp_path / "t.osm"), crs="EPSG:4326")


def test_graph_of_osmnx_gives_the_same_streets(tmp_path, data):
    graph = ox.graph_from_xml(_walkable_only(town(tmp_path / "t.osm", ways=WHOLE), tmp_path / "w.osm"), retain_all=True)
    ox.save_graphml(graph, tmp_path / "g.graphml")
    again = osm.read(tmp_path / "g.graphml")
    assert again.crs == data.crs
    assert again.streets.metres.sum() == pytest.approx(data.streets.metres.sum(), rel=1e-9)
    assert not again.streets.oneway.any()


def test_graph_without_places_or_with_bad_lengths():
    graph = nx.MultiDiGraph(crs="epsg:4326")
    graph.add_node(1, x=117.0, y=39.0)
    graph.add_node(2, x=117.1, y=39.0)
    graph.add_edge(1, 2, length=-5.0)
    with pytest.raises(InputError, match="length"):
        links_of_graph(graph, "g", None, "walk")
    graph.add_node(3)
    with pytest.raises(InputError, match="node 3"):
        links_of_graph(graph, "g", None, "walk")
    with pytest.raises(InputError, match="projecting"):
        links_of_graph(nx.MultiDiGraph(crs="epsg:4548"), "g", None, "walk")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (requests.ConnectionError(), "cannot reach OpenStreetMap"),
        (TypeError("0 results"), "write the place differently"),
    ],
)
def test_no_network_and_unknown_place_are_told_apart(monkeypatch, error, message):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(ox, "graph_from_place", fail)
    with pytest.raises(InputError, match=message) as caught:
        osm.download("华苑, 天津")
    assert "OpenStreetMap" in str(caught.value)


def test_fetched_place_becomes_the_same_layers(monkeypatch, tmp_path, data):
    path = _walkable_only(town(tmp_path / "t.osm", ways=WHOLE), tmp_path / "w.osm")
    features = ox.features_from_xml(town(tmp_path / "f.osm", ways=WHOLE), tags=osm.FEATURE_TAGS)
    monkeypatch.setattr(ox, "graph_from_place", lambda *a, **k: ox.graph_from_xml(path, retain_all=True))
    monkeypatch.setattr(ox, "features_from_place", lambda *a, **k: features)
    got = osm.download("小镇")
    assert got.schools.facility_id.tolist() == data.schools.facility_id.tolist()
    assert got.clinics.kind.tolist() == data.clinics.kind.tolist()
    assert got.stops.stop_id.tolist() == ["n34"]
    assert got.streets.metres.sum() == pytest.approx(data.streets.metres.sum(), rel=1e-9)


def _walkable_only(source, target):
    """Write the walkable ways of a map file and their nodes as .osm, and return its name."""
    wanted, used = set(), set()
    for way in osmium.FileProcessor(str(source), osmium.osm.WAY).with_filter(osmium.filter.KeyFilter("highway")):
        if tags_of.walkable({t.k: t.v for t in way.tags}):
            wanted.add(way.id)
            used.update(n.ref for n in way.nodes)
    with osmium.SimpleWriter(str(target), overwrite=True) as writer:
        for thing in osmium.FileProcessor(str(source)):
            if (thing.is_node() and thing.id in used) or (thing.is_way() and thing.id in wanted):
                writer.add(thing)
    return str(target)


@pytest.mark.real
def test_lengths_agree_with_osmnx_on_porto_alegre(tmp_path):
    source = need("real:porto_alegre") + "/poa_osm.pbf"
    graph = ox.graph_from_xml(
        _walkable_only(source, tmp_path / "w.osm"), bidirectional=True, simplify=False, retain_all=True
    )
    theirs = sum(d["length"] for _, _, d in graph.edges(data=True)) / 2
    links = osm.read(source).streets
    assert links.metres.sum() == pytest.approx(theirs, rel=1e-3)  # metric CRS against a sphere
    # Measured as they measure, on the same sphere, not a street differs: the geometry is the same.
    lonlat, link = shapely.get_coordinates(np.asarray(links.geometry.array), return_index=True)
    step = link[1:] == link[:-1]
    sphere = ox.distance.great_circle(lonlat[:-1, 1], lonlat[:-1, 0], lonlat[1:, 1], lonlat[1:, 0])[step]
    assert sphere.sum() == pytest.approx(theirs, rel=1e-12)


@pytest.mark.real
def test_graph_of_futian():
    data = osm.read(need("real:shenzhen_futian") + "/shenzhen_futian_G.graphml", mode="drive")
    assert data.crs == metric_crs_for(114.06, 22.54) == "EPSG:4547"
    assert len(np.unique(data.streets[["u", "v"]])) >= 1751  # and one for each ring that was cut
    assert (data.streets.metres > 0).all()
