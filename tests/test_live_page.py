"""What a drag is told beside the page: the numbers of the plan applied, exactly; and nothing to who may not ask."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
import streamlit as st
from hypothesis import given
from hypothesis import strategies as some

from geo.answers import coverage
from geo.case import Case
from geo.crs import to_wgs84
from geo.errors import InputError
from geo.examples import town
from geo.kept import Kept
from geo.scenario import Added, Barrier, Closed, Housing, Moved, Removed, Scenario, Street, apply
from layers import workspace
from layers.door import Beside
from layers.door.beside import LARGEST, Pending
from tests.need import ROOT
from ui.map import known, live, questions

Op = dict[str, Any]


@pytest.fixture(scope="module")
def case() -> Case:
    place = workspace.load(ROOT / "data")
    return Case(place, "primary", place.years[-1], keep=Kept())


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Give each test a session of its own, and forget what others have left."""
    state: dict[str, Any] = {"lang": "zh"}
    monkeypatch.setattr(st, "session_state", state)
    monkeypatch.setattr(live, "_OPEN", questions.Questions(live.NAME))
    return state


def under(case: Case, plan: Scenario) -> Case:
    return case.under(apply(case.workspace, plan, case.year))


def offered(case: Case, plan: Scenario) -> str:
    told = live.offer(case, under(case, plan), plan, FREE)
    assert told is not None
    return told["url"].removeprefix("live/")


NUMBERS = itertools.count(1)
FREE = tuple(f"N{n}" for n in range(91, 91 + live.NEW))


def asked(word: str, *ops: Op) -> dict[str, Any]:
    number = next(NUMBERS)
    status, body = live.answer(word, json.dumps({"n": number, "ops": ops}).encode())
    assert status == 200, (status, body)
    told = dict(json.loads(body))
    assert told["n"] == number
    return told


def same(case: Case, plan: Scenario, told: dict[str, Any]) -> float:
    """Hold an answer against coverage of the plan applied; return how many people it moves."""
    before, after = coverage(case), coverage(under(case, plan))
    total = after["total"].iloc[0]
    assert told["total"]["covered_walk"] == total["covered_walk"]
    assert told["total"]["share_walk"] == total["share_walk"]
    now, people = after["cells"]["served"].eq("walk"), after["cells"]["people"]
    was = before["cells"]["served"].eq("walk").reindex(now.index, fill_value=False)
    zones = after.tables["zones"]
    for one in told["zones"]:
        assert one["covered_walk"] == zones.loc[one["id"], "covered_walk"]
    inside = case.workspace.zones.index[case.workspace.zones["level"] == "zone"]
    there = {one["id"]: one for one in told["zones"]}
    moved = sum(there[i]["gained"] + there[i]["lost"] for i in inside if i in there)
    assert moved == pytest.approx(told["total"]["gained"] + told["total"]["lost"])
    assert told["lines"][0].startswith(
        f"步行覆盖 {before['total'].iloc[0]['covered_walk']:,.0f} → {total['covered_walk']:,.0f} 人"
    )
    changed = (now != was) & (people > 0)
    assert (told["picture"] is not None) == bool(changed.any())
    return float(moved)


def ends(case: Case, count: int, seed: int) -> list[list[list[float]]]:
    """Return bridges from one corner of a street to places around it, in degrees."""
    rng = np.random.default_rng(seed)
    corners = shapely.get_coordinates(case.workspace.streets.geometry.to_numpy())
    homes = case.workspace.cells.geometry[case.people > 200]
    middle = np.array(homes.iloc[int(rng.integers(len(homes)))].coords[0])
    start = corners[np.argmin(np.hypot(*(corners - middle).T))]
    away = np.hypot(*(corners - start).T)
    near = corners[(away > 80) & (away < 900)]
    there = near[rng.integers(len(near), size=count)] + rng.normal(0, 8, (count, 2))
    lines = to_wgs84(gpd.GeoSeries([shapely.LineString([start, end]) for end in there], crs=case.workspace.crs))
    return [[[round(x, 7), round(y, 7)] for x, y in line.coords] for line in lines]


