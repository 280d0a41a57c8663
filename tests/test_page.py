"""The page in a real browser with the network cut: what a planner sees, clicks, decides and takes away.

``ZONEPLAN_SHOTS=1`` renews the pictures in docs/img.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from playwright.sync_api import Browser

from geo.crs import wgs84_to_gcj02
from tests.browser import ROOT, Visit, browsing, serving, visiting
from tests.need import need

pytestmark = pytest.mark.browser
KEEP = os.environ.get("ZONEPLAN_SHOTS") == "1"
HERE = (117.6515, 39.0643)
"""A place in the built-up east of 海洋片区."""


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    """Return one browser for all tests of this file."""
    with browsing(need("chromium")) as browser:
        yield browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the bundled workspace: tests may import into it."""
    there = tmp_path_factory.mktemp("page") / "data"
    shutil.copytree(ROOT / "data", there, ignore=shutil.ignore_patterns("build", "imports.sqlite*"))
    return there


@pytest.fixture(scope="module")
def browser(chrome: Browser, folder: Path) -> Iterator[Visit]:
    with serving(data=folder) as address, visiting(chrome, address) as visit:
        yield visit


@pytest.fixture
def visit(browser: Visit) -> Iterator[Visit]:
    """Give the page, newly opened; in the end nothing has left the machine and no script has failed."""
    browser.foreign.clear()
    browser.errors.clear()
    browser.open()
    yield browser
    browser.page.evaluate("sessionStorage.clear()")
    assert browser.foreign == []
    assert browser.errors == []


def test_first_view_says_what_to_do_and_what_is_known(visit: Visit) -> None:
    page = visit.page
    assert page.locator(".zp-map .zp-hint").is_visible()
    shown = page.evaluate(
        "() => [...document.querySelectorAll('.zp-label.zp-zone')].filter((n) => n.style.visibility === 'visible').map((n) => n.innerText)"
    )
    assert set(shown) == {"海洋", "华苑", "渤龙湖", "京津合作"}
    legend = page.locator(".zp-legend").inner_text()
    assert "示意" in legend
    assert "实测" in legend
    assert "图上哪些是真的" in visit.side()
    box, whole = page.locator(".zp-map").bounding_box(), page.viewport_size
    assert box is not None
    assert whole is not None
    assert box["width"] >= 0.7 * whole["width"]
    assert page.locator(".leaflet-control-scale-line").inner_text().endswith("km")
    assert "Ukrain" not in page.content()
    visit.shot("page_zh", keep=KEEP)


def test_network_cut_the_page_works_wholly(visit: Visit) -> None:
    visit.page.context.set_offline(False)  # the gate of the browser refuses all but this machine
    visit.look(*HERE, 14)
    visit.click(*HERE)
    for panel in ("覆盖", "学位", "分区", "选址", "方案", "指标", "导入", "导出", "体检", "点选"):
        visit.panel(panel)
        assert len(visit.side()) > 60
    assert visit.foreign == []
    visit.shot("page_offline", keep=KEEP)


def test_click_answers_and_keeps_the_view(visit: Visit) -> None:
    visit.look(*HERE, 14)
    before = visit.view()
    visit.page.evaluate("() => { document.querySelector('.zp-map').dataset.mine = 'yes'; }")
    visit.click(*HERE)
    assert "海洋" in visit.side()
    assert "新覆盖学生" in visit.side()
    assert {"bands", "spokes", "zones", "service"} <= set(visit.layers())
    assert visit.view() == pytest.approx(before)
    visit.shot("bands", keep=KEEP)
    visit.click(*HERE)  # the same place again is answered again
    assert visit.page.locator(".zp-wait").count() == 0
    visit.pick("lang", "EN")
    assert "Nearest facilities" in visit.side()
    assert "Primary school" in visit.page.locator(".st-key-service_en").inner_html()
    assert visit.page.locator(".zp-map").get_attribute("data-mine") == "yes"
    assert visit.view() == pytest.approx(before)
    visit.shot("page_en", keep=KEEP)


def test_bands_by_minutes(visit: Visit) -> None:
    visit.look(*HERE, 14)
    visit.click(*HERE)
    visit.pick("band_kind", "5/10/15")
    legend = visit.page.locator(".zp-legend").inner_text()
    assert "15 分钟" in legend


