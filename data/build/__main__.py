"""Command line: ``python -m data.build [--out DIR]``."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from data.build import (
    carriers,
    facilities,
    ground,
    plan,
    population,
    register,
    sources,
    streets,
    timetable,
    transport,
    zones,
)
from data.build.tables import TABLES

DATA = Path(__file__).parent.parent


def build(out: Path) -> None:
    """Write the whole workspace into ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    for part in (zones, facilities, transport, timetable, ground, streets, population, register, carriers, plan):
        part.build(out)
    shutil.copyfile(TABLES / "workspace.toml", out / "workspace.toml")
    sources.build(out)


def main() -> None:
    """Read the options and build."""
    parser = argparse.ArgumentParser(description="Rebuild the bundled workspace from its tables / 由表重建自带工作区")
    parser.add_argument("--out", type=Path, default=DATA, help="folder to write into (default: data/)")
    out = parser.parse_args().out
    build(out)
    print(f"已写入 written: {out}")


if __name__ == "__main__":
    main()
