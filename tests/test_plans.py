"""Plans that stay: where they are kept, what their new facilities are called, how two versions become one, what a report says."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

import cli
from geo import answers
from geo.case import Case
from geo.errors import InputError
from geo.examples import town
from geo.scenario import (
    FORMAT,
    Added,
    Scenario,
    apply,
    base_of,
    counted,
    fingerprint,
    free_ids,
    from_geojson,
    ids_of,
    merge,
)
from geo.text import Text
from layers import exports, workspace
from layers.store import Store, place, take
from layers.store.drafts import Draft, Drafts
from layers.write import geojson
from tests.screen import DATA
from tests.test_store_damage import old_store, spoil
from ui.panels import scenario_panel

NEW = Added("N01", "primary", 117.0, 39.1, 360)
OTHER = Added("N01", "junior", 117.2, 39.2, 720)
BROWSER = "0123456789abcdef" * 2


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of working copies of a program that has just been installed."""
    monkeypatch.setattr(take, "WORKING", tmp_path / "workspaces" / "bundled")
    return tmp_path / "workspaces"


def first_import(home: Path) -> None:
    """Do to the place of plans what the first import does."""
    take.WORKING.mkdir(parents=True)
    (take.WORKING / "workspace.toml").write_text("")


def test_found_15_saved_plans_survive_the_first_import(home: Path) -> None:
    """FOUND 15: another file was opened after it, and the list was empty."""
    plans, _ = place.plans_of(take.default_folder())
    plans.save(Scenario("东双创A", (NEW,)), base_rev=0)
    place.drafts_of(take.default_folder()).keep(BROWSER, Draft((Scenario("x"),), (None,)))
    assert take.default_folder() == take.SHIPPED
    first_import(home)
    assert take.default_folder() == take.WORKING
    plans, _ = place.plans_of(take.default_folder())
    assert plans.names() == ["东双创A"]
    assert place.drafts_of(take.default_folder()).of(BROWSER) is not None


def test_found_15_plans_that_had_vanished_are_back(home: Path) -> None:
    """FOUND 15: older installations hold plans of before and after the first import in two files."""
    first_import(home)
    old_store(home / "scenarios.sqlite", ("before", 1, "S1"), ("before", 2, "S2"))
    old_store(take.WORKING / "scenarios.sqlite", ("after", 1, "S3"))
    plans, told = place.plans_of(take.default_folder())
    assert sorted(plans.names()) == ["after", "before"]
    assert [s.rev for s in plans.history("before")] == [2, 1]
    assert told == ()
    assert (home / "scenarios.sqlite").is_file()


def test_found_17_a_save_does_not_make_all_sessions_load_the_workspace_again(tmp_path: Path) -> None:
    """FOUND 17: with ZONEPLAN_DATA the plans lie in the workspace's folder."""
    (tmp_path / "workspace.toml").write_text("")
    before = workspace.stamp(tmp_path)
    place.plans_of(tmp_path)[0].save(Scenario("a"), base_rev=0)
    place.drafts_of(tmp_path).keep(BROWSER, Draft((Scenario("x"),), (None,)))
    assert {p.name for p in tmp_path.iterdir()} > {"plans.sqlite", "drafts.sqlite"}
    assert workspace.stamp(tmp_path) == before
    (tmp_path / "schools.geojson").write_text("{}")
    assert workspace.stamp(tmp_path) != before


def test_found_18_a_new_site_is_called_like_nothing_in_the_workspace() -> None:
    """FOUND 18: a new site was P01, and so is a project."""
    shipped = workspace.load(DATA)
    used = ids_of(shipped)
    assert "P01" in used
    assert {str(i) for i in shipped.schools.index} | {str(i) for i in shipped.zones.index} < used
    assert not {*free_ids(60, used)} & used
    assert free_ids(2, {"N01", "N03"}) == ["N02", "N04"]