def test_keyboard_asks_about_the_centre(visit: Visit) -> None:
    visit.look(117.531, 39.126, 13)
    visit.page.locator(".zp-map").focus()
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_function("window.zpTimes && window.zpTimes.drawn", timeout=20_000)
    visit.idle()
    assert "渤龙湖" in visit.side()


def test_coordinates_ask_without_the_mouse(visit: Visit) -> None:
    page = visit.page
    page.get_by_text("按坐标查询").click()
    page.locator(".st-key-lon_asked input").fill("117.10")
    page.locator(".st-key-lat_asked input").fill("39.085")
    page.get_by_role("button", name="查询", exact=True).click()
    visit.idle()
    assert "华苑" in visit.side()


def test_the_sea_answers_in_words(visit: Visit) -> None:
    visit.look(117.95, 38.95, 12)
    visit.click(117.95, 38.95)
    assert "不在任何片区内" in visit.side()
    assert "没有步行道路" in visit.side()


def test_coverage_shows_radius_against_walk(visit: Visit) -> None:
    visit.look(117.645, 39.065, 13)
    visit.panel("覆盖")
    assert "coverage" in visit.layers()
    legend = visit.page.locator(".zp-legend").inner_text()
    assert "仅半径内" in legend
    assert "绕路" in visit.side() or "步行超出" in visit.side()
    visit.shot("coverage", keep=KEEP)
    visit.pick("cover_view", "可达性")
    assert "access" in visit.layers()
    assert "基尼" in visit.side()


def test_seats_against_targets(visit: Visit) -> None:
    visit.look(117.645, 39.065, 12.5)
    visit.panel("学位")
    text = visit.side()
    assert "5,400" in text
    heights = visit.page.evaluate(
        "() => ['.st-key-side', '[data-testid=stMain]'].map((q) => document.querySelector(q)).map((n) => n.scrollHeight - n.clientHeight)"
    )
    assert heights[0] > 200  # the panel scrolls
    assert heights[1] <= 4  # the map stays where it is
    assert "adequacy" in visit.layers()
    visit.shot("seats", keep=KEEP)
    visit.pick("seats_view", "分配")
    assert {"flows", "catchments"} <= set(visit.layers())
    assert "没有学位" in visit.side()
    visit.shot("assign", keep=KEEP)


def test_zone_card_and_register(visit: Visit) -> None:
    visit.look(117.531, 39.126, 12.5)
    visit.panel("分区")
    before = visit.view()
    visit.click(117.531, 39.126)
    assert "渤龙湖" in visit.side()
    assert "规划条目" in visit.side()
    assert visit.view() == pytest.approx(before)
    visit.shot("zones", keep=KEEP)
    visit.panel("指标")
    visit.pick("register_part", "矛盾")
    assert "第六章" in visit.side()


def test_kindergarten_gap_seven_sites_gap_closes_export(visit: Visit, tmp_path: Path) -> None:
    page = visit.page
    visit.choose("service_zh", "幼儿园")
    visit.panel("选址")
    gap = _number(page.locator(".zp-figure .v").first.inner_text())
    assert gap > 0
    visit.look(117.62, 39.095, 11.75)
    visit.shot("siting_before", keep=KEEP)
    page.locator(".st-key-p input").fill("7")
    page.get_by_role("button", name="求最优选址").click()
    page.locator(".st-key-take_all").wait_for(timeout=40_000)
    visit.idle()
    assert "已证最优" in visit.side()
    numbers = page.evaluate("() => [...document.querySelectorAll('.zp-number span')].map((n) => n.innerText)")
    assert sorted(numbers) == [str(n) for n in range(1, 8)]
    visit.shot("siting_sites", keep=KEEP)
    with page.expect_download() as download:
        page.locator(".st-key-get-locate-geojson button").click()
    path = tmp_path / "sites.geojson"
    download.value.save_as(path)
    sites = gpd.read_file(path)
    assert len(sites) == 7
    assert sites.crs.to_epsg() == 4326
    told = json.loads(path.read_text("utf-8"))
    assert told["parameters"]["p"] == 7
    assert told["basis"] == "assumed"
    visit.idle()
    page.locator(".st-key-take_all button").click()
    visit.idle()
    figures = [_number(t) for t in page.locator(".zp-figure .v").all_inner_texts()[:2]]
    assert figures[0] == gap
    assert figures[1] < gap
    assert visit.page.locator(".zp-legend").inner_text().count("方案新增") == 1
    visit.shot("siting_after", keep=KEEP)
    visit.panel("方案")
    assert visit.side().count("＋ P0") == 7
    assert "difference" in visit.layers()
    visit.shot("plan", keep=KEEP)
    page.get_by_role("button", name="撤销一步").click()
    visit.idle()
    assert "＋ P0" not in visit.side()


