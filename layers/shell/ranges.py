"""A planner's own ranges of what is not known: one CSV, read and written."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd

from geo.case import Case
from geo.errors import Finding, InputError
from geo.uncertainty import Uncertainties
from geo.uncertainty.settings import from_table
from layers.write.atomic import write_bytes
from layers.write.named import as_named

__all__ = ["read", "write"]


def read(path: Path, case: Case) -> Uncertainties:
    """Return what is uncertain behind a question, the planner's ranges laid over those of the workspace.

    Raises
    ------
    InputError
        If the file cannot be read, or anything in it is wrong: with file, row and column.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    except OSError:
        raise InputError(
            [
                Finding(
                    "error",
                    "没有这个文件；可用 zoneplan uncertainty --ranges 文件.csv 写出一份再改",
                    "there is no such file; zoneplan uncertainty --ranges FILE.csv writes one to be changed",
                    path.name,
                )
            ]
        ) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            [Finding("error", f"无法按 UTF-8 CSV 读取：{error}", f"cannot be read as UTF-8 CSV: {error}", path.name)]
        ) from error
    table = Uncertainties.of(case)
    told = from_table(pd.DataFrame(rows, dtype=object), path.name)
    # A table that was written out and changed in one row says all others as they are: those stay the workspace's.
    own = {
        key: said for key, said in told.items() if not table.has(key) or any(getattr(table.at(key), n) != v for n, v in said.items())
    }  # fmt: skip
    return table.laid_over(own, "planner", file=path.name)


def write(table: Uncertainties, path: Path) -> Path:
    """Write the table as a CSV that ``read`` takes back; return its path."""
    path = as_named(path, "csv", (".csv",))
    return write_bytes(path, table.table().to_csv(index=False).encode("utf-8-sig"))
