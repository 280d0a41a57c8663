"""The address as a link, in two real browsers: what one planner sees, a colleague who opens it sees too."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import HERE, MARKS, Visit, copied, serving, visiting
from tests.page.test_plans import add_here, save

pytestmark = MARKS


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace for these tests alone."""
    return copied(tmp_path_factory.mktemp("link") / "data")


def link(visit: Visit) -> str:
    """Return the link that the button offers; a page served over http from this machine may not always copy."""
    visit.page.locator(".zp-share").click()
    visit.until("() => !document.querySelector('.zp-shared').hidden", "the link is offered")
    return str(visit.page.evaluate("location.href"))


def test_a_link_opens_what_the_sender_saw(chrome: Browser, own: Path) -> None:
    with serving(data=own) as address, visiting(chrome, address) as wang, visiting(chrome, address) as li:
        wang.open()
        add_here(wang, *HERE)
        wang.panel("方案")
        save(wang, "东双创A", "王工")
        wang.says("已保存：东双创A（第 1 版）")
        wang.pick("by", "半径")
        wang.pick("year", "2020")
        wang.look(117.66, 39.07, 13.5)
        sent = link(wang)
        assert "more=" not in sent
        li.address = sent
        li.open()
        li.says("已按链接打开方案“东双创A”第 1 版", "N01", "方案：东双创A（第 1 版）")
        assert li.view() == pytest.approx([117.66, 39.07, 13.5], abs=5e-4)
        for key, word in (("by", "半径"), ("year", "2020"), ("nav", "方案")):
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
        assert wang.foreign == li.foreign == []
        assert wang.errors == li.errors == []
