"""A planner's own file in a real browser: questions, preview, taken, taken back.

``ZONEPLAN_SHOTS=1`` renews the pictures in docs/img.
"""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path

import geopandas as gpd
import shapely
from playwright.sync_api import Browser

from geo.crs import wgs84_to_gcj02
from tests.browser import KEEP, MARKS, ROOT, Visit, visiting

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
    visit.shows("incoming-added", "incoming-before", "incoming-ways")
    visit.says("现有 20 条，文件 3 条：新增 3")
    visit.idle()
    visit.press(page.locator(".st-key-import_take button"))
    visit.says("已写入")
    taken = gpd.read_file(changing / "schools.geojson")
    assert len(taken) == 23  # merged: the twenty that were there stay
    assert set(taken["name_zh"]) > set(truth["学校名称"])
    off = (
        taken[taken["name_zh"].isin(truth["学校名称"])]
        .set_index("name_zh")
        .geometry.to_crs(4548)
        .distance(truth.set_index("学校名称").geometry.to_crs(4548))
    )
    assert off.max() < 1
    visit.look(117.664, 39.064, 14)
    visit.shot("import_taken", keep=KEEP)
    visit.idle()
    visit.press(page.get_by_role("button", name="撤销最近一次导入"))
    visit.says("已撤销：")
    assert (changing / "schools.geojson").read_bytes() == before


def test_found_02_and_06_import_with_merge_shown_taken_undone(visit: Visit, changing: Path, tmp_path: Path) -> None:
    """What becomes of each row is shown before the button, to this session alone; rows go only when agreed."""
    page = visit.page
    before = (changing / "schools.geojson").read_bytes()
    known = gpd.read_file(changing / "schools.geojson").set_index("facility_id")
    old = known.loc["S01"]
    name = str(old["name_zh"]).removesuffix("（示意位置）")
    file = tmp_path / "学校.csv"
    rows = [f"{name},1234,{old.geometry.x + 0.01:.5f},{old.geometry.y:.5f}", f"{SECRET},900,117.6601,39.0571"]
    file.write_text("\n".join(["名称,小学学位,经度,纬度", *rows]) + "\n", "utf-8")
    for _ in range(TIMES):
        visit.panel("导入")
        page.locator("input[type=file]").set_input_files(str(file))
        if _answered(visit, datum="WGS84"):
            break
        visit.open()
    visit.says("现有 20 条，文件 2 条：新增 1，改动 1，移除 0，不变 19")
    visit.shows("incoming-added", "incoming-changed", "incoming-moves")
    visit.shot("import_preview", keep=KEEP)
    public = [p for p in (ROOT / "static" / "layers").glob("*.geojson") if SECRET in p.read_text("utf-8")]
    assert public == []
    (mine,) = [f for f in uploads() if (f / file.name).exists()]
    assert ((mine / file.name).stat().st_mode & 0o777, mine.stat().st_mode & 0o777) == (0o600, 0o700)
    visit.choose("import_mode_schools_zh", "全部替换")
    visit.says("现有 20 条，文件 2 条：将移除 19 条", "我同意移除这些行")
    visit.shows("incoming-removed")
    assert page.locator(".st-key-import_take button").is_disabled()
    visit.choose("import_mode_schools_zh", "合并（按编号、名称、位置）")
    visit.says("移除 0")
    visit.press(page.locator(".st-key-import_take button"))
    visit.says("已写入", "新增 1，改动 1，移除 0")
    assert not mine.exists()
    taken = gpd.read_file(changing / "schools.geojson").set_index("facility_id")
    assert len(taken) == 21
    assert taken.loc["S01", "seats_primary"] == 1234
    assert taken.loc["S01", "seats_junior"] == old["seats_junior"]  # blank in the file
    visit.press(page.get_by_role("button", name="撤销最近一次导入"))
    visit.says("已撤销：")
    assert (changing / "schools.geojson").read_bytes() == before


def test_found_06_what_was_uploaded_and_shown_goes_with_the_tab(chrome: Browser, address: str, tmp_path: Path) -> None:
    file = tmp_path / "关页.csv"
    file.write_text("名称,小学学位,经度,纬度\n关页小学,900,117.6601,39.0571\n", "utf-8")
    with visiting(chrome, address) as visit:
        visit.open()
        visit.panel("导入")
        visit.page.locator("input[type=file]").set_input_files(str(file))
        visit.until(f"() => ({OFFERED})() || ({STOPPED})() || ({ASKED})() !== ''", "it is read", None, visit.side)
        (mine,) = [f for f in uploads() if (f / file.name).exists()]
    gone = threading.Event()
    for _ in range(60):
        if not mine.exists():
            break
        gone.wait(1)
    assert not mine.exists()


SECRET = f"只给我看的小学{os.getpid()}"
"""A name of this run alone: once it is taken it belongs to the workspace, whose layers are public."""


def uploads() -> list[Path]:
    """Return the folders of uploads on this machine."""
    return list(Path(tempfile.gettempdir()).glob("zoneplan-upload-*"))


def _answered(visit: Visit, datum: str = "GCJ") -> bool:
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
        choice = visit.page.locator("[data-testid=stForm] label", has_text=datum)
        if choice.count():
            visit.shows(
                "incoming-if-wgs84", "incoming-if-gcj02", "incoming-if-bd09"
            )  # where each answer would put the points
        while choice.count() and not choice.first.locator("input").is_checked():
            choice.first.click()
        visit.press("确认")
