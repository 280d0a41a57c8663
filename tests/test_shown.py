"""What a notebook shows: the names of ``geo``, a short line and a card of every value, a map; nothing of it runs."""

from __future__ import annotations

import importlib
import subprocess
import sys
from html.parser import HTMLParser

import geopandas as gpd
import pandas as pd
import pytest

import geo
from geo import answers, examples
from geo.answers.picture import MOST, map_of
from geo.errors import InputError
from layers import workspace
from layers.workspace import case
from tests.need import ROOT

HOSTILE = "</script><img src=x onerror=alert(1)>\"'{{7*7}}{% for x in y %}{# \x1b[31m\u202eevil & co"
"""A name that means something to HTML, to a script, to the templates folium is made of, and to a terminal."""


def hostile() -> geo.Case:
    """The drawn town, with that name wherever a name may stand."""
    schools = pd.concat([examples.school().assign(name=HOSTILE), examples.school().set_index(pd.Index([HOSTILE]))])
    zones = examples.zones().assign(name=HOSTILE, source_id=HOSTILE).set_index(pd.Index([HOSTILE, "north"]))
    return geo.Case.from_frames(
        facilities=schools, people=examples.homes(), links=examples.streets(), zones=zones, limit=500, name=HOSTILE
    )


class Tags(HTMLParser):
    """The tags and attributes of a card."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        assert not attrs
        self.tags.add(tag)


def shown(one: geo.Case) -> list[object]:
    degrees = one.workspace.cells.to_crs("EPSG:4326").geometry.iloc[2]
    cost = pd.DataFrame({"A": [100, 900], HOSTILE: [900, 100]})
    return [
        one,
        one.workspace,
        one.workspace.network,
        answers.coverage(one),
        answers.access(one),
        answers.adequacy(one),
        answers.assign(one),
        answers.gain(one),
        answers.locate(one, p=1, spacing=50),
        answers.site(one, degrees.x, degrees.y),
        answers.register(one.workspace),
        answers.zone_card(one.workspace, one.workspace.zones.index[0]),
        geo.siting.max_cover(cost, pd.Series([5, 4]), limit=400, p=2, fixed=["A"]),
        geo.siting.p_center(cost, p=1),
    ]


def test_values_show_themselves_in_a_line_and_a_card():
    for value in shown(examples.town()):
        line, card = repr(value), value._repr_html_()
        assert len(line) <= 200 and "\n" not in line, line
        assert line.startswith(type(value).__name__)
        assert len(card) < 10_000
        assert {"div", "table"} <= Tags(card).tags


def test_hostile_names_stay_text():
    for value in shown(hostile()):
        line, card = repr(value), value._repr_html_()
        assert len(line) <= 200 and line.isprintable()
        assert Tags(card).tags <= {"div", "strong", "table", "tr", "th", "td", "caption"}
        assert card.isprintable()


def test_a_real_place_shows_itself_in_a_line():
    place = workspace.load(ROOT / "data")
    for value in (place, case(place), place.network, answers.coverage(case(place)), answers.adequacy(case(place))):
        assert len(repr(value)) <= 200 and "\n" not in repr(value)
        assert len(value._repr_html_()) < 10_000


def test_a_card_tells_method_basis_sources_and_proof():
    answer = answers.coverage(examples.town())
    card = answer._repr_html_()
    for told in (*answer.method, answer.basis, *answer.sources, "limit_m=500.0", "share_walk", "Town"):
        assert str(told).replace("'", "&#x27;")[:60] in card
    plan = geo.siting.p_center(pd.DataFrame({"A": [100, 900], "B": [900, 100]}), p=1)
    assert "optimal" in plan._repr_html_() and "0.00%" in plan._repr_html_()
    assert "optimal" in repr(plan) and "gap 0.00%" in repr(plan)
    # What a question lacks is said on its card, and never an error of the notebook.
    asked = examples.town(service="kindergarten", year=2025)
    assert "give a limit" in asked._repr_html_()
    early = geo.Case(asked.workspace, "primary", 1990)
    assert "no population for 1990" in early._repr_html_()


def test_a_table_by_its_name():
    answer = answers.coverage(examples.town())
    assert answer["zones"] is answer.tables["zones"]
    assert list(answer) == answer._ipython_key_completions_() == ["zones", "total", "cells", "facilities"]
    assert "zones" in answer and "moon" not in answer
    with pytest.raises(InputError, match="choose one of zones, total, cells, facilities"):
        answer["moon"]


def test_frames_carry_the_shapes():
    town = examples.town()
    zones = answers.coverage(town).frame("zones")
    assert zones.crs == town.workspace.crs and zones.geometry.area.tolist() == [125_000, 100_000]
    assert "geometry" not in answers.coverage(town)["zones"]
    long = answers.adequacy(town).frame("zones")
    assert len(long) == 8 and long.geometry.notna().all()
    at = town.workspace.cells.to_crs("EPSG:4326").geometry["c"]
    site = answers.site(town, at.x, at.y)
    assert site.frame("place").distance(examples.at(300, 300)).max() < 1e-3
    assert site.frame("nearest").distance(examples.at(0, 0)).max() < 1e-3
    assert site.frame("reach")["limit"].tolist() == [300, 500, 1000]
    with pytest.raises(InputError, match="tells no place"):
        site.frame("gain")


@pytest.mark.parametrize(
    ("question", "drawn"),
    [
        ("coverage", [(2, "share_walk")]), ("access", [(2, "access")]), ("adequacy", [(2, "deficit")]), ("assign", [(1, "fill")]),
        ("gain", [(4, "gain")]), ("locate", [(1, "pupils_new")]), ("site", [(3, "limit"), (1, "service"), (1, "snap_m")]),
        ("zone_card", [(1, "people_2025")]),
    ],
)  # fmt: skip
def test_a_map_of_every_question(question, drawn):
    folium = importlib.import_module("folium")
    answer = next(a for a in shown(examples.town()) if getattr(a, "question", "") == question)
    chart = answer.explore()
    layers = [c for c in chart._children.values() if isinstance(c, folium.GeoJson)]
    assert [len(c.data["features"]) for c in layers] == [count for count, _ in drawn]
    for layer, (_, column) in zip(layers, drawn, strict=True):
        assert column in layer.data["features"][0]["properties"]
    assert not [c for c in chart._children.values() if isinstance(c, folium.TileLayer)]


def said(page: str) -> str:
    """Return a page with the signs of its scripts as a browser reads them."""
    for code in ("3c", "3e", "26", "27"):
        page = page.replace(f"\\u00{code}", chr(int(code, 16)))
    return page


def test_a_map_runs_nothing_that_the_data_say():
    for answer in shown(hostile())[3:12]:
        if answer.question == "register":
            continue
        page = said(answer.explore(popup=True).get_root().render())
        assert "<img" not in page
        assert page.count("</script>") == page.count("<script")
        assert "7*7" not in page.replace("&#123;&#123;7*7&#125;&#125;", "")
        assert "for x in y" not in page.replace("&#123;% for x in y %&#125;", "")
        assert ("7*7" in page) == (answer.question != "gain")
    categories = answers.coverage(hostile()).explore("facilities", "name_zh")
    assert "<img" not in said(categories.get_root().render())


def test_the_same_map_without_care_would_run_it():
    """What is guarded against is real: geopandas and folium alone hand the name on as it is."""
    bare = hostile().workspace.zones.reset_index(drop=True)[["name_zh", "geometry"]].iloc[:1]
    bare["name_zh"] = "<img src=x onerror=alert(1)>"
    assert "<img src=x onerror" in said(bare.explore(tiles=None).get_root().render())


def test_a_map_of_what_was_asked_for():
    answer = answers.coverage(examples.town())
    chart = answer.explore("cells", "walk_m", cmap="plasma")
    assert answer.explore("zones", m=chart) is chart
    with pytest.raises(InputError, match="no column 'mars', choose one of"):
        answer.explore("zones", "mars")
    with pytest.raises(InputError, match="no table"):
        answer.explore("mars")
    with pytest.raises(InputError, match="nothing to draw"):
        answers.register(examples.town().workspace).explore()
    with pytest.raises(InputError, match="no place"):
        answer.explore("total")
    style = {"weight": 1}
    answer.explore(style_kwds=style)
    assert style == {"weight": 1}


def test_unreachable_and_missing_values_can_be_drawn():
    far = geo.Case.from_frames(
        facilities=examples.school()[:0], people=examples.homes(), links=examples.streets(), limit=500
    )
    page = answers.coverage(far).explore("cells", "walk_m").get_root().render()
    assert "Infinity" not in page
    one = answers.coverage(far)["zones"]
    assert one["share_walk"].tolist() == [0.0]
    answers.coverage(far).explore()
    with pytest.raises(InputError, match="nothing to draw"):
        map_of([(gpd.GeoDataFrame(geometry=[None], crs=4326), None)])
    many = gpd.GeoDataFrame(geometry=gpd.points_from_xy(range(MOST + 1), [0] * (MOST + 1)), crs="EPSG:4548")
    with pytest.raises(InputError, match="too many for a browser"):
        map_of([(many, None)])


def test_without_the_packages_that_draw_it_says_which(monkeypatch):
    monkeypatch.setitem(sys.modules, "mapclassify", None)
    with pytest.raises(InputError, match="pip install"):
        answers.coverage(examples.town()).explore()


def test_the_face_of_geo():
    assert dir(geo) == geo.__all__ == sorted(geo.__all__)
    for name in geo.__all__:
        found = getattr(geo, name)
        assert found is not None
        assert f"{name} as {name}" in (ROOT / "geo" / "__init__.py").read_text("utf-8")
    assert geo.coverage is importlib.import_module("geo.coverage")
    assert geo.Case.__module__ == "geo.case.case"
    with pytest.raises(AttributeError, match="no attribute 'Moon'"):
        geo.Moon  # noqa: B018


def test_nothing_is_imported_before_it_is_asked_for():
    ask = (
        "import sys, geo\nfrom geo.errors import InputError\nfrom geo.text import Text\n"
        "heavy = [m for m in ('numpy', 'pandas', 'numba', 'geopandas', 'scipy') if m in sys.modules]\nassert not heavy, heavy\n"
        "assert 'Case' in dir(geo)\nfrom geo import coverage\nassert coverage.__name__ == 'geo.coverage'\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", ask], check=True, cwd=ROOT)
