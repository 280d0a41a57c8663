"""Consistency of a plan: planted contradictions are found with exactly the minimal set, and consistent plans have none."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point

from geo.answers import citation, consistency
from geo.consistency import Exact, Linear, contradictions, natural, parse, plain, plan_of, read
from geo.errors import InputError
from geo.examples import town
from geo.progress import Step
from geo.workspace import Workspace
from layers.workspace import load

STAGES = ("kindergarten", "primary", "junior", "senior")


class Draft:
    """A random plan that can be true: all of its sentences are read off one world."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(seed)
        self.chance = chance
        self.size = {s: chance.choice((30, 40, 45, 50)) for s in STAGES}
        self.targets: list[dict[str, object]] = []
        self.schools: list[dict[str, object]] = []
        self.projects: list[dict[str, object]] = []
        self.own: list[tuple[str, str]] = []
        for i in range(chance.randint(6, 14)):
            planned = chance.random() < 0.4
            seats = {
                f"seats_{s}": self.size[s] * chance.randint(0, 12)
                if s != "primary"
                else self.size[s] * chance.randint(1, 12)
                for s in STAGES
            }
            year = chance.randint(2021, 2025) if planned else None
            self.schools.append(
                {
                    "facility_id": f"S{i}",
                    "name_zh": f"学校{i}",
                    "kind": "twelve_year",
                    "status": "planned" if planned else "existing",
                    "open_year": year,
                    **seats,
                }
            )
            if planned:
                self.projects.append(
                    {
                        "project_id": f"P{i}",
                        "name": f"新建学校{i}",
                        "kind": "school",
                        "facility_id": f"S{i}",
                        "open_year": year,
                        "clause": "第七章",
                    }
                )
        existing = [s for s in self.schools if s["status"] == "existing"]
        self.before, self.after = len(existing), len(self.schools)
        self.target("N", "学校数", self.before, self.after, quantity="schools")
        for s in STAGES:
            base = sum(int(str(x[f"seats_{s}"])) for x in existing)
            total = sum(int(str(x[f"seats_{s}"])) for x in self.schools)
            self.target(f"T-{s}", "学位数", base, total - chance.randint(0, 2) * self.size[s], sub_item=s, service=s)
            for year in (2020, 2025):
                self.says(f"class-{s}-{year}", f"seats_{s}_{year} = {self.size[s]} * classes_{s}_{year}")
        shares = [chance.randint(1, 300) for _ in range(4)]
        for i, part in enumerate(shares):
            self.target(f"A{i}", "用地构成", part / 10, part / 10, sub_item=f"第{i}类", number="7", operator="=")
        self.target("A-all", "用地构成", sum(shares) / 10, sum(shares) / 10, sub_item="合计", number="7", operator="=")
        self.target("G", "增长率", -1.5, chance.randint(3, 12), unit="%")
        self.target("R", "绿地占比", chance.randint(20, 30), chance.randint(31, 60), unit="%")
        self.people = chance.randint(20, 200) * 1000
        self.says("people", f"people_2030 = {self.people}")
        self.says("zones", "people_north + people_south = people_2030")
        self.says("north", f"people_north <= {self.people // 3}")
        self.says("share", f"pupils_2030 = {chance.randint(40, 70) / 1000} * people_2030")
        self.says("room", "seats_2030 >= pupils_2030")
        self.says("enough", f"seats_2030 = {self.people}")

    def target(self, name: str, of: str, before: object, after: object, **other: object) -> None:
        self.targets.append(
            {
                "indicator_id": name,
                "name": of,
                "sub_item": "",
                "unit": "个",
                "baseline_2020": str(before),
                "target_2025": str(after),
                "operator": ">=",
                "service": "",
                "quantity": "",
                "number": "",
                "clause": f"表1{name}",
                "basis": "sourced",
                "source_id": "plan",
                **other,
            }
        )

    def says(self, name: str, expression: str) -> None:
        self.own.append((name, expression))

    def row(self, name: str) -> dict[str, object]:
        return next(t for t in self.targets if t["indicator_id"] == name)

    def place(self) -> Workspace:
        own = pd.DataFrame(
            [
                {
                    "id": i,
                    "expression": e,
                    "sentence_zh": i,
                    "sentence_en": i,
                    "clause": "",
                    "basis": "sourced",
                    "source_id": "",
                }
                for i, e in self.own
            ]
        )
        where = {"geometry": [Point(500000, 4320000)] * len(self.schools), "crs": "EPSG:4548"}
        here = town().workspace
        return dataclasses.replace(
            here, targets=pd.DataFrame(self.targets), constraints=own, schools=gpd.GeoDataFrame(pd.DataFrame(self.schools), **where),
            projects=gpd.GeoDataFrame(pd.DataFrame(self.projects), geometry=[None] * len(self.projects), crs="EPSG:4548") if self.projects else here.projects,
            parameters={**here.parameters, "population": {"inferred_from": "seats"}},
        )  # fmt: skip


