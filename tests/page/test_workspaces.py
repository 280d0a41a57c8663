"""Other workspaces in a real browser: hostile names, a broken one, a real city.

``ZONEPLAN_SHOTS=1`` renews the pictures in docs/img.
"""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Browser

import cli
from tests.browser import HERE, KEEP, MARKS, Visit, serving, visiting
from tests.need import need

pytestmark = MARKS


def test_hostile_names_are_text(fresh: Visit, changing: Path) -> None:
    visit, page = fresh, fresh.page
    evil = "<img src=x onerror='window.evil=1'>{{7*7}}${window.evil=2}`<script>window.evil=3</script>![x](http://evil.example/x.png)"
    for name in ("zones", "schools", "clinics", "stops", "links", "water"):
        told = json.loads((changing / f"{name}.geojson").read_text("utf-8"))
        for feature in told["features"]:
            feature["properties"] |= {"name_zh": evil, "name_en": evil, "short_zh": evil, "role_zh": evil, "note": evil}
        (changing / f"{name}.geojson").write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    visit.open()
    visit.look(*HERE, 14)
    visit.click(*HERE)
    visit.shows("zones", "streets", "bands")
    page.mouse.move(500, 450, steps=20)
    for panel in ("分区", "学位", "选址", "方案"):
        visit.panel(panel)
    assert page.evaluate("() => window.evil") is None
    assert page.locator("img[src='x']").count() == 0
    labels = " ".join(page.locator(".zp-label").all_text_contents())  # those too that others hide
    assert "onerror" in labels and "{{7*7}}" in labels and "49" not in labels


def test_broken_workspace_is_a_readable_page(fresh: Visit, changing: Path) -> None:
    told = json.loads((changing / "zones.geojson").read_text("utf-8"))
    ring = told["features"][3]["geometry"]["coordinates"][0]
    ring[1], ring[2] = ring[2], ring[1]
    (changing / "zones.geojson").write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    fresh.page.goto(fresh.address)
    fresh.page.get_by_text("工作区数据有误").wait_for()
    fresh.idle()
    assert "Traceback" not in fresh.page.content()
    fresh.shot("broken_workspace", keep=KEEP)


def test_a_real_city_through_the_same_page(chrome: Browser, tmp_path: Path) -> None:
    real = Path(need("real:porto_alegre"))
    there = tmp_path / "poa"
    files = ["--osm", str(real / "poa_osm.pbf"), "--population", str(real / "poa_hexgrid.csv"), "--out", str(there)]
    assert cli.main(["build", *files, "--name", "Porto Alegre", "--year", "2025"]) == 0
    with serving(data=there) as address, visiting(chrome, address) as visit:
        visit.open()
        visit.look(-51.205, -30.045, 14)
        visit.click(-51.205, -30.045)
        visit.says("未选用标准")  # a standard of China judges nothing here unless somebody chooses it
        visit.choose("measure_by_zh", "自定距离")
        visit.shows("bands", "streets", "service")
        visit.shot("porto_alegre", keep=KEEP)
        visit.panel("覆盖")
        visit.shows("coverage")
        assert visit.foreign == []
