"""Print the table of the hostile corpus and of the legitimate one: ``python -m tests.hostile``."""

from __future__ import annotations

import http.server
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from layers.incoming import read
from tests.hostile import hostile, legit

SECRET = "canary-4f9d2c-secret-content"
SLOW = 25.0
GENERIC = ("已损坏或格式异常", "已损坏，请", "解析程序崩溃")
OPEN = {"datum": "wgs84", "raster": "people"}
"""True answers to what harmless files of these kinds leave open: to be asked is not to be refused."""
COLUMNS = ("files", "as wanted", "silent", "overstrict", "generic", "net", "leak", "wrote", "slow", "crash")


@dataclass
class Ground:
    """What the files try to reach, and what reached it."""

    folder: Path
    canary: str
    secret: Path
    outside: Path
    requests: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def wrote(self) -> bool:
        """Whether anything was made outside."""
        return self.outside.exists() or any(self.outside.parent.iterdir())


@contextmanager
def ground() -> Any:
    """Set up the canaries: an HTTP server, a secret file, and a folder in which nothing may appear."""
    with tempfile.TemporaryDirectory(prefix="hostile-") as base:
        secret = Path(base) / "secret" / "canary.csv"
        secret.parent.mkdir()
        secret.write_text(f"a,b\n{SECRET},{SECRET}\n")
        (Path(base) / "outside").mkdir()
        place = Ground(Path(base) / "files", "", secret, Path(base) / "outside" / "mark")

        class Canary(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                place.requests.append(self.path)
                self.send_response(404)
                self.end_headers()

            do_HEAD = do_POST = do_GET  # noqa: N815

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Canary) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            place.canary = f"http://127.0.0.1:{server.server_address[1]}"
            yield place
            server.shutdown()


def judged(bad: hostile.Bad, place: Ground) -> tuple[set[str], str]:
    """Return the marks that one hostile file earns (see COLUMNS), and what was said."""
    asked = len(place.requests)
    started = time.monotonic()
    try:
        result = read(bad.path, layer=bad.layer, crs=bad.crs, answers=bad.answers)
    except Exception as error:
        return {"crash"}, f"{type(error).__name__}: {error}"
    if bad.want == "accept" and result.questions and {q.key for q in result.questions} <= OPEN.keys():
        result = read(bad.path, layer=bad.layer, crs=bad.crs, answers={**(bad.answers or {}), **OPEN})
    marks: set[str] = set()
    said = " ".join(f"{f.text_zh} {f.text_en}" for f in result.findings)
    shown = said + ("" if result.frame is None else result.frame.to_csv())
    odd = [f for f in result.findings if f.level != "info"]
    seconds = time.monotonic() - started
    if seconds > SLOW:
        marks.add("slow")
    place.seconds[f"{bad.kind}/{bad.name}"] = seconds
    if len(place.requests) > asked:
        marks.add("net")
    if SECRET in shown:
        marks.add("leak")
    if place.wrote():
        marks.add("wrote")
    if result.frame is not None and (bad.want == "refuse" or (bad.want == "report" and not odd)):
        marks.add("silent")
    if result.frame is None and bad.want == "accept":
        marks.add("overstrict")
    if result.frame is None and (not said or any(g in said for g in GENERIC)):
        marks.add("generic")
    if "使解析程序崩溃" in said:
        marks.add("crash")
    return marks, said[:200]


def table(place: Ground, files: list[hostile.Bad], tell: Any = None) -> dict[str, Counter[str]]:
    """Return the counts of COLUMNS by class, last row ``all``."""
    counts: dict[str, Counter[str]] = {k: Counter() for k in (*hostile.CLASSES, "all")}
    for bad in files:
        marks, said = judged(bad, place)
        if tell and marks:
            tell(f"{bad.kind} {bad.name} want {bad.want}: {', '.join(sorted(marks))}: {said}")
        for row in (bad.kind, "all"):
            counts[row].update(["files", *marks, *([] if marks - {"generic"} else ["as wanted"])])
    return counts


def main() -> int:
    """Run both corpora, print the table, and return 1 if anything is not as wanted."""
    started = time.monotonic()
    with ground() as place:
        place.folder.mkdir()
        files = hostile.corpus(place.folder, place.canary, place.secret, place.outside)
        counts = table(place, files, lambda line: print(line, file=sys.stderr))
    print(f"{'class':14}" + "".join(f"{c:>11}" for c in COLUMNS))
    for row, count in counts.items():
        print(f"{row:14}" + "".join(f"{count[c]:>11}" for c in COLUMNS))
    taken = sorted(place.seconds.values())
    worst = sorted(place.seconds, key=lambda n: -place.seconds[n])[:5]
    print(
        f"seconds a file: p50 {taken[len(taken) // 2]:.2f}, p95 {taken[len(taken) * 95 // 100]:.2f}; slowest "
        + ", ".join(f"{n} {place.seconds[n]:.1f}" for n in worst)
    )
    with tempfile.TemporaryDirectory(prefix="legit-") as folder:
        cases = legit.corpus(Path(folder))
        wrong = [(c.name, v) for c in cases if (v := legit.verdict(c)) != "right"]
    print(
        f"\nlegitimate files: {len(cases)}, right: {len(cases) - len(wrong)}; {time.monotonic() - started:.0f} s in all"
    )
    for name, why in wrong:
        print(f"  {name}: {why}")
    total = counts["all"]
    return int(bool(wrong) or total["as wanted"] < total["files"] or total["generic"] > 0.03 * total["files"])


if __name__ == "__main__":
    sys.exit(main())