def test_the_end_of_a_bridge_is_dragged_over_the_bundled_zone(case: Case) -> None:
    moved = 0.0
    for seed in range(3):
        first, *lines = ends(case, 5, seed)
        (other,) = ends(case, 1, seed + 50)
        standing = Scenario(
            "p", objects=(Street("N01", first, "bridge"), Street("N02", other), Barrier("N03", line=other))
        )
        word = offered(case, standing)
        for line in lines:
            told = asked(word, {"op": "move", "id": "N01", "at": line})
            moved += same(case, standing.having(Street("N01", line, "bridge")), told)
    assert moved > 0


def test_facilities_are_dragged_added_and_moved_among_all_that_a_plan_holds(case: Case) -> None:
    rng = np.random.default_rng(4)
    (bridge,) = ends(case, 1, 7)
    lon, lat = bridge[0]
    base = case.supply.index
    homes = Housing("N03", [(lon, lat), (lon + 0.004, lat), (lon + 0.004, lat + 0.004)], 600, 3.0)
    later = Added("N04", "primary", lon, lat, 360, case.year + 3)
    standing = Scenario("p", objects=(
        Street("N01", bridge, "bridge"), Added("N02", "primary", lon, lat, 360), homes, later, Closed(str(base[3])),
        Moved(str(base[0]), lon + 0.01, lat), Added("N05", "junior", lon, lat, 360), Removed("N06", *ends(case, 1, 11)[0][0])))  # fmt: skip
    word, moved = offered(case, standing), 0.0
    for _ in range(3):
        x, y = round(lon + rng.normal(0, 0.01), 7), round(lat + rng.normal(0, 0.01), 7)
        for op, plan in (
            ({"op": "move", "id": "N02", "at": [x, y]}, standing.having(Added("N02", "primary", x, y, 360))),
            ({"op": "move", "id": f"move:{base[0]}", "at": [x, y]}, standing.having(Moved(str(base[0]), x, y))),
            ({"op": "move", "id": str(base[1]), "at": [x, y]}, standing.having(Moved(str(base[1]), x, y))),
            ({"op": "add", "tool": "facility", "at": [x, y]}, standing.having(Added("N09", "primary", x, y))),
            ({"op": "move", "id": "N04", "at": [x, y]}, standing),  # not yet open in the year asked about
            ({"op": "move", "id": "N05", "at": [x, y]}, standing),  # another service
            ({"op": "move", "id": "N06", "at": [x, y]}, None),
        ):  # fmt: skip
            told = asked(word, op)
            if plan is None:
                try:
                    plan = standing.having(Removed("N06", x, y))
                    under(case, plan)
                except InputError as error:
                    assert told["problem"] == error.text.zh
                    continue
            moved += same(case, plan, told)
    # What is on the way to the page goes with what the hand holds.
    x, y = lon + 0.006, lat - 0.004
    told = asked(word, {"op": "move", "id": "N02", "at": [x, y]}, {"op": "add", "tool": "bridge", "at": ends(case, 1, 9)[0]})  # fmt: skip
    moved += same(case, standing.having(Added("N02", "primary", x, y, 360), Street("N08x", ends(case, 1, 9)[0], "bridge")), told)  # fmt: skip
    assert moved > 0