def test_gain_surface_with_legend_and_best_places(visit: Visit) -> None:
    visit.look(117.645, 39.065, 13)
    visit.panel("选址")
    visit.pick("siting_view", "增益面")
    assert {"gain", "sites"} <= set(visit.layers())
    assert "名学生" in visit.page.locator(".zp-legend").inner_text()
    visit.shot("gain", keep=KEEP)


def test_layers_switch_off_and_stay_off(visit: Visit) -> None:
    page = visit.page
    row = page.locator(".zp-row", has_text="其他设施").locator("input")
    visit.look(*HERE, 14)
    assert "others" in visit.layers()
    row.uncheck()
    assert "others" not in visit.layers()
    visit.click(*HERE)
    assert "others" not in visit.layers()


def test_online_maps_only_on_request_and_failing_quietly(visit: Visit) -> None:
    page = visit.page
    page.locator(".zp-legend > details > summary").click()
    assert visit.foreign == []
    page.get_by_role("button", name="试连在线底图").click()
    page.get_by_text("外网不可用").wait_for(timeout=15_000)
    assert visit.foreign
    assert all(("autonavi" in url) or ("openstreetmap" in url) or ("tianditu" in url) for url in visit.foreign)
    visit.foreign.clear()


def gbk_schools(folder: Path) -> tuple[list[Path], gpd.GeoDataFrame]:
    """Write schools as a GBK shapefile without .cpg and .prj in GCJ-02; return its parts and the truth in WGS84."""
    points = [(117.6601, 39.0571), (117.6712, 39.0655), (117.6583, 39.0702)]
    truth = gpd.GeoDataFrame(
        {"学校名称": ["海洋实验小学", "新北路小学", "欣嘉园小学"], "小学学位": [1080, 720, 900], "状态": ["existing"] * 3},
        geometry=gpd.points_from_xy(*zip(*points, strict=True)), crs=4326,
    )  # fmt: skip
    lon, lat = wgs84_to_gcj02(truth.geometry.x.to_numpy(), truth.geometry.y.to_numpy())
    shifted = truth.set_geometry(gpd.points_from_xy(lon, lat)).rename(
        columns={"学校名称": "学校名称", "小学学位": "小学学位"}
    )
    shifted = gpd.GeoDataFrame(shifted, geometry=shapely.points(lon, lat), crs=4326)
    folder.mkdir(parents=True, exist_ok=True)
    shifted.to_file(folder / "schools.shp", encoding="GBK", engine="pyogrio")
    for part in (".cpg", ".prj"):
        (folder / f"schools{part}").unlink(missing_ok=True)
    return [folder / f"schools{part}" for part in (".shp", ".shx", ".dbf")], truth


