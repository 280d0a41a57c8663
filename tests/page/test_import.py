"""A planner's own file in a real browser: questions, preview, taken, taken back.

``ZONEPLAN_SHOTS=1`` renews the pictures in docs/img.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import shapely

from geo.crs import wgs84_to_gcj02
from tests.browser import KEEP, MARKS, Visit

pytestmark = MARKS
TIMES = 6
"""A reader is stopped after seconds of the clock, a guard against hostile files that a busy machine also springs: the
file is then given again, as a planner would."""
ASKED = "() => document.querySelector('.st-key-side [data-testid=stForm]')?.innerText ?? ''"
STOPPED = "() => document.querySelector('.st-key-side').innerText.includes('已中止')"
OFFERED = "() => document.querySelector('.st-key-import_take') !== null"


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


def test_import_gbk_shapefile_answer_questions_take_undo(visit: Visit, changing: Path, tmp_path: Path) -> None:
    page = visit.page
    parts, truth = gbk_schools(tmp_path / "shp")
    before = (changing / "schools.geojson").read_bytes()
    for _ in range(TIMES):
        visit.panel("导入")
        page.locator("input[type=file]").set_input_files([str(p) for p in parts])
        if _answered(visit):
            break
        visit.open()
    visit.shows("incoming", "incoming-before", "incoming-ways")
    visit.shot("import_preview", keep=KEEP)
    visit.idle()
    visit.press(page.locator(".st-key-import_take button"))
    visit.says("已写入")
    taken = gpd.read_file(changing / "schools.geojson")
    assert set(taken["name_zh"]) == set(truth["学校名称"])
    off = taken.set_index("name_zh").geometry.to_crs(4548).distance(truth.set_index("学校名称").geometry.to_crs(4548))
    assert off.max() < 1
    visit.look(117.664, 39.064, 14)
    visit.shot("import_taken", keep=KEEP)
    visit.idle()
    visit.press(page.get_by_role("button", name="撤销最近一次导入"))
    visit.says("已撤销：")
    assert (changing / "schools.geojson").read_bytes() == before


def _answered(visit: Visit) -> bool:
    """Answer what the form asks, one round after the other; return whether the file can be taken."""
    asked = ""
    while True:
        visit.until(
            f"(asked) => ({OFFERED})() || ({STOPPED})() || ![asked, ''].includes(({ASKED})())", "a question or an end", asked, visit.side
        )  # fmt: skip
        visit.idle()
        if visit.page.evaluate(OFFERED) or visit.page.evaluate(STOPPED):
            return bool(visit.page.evaluate(OFFERED))
        if not asked:
            visit.says("个问题")
            visit.shot("import_questions", keep=KEEP)
        asked = str(visit.page.evaluate(ASKED))
        choice = visit.page.locator("[data-testid=stForm] label", has_text="GCJ")
        while choice.count() and not choice.first.locator("input").is_checked():
            choice.first.click()
        visit.press("确认")
