"""How far the plan is: rules of the lights held on random numbers, entries kept, undone and imported in both stores. Issue 11."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

import cli
from geo import answers
from geo.errors import InputError
from geo.examples import town
from geo.monitor import YEARS, Actual, check_actuals, pace_table
from layers.incoming.actuals import SHEET, read_actuals, template
from layers.store import DamagedError, Plans, Store, actuals
from layers.store.backup import back_up, move, restore
from layers.write.tables import write_csv, write_xlsx
from tests.screen import DATA, charts, page, texts
from tests.test_store import on_postgres, raw

pytestmark = pytest.mark.timeout(900)
TARGETS = pd.read_csv(DATA / "targets.csv")
RANK = {"red": 0, "amber": 1, "green": 2}
number = some.integers(-1000, 1000).map(lambda n: n / 4)


def plan(base: float | None, target: float | None, **more: object) -> pd.DataFrame:
    row = {
        "indicator_id": "A",
        "name": "学位数",
        "baseline_2020": base,
        "target_2025": target,
        "kind": "预期性",
        "operator": ">=",
        "comparable": 1,
    }
    return pd.DataFrame([{**row, **more}])


def judged(table: pd.DataFrame, values: dict[int, float], year: int, **more: float) -> pd.Series:
    return pace_table(table, [Actual("A", y, v) for y, v in values.items()], year, **more).iloc[0]


@given(
    number, number, some.dictionaries(some.sampled_from(YEARS), number, min_size=1), some.data(),
    some.sampled_from(["预期性", "约束性"]), some.sampled_from(["学位数", "累计投资", "增长率"]),
)  # fmt: skip
@settings(deadline=None, max_examples=40)
def test_more_is_never_worse_and_units_do_not_matter(
    base: Any, target: Any, values: Any, data: Any, kind: Any, name: Any
) -> None:
    table = plan(base, target, kind=kind, name=name)
    year = max(values)
    before = judged(table, values, year)
    which = data.draw(some.sampled_from(sorted(values)))
    after = judged(table, {**values, which: values[which] + data.draw(some.integers(0, 500))}, year)
    assert (before["light"] == "grey") == (after["light"] == "grey")
    assert RANK.get(after["light"], 0) >= RANK.get(before["light"], 0)
    scaled = judged(
        plan(base * 1024, target * 1024, kind=kind, name=name), {y: v * 1024 for y, v in values.items()}, year
    )
    assert scaled["light"] == before["light"]
    for one in ("pace", "required", "forecast"):
        assert scaled[one] == pytest.approx(before[one] * 1024, nan_ok=True)
    if kind == "约束性":
        assert before["light"] != "amber"


@given(
    number,
    number,
    some.sampled_from(YEARS),
    some.sampled_from([">=", "<=", "="]),
    some.sampled_from(["预期性", "约束性"]),
)
@settings(deadline=None, max_examples=40)
def test_the_target_is_met_where_it_is_reached(base: Any, target: Any, year: Any, operator: Any, kind: Any) -> None:
    row = judged(plan(base, target, operator=operator, kind=kind), {year: target}, year)
    assert (row["light"], row["required"]) == ("green", 0.0)


@given(some.lists(some.tuples(some.sampled_from(YEARS), number), unique_by=lambda t: t[0]), some.randoms())
@settings(deadline=None, max_examples=40)
def test_the_order_of_entry_does_not_matter(rows: Any, random: Any) -> None:
    entries = [Actual("A", y, v, number=n) for n, (y, v) in enumerate(rows)]
    mixed = list(entries)
    random.shuffle(mixed)
    pd.testing.assert_frame_equal(pace_table(plan(1, 9), entries, 2025), pace_table(plan(1, 9), mixed, 2025))


def test_nothing_is_green_without_a_number_of_the_year() -> None:
    for year in YEARS:
        assert set(pace_table(TARGETS, [], year)["light"]) == {"grey"}
    row = judged(plan(100, 200), {2022: 500}, 2023)
    assert (row["light"], row["actual"], row["actual_year"]) == ("grey", 500, 2022)
    assert "不能沿用" in row["rule_zh"]


def test_numbers_worked_by_hand() -> None:
    row = judged(plan(100, 200), {2022: 130, 2023: 155}, 2023)  # the line is at 160
    assert (row["light"], row["progress"], row["required"]) == ("amber", 0.55, 22.5)
    assert row["pace"] == pytest.approx(55 / 3)
    assert row["forecast"] == pytest.approx(
        385 / 3 + 125 / 7 * 10 / 3
    )  # years about their mean: slope (250/3) / (14/3)
    assert judged(plan(100, 200), {2023: 149}, 2023)["light"] == "red"
    assert judged(plan(100, 200, kind="约束性"), {2023: 159}, 2023)["light"] == "red"
    assert judged(plan(200, 100, operator="<="), {2023: 140}, 2023)["light"] == "green"
    total = judged(plan(140, 1000, name="累计投资", comparable=0), {2021: 200, 2022: 230}, 2022)
    assert (total["progress"], total["required"], total["forecast"], total["light"]) == (
        0.43,
        pytest.approx(190),
        1075,
        "green",
    )
    assert judged(plan(140, 1000, name="累计投资"), {2022: 430}, 2022)["light"] == "grey"  # 2021 is missing
    rate = judged(plan(-1.5, 10, name="增长率"), {2021: 8, 2022: 11}, 2022)
    assert (rate["light"], rate["forecast"], rate["required"]) == ("amber", 9.5, pytest.approx(31 / 3))
    odd = judged(plan(10, 8, comparable=0), {2023: 7}, 2023)
    assert odd["light"] == "grey" and pd.isna(odd["pace"]) and pd.isna(odd["forecast"])


def test_a_binding_task_under_way_is_no_result() -> None:
    for kind, said in (("约束性", ["green", "grey", "red"]), ("预期性", ["green", "amber", "red"])):
        table = plan(None, None, operator="task", kind=kind)
        got = [
            pace_table(table, [Actual("A", 2023, state=s)], 2023)["light"].item() for s in ("完成", "进行中", "未完成")
        ]
        assert got == said


def test_what_cannot_be_entered_is_said() -> None:
    rows = [
        Actual("A", 2023, 1.0),
        Actual("A", 2023, 2.0),
        Actual("A", 2020, 1.0),
        Actual("A", 2024, 1.0, "完成"),
        Actual("A", 2022, float("nan")),
    ]
    assert [(f.row, f.field) for f in check_actuals(rows, plan(1, 2), file="x.csv")] == [
        (2, "year"),
        (3, "year"),
        (4, "state"),
        (5, "value"),
    ]
    with pytest.raises(InputError, match="2021"):
        pace_table(plan(1, 2), [], 2030)


def test_the_map_is_compared_with_what_was_entered_and_follows_the_scenario() -> None:
    place = dataclasses.replace(town().workspace, targets=plan(300, 600, service="primary"))
    entry = [Actual("A", 2023, 540.0)]
    assert not answers.monitored(place, entry)["targets"]["differs"].item()
    more = dataclasses.replace(place, schools=place.schools.assign(seats_primary=720.0))
    told = answers.monitored(more, entry)
    assert told["targets"]["computed"].item() == 720
    assert told["alerts"]["what"].tolist() == ["differs"]
    unknown = dataclasses.replace(place, schools=place.schools.assign(seats_primary=float("nan")))
    assert pd.isna(answers.monitored(unknown, entry)["targets"]["computed"].item())


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Plans:
    if request.param == "sqlite":
        return Store(tmp_path / "home" / "plans.sqlite")
    return on_postgres(request.getfixturevalue("postgres_url"))


def put(store: Plans, value: float, op: str | None = None, **more: int) -> Actual:
    return actuals.enter(
        store, [Actual("I29-primary", 2023, value, source="教体局")], TARGETS, who="王工", op=op, **more
    )[0]


def test_a_correction_keeps_the_old_value_and_is_taken_back(store: Plans) -> None:
    first, second = put(store, 4100), put(store, 4200)
    assert [a.value for a in actuals.entered(store)] == [4100, 4200]
    actuals.take_back(store, second.batch, who="李工")
    assert actuals.entered(store) == [first]
    assert [(a.value, gone[:2]) for a, gone in actuals.history(store)] == [(4100, ""), (4200, "李工")]
    with pytest.raises(InputError, match="already"):
        actuals.take_back(store, second.batch, who="李工")
    assert store.names() == []  # no plan of that name is seen


def test_an_operation_counts_once_and_nothing_is_replaced_unseen(store: Plans) -> None:
    assert put(store, 4100, "a" * 32) == put(store, 4100, "a" * 32)
    with pytest.raises(InputError, match="another entry"):
        put(store, 5, "a" * 32)
    with pytest.raises(InputError, match="meanwhile"):
        put(store, 4200, seen=0)
    rows = [Actual("I29-primary", 2024, 1.0), Actual("none", 2024, 1.0)]
    with pytest.raises(InputError):
        actuals.enter(store, rows, TARGETS, who="")
    assert len(actuals.entered(store)) == 1


def test_a_backup_brings_actuals_back_and_damage_is_noticed(store: Plans, tmp_path: Path) -> None:
    put(store, 4100)
    file = tmp_path / "backup.sqlite"
    assert back_up(store, file).heads == store.heads() != {}
    other = Store(tmp_path / "other" / "plans.sqlite")
    restore(other, file)
    assert actuals.history(other) == actuals.history(store)
    assert move(store, other).comments == 0
    assert other.heads() == store.heads()
    raw(store, "UPDATE note SET text = replace(text, '4100', '9100')")
    assert any("实施监测" in f.text_zh for f in store.verify())
    with pytest.raises(DamagedError):
        actuals.entered(store)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_filled_template_is_read(kind: str, tmp_path: Path) -> None:
    table = template(TARGETS).set_index("indicator_id")
    assert len(table) == 52
    table["2023"] = table["2023"].astype(object)
    table.loc["I29-primary", "2023"], table.loc["I30", "2023"], table.loc["I03", "2023"] = 4100, "完成", 249.5
    file = tmp_path / f"filled.{kind}"
    write_csv(table.reset_index(), file) if kind == "csv" else write_xlsx({SHEET: table.reset_index()}, file)
    read = read_actuals(file, TARGETS)
    assert read.accepted, read.findings
    assert [(a.indicator_id, a.year, a.value, a.state) for a in read.rows] == [
        ("I03", 2023, 249.5, ""), ("I29-primary", 2023, 4100, ""), ("I30", 2023, None, "完成"),
    ]  # fmt: skip


def test_the_long_form_is_read_and_every_bad_row_is_named(tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    file.write_text(
        "indicator_id,year,value,source\nI03,2023,249,海关\nI03,2031,1,\nI99,2023,1,\nI04,2023,约50,\n",
        encoding="utf-8",
    )
    read = read_actuals(file, TARGETS)
    assert not read.accepted
    assert sorted((f.row or 0, f.field or "") for f in read.findings if f.level == "error") == [
        (2, "year"),
        (3, "indicator_id"),
        (4, "value"),
    ]
    assert all(f.file == "long.csv" for f in read.findings)
    file.write_bytes(b"\x00\x01\x02")
    assert not read_actuals(file, TARGETS).accepted


def test_the_shell_enters_previews_takes_and_takes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZONEPLAN_HOME", str(tmp_path / "h"))
    from tests.village import village

    folder = village(tmp_path / "v")
    (folder / "targets.csv").write_bytes((DATA / "targets.csv").read_bytes())

    def run(*words: str) -> Any:
        assert cli.main(["--data", str(folder), "--json", "monitor", *words]) == 0
        return json.loads(capsys.readouterr().out)

    (entry,) = run("add", "I29-primary", "2023", "4100", "--who", "王工")
    file = tmp_path / "a.csv"
    file.write_text("indicator_id,2023\nI29-primary,4500\n", encoding="utf-8")
    assert run("import", str(file), "--who", "李")[0]["before"] == 4100
    assert len(run("history")) == 1  # only looked at
    run("import", str(file), "--who", "李", "--yes")
    row = next(r for r in run("--year", "2023")["targets"] if r["indicator_id"] == "I29-primary")
    assert (row["actual"], row["light"]) == (4500, "green")
    batch = run("history")[-1]["batch"]
    assert run("undo", batch, "--who", "李") == [entry]


def points(app: Any) -> int:
    """Return how many points the lines of the chart of the indicator have."""
    (drawn,) = charts(app)
    return sum(len(line.split()) for line in re.findall(r'<polyline points="([^"]*)"', drawn))


def test_one_actual_changes_pace_light_chart_and_list_and_undo_brings_them_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.village import village

    folder = village(tmp_path / "v")
    (folder / "targets.csv").write_bytes((DATA / "targets.csv").read_bytes())
    monkeypatch.setenv("ZONEPLAN_DATA", str(folder))
    app = page(panel="targets", register_part="monitor", monitor_year=2023, monitor_indicator="I29-primary")
    assert not app.exception
    assert "2023 年无数据" in texts(app)
    before = points(app)
    app.number_input(key="monitor_value_I29-primary").set_value(4500.0)
    app.text_input(key="monitor_source_I29-primary").set_value("<b>教体局</b>")
    app.button(key="monitor_enter").click().run()
    assert not app.exception
    assert "4500，不落后于 2023 年直线值 4440" in texts(app)
    assert "450 个" in texts(app)  # needed a year: (5400 - 4500) / 2
    assert re.search(r"：小学</b><span>绿灯 · \d+%", texts(app))
    assert points(app) != before
    app.button(key="monitor_undo_1").click().run()
    assert points(app) == before
    assert "：小学</b><span>无数据" in texts(app)
    assert "已撤销" in texts(app)


def test_a_viewer_may_not_enter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.village import village
    from ui.session import person

    folder = village(tmp_path / "v")
    (folder / "targets.csv").write_bytes((DATA / "targets.csv").read_bytes())
    monkeypatch.setenv("ZONEPLAN_DATA", str(folder))
    monkeypatch.setattr(person, "may", lambda _action: False)
    app = page(panel="targets", register_part="monitor", lang="en")
    assert not app.exception
    assert "may only look" in texts(app)
    assert not [b for b in app.button if b.key == "monitor_enter"]