def test_what_does_not_fit_is_left_out_until_the_hand_mends_it() -> None:
    """As the page's run leaves it out: the rest of the plan counts; of what the hand holds it is said why."""
    case = town()
    at = to_wgs84(case.workspace.cells.geometry)
    line = [[at["a"].x, at["a"].y], [at["c"].x, at["c"].y]]
    loose = [line[0], [at["c"].x + 0.01, at["c"].y + 0.01]]
    plan = Scenario(
        "p", objects=(Street("N01", loose, "bridge"), Added("N02", "primary", at["c"].x + 0.0001, at["c"].y))
    )
    told = live.offer(case, under(case, plan.without("N01")), plan, FREE)
    assert told is not None
    word = told["url"].removeprefix("live/")
    moved = asked(word, {"op": "move", "id": "N02", "at": line[1]})
    same(case, plan.without("N01").having(Added("N02", "primary", *line[1])), moved)
    assert asked(word, {"op": "move", "id": "N01", "at": loose})["problem"].startswith("方案对象 N01：")
    mended = asked(word, {"op": "move", "id": "N01", "at": line})
    same(case, plan.having(Street("N01", line, "bridge")), mended)


def test_the_town_on_paper_and_its_words(session: dict[str, Any]) -> None:
    case = town()
    at = to_wgs84(case.workspace.cells.geometry)
    line = [[round(at["a"].x, 7), round(at["a"].y, 7)], [round(at["c"].x, 7), round(at["c"].y, 7)]]
    session["lang"] = "en"
    word = offered(case, Scenario("p"))
    told = asked(word, {"op": "add", "tool": "bridge", "at": line})
    assert told["lines"] == ["On foot 1,100 → 1,500 people", "Share 73.3% → 100.0%", "newly served · 400 people", "no longer served · 0 people"]  # fmt: skip
    assert [(z["id"], z["gained"], z["lost"]) for z in told["zones"]] == [("north", 400.0, 0.0)]
    assert base64.b64decode(told["picture"]["url"].split(",")[1]).startswith(b"\x89PNG")
    away = [[x + 0.003, y + 0.003] for x, y in line]
    told = asked(word, {"op": "add", "tool": "bridge", "at": away})
    assert set(told) == {"n", "problem"}
    assert told["problem"].startswith("N91: the end of the bridge finds no street within 50 m")
    assert live.offer(town("kindergarten"), town("kindergarten"), Scenario("p"), FREE) is None  # no standard distance


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b"[]", b"{}", b"[" * 50_000, b'{"n": 1}', b'{"n": 1, "ops": []}', b'{"n": true, "ops": [{}]}', b'{"n": 0, "ops": [{}]}',
     b'{"n": 1e3, "ops": [{}]}', b'{"n": 1, "ops": {}}', json.dumps({"n": 1, "ops": [{}] * 51}).encode()],
)  # fmt: skip
def test_what_is_no_question_is_refused(body: bytes) -> None:
    word = offered(town(), Scenario("p"))
    assert live.answer(word, body) == (400, b"{}")


PLAIN = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=8),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
OP = some.fixed_dictionaries(
    {"op": some.sampled_from(["move", "add", "undo"]) | PLAIN, "at": PLAIN},
    optional={"id": some.sampled_from(["N01", "S", "move:S", ""]) | PLAIN, "tool": some.sampled_from(["facility", "bridge", "barrier", "remove", "housing"]) | PLAIN},
)  # fmt: skip


@given(some.lists(OP | PLAIN, min_size=1, max_size=3))
def test_a_strangers_text_is_answered_in_words(ops: list[Any]) -> None:
    word = live.offer(TOWN, TOWN, Scenario("p"), FREE)["url"].removeprefix("live/")  # type: ignore[index]
    st.session_state["live_word"] = word
    status, body = live.answer(word, json.dumps({"n": 1, "ops": ops}).encode())
    if (
        status == 204
    ):  # residents of a new housing area are not told while the hand holds it: the page's own run tells of them
        assert body == b"" and any(isinstance(op, dict) and op.get("tool") == "housing" for op in ops)
        return
    assert status == 200 and set(json.loads(body)) in (
        {"n", "problem"},
        {"n", "total", "lines", "zones", "picture", "basis"},
    )


TOWN = town()


