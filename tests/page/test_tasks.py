"""Five tasks of a planner, each from the opening, its presses counted by the page: clicks, keys that are no letters, files chosen.

With ``-s`` pytest shows the table of docs/look.md with the seconds of this machine, which no test asks about.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pandas as pd
import pypdf
import pytest
import shapely
from playwright.sync_api import Browser

from geo import answers
from geo.case import Case
from layers import workspace
from tests.browser import MARKS, Visit, visiting
from tests.page.test_import import TIMES, _answered

pytestmark = MARKS

COUNTED = """(() => {
  window.zpPresses = 0;
  const press = (event) => { if (event.isTrusted) window.zpPresses += 1; };
  document.addEventListener('pointerdown', press, true);
  document.addEventListener('keydown', (event) => { if (event.key.length > 1) press(event); }, true);
  // A test puts the file straight into its field: a planner presses for the dialog, and chooses in it.
  document.addEventListener('change', (event) => { if (event.target.type === 'file') window.zpPresses += 2; }, true);
})()"""
COLUMNS = "() => document.querySelector('.st-key-side table.zp-numbers')?.querySelector('tbody tr').querySelectorAll('td').length"
"""How many alternatives stand side by side."""

Task = Callable[[str, int], AbstractContextManager[Visit]]


@pytest.fixture(scope="module")
def task(chrome: Browser, address: str) -> Iterator[Task]:
    """Give what tries a task in a new browser, from the opening: its name, and how many presses it may take."""
    rows: list[tuple[str, int, float]] = []

    @contextmanager
    def tried(name: str, most: int) -> Iterator[Visit]:
        with visiting(chrome, address) as visit:
            visit.page.add_init_script(COUNTED)
            visit.open("?panel=overview")
            began = time.monotonic()
            yield visit
            rows.append((name, presses := visit.page.evaluate("window.zpPresses"), time.monotonic() - began))
            assert 0 < presses <= most
            assert visit.foreign == []
            assert visit.errors == []

    yield tried
    print("", *(f"| {name} | {presses} | {seconds:.0f} |" for name, presses, seconds in rows), sep="\n")


def test_how_many_junior_seats_a_zone_lacks(task: Task, folder: Path) -> None:
    city = workspace.load(folder)
    zones = answers.adequacy(Case(city, "primary", city.years[-1])).tables["zones"].set_index(["zone_id", "stage"])
    lacking = zones.loc[("haiyang", "junior"), "deficit_within"]
    assert lacking > 0
    with task("海洋片区还缺多少初中学位", 2) as visit:
        visit.press(visit.page.locator(".zp-card-map[aria-label*=海洋]"))
        visit.says("海洋片区：", f"初中 {lacking:,.0f} 个学位")
        (told,) = [line for line in visit.side().splitlines() if line.startswith("海洋片区：")]
        assert f"初中 {lacking:,.0f} 个学位" in told  # in the one sentence, not somewhere below it


def test_three_alternatives_side_by_side(task: Task) -> None:
    with task("三个方案或年份并排看", 4) as visit:
        visit.panel("compare")
        visit.press(visit.page.locator(".st-key-cmp_add button"))
        visit.until(f"() => ({COLUMNS})() === 3", "three columns", seen=visit.side)


def test_own_excel_is_taken(task: Task, changing: Path, tmp_path: Path) -> None:
    file = tmp_path / "学校.xlsx"
    rows = {
        "名称": ["第一小学", "第二小学"],
        "小学学位": [900, 720],
        "经度": [117.6601, 117.6712],
        "纬度": [39.0571, 39.0655],
    }
    pd.DataFrame(rows).to_excel(file, index=False)
    before = len(json.loads((changing / "schools.geojson").read_text("utf-8"))["features"])
    with task("导入自己的 Excel", 9) as visit:
        for _ in range(TIMES):
            visit.panel("import")
            visit.page.locator("input[type=file]").set_input_files(str(file))
            if _answered(visit, datum="WGS84"):
                break
            visit.open("?panel=overview")
        visit.press(visit.page.locator(".st-key-import_take button"))
        visit.says("已写入", "新增 2")
    features = json.loads((changing / "schools.geojson").read_text("utf-8"))["features"]
    assert len(features) == before + 2
    assert {"第一小学", "第二小学"} <= {f["properties"]["name_zh"] for f in features}


def test_geojson_is_taken_away(task: Task) -> None:
    with task("导出 GeoJSON", 3) as visit:
        visit.panel("export")
        visit.press(visit.page.locator(".st-key-export_make button"))
        with visit.page.expect_download() as file:
            visit.page.locator(".st-key-export_get button").click()
        assert file.value.suggested_filename.endswith(".geojson")
        told = json.loads(Path(file.value.path()).read_text("utf-8"))
    assert told["type"] == "FeatureCollection"
    assert told["features"]
    assert shapely.box(117, 38.9, 117.8, 39.4).contains(shapely.from_geojson(json.dumps(told["features"][0])))


def test_one_page_as_pdf(task: Task) -> None:
    with task("单页 PDF", 5) as visit:
        visit.panel("export")
        visit.choose("report_kind_zh", "单页：全区")
        visit.press(visit.page.locator(".st-key-report_make button"))
        with visit.page.expect_download() as file:
            visit.page.locator(".st-key-report_get button").click()
        assert file.value.suggested_filename.endswith(".pdf")
        content = Path(file.value.path()).read_bytes()
    assert len(pypdf.PdfReader(io.BytesIO(content)).pages) == 1
