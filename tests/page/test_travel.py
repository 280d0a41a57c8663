"""Ways by a mode in a real browser: the ground within 15, 30 and 45 minutes by train, what is told of it, and where nothing runs."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

from tests.browser import MARKS, Visit

pytestmark = MARKS

STATION = (117.09, 39.0735)
"""By a station of metro 3, in the south of 华苑片区."""


def _asked(visit: Visit) -> None:
    visit.look(*STATION, 14)
    visit.click(*STATION)
    visit.pick("go_mode_row", "公交")
    visit.shows("bands", "travel-rims")


def test_a_press_is_answered_by_train_with_the_band_of_the_window(visit: Visit) -> None:
    _asked(visit)
    visit.says("公交 30 分钟内可到", "时段内", "第 5–95 百分位", "metro.gtfs.zip", "示意·假设")
    visit.legend("15 分钟", "30 分钟", "45 分钟", "第 95 百分位（多等车）")
    visit.click(STATION[0] - 0.01, STATION[1])  # by the same mode, without asking anew
    visit.says("公交 30 分钟内可到")
    visit.pick("go_when_row", "到达")
    visit.says("人可在 30 分钟内到此（公交）")
    visit.pick("lang", "EN")
    visit.says("people can be here within 30 min by public transport", "5th to 95th percentile")
    visit.legend("45 min", "95th percentile (much waiting)")
    visit.pick("go_mode_row", "standard (on foot)")
    visit.says("Nearest facilities")
    visit.hides("travel-rims")


def test_a_day_on_which_nothing_runs_is_refused_in_words(visit: Visit, changing: Path) -> None:
    _without_weekends(changing / "metro.gtfs.zip")
    visit.open()
    _asked(visit)
    _on(visit, "20261010")
    visit.says("2026-10-10 没有任何班次")
    visit.hides("travel-rims")
    visit.pick("lang", "EN")
    visit.says("nothing runs on 2026-10-10")
    _on(visit, "20261012")
    visit.says("within 30 min by public transport")


def _on(visit: Visit, day: str) -> None:
    before = visit.runs
    visit.page.locator(".st-key-go_day [role=spinbutton]").first.click()
    visit.page.keyboard.type(day)  # each part goes on to the next
    for _ in range(2):  # over the calendar's button: the day holds once the whole field is left
        visit.page.keyboard.press("Tab")
    visit.ran(before, day)


def _without_weekends(feed: Path) -> None:
    with zipfile.ZipFile(feed) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    rows = list(csv.DictReader(io.StringIO(files["calendar.txt"].decode())))
    text = io.StringIO()
    out = csv.DictWriter(text, rows[0].keys())
    out.writeheader()
    out.writerows({**row, "saturday": 0, "sunday": 0} for row in rows)
    with zipfile.ZipFile(feed, "w") as archive:
        for name, content in {**files, "calendar.txt": text.getvalue().encode()}.items():
            archive.writestr(name, content)