def test_an_old_plan_keeps_its_ids() -> None:
    old = {"name": "a", "added": [{"facility_id": "P01", "service": "primary", "lon": 117.0, "lat": 39.1}]}
    assert Scenario.from_dict(old).added[0].facility_id == "P01"


@pytest.mark.parametrize(
    ("more", "said"),
    [({"roads": []}, "roads"), ({"format": FORMAT + 1}, "newer version"), ({"format": True}, "newer version"),
     ({"added": [{"facility_id": "N", "service": "primary", "lon": 1, "lat": 1, "height": 3}]}, r"added\.height")],
)  # fmt: skip
def test_what_a_later_program_wrote_is_refused_in_words(more: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        Scenario.from_dict(Scenario("a").as_dict() | more)


def test_found_16_what_only_one_has_changed_is_merged() -> None:
    base = Scenario("a", (NEW,), ("S",), {"T": {"primary": 540.0}})
    mine = Scenario("a", (NEW, replace(NEW, facility_id="N02")), ("S", "U"), {"T": {"primary": 540.0}})
    theirs = Scenario("a", (), ("S",), {"T": {"primary": 720.0}})
    both = merge(base, mine, theirs)
    assert [a.facility_id for a in both.scenario.added] == ["N02"]
    assert both.scenario.closed == ("S", "U")
    assert both.scenario.resized == {"T": {"primary": 720.0}}
    assert {(d.subject, d.field): d.side for d in both.differences} == {
        ("N01", ""): "theirs", ("N02", ""): "mine", ("U", ""): "mine", ("T", "seats"): "theirs",
    }  # fmt: skip
    assert both.unsettled == ()


def test_found_16_where_both_have_changed_one_facility_the_planner_chooses() -> None:
    base = Scenario("a", resized={"S": {"primary": 540.0}})
    mine, theirs = Scenario("a", resized={"S": {"primary": 900.0}}), Scenario("a", closed=("S",))
    assert merge(base, mine, theirs).unsettled == ("S",)
    taken = merge(base, mine, theirs, choices={"S": "mine"})
    assert (taken.unsettled, taken.scenario.resized, taken.scenario.closed) == ((), {"S": {"primary": 900.0}}, ())
    assert merge(base, mine, theirs, choices={"S": "theirs"}).scenario.closed == ("S",)


def test_found_18_two_new_facilities_with_one_id_stay_two() -> None:
    both = merge(Scenario("a"), Scenario("a", (NEW,)), Scenario("a", (OTHER,)), known={"N02"})
    assert both.renamed == {"N01": "N03"}
    assert both.scenario.added == (OTHER, replace(NEW, facility_id="N03"))
    assert both.unsettled == ()


@pytest.mark.parametrize("first", ["mine", "theirs"])
def test_merging_with_what_nobody_changed_changes_nothing(first: str) -> None:
    base, other = Scenario("a", (NEW,), ("S",)), Scenario("a", (NEW, replace(NEW, facility_id="N02")))
    pair = (other, base) if first == "mine" else (base, other)
    assert merge(base, *pair).scenario == other
    assert merge(base, base, base).differences == ()


def test_what_is_not_saved_is_counted_in_both_languages() -> None:
    base = Scenario("a", (NEW,), ("S",))
    other = Scenario("a", (replace(NEW, seats=720),), (), {"T": {"primary": 1.0}})
    assert counted(base, other) == Text("调整规模 1，改动新增 1，恢复 1", "1 resized, 1 altered, 1 reopened")


def test_found_16_report_and_exports_say_which_state_of_the_plan_they_hold(tmp_path: Path) -> None:
    """FOUND 16: the report said "方案：东双创A" and held an unsaved closure."""
    state_of = Text("第 3 版，另有未保存的改动：关闭 1", "revision 3, with unsaved changes: 1 closed")
    changed = replace(apply(town().workspace, Scenario("东双创A", closed=("S",))), scenario_state=state_of)
    case = Case(changed, "primary", 2025)
    for lang, said in (("zh", f"方案：东双创A（{state_of.zh}）"), ("en", f"Scenario: 东双创A ({state_of.en})")):
        exports.report(case, tmp_path / "report.html", lang=lang, date=dt.date(2026, 11, 27))
        assert said in (tmp_path / "report.html").read_text("utf-8")
    answer = answers.coverage(case)
    assert geojson.meta(answer)["scenario"]["zh"] == f"东双创A（{state_of.zh}）"
    frames, about = exports.collect(case, "schools")
    exports.write(changed, frames, tmp_path / "s.geojson", "geojson", meta=geojson.meta(about))
    assert state_of.en in json.loads((tmp_path / "s.geojson").read_text("utf-8"))["scenario"]["en"]


def test_the_file_of_the_page_runs_the_same_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    case = town()
    plan = Scenario("甲", (NEW,))
    monkeypatch.setattr(scenario_panel.st, "session_state", SimpleNamespace(edits=(plan,), base=case.workspace))
    told = json.loads(scenario_panel._file(case))
    assert from_geojson(told) == replace(plan, parameters={"service": "primary", "year": 2025})
    assert base_of(told)[1] == fingerprint(case.workspace)


def test_found_16_a_draft_keeps_every_step_of_one_browser(tmp_path: Path) -> None:
    """FOUND 16: reload dropped the unsaved plan."""
    steps = (Scenario("a", (NEW,)), Scenario("a", (NEW,), ("S",)))
    drafts = Drafts(tmp_path / "drafts.sqlite")
    assert drafts.of(BROWSER) is None
    assert not drafts.path.exists()
    drafts.keep(BROWSER, Draft(steps[:1], (None,)))
    drafts.keep(BROWSER, Draft(steps, (None, ("a", 3))))
    assert Drafts(tmp_path / "drafts.sqlite").of(BROWSER) == Draft(steps, (None, ("a", 3)))
    assert drafts.of("f" * 32) is None
    drafts.keep(BROWSER, Draft())
    assert drafts.of(BROWSER) is None


def test_drafts_nobody_came_back_to_are_swept(tmp_path: Path) -> None:
    drafts, day = Drafts(tmp_path / "drafts.sqlite"), 86_400.0
    drafts.keep("a" * 32, Draft((Scenario("old"),), (None,)), now=0.0)
    drafts.keep("b" * 32, Draft((Scenario("new"),), (None,)), now=29 * day)
    assert drafts.of("a" * 32) is not None
    drafts.keep("b" * 32, Draft((Scenario("new"),), (None,)), now=31 * day)
    assert drafts.of("a" * 32) is None
    assert drafts.of("b" * 32) is not None


def test_the_author_of_a_revision_is_kept_for_the_browser(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path / "drafts.sqlite")
    assert drafts.person(BROWSER) == ""
    drafts.name_person(BROWSER, "王工")
    assert Drafts(drafts.path).person(BROWSER) == "王工"
    assert Store(tmp_path / "plans.sqlite").save(Scenario("a"), base_rev=0, who="王工").who == "王工"


def test_found_17_the_shell_says_which_revision_is_damaged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """FOUND 17: nothing told that a plan is not what was saved."""
    store, _ = place.plans_of(tmp_path)
    store.save(Scenario("东双创A", (NEW,)), base_rev=0, who="王工")
    asked = ["--data", str(tmp_path), "plans"]
    assert cli.main([*asked, "verify"]) == 0
    assert "完好" in capsys.readouterr().out
    assert cli.main([*asked, "list"]) == 0
    assert "王工" in capsys.readouterr().out
    spoil(store.path, "UPDATE revision SET who = '李工'")
    assert cli.main([*asked, "verify"]) == 2
    assert "“东双创A”第 1 版已损坏" in capsys.readouterr().err