def found(place: Workspace) -> list[set[str]]:
    table = consistency(place)["conflicts"]
    return [set(rows["constraint_id"]) for _, rows in table.groupby("conflict")]


Plant = Callable[[Draft], set[str]]


def _said_twice(quantity: str, step: float, name: str) -> Plant:
    def plant(plan: Draft) -> set[str]:
        value = next(Fraction(str(t["baseline_2020"])) for t in plan.targets if t["indicator_id"] == name)
        plan.says("X", f"{quantity} = {plain(value + Fraction(str(step)))}".replace("= -", "= 0 - "))
        return {"X", f"{name}:2020"}

    return plant


def _own(expressions: dict[str, str], *also: str) -> Plant:
    def plant(plan: Draft) -> set[str]:
        for name, expression in expressions.items():
            plan.says(name, expression)
        return {*expressions, *also}

    return plant


def _sum_of_parts(plan: Draft) -> set[str]:
    total = plan.row("A-all")
    total["target_2025"] = plain(Fraction(str(total["target_2025"])) + Fraction("0.1"))
    return {"A-all:2025", *(f"A{i}:2025" for i in range(4)), "total-7:2025"}


def _share_above_one(plan: Draft) -> set[str]:
    plan.row("R")["target_2025"] = "120"
    return {"R:2025"}


def _below_commitments(plan: Draft) -> set[str]:
    plan.row("N").update(target_2025=str(plan.after - 1), operator="<=")
    return {"N:2025", "layer-schools_2025"}


def _seats_beyond_the_layer(plan: Draft) -> set[str]:
    plan.row("T-junior")["target_2025"] = "99999"
    return {"T-junior:2025", "layer-seats_junior_2025"}


def _after_the_horizon(plan: Draft) -> set[str]:
    plan.projects.append(
        {
            "project_id": "PX",
            "name": "迟到的项目",
            "kind": "road",
            "facility_id": None,
            "open_year": 2027,
            "clause": "第八章",
        }
    )
    return {"PX:opens", "PX:horizon"}


def _one_school_in_two_projects(plan: Draft) -> set[str]:
    first = {
        "project_id": "PA",
        "name": "甲项目",
        "kind": "school",
        "facility_id": "S0",
        "open_year": None,
        "clause": "第七章",
    }
    plan.projects = [p for p in plan.projects if p["facility_id"] != "S0"] + [
        first,
        {**first, "project_id": "PB", "name": "乙项目"},
    ]
    return {"PA:builds", "PB:builds"}


def _two_years_for_one_school(plan: Draft) -> set[str]:
    school = {**plan.schools[0], "facility_id": "SX", "status": "proposed", "open_year": 2023}
    plan.schools.append(school)
    plan.projects.append(
        {
            "project_id": "PY",
            "name": "另一年",
            "kind": "school",
            "facility_id": "SX",
            "open_year": 2024,
            "clause": "第七章",
        }
    )
    return {"PY:opens", "SX:opens"}


