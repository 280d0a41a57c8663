"""Plans that stay, in a real browser: a reload in the middle, the back button, a restart, two planners on one plan, a link.

``ZONEPLAN_SHOTS=1`` renews the pictures in docs/img.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from geo.scenario import Added, Closed, Resized, Scenario
from layers.store.place import plans_of
from tests.browser import HERE, KEEP, MARKS, Visit, serving, visiting
from tests.page.conftest import PREFIX

pytestmark = MARKS


@contextmanager
def planner(chrome: Browser, address: str) -> Iterator[Visit]:
    """Give a planner with a browser profile of his own; in the end no script has failed and nothing has left the machine."""
    with visiting(chrome, address) as visit:
        yield visit
        assert visit.foreign == []
        assert visit.errors == []


def add_here(visit: Visit, lon: float, lat: float) -> None:
    """Take a place of the map into the plan."""
    visit.look(lon, lat, 14)
    visit.click(lon, lat)
    visit.press(visit.page.locator(".st-key-add_here button"))


ZH = ("按名称选现有设施", "关闭此设施")
EN = ("Choose a facility by name", "Close it")


def turn_to(visit: Visit, name: str, words: tuple[str, str]) -> None:
    """Choose a facility in the part of the panel that lists them by name, which is opened unless it is open."""
    chosen = visit.page.locator("[class*=st-key-facility_chosen]").first
    if not chosen.is_visible():
        visit.page.locator(".st-key-side summary", has_text=words[0]).click()
        visit.idle()
    chosen.locator("[data-baseweb=select], [role=combobox]").first.click()
    option = visit.page.get_by_role("option", name=name, exact=True).first
    if option.get_attribute("aria-selected") == "true":
        visit.page.keyboard.press("Escape")
    else:
        visit.press(option)


def close(visit: Visit, name: str, words: tuple[str, str] = ZH) -> None:
    """Close a facility in the plan's panel."""
    turn_to(visit, name, words)
    visit.press(words[1])


def resize(visit: Visit, name: str, seats: int, words: tuple[str, str] = ZH) -> None:
    """Give a facility another size in the plan's panel."""
    turn_to(visit, name, words)
    field = visit.page.locator("[class*=st-key-draw_resize_primary_] input").first
    field.fill(str(seats))
    before = visit.runs
    field.press("Enter")
    visit.ran(before, "the size")


def save(visit: Visit, name: str, who: str, word: str = "保存") -> None:
    """Save the plan under a name, in a person's name."""
    form = visit.page.locator(".st-key-side [data-testid=stForm]")
    form.locator("input").nth(0).fill(name)
    form.locator("input").nth(1).fill(who)
    visit.press(form.get_by_role("button", name=word, exact=True))


def test_found_16_reload_back_and_restart_keep_the_unsaved_plan(chrome: Browser, folder: Path, address: str) -> None:
    """FOUND 16: reload dropped the unsaved plan, back left the app."""
    with visiting(chrome, "") as visit:
        with serving(data=folder, prefix=PREFIX) as before:
            visit.address = before
            visit.open()
            add_here(visit, *HERE)
            visit.panel("方案")
            visit.says("N01", "方案：我的方案（未保存：新增 1）")
            visit.page.reload()
            visit.open()
            visit.says("已恢复未保存的方案（1 步）")
            visit.panel("方案")
            visit.says("N01")
            visit.shot("plan_restored", keep=KEEP)
            visit.page.goto("about:blank")
            visit.page.go_back()
            visit.until("() => window.zpMap && window.zpMap.box.dataset.ready !== undefined", "the map is ready")
            visit.idle()
            visit.panel("方案")
            visit.says("N01", "已恢复未保存的方案")
        # The server is stopped under the open page: it says so.
        visit.says("与服务器的连接断了", "现在重试", where=".zp-gone")
        # Cookies do not ask for the port: the browser is known at another one, as after a restart of the server.
        visit.address = address
        visit.errors.clear()
        visit.open()
        visit.panel("方案")
        visit.says("N01", "已恢复未保存的方案")
        visit.press("放弃改动（可撤销）")
        visit.unsays("N01")
        visit.press("撤销一步")
        visit.says("N01")
        assert visit.foreign == []


def elsewhere(folder: Path, name: str, rev: int, who: str, *more: Closed | Resized | Added) -> None:
    """Save a revision with further objects as a colleague does at another page: the page asked about sees the store only."""
    store, _ = plans_of(folder)
    plan = (store.load(name).scenario if rev else None) or Scenario(name)
    store.save(replace(plan, objects=(*plan.objects, *more)), base_rev=rev, who=who)


