"""What the panel says and draws before a file is taken: counts, rows, colours, the red line, and the button."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from layers.store import versions
from tests.village import SCHOOLS, put, row, village


def script() -> None:
    import os
    from pathlib import Path

    import geopandas as gpd
    import streamlit as st

    from layers import workspace
    from tests.village import found
    from ui.panels import import_preview

    home = Path(os.environ["ZONEPLAN_DATA"])
    st.session_state.setdefault("lang", "zh")
    file = home.parent / "file.geojson"
    if "read" not in st.session_state:
        from geo.schema import conform

        frame, _ = conform("schools", gpd.read_file(home.parent / "given.geojson"))
        st.session_state.read = found(frame, file, "schools")
    place = workspace.load(home)

    @st.fragment
    def panel() -> None:
        drawn, said = import_preview.show(place, st.session_state.read, file)
        st.session_state.drawn, st.session_state.said = drawn, said

    panel()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = village(tmp_path / "home")
    monkeypatch.setenv("ZONEPLAN_DATA", str(folder))
    return folder


def shown(app: AppTest) -> str:
    return "".join(element.proto.body for element in app.get("html"))


def test_found_02_every_change_is_shown_before_the_button(home: Path) -> None:
    moved = row(facility_id="x", name_zh="一小", kind="primary", seats_primary=600, x=0.3, y=0.2)
    put(home.parent, "given", [moved, row(facility_id="n", name_zh="新校", kind="primary", x=0.6, y=0.1)])
    app = AppTest.from_function(script, default_timeout=120).run()
    assert not app.exception
    drawn = app.session_state.drawn
    assert [layer["id"] for layer in drawn.layers] == ["incoming-changed", "incoming-added", "incoming-moves"]
    assert all("media" in layer["url"] for layer in drawn.layers)  # in memory, for this session
    told = shown(app)
    assert all(
        word in told
        for word in ("<td>新增</td>", "<td>改动</td>", "一小 · S1 · 名称", "小学学位 540 → 600", "位置移动")
    )
    app.selectbox(key="import_mode_schools_zh").set_value("replace").run()
    assert app.error[0].value == "现有 2 条，文件 2 条：将移除 1 条"
    assert "incoming-removed" in [layer["id"] for layer in app.session_state.drawn.layers]
    assert app.button(key="import_take").disabled
    app.checkbox[0].check().run()
    assert not app.button(key="import_take").disabled
    app.button(key="import_take").click().run()
    assert app.session_state.said == "已写入（第 1 版）：学校，新增 1，改动 1，移除 1"
    assert len(versions.history(home)) == 1


def test_what_fits_two_is_asked_on_the_page(home: Path) -> None:
    put(home, "schools", [*SCHOOLS, row(facility_id="S3", name_zh="一小", kind="primary", x=0.6, y=0.2)])
    put(home.parent, "given", [row(facility_id="q", name_zh="一小", kind="primary", seats_primary=700, x=0.4, y=0.9)])
    app = AppTest.from_function(script, default_timeout=120).run()
    assert not app.exception
    assert app.button(key="import_take").disabled
    ask = next(box for box in app.selectbox if str(box.key).startswith("pair_"))
    ask.set_value("S3")
    next(button for button in app.button if button.label == "确认").click().run()
    assert not app.exception
    assert not app.button(key="import_take").disabled
    assert "一小 · S3 · 按回答" in shown(app)