def _indicator_printed_twice(plan: Draft) -> set[str]:
    plan.targets.append({**plan.row("G"), "indicator_id": "G2", "baseline_2020": "2"})
    return {"G:2020", "G2:2020"}


PLANTS: dict[str, Plant] = {
    "a count said twice": _said_twice("schools_2020", 1, "N"),
    "a share said twice": _said_twice("R_2020", -4.5, "R"),
    "a growth said twice, below nothing": _said_twice("G_2020", -0.1, "G"),
    "seats said twice": _said_twice("seats_senior_2020", 1800, "T-senior"),
    "figures a hair apart": _said_twice("R_2020", 0.000000001, "R"),
    "a sum that is not that of its parts": _sum_of_parts,
    "a share above one": _share_above_one,
    "a target below what is committed": _below_commitments,
    "a target beyond what is planned": _seats_beyond_the_layer,
    "a project after the plan's end": _after_the_horizon,
    "one school in two projects": _one_school_in_two_projects,
    "a school with two opening years": _two_years_for_one_school,
    "an indicator printed twice": _indicator_printed_twice,
    "new schools beyond the difference": lambda plan: (plan.says("X", f"new_schools >= {plan.after - plan.before + 1}"), {"X", "layer-new_schools"})[1],
    "a part of a share above its whole": _own({"X": "share_x = 40%", "Y": "share_y = 30%", "Z": "share_x + share_y <= 65%"}),
    "shares of one whole above one": _own({"X": "share_p = 60%", "Y": "share_q = 50%", "Z": "share_p + share_q + share_r = 1"}),
    "a negative count": _own({"X": "clinics_2030 = clinics_2035 + 5", "Y": "clinics_2030 <= 4"}),
    "half a class": _own({"X": "classes_night = 12.5"}),
    "seats that are no whole classes": _own({"X": "seats_night = 3001", "Y": "seats_night = 45 * classes_night"}),
    "classes of two sizes that cannot fill the seats": _own({"X": "seats_night = 101", "Y": "seats_night = 30 * classes_a + 45 * classes_b"}),
    "an odd number of twins": _own({"X": "2 * schools_a - 2 * schools_b = 1"}),
    "people times share beyond the seats": lambda plan: (plan.says("X", f"seats_2030 <= {plan.people // 100}"), {"X", "enough"})[1],
    "people of the parts beyond the whole": lambda plan: (plan.says("X", f"people_north >= {plan.people // 2}"), {"X", "north"})[1],
    "pupils beyond the seats": lambda plan: (plan.says("X", f"pupils_2030 >= {plan.people * 2}"), plan.own.remove(("enough", f"seats_2030 = {plan.people}")), {"X", "share", "people"})[2],
    "a budget beyond its sum": _own({"X": "cost_a >= 120", "Y": "cost_b >= 90.5", "Z": "cost_a + cost_b <= budget", "W": "budget <= 210"}),
    "a chain of years that turns on itself": _own({"X": "year_a >= year_b + 1", "Y": "year_b >= year_c + 1", "Z": "year_c >= year_a + 1"}),
    "a mean above its greatest": _own({"X": "2 * mean = low + high", "Y": "high <= 10", "Z": "low <= high", "W": "mean >= 10.5"}),
    "an area per person": _own({"X": "area_green = 10 * residents_x", "Y": "residents_x >= 50000", "Z": "area_green <= 499999.9"}),
    "a third that is no decimal": _own({"X": "3 * part_x = 1", "Y": "part_x = 0.3333333333333333"}),
    "large figures one apart": _own({"X": "output_x = 123456789012345678", "Y": "output_x = 123456789012345679"}),
    "a quantity that is below nothing": _own({"X": "area_y <= 0 - 1"}),
}  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_a_plan_that_can_be_true_has_no_contradiction(seed: int) -> None:
    answer = consistency(Draft(seed).place())
    assert answer["conflicts"].empty
    assert answer["overlapping"].empty
    assert answer["summary"]["complete"].all()
    assert len(answer["constraints"].query("takes_part")) > 30