def test_who_has_no_word_or_an_old_one_hears_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    word = offered(town(), Scenario("p"))
    at = to_wgs84(town().workspace.cells.geometry)["a"]
    question = json.dumps({"n": 5, "ops": [{"op": "add", "tool": "facility", "at": [at.x, at.y]}]}).encode()
    assert live.answer(word[:-1] + "?", question)[0] == 404
    assert live.answer(word, question)[0] == 200
    assert live.answer(word, question.replace(b'"n": 5', b'"n": 4')) == (204, b"")  # overtaken
    monkeypatch.setattr(questions, "there", lambda session: False)
    assert live.answer(word, question)[0] == 404  # the session is gone
    monkeypatch.setattr(questions, "there", lambda session: True)
    now = questions.time.monotonic()
    monkeypatch.setattr(questions.time, "monotonic", lambda: now + questions.HOURS * 3600 + 1)
    assert live.answer(word, question)[0] == 404
    assert offered(town(), Scenario("p")) == word  # the next run of the page leaves it again
    assert live.answer(word, question)[0] == 200


def test_a_page_is_known_as_long_as_its_session_is(session: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    address = known.leave()
    assert known.leave() == address
    word = address.removeprefix(f"{known.NAME}/")
    assert known.answer(word, b"{}")[0] == 200
    assert known.answer(word[::-1], b"{}")[0] == 404
    monkeypatch.setattr(questions, "there", lambda session: False)
    assert known.answer(word, b"{}")[0] == 404


def test_no_more_sessions_are_held_than_may_be(session: dict[str, Any]) -> None:
    case, words = town(), []
    for _ in range(questions.SESSIONS + 3):
        session.pop("live_word", None)
        words.append(offered(case, Scenario("p")))
    assert len(set(words)) == len(words)
    assert [live.answer(w, b"")[0] for w in words] == [404] * 3 + [400] * questions.SESSIONS


def sent(path: str, body: bytes = b"{}", method: str = "POST", kind: str = "application/json", base: str = "gxq/plan") -> tuple[int, bytes]:  # fmt: skip
    """Ask the door's own part; return status and body, 0 where the application inside was asked."""
    got: list[dict[str, Any]] = []
    parts = [body[i : i + 30_000] for i in range(0, len(body), 30_000)] or [b""]

    async def inside(_scope: Any, _receive: Any, _send: Any) -> None:
        got.append({"status": 0})

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message: Any) -> None:
        got.append(message)

    scope = {"type": "http", "path": path, "method": method, "headers": [(b"content-type", kind.encode())]}
    door = Beside(inside, name="live", base=base, answer=lambda word, told: (200, f"{word} {len(told)}".encode()))
    asyncio.run(door(scope, receive, send))
    return got[0]["status"], got[-1].get("body", b"")


@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
def test_a_question_is_pending_only_while_it_is_answered(kind: str) -> None:
    pending, seen = Pending(), []

    def answer(_word: str, _body: bytes) -> tuple[int, bytes]:
        seen.append(pending.give_way(0.01))
        return 200, b"{}"

    async def nothing(*_: Any) -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    scope = {
        "type": "http",
        "path": f"/place/{'a' * 32}",
        "method": "POST",
        "headers": [(b"content-type", kind.encode())],
    }
    asyncio.run(Beside(nothing, name="place", answer=answer, pending=pending)(scope, nothing, nothing))
    assert seen == ([False] if kind == "application/json" else [])
    assert pending.give_way(0)


def test_the_door_lets_in_what_is_a_question() -> None:
    word = "a" * 32
    for path in (f"/live/{word}", f"/gxq/plan/live/{word}"):
        assert sent(path, b"x" * LARGEST) == (200, f"{word} {LARGEST}".encode())
    assert sent(f"/live/{word}", b"x" * (LARGEST + 1))[0] == 413
    assert sent(f"/live/{word}", method="GET")[0] == 405
    assert sent(f"/live/{word}", kind="text/plain")[0] == 415
    for path in (
        "/live/",
        "/live/short",
        f"/live/{word}/more",
        f"/other/live/{word}",
        f"/live/{word}%2e",
        "/gxq/plan/",
    ):
        assert sent(path)[0] == 0, path