def test_found_16_a_conflict_is_shown_side_by_side_and_merged(chrome: Browser, folder: Path, address: str) -> None:
    """FOUND 16: after a conflict there was no way on; the time was UTC, the author nobody."""
    (wang, wang_closes), (_, li_closes) = schools(folder)[:2]
    with planner(chrome, address) as li:
        elsewhere(folder, "东双创A", 0, "王工", Added("N01", "primary", *HERE, 1080.0, 2025))
        li.open("?panel=scenario")
        li.press(li.page.locator(".st-key-plan_open_it button"))
        li.says("方案：东双创A（第 1 版）")
        elsewhere(folder, "东双创A", 1, "王工", Closed(wang, 2025))
        close(li, li_closes)
        li.says("第 1 版，另有未保存的改动：关闭 1")
        save(li, "东双创A", "李工")
        li.says("“东双创A”已有新版", "王工 于", wang_closes, li_closes, "取我的", "取对方的")
        li.shot("plan_merge", keep=KEEP)
        li.press("合并，存为第 3 版")
        li.says(
            "已保存：东双创A（第 3 版）",
            f"关闭设施\n{wang_closes}",
            f"关闭设施\n{li_closes}",
            "方案：东双创A（第 3 版）",
        )
        li.shot("plan_merged", keep=KEEP)


def test_found_16_in_english_each_facility_that_both_have_changed_is_chosen(
    chrome: Browser, folder: Path, address: str
) -> None:
    """Both languages; mine is chosen for one school, theirs for the other."""
    (first, one), (second, other), (_, third) = schools(folder, "name_en")[:3]
    with planner(chrome, address) as li:
        li.open("?lang=en&panel=scenario")
        close(li, third, EN)
        save(li, "East A", "Li", "Save")
        li.says("Saved: East A (revision 1)")
        elsewhere(folder, "East A", 1, "Wang", Closed(first, 2025), Resized(second, "primary", 900.0, 2025))
        resize(li, one, 720, EN)
        close(li, other, EN)
        save(li, "East A", "Li", "Save")
        li.says(
            "'East A' has a newer revision: both side by side",
            "Wang saved revision 2 at",
            "to choose",
            "2 still to choose",
        )
        merge = li.page.get_by_role("button", name="Merge and save as revision 3", exact=True)
        assert merge.is_disabled()
        li.shot("plan_merge_en", keep=KEEP)
        for words in ("720", "900"):
            li.press(li.page.locator(".st-key-merge [role=radiogroup] label", has_text=words))
        li.press(merge)
        li.says(
            "Saved: East A (revision 3)",
            f"facility resized\n{one}",
            f"facility resized\n{other}",
            f"facility closed\n{third}",
        )
        li.unsays(f"facility closed\n{one}")
        li.unsays(f"facility closed\n{other}")


def link(visit: Visit) -> str:
    """Return the link that the button offers; a page served over http from this machine may not always copy."""
    visit.page.locator(".zp-share").click()
    visit.until("() => !document.querySelector('.zp-shared').hidden", "the link is offered")
    return str(visit.page.evaluate("location.href"))


def test_a_link_opens_what_the_sender_saw(chrome: Browser, address: str) -> None:
    with planner(chrome, address) as wang, planner(chrome, address) as li:
        wang.open()
        add_here(wang, *HERE)
        wang.panel("方案")
        save(wang, "西双创", "王工")
        wang.says("已保存：西双创（第 1 版）")
        wang.pick("by", "半径")
        wang.pick("year", "2020")
        wang.look(117.66, 39.07, 13.5)
        sent = link(wang)
        assert "more=" not in sent
        li.address = sent
        li.open()
        li.says("已按链接打开方案“西双创”第 1 版", "N01", "方案：西双创（第 1 版）")
        assert li.view() == pytest.approx([117.66, 39.07, 13.5], abs=5e-4)
        for key, word in (("by", "半径"), ("year", "2020"), ("tabs", "方案")):
            pressed = li.page.locator(f".st-key-{key} button[aria-checked=true]")
            assert word in " ".join(pressed.all_inner_texts()), key
        # What is not saved stays with its planner; the link says that there is more.
        wang.page.locator(".zp-shared button").click()
        add_here(wang, HERE[0] + 0.004, HERE[1])
        more = link(wang)
        assert "more=1" in more
        assert "未保存的改动不在链接里" in wang.page.locator(".zp-shared").inner_text()
        # A reload of one's own page keeps what is not saved.
        before = wang.page.evaluate("location.search")
        wang.page.reload()
        wang.panel("方案")
        wang.says("N02", "第 1 版，另有未保存的改动：新增 1")
        after = before.replace("panel=site", "panel=scenario")
        wang.until("(after) => location.search === after", "the address is as it was", after, lambda: wang.page.url)
        # A colleague with an unsaved plan of his own finds it one step back.
        li.page.locator(".st-key-link_goes_on button").click()
        add_here(li, HERE[0] - 0.004, HERE[1])
        li.address = sent.replace("by=radius", "by=walk")
        li.open()
        li.says("第 1 版，另有未保存的改动：新增 1")
        li.address = sent.replace("rev=1", "rev=9")
        li.open()
        li.says("第 9 版打不开")


def schools(folder: Path, name: str = "name_zh") -> list[tuple[str, str]]:
    """Return the ids and the names of the primary schools of a workspace, as the panel lists them."""
    import geopandas as gpd

    frame = gpd.read_file(folder / "schools.geojson")
    some = frame.loc[frame["seats_primary"] > 0]
    return list(zip(some["facility_id"], some[name], strict=True))