@pytest.mark.parametrize("what", PLANTS)
def test_a_planted_contradiction_is_found_with_exactly_its_sentences(what: str) -> None:
    plan = Draft(list(PLANTS).index(what))
    expected = PLANTS[what](plan)
    sets = found(plan.place())
    assert sets == [expected]


def test_thirty_planted_together_are_told_apart() -> None:
    """Those of one plan that share no sentence are all found, each with its own."""
    plan, expected = Draft(99), []
    for i, (_, expressions) in enumerate(itertools.islice(itertools.cycle(_kinds()), 30)):
        renamed = {f"{name}{i}": expression.replace("_q", f"_q{i}") for name, expression in expressions.items()}
        for name, expression in renamed.items():
            plan.says(name, expression)
        expected.append(set(renamed))
    sets = found(plan.place())
    assert sorted(map(sorted, sets)) == sorted(map(sorted, expected))


def _kinds() -> list[tuple[str, dict[str, str]]]:
    return [
        ("pair", {"A": "people_q = 4", "B": "people_q >= 4.1"}),
        ("sum", {"A": "cost_q = 4", "B": "cost_q2_q >= 5", "C": "cost_q + cost_q2_q <= 8"}),
        ("whole", {"A": "seats_q = 100", "B": "seats_q = 45 * classes_q"}),
    ]


def test_brute_force_finds_none_smaller_and_each_part_holds() -> None:
    """On small systems: the first set has the size of the smallest one there is; any proper part of each set holds."""
    chance, clashing = random.Random(7), 0
    for _ in range(40):
        rows = [_random(chance) for _ in range(8)]
        quantities = [natural(n) for row in rows for n in row.names]
        exact = Exact(rows, quantities)
        sizes = [len(part) for part in _parts(range(len(rows))) if exact.check(part).holds is False]
        result = contradictions(rows, quantities)
        assert not result.undecided
        assert min((len(s) for s in result.apart), default=0) == min(sizes, default=0)
        clashing += bool(sizes)
        for one in (*result.apart, *result.beside):
            assert exact.check(one).holds is False
            assert all(exact.check(set(one) - {i}).holds for i in one)
        members = [i for s in result.apart for i in s]
        assert len(members) == len(set(members))
        assert exact.check(set(range(len(rows))) - set(members)).holds
    assert 10 < clashing < 40  # both kinds were there


def _parts(items: range) -> Iterator[tuple[int, ...]]:
    for size in range(1, len(items) + 1):
        yield from itertools.combinations(items, size)


def _random(chance: random.Random) -> Linear:
    names = chance.sample(["people_a", "people_b", "classes_c", "classes_d"], chance.randint(1, 2))
    left = " + ".join(f"{chance.randint(1, 9)} * {name}" for name in names)
    return parse(f"{left} {chance.choice(['<=', '>=', '>=', '='])} {chance.randint(0, 60)}")


def test_the_exact_judge_agrees_with_highs_where_figures_are_plain() -> None:
    """Two ways to one verdict: HiGHS's on small whole numbers, where its tolerance hides nothing."""
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp

    chance, seen = random.Random(3), set()
    for _ in range(60):
        rows = [_random(chance) for _ in range(5)]
        names = sorted({n for row in rows for n in row.names})
        table = np.array([[float(dict(row.terms).get(n, 0)) for n in names] for row in rows])
        floor = [-np.inf if r.relation == "<=" else float(r.bound) for r in rows]
        roof = [np.inf if r.relation == ">=" else float(r.bound) for r in rows]
        whole = [n.startswith("classes") for n in names]
        answer = milp(
            np.zeros(len(names)),
            constraints=LinearConstraint(table, floor, roof),
            integrality=whole,
            bounds=Bounds(0, 1e4),
        )
        mine = Exact(rows, [natural(n) for n in names]).check(range(5)).holds
        assert mine == (answer.status == 0)
        seen.add(mine)
    assert seen == {True, False}


