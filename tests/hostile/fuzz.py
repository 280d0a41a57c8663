"""Mutate real files and offer them at every door: ``python -m tests.hostile.fuzz --runs 20000``.

Each run is one file in one child of its own, exactly as an upload is read. A violation is an exception in
this process, more than 25 s, a request to the canary, the secret in an answer, a file written outside, or a
layer that is accepted though it breaks a rule of its schema. Runs are numbered; run N of a seed is the same
file again (``--only N``).
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
import time
import zipfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import shapely

from layers.incoming import Incoming, read
from layers.incoming.place.extent import TIANJIN
from tests.hostile import legit
from tests.hostile.__main__ import SECRET, SLOW, Ground, ground

SEED_SIZE = 60_000
TOKENS = (
    b"NaN",
    b"1e999",
    b"-1",
    b"0",
    b"null",
    b"[]",
    b"{}",
    b'"',
    b"[",
    b"<!DOCTYPE x>",
    b"&x;",
    b"\0",
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x80",
    b"\xff\xff\xff\x7f",
    b"EPSG:2436",
    "约".encode(),
    b",,",
    b"\n",
    b"..",
    b"999999999999",
)
NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def seeds(folder: Path) -> list[legit.Case]:
    """Return the small legitimate files: every format, encoding and door among them."""
    return [c for c in legit.corpus(folder) if c.path.suffix != ".shp" and c.path.stat().st_size <= SEED_SIZE]


def mutated(raw: bytes, others: list[bytes], rng: np.random.Generator) -> bytes:
    """Return ``raw`` with one to eight random changes, mostly few: a file damaged beyond reading tests little."""
    out = bytearray(raw)
    for _ in range(min(int(rng.geometric(0.5)), 8)):
        n = max(len(out), 1)
        at = int(rng.integers(0, n))
        span = int(min(rng.geometric(0.05), n))
        match int(rng.choice(10, p=(0.2, 0.2, 0.08, 0.08, 0.12, 0.06, 0.1, 0.02, 0.08, 0.06))):
            case 0 | 1:
                if out:
                    out[at % len(out)] ^= 1 << int(rng.integers(0, 8))
            case 2:
                del out[at : at + span]
            case 3:
                out[at:at] = out[at : at + span]
            case 4:
                out[at : at + 4] = int(rng.choice(NUMBERS)).to_bytes(4, "little" if rng.integers(0, 2) else "big")
            case 5:
                out[at:at] = TOKENS[int(rng.integers(0, len(TOKENS)))]
            case 6:
                token = TOKENS[int(rng.integers(0, len(TOKENS)))]
                out[at : at + len(token)] = token
            case 7:
                del out[at:]
            case 8:
                other = others[int(rng.integers(0, len(others)))]
                start = int(rng.integers(0, max(len(other), 1)))
                out[at : at + span] = other[start : start + span]
            case 9:
                out[at : at + span] = rng.integers(0, 256, span, dtype=np.uint8).tobytes()
    return bytes(out)


def made(case: legit.Case, others: list[bytes], rng: np.random.Generator) -> bytes:
    """Return a mutation of a case: of the archive itself, or (mostly) of a file inside it."""
    raw = case.path.read_bytes()
    if not zipfile.is_zipfile(case.path) or rng.random() < 0.3:
        return mutated(raw, others, rng)
    out = io.BytesIO()
    with zipfile.ZipFile(case.path) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        members = source.infolist()
        chosen = int(rng.integers(0, len(members)))
        for i, item in enumerate(members):
            content = source.read(item)
            archive.writestr(item.filename, mutated(content, others, rng) if i == chosen else content)
    return out.getvalue()


def broken(result: Incoming) -> str:
    """Return the rule that an accepted layer breaks, or nothing."""
    frame = result.frame
    if frame is None:
        return "" if result.findings else "refused without a reason"
    xy = shapely.get_coordinates(frame.geometry.array)
    west, south, east, north = TIANJIN
    if not np.isfinite(xy).all():
        return "a coordinate is not finite"
    osm = result.file.endswith((".osm", ".pbf"))
    if len(xy) and not osm and not ((xy >= [west, south]) & (xy <= [east, north])).all():
        return "outside the area"
    if not frame.geometry.is_valid.all():
        return "an invalid geometry"
    for column in frame.columns.intersection(["seats_kindergarten", "seats_primary", "seats_junior", "seats_senior"]):
        known = frame[column].dropna().astype(float)
        if not ((known >= 0) & (known <= 20_000) & (known == known.round())).all():
            return f"{column} out of range"
    if "name_zh" in frame and not frame["name_zh"].map(lambda n: isinstance(n, str) and bool(n.strip())).all():
        return "a blank name"
    return ""


def run(
    number: int, seed: int, cases: list[legit.Case], others: list[bytes], place: Ground, folder: Path
) -> tuple[str, str, float]:
    """Do one run; return its outcome, the violation if any, and its seconds."""
    rng = np.random.default_rng([seed, number])
    case = cases[int(rng.integers(0, len(cases)))]
    path = (
        folder
        / f"{number}{''.join(case.path.suffixes[-2:]) if case.path.name.endswith(('.gdb.zip', '.osm.pbf')) else case.path.suffix}"
    )
    path.write_bytes(made(case, others, rng))
    answers = case.answers if rng.integers(0, 2) else {}
    started = time.monotonic()
    try:
        result = read(path, layer=case.layer, crs=case.crs, answers=answers, known=())
    except Exception as error:
        return "exception", f"run {number} of {case.name}: {type(error).__name__}: {error}", 0.0
    finally:
        path.unlink()
    seconds = time.monotonic() - started
    said = " ".join(f.text_en for f in result.findings)
    outcome = (
        "accepted"
        if result.frame is not None
        else "asked"
        if result.questions
        else "crashed (contained)"
        if "made the reader crash" in said
        else "timed out"
        if "was stopped" in said
        else "refused"
    )
    why = broken(result)
    if seconds > SLOW:
        why = f"{seconds:.1f} s"
    elif SECRET in said or (result.frame is not None and SECRET in result.frame.to_csv()):
        why = "leak"
    elif place.requests or place.wrote():
        why = "request or write"
    return outcome, f"run {number} of {case.name}: {why}" if why else "", seconds


def main() -> int:
    """Run the fuzzer, print the counts, and return 1 on any violation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", type=int)
    told = parser.parse_args()
    started = time.monotonic()
    counts: Counter[str] = Counter()
    worst = 0.0
    violations: list[str] = []
    with ground() as place, tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        (Path(folder) / "seeds").mkdir()
        cases = seeds(Path(folder) / "seeds")
        others = [c.path.read_bytes() for c in cases]
        numbers = [told.only] if told.only is not None else range(told.runs)
        with ThreadPoolExecutor(told.workers) as pool:
            for done, (outcome, violation, seconds) in enumerate(
                pool.map(lambda n: run(n, told.seed, cases, others, place, Path(folder)), numbers), 1
            ):
                counts[outcome] += 1
                worst = max(worst, seconds)
                if violation:
                    violations.append(violation)
                    print(violation, file=sys.stderr, flush=True)
                if done % 1000 == 0:
                    print(
                        f"{done} runs, {time.monotonic() - started:.0f} s: {dict(counts)}, {len(violations)} violations, slowest {worst:.1f} s",
                        flush=True,
                    )
    print(
        f"{sum(counts.values())} runs of {len(cases)} seeds in {time.monotonic() - started:.0f} s: {dict(counts)}; {len(violations)} violations; slowest {worst:.1f} s"
    )
    return int(bool(violations))


if __name__ == "__main__":
    sys.exit(main())
