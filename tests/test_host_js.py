"""The map's script: its modules under node, the one text they are joined into, and what a linter says of them."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.crs import wgs84_to_gcj02
from tests.need import ROOT, need
from ui.map import host, publish
from ui.map.bundle import BundleError, bundle, join
from ui.words import CATALOGUE

HOST = ROOT / "ui" / "map" / "host"
TESTS = sorted((ROOT / "tests" / "js").glob("*.test.mjs"))
LINTERS = ROOT / "tests" / "linters"
ESLINT = LINTERS / "node_modules" / "eslint" / "bin" / "eslint.js"
MAIN = "export default function host() {}\n"


def node(*args: str | Path) -> subprocess.CompletedProcess[str]:
    """Run node at the root of the repository and return what came of it."""
    command = [need("node"), *map(str, args)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=240)


def evaluated(module: str, expression: str) -> object:
    """Return what an expression over the exports ``m`` of a module of the map gives in node."""
    code = f"import * as m from {json.dumps((HOST / module).as_uri())};\nconsole.log(JSON.stringify({expression}));"
    done = node("--input-type=module", "--eval", code)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# ---- the modules in node


@pytest.mark.parametrize("path", TESTS, ids=lambda p: p.name.removesuffix(".test.mjs"))
def test_unit_tests_in_node(path: Path) -> None:
    done = node(
        "--test-reporter=tap", path
    )  # the file itself: with --test a second process would only wait for the first
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"^# pass (\d+)$", done.stdout, re.MULTILINE)
    assert passed is not None
    assert int(passed[1]) >= 3


def test_streets_are_read_in_the_browser_as_they_were_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "FOLDER", tmp_path)
    lines = [shapely.LineString([(500_000, 4_300_000), (500_400, 4_300_100)]), shapely.LineString([(501_000, 4_300_000), (501_000, 4_301_000), (502_000, 4_301_000)])]  # fmt: skip
    streets = gpd.GeoDataFrame({"class": ["primary", "footway"]}, geometry=lines, crs=4548)
    publish.publish_streets(streets)
    (path,) = tmp_path.glob("*.bin")
    read = f"(() => {{ const s = m.decode(new Uint8Array({list(path.read_bytes())}).buffer); return {{...s, origin: [...s.origin], starts: [...s.starts], xy: [...s.xy], rank: [...s.rank], buckets: s.buckets.size}}; }})()"
    told = evaluated("streets.js", read)
    assert isinstance(told, dict)
    assert told["starts"] == [0, 2, 5]
    assert told["rank"] == [0, 3]
    xy = np.reshape(told["xy"], (-1, 2)) + told["origin"]
    truth = shapely.get_coordinates(streets.to_crs(3857).geometry.array)
    assert np.abs(xy - truth).max() <= publish.GRID_M / 2
    assert told["buckets"] >= 1


def test_tiles_are_shifted_by_the_formula_that_the_import_undoes() -> None:
    lon, lat = np.array([117.65, 117.10, 104.06, 87.6]), np.array([39.06, 39.09, 30.67, 43.8])
    told = np.array(evaluated("tiles.js", f"{np.c_[lat, lon].tolist()}.map(([a, b]) => m.toGcj(a, b))"))
    east, north = wgs84_to_gcj02(lon, lat)
    assert np.abs(told - np.c_[north, east]).max() < 1e-9


# ---- joined


def test_the_modules_join_into_one_that_node_understands(tmp_path: Path) -> None:
    script = tmp_path / "map.mjs"
    script.write_text(bundle(HOST), "utf-8")
    done = node("--check", script)
    assert done.returncode == 0, done.stderr
    code = f"const m = await import({json.dumps(script.as_uri())}); console.log(JSON.stringify([Object.keys(m), typeof m.default, m.default.name]));"
    done = node("--input-type=module", "--eval", code)
    assert json.loads(done.stdout) == [["default"], "function", "host"]


def test_the_joined_script_is_all_of_the_modules_and_nothing_else() -> None:
    script = bundle(HOST)
    kept = [line for line in script.splitlines() if not line.startswith("// ---- ")]
    for path in HOST.glob("*.js"):
        text = re.sub(r"^import [^;]*;\n", "", path.read_text("utf-8"), flags=re.MULTILINE)
        lines = [re.sub(r"^export (?!default)", "", line).strip() for line in text.splitlines()]
        lines = [line for line in lines if line and not line.startswith("//")]
        at = kept.index(lines[0])
        assert kept[at : at + len(lines)] == lines
    assert re.findall(r"^(?:import|export)\b.*", script, re.MULTILINE) == ["export default function host(component) {"]


def test_the_page_may_forbid_eval_and_markup() -> None:
    assert not re.search(r"\beval\s*\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|srcdoc", bundle(HOST))


def test_the_words_of_the_script_are_in_the_catalogue() -> None:
    script = bundle(HOST)
    asked = set(re.findall(r"\bwords\.([a-z_]+)", script))
    families = tuple(set(re.findall(r"\b(?:words|now)\[`([a-z]+_(?:[a-z]+_)?)\$\{", script)))
    assert [word for word in host.WORDS if word not in asked and not word.startswith(families)] == []
    assert asked <= CATALOGUE.keys()
    for text in (CATALOGUE["layers_failed"].zh, CATALOGUE["layers_failed"].en):
        assert text.count("{names}") == 1


def test_a_module_stands_after_those_it_needs_and_once() -> None:
    script = join({
        "main.js": "// what\n\nimport { a } from './a.js';\n// why\nimport {\n  b,\n  c,\n} from './b.js';\n\nexport default function host() { return a + b + c; }\n",
        "a.js": "import { b } from './b.js';\n/* import { x } from './x.js'; */\nexport const a = b;\n",
        "b.js": "export const b = 1;\nexport let c = 2;\nconst inner = 3;\n",
    })  # fmt: skip
    assert [line for line in script.splitlines() if line.startswith("// ----")] == [
        "// ---- b.js",
        "// ---- a.js",
        "// ---- main.js",
    ]
    assert "const b = 1;\nlet c = 2;\nconst inner = 3;" in script
    assert (
        "\nexport default function host() { return a + b + c; }" in script and "why" not in script
    )  # a comment is not sent


@pytest.mark.parametrize(
    "declared",
    ["function f() {}", "async function f() {}", "function* f() {}", "class f {}", "const f = 1;", "let f;"],
)
def test_every_declaration_can_be_exported(declared: str) -> None:
    script = join({"main.js": f"import {{ f }} from './a.js';\n{MAIN}", "a.js": f"export {declared}\n"})
    assert f"\n{declared}\n" in script


REFUSED = {
    "a circle": ({"main.js": "import { a } from './a.js';\n" + MAIN, "a.js": "import { b } from './b.js';\nexport const a = 1;\n",
                  "b.js": "import { a } from './a.js';\nexport const b = 1;\n"}, "circle: a.js → b.js → a.js"),
    "itself": ({"main.js": "import { a } from './a.js';\n" + MAIN, "a.js": "import { a } from './a.js';\nexport const a = 1;\n"}, "circle: a.js → a.js"),
    "no such file": ({"main.js": "import { a } from './b.js';\n" + MAIN}, "main.js imports ./b.js, which is not there"),
    "no such name": ({"main.js": "import { a, b } from './a.js';\n" + MAIN, "a.js": "export const a = 1;\nconst b = 2;\n"}, "imports b from ./a.js"),
    "a name twice": ({"main.js": "import { a } from './a.js';\nfunction inner() {}\n" + MAIN, "a.js": "export const a = 1;\nconst inner = 2;\n"},
                     "main.js: 'inner' is a top-level name of a.js too"),
    "a name twice in one file": ({"main.js": "let a = 1;\nfunction a() {}\n" + MAIN}, "'a' is a top-level name of main.js too"),
    "nobody imports it": ({"main.js": MAIN, "a.js": "export const a = 1;\n"}, "a.js: not reached from main.js"),
    "no entry": ({"a.js": "export const a = 1;\n"}, "main.js is not there"),
    "no default": ({"main.js": "export function host() {}\n"}, "main.js has 0 default exports"),
    "two defaults": ({"main.js": MAIN + "export default function more() {}\n"}, "main.js has 2 default exports"),
    "default elsewhere": ({"main.js": "import { a } from './a.js';\n" + MAIN, "a.js": "export const a = 1;\nexport default function f() {}\n"}, "in the entry"),
    "default class": ({"main.js": "export default class A {}\n"}, "'export default function name'"),
    "default value": ({"main.js": MAIN + "export default 3;\n"}, "'export default 3;' is not joined"),
    "renamed": ({"main.js": "import { a as b } from './a.js';\n" + MAIN, "a.js": "export const a = 1;\n"}, "import { a as b }"),
    "all of it": ({"main.js": "import * as a from './a.js';\n" + MAIN, "a.js": "export const a = 1;\n"}, "import \\* as a"),
    "default import": ({"main.js": "import a from './a.js';\n" + MAIN, "a.js": "export const a = 1;\n"}, "import a from"),
    "for its effect": ({"main.js": "import './a.js';\n" + MAIN, "a.js": "export const a = 1;\n"}, "import './a.js'"),
    "a package": ({"main.js": "import { a } from 'leaflet';\n" + MAIN}, "from 'leaflet'"),
    "another folder": ({"main.js": "import { a } from '../a.js';\n" + MAIN}, "from '../a.js'"),
    "late": ({"main.js": "const x = 1;\nimport { a } from './a.js';\n" + MAIN, "a.js": "export const a = 1;\n"}, "imports first"),
    "at run time": ({"main.js": MAIN + "const x = () => import('./a.js');\n"}, "imports first"),
    "where am I": ({"main.js": MAIN + "const x = import.meta.url;\n"}, "imports first"),
    "a list": ({"main.js": "const x = 1;\nexport { x };\n" + MAIN}, "'export { x };' is not joined"),
    "handed on": ({"main.js": "export { x } from './a.js';\n" + MAIN}, "export { x } from"),
    "a text of several lines": ({"main.js": MAIN + "const x = `a\n  b`;\n"}, "a text of several lines"),
    "taken apart": ({"main.js": "export const { x } = window;\n" + MAIN}, "one name for each"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_would_mean_something_else_is_refused(case: str) -> None:
    sources, said = REFUSED[case]
    with pytest.raises(BundleError, match=said.replace("{", r"\{").replace("}", r"\}")):
        join(sources)


# ---- linted


def eslint(*paths: str | Path) -> subprocess.CompletedProcess[str]:
    """Return what eslint says of files or folders."""
    need("linters")
    assert ESLINT.is_file(), "the linters are of an older list: rm -r tests/linters/node_modules; bash tests/install"
    return node(ESLINT, "--config", LINTERS / "eslint.config.mjs", "--max-warnings", "0", *paths)


def test_eslint_finds_nothing() -> None:
    done = eslint("ui/map/host", "ui/parts", "tests/js", *LINTERS.glob("*.mjs"))
    assert done.returncode == 0, done.stdout + done.stderr


WRONG = {
    "no-undef": "forgotten();",
    "no-unused-vars": "const unused = 1;",
    "eqeqeq": "if (window.a == 1) window.b = 2;",
    "prefer-const": "let a = 1; window.a = a;",
    "no-eval": "window.eval('1');",
    "no-implied-eval": "setTimeout('alert(1)', 1);",
    "no-new-func": "window.f = new Function('return 1');",
    "no-restricted-properties": "document.head.innerHTML = window.name;",
    "no-restricted-syntax": "export const a = 1, b = 2;",
    "no-shadow": "export function f(document) { return document; }",
}


def test_eslint_finds_what_it_is_there_for() -> None:
    config = json.dumps((LINTERS / "eslint.config.mjs").as_uri())
    library = json.dumps((LINTERS / "node_modules" / "eslint" / "lib" / "api.js").as_uri())
    code = f"""
        import eslint from {library};
        import config from {config};
        const linter = new eslint.Linter({{ configType: "flat", cwd: {json.dumps(str(ROOT))} }});
        const said = {{}};
        for (const [rule, text] of Object.entries({json.dumps(WRONG)})) {{
          said[rule] = linter.verify(text, config, {{ filename: {json.dumps(str(HOST / "wrong.js"))} }}).map((m) => m.ruleId);
        }}
        console.log(JSON.stringify(said));"""
    need("linters")
    done = node("--input-type=module", "--eval", code)
    assert done.returncode == 0, done.stderr
    for rule, found in json.loads(done.stdout).items():
        assert rule in found


def test_the_linters_come_from_the_public_registry_and_are_pinned() -> None:
    told = json.loads((LINTERS / "package.json").read_text("utf-8"))["dependencies"]
    assert "eslint" in told
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in told.values())
    lock = json.loads((LINTERS / "package-lock.json").read_text("utf-8"))
    places = {p["resolved"] for p in lock["packages"].values() if "resolved" in p}
    assert all(place.startswith("https://registry.npmjs.org/") for place in places)