def test_decimals_make_no_contradiction_by_rounding() -> None:
    said = [
        "0.1 * people_a = 0.3 * people_b",
        "people_b = 1",
        "people_a = 3",
        "share_a + share_b + share_c = 1",
        "share_a = 33.3%",
        "share_b = 33.3%",
        "share_c = 33.4%",
        "cost_a = 1/3",
        "3 * cost_a = 1",
    ]
    assert contradictions([parse(s) for s in said]).apart == ()
    assert contradictions([parse(s) for s in (*said, "share_c = 33.3%")]).apart == ((6, 9),)


def test_definitions_and_natural_bounds_are_never_blamed() -> None:
    rows = [parse("classes_a <= 3"), parse("classes_b >= 5")]
    result = contradictions(rows, [natural("classes_a"), natural("classes_b")], always=[parse("classes_a = classes_b")])
    assert result.apart == ((0, 1),)
    assert contradictions([parse("people_a >= 0")], always=[parse("people_a <= 0 - 1")]).apart == ()


def test_an_endless_question_over_whole_numbers_stays_open() -> None:
    rows = [parse("3 * classes_a - 3 * classes_b + people_a = 1"), parse("people_a <= 0.5"), parse("people_a >= 0.25")]
    result = contradictions(rows, [natural("classes_a"), natural("classes_b")])
    assert result.apart == () and result.undecided