def test_import_gbk_shapefile_answer_questions_take_undo(visit: Visit, folder: Path, tmp_path: Path) -> None:
    page = visit.page
    parts, truth = gbk_schools(tmp_path / "shp")
    before = (folder / "schools.geojson").read_bytes()
    visit.panel("导入")
    page.locator("input[type=file]").set_input_files([str(p) for p in parts])
    visit.idle()
    page.get_by_text("个问题").wait_for(timeout=30_000)
    visit.shot("import_questions", keep=KEEP)
    for _ in range(4):
        form = page.locator("[data-testid=stForm]")
        if not form.count():
            break
        choice = form.locator("label", has_text="GCJ")
        if choice.count():
            choice.first.click()
        page.get_by_role("button", name="确认", exact=True).click()
        visit.idle()
        page.wait_for_timeout(300)
    page.locator(".st-key-import_take").wait_for(timeout=30_000)
    visit.idle()
    assert {"incoming", "incoming-before", "incoming-ways"} <= set(visit.layers())
    visit.shot("import_preview", keep=KEEP)
    page.locator(".st-key-import_take button").click()
    page.get_by_text("已写入").wait_for(timeout=30_000)
    visit.idle()
    taken = gpd.read_file(folder / "schools.geojson")
    assert set(taken["name_zh"]) == set(truth["学校名称"])
    off = taken.set_index("name_zh").geometry.to_crs(4548).distance(truth.set_index("学校名称").geometry.to_crs(4548))
    assert off.max() < 1
    visit.look(117.664, 39.064, 14)
    visit.shot("import_taken", keep=KEEP)
    page.get_by_role("button", name="撤销最近一次导入").click()
    page.get_by_text("已撤销：").wait_for(timeout=30_000)
    visit.idle()
    assert (folder / "schools.geojson").read_bytes() == before


def test_hostile_names_are_text_also_behind_a_proxy_prefix(chrome: Browser, tmp_path: Path) -> None:
    there = tmp_path / "data"
    shutil.copytree(ROOT / "data", there, ignore=shutil.ignore_patterns("build", "imports.sqlite*"))
    evil = "<img src=x onerror='window.evil=1'>{{7*7}}${window.evil=2}`<script>window.evil=3</script>![x](http://evil.example/x.png)"
    for name in ("zones", "schools", "clinics", "stops", "links", "water"):
        told = json.loads((there / f"{name}.geojson").read_text("utf-8"))
        for feature in told["features"]:
            feature["properties"] |= {"name_zh": evil, "name_en": evil, "short_zh": evil, "role_zh": evil, "note": evil}
        (there / f"{name}.geojson").write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    with serving(data=there, prefix="gxq/plan") as address, visiting(chrome, address) as visit:
        visit.open()
        visit.look(*HERE, 14)
        visit.click(*HERE)
        assert {"zones", "streets", "bands"} <= set(visit.layers())
        visit.page.mouse.move(500, 450, steps=20)
        for panel in ("分区", "学位", "选址", "方案"):
            visit.panel(panel)
        assert visit.page.evaluate("() => window.evil") is None
        assert visit.page.locator("img[src='x']").count() == 0
        assert "49" not in visit.page.locator(".zp-label").first.inner_text()
        assert visit.foreign == []


def test_broken_workspace_is_a_readable_page(chrome: Browser, tmp_path: Path) -> None:
    there = tmp_path / "data"
    shutil.copytree(ROOT / "data", there, ignore=shutil.ignore_patterns("build", "imports.sqlite*"))
    told = json.loads((there / "zones.geojson").read_text("utf-8"))
    ring = told["features"][3]["geometry"]["coordinates"][0]
    ring[1], ring[2] = ring[2], ring[1]
    (there / "zones.geojson").write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    with serving(data=there) as address, visiting(chrome, address) as visit:
        visit.page.goto(address)
        visit.page.get_by_text("工作区数据有误").wait_for(timeout=60_000)
        assert "Traceback" not in visit.page.content()
        assert visit.foreign == []
        visit.page.wait_for_timeout(800)
        visit.shot("broken_workspace", keep=KEEP)


def test_a_real_city_through_the_same_page(chrome: Browser, tmp_path: Path) -> None:
    real = Path(need("real:porto_alegre"))
    there = tmp_path / "poa"
    command = [
        sys.executable,
        "cli.py",
        "build",
        "--osm",
        str(real / "poa_osm.pbf"),
        "--population",
        str(real / "poa_hexgrid.csv"),
        "--out",
        str(there),
        "--name",
        "Porto Alegre",
    ]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=240)
    with serving(data=there) as address, visiting(chrome, address) as visit:
        visit.open()
        visit.look(-51.205, -30.045, 14)
        visit.click(-51.205, -30.045)
        assert {"bands", "streets", "service"} <= set(visit.layers())
        visit.shot("porto_alegre", keep=KEEP)
        visit.panel("覆盖")
        assert "coverage" in visit.layers()
        assert visit.foreign == []


def _number(text: str) -> float:
    return float("".join(c for c in text if c.isdigit() or c == "."))