def test_a_stop_keeps_what_was_found() -> None:
    rows = [parse(f"x{i} = {j}") for i in range(5) for j in (1, 2)]
    told: list[Step] = []
    result = contradictions(rows, progress=lambda step: told.append(step) or len(told) < 6)
    assert result.stopped and 0 < len(result.apart) < 5
    assert len(contradictions(rows).apart) == 5


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "breaks off"), ("schools", "lacks a relation"), ("a < 3", "write '<='"), ("a * b = 1", "not linear"), ("a / b = 1", "may divide"),
        ("a / 0 = 1", "may divide"), ("a = 1 = 2", "one relation a row"), ("(a = 1", "closing bracket"), ("1 = 2", "names no quantity"), ("a = a", "cancel out"),
        ("__import__('os')", "not understood"), ("a = $1", "not understood"), ("a = " + "(" * 600, "nests brackets"), ("x" * 2000, "longer"),
    ],
)  # fmt: skip
def test_what_is_no_linear_relation_is_refused_in_words(text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        parse(text)


def test_an_expression_says_itself_again() -> None:
    for text in ("a - b >= 0.5", "2 * a = 3", "1/3 * 学校数 <= 7", "-a - 0.25 * b = -3"):
        assert parse(str(parse(text))) == parse(text)
    assert str(parse("（a ＋ b）× 2 ≥ 50％ × c")) == "2 * a + 2 * b - 0.5 * c >= 0"


def test_a_table_of_constraints_names_row_and_field() -> None:
    good = {"id": "Q1", "expression": "a >= 1", "sentence_zh": "甲", "basis": "sourced", "source_id": "plan"}
    rows = [
        good,
        {**good},
        {**good, "id": "Q2", "basis": "guess"},
        {**good, "id": "Q3", "sentence_zh": ""},
        {**good, "id": "Q4", "expression": "a => 1"},
        {**good, "id": "Q5", "source_id": "nobody"},
    ]
    sentences, findings = read(pd.DataFrame(rows), {"plan"})
    assert [s.id for s in sentences] == ["Q1", "Q5"]
    assert [(f.level, f.row, f.field) for f in findings] == [
        ("error", 2, "id"),
        ("error", 3, "basis"),
        ("error", 4, "sentence_zh"),
        ("error", 5, "expression"),
        ("warning", 6, "source_id"),
    ]
    assert {f.file for f in findings} == {"constraints.csv"} and all(f.text_zh != f.text_en for f in findings)
    assert [f.field for f in read(pd.DataFrame([{"id": "Q1"}]))[1]] == ["expression", "sentence_zh", "basis"]
    with pytest.raises(InputError, match=r"constraints\.csv.*row 5.*expression"):
        consistency(dataclasses.replace(town().workspace, constraints=pd.DataFrame(rows)))


def test_people_times_share_binds_the_seats_where_people_are_counted() -> None:
    """Where residents are counted, too many for the seats are a contradiction; inferred ones take no part."""
    plan = Draft(1)
    here = plan.place()
    counted = dataclasses.replace(
        here, parameters={**here.parameters, "population": {}}, cells=here.cells.assign(people_2025=1e7)
    )
    answer = consistency(counted)  # the four stages share the sentence on people
    both = pd.concat([answer["conflicts"], answer["overlapping"]])
    sets = [set(rows["constraint_id"]) for _, rows in both.groupby("conflict")]
    assert {"demand-primary:2025", "layer-people_2025", "layer-seats_primary_2025"} in sets
    table = consistency(here)["constraints"].set_index("constraint_id")
    assert not table.loc["demand-primary:2025", "takes_part"]
    assert "circle" in table.loc["demand-primary:2025", "why_not_en"]


def test_unknown_seats_and_years_leave_room() -> None:
    plan = Draft(2)
    plan.schools[0]["seats_primary"] = None
    plan.schools.append({**plan.schools[1], "facility_id": "SU", "status": "planned", "open_year": None})
    plan.row("T-primary").update(baseline_2020="0", target_2025="99990")
    said = {str(s.linear) for s in plan_of(plan.place()).sentences if s.kind == "layer"}
    assert any(s.startswith("seats_primary_2025 >=") for s in said)
    assert any("facilities_undated_schools" in s for s in said)
    sets = found(plan.place())
    assert all("T-primary:2025" not in one for one in sets)


# the bundled plan


@pytest.fixture(scope="module")
def place() -> Workspace:
    return load(Path(__file__).parent.parent / "data")


@pytest.fixture(scope="module")
def answer(place: Workspace):  # an Answer
    return consistency(place)


def test_ten_projects_and_nine_schools_come_out_of_the_data(place: Workspace, answer) -> None:
    both = pd.concat([answer["conflicts"], answer["overlapping"]])
    sets = [set(rows["constraint_id"]) for _, rows in both.groupby("conflict")]
    assert {"Q03", "layer-new_schools"} in sets
    assert {"Q03", "Q01", "I25-schools:2020", "balance-schools"} in sets
    nine = dataclasses.replace(place, constraints=place.constraints.assign(expression=place.constraints["expression"].replace("new_schools = 10", "new_schools = 9")))  # fmt: skip
    assert not any("Q03" in one for one in found(nine))


def test_figures_printed_twice_are_found_and_known(answer) -> None:
    table = answer["conflicts"]
    sets = {frozenset(rows["constraint_id"]): rows["known"].iloc[0] for _, rows in table.groupby("conflict")}
    assert sets[frozenset({"I11-zone:2020", "Q04"})] == "C05"
    assert sets[frozenset({"I12-zone:2020", "Q05"})] == "C06"
    assert sets[frozenset({"I37:2020", "Q10"})] == "C09"
    assert sets[frozenset({"I29-primary:2020", "classes-primary:2020"})] == "C17"
    # 5.0 % and more against 5.16 %, and shares of two different wholes, can both be true.
    assert not set(table["constraint_id"]) & {"Q06", "Q07"}
    count = answer["summary"].iloc[0]
    assert (count["conflicts"], count["known"], count["new"]) == (6, 6, 0)
    assert (table[table["known"] != ""]["settled_zh"] != "").all()


def test_sentences_of_the_plan_stand_in_its_text(place: Workspace, answer) -> None:
    quoted = answer["constraints"].query("quote != '' and cited_kind == 'constraint'")
    assert len(quoted) == 9
    for row in quoted.to_dict("records"):
        assert len(citation(place, "constraint", row["constraint_id"])["places"])


def test_ids_in_the_table_of_contradictions_are_those_of_sentences(place: Workspace, answer) -> None:
    told = {i for cell in place.contradictions["constraints"].dropna() for i in cell.split(";") if i}
    assert told <= set(answer["constraints"]["constraint_id"])
