"""The days on which each service of a feed runs: calendar.txt and the exceptions of calendar_dates.txt."""

from __future__ import annotations

import numpy as np
import pandas as pd

from layers.gtfs.tables import Notes
from layers.gtfs.values import dates

__all__ = ["days_of"]

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LONGEST = 3_700
"""Days of one row of a calendar at most: ten years."""


def days_of(tables: dict[str, pd.DataFrame], notes: Notes) -> pd.DataFrame:
    """Return one row for each day of each service: ``service_id``, ``date``."""
    found = _weekly(tables["calendar.txt"], notes) if "calendar.txt" in tables else _none()
    if "calendar_dates.txt" in tables:
        found = _excepted(found, tables["calendar_dates.txt"], notes)
    for name in ("calendar.txt", "calendar_dates.txt"):
        if name in tables:
            idle = ~tables[name]["service_id"].isin(found["service_id"]) & ~tables[name]["service_id"].duplicated()
            notes.rows(name, tables[name].index[idle], "service_id", "“{}”没有一天开行；它的班次不用，请补日期", "'{}' runs on no day; its trips are not used, give it days", values=tables[name]["service_id"][idle])  # fmt: skip
    if found.empty:
        notes.add("error", "日历是空的：没有任何班次有开行日；请补上日期后重新导出", "the calendar is empty: nothing ever runs; give it days and export it again", "calendar.txt")  # fmt: skip
    return found


def _none() -> pd.DataFrame:
    return pd.DataFrame({"service_id": pd.Series(dtype="str"), "date": pd.Series(dtype="datetime64[s]")})


def _weekly(table: pd.DataFrame, notes: Notes) -> pd.DataFrame:
    file = "calendar.txt"
    first, last = dates(table["start_date"]), dates(table["end_date"])
    for value, field in ((first, "start_date"), (last, "end_date")):
        bad = value.isna()
        notes.rows(file, table.index[bad], field, "“{}”不是日期，请写如 20250505；此行未采用", "'{}' is no date, write 20250505; the row is left out", values=table[field][bad])  # fmt: skip
    turned = last < first
    notes.rows(
        file, table.index[turned], "end_date", "结束早于开始；此行未采用", "ends before it starts; the row is left out"
    )
    for day in WEEK:
        odd = ~table[day].isin(["0", "1"])
        notes.rows(file, table.index[odd], day, "“{}”应为 0 或 1；按 0 处理", "'{}' should be 0 or 1; taken as 0", values=table[day][odd])  # fmt: skip
    long = (last - first).dt.days >= LONGEST
    notes.rows(file, table.index[long], "end_date", f"日期跨度过长，只用前 {LONGEST} 天", f"a very long time; only the first {LONGEST} days are used")  # fmt: skip
    good = (first.notna() & last.notna() & ~turned).to_numpy()
    table, first, last = table[good], first[good], last[good]
    count = np.minimum((last - first).dt.days.to_numpy() + 1, LONGEST).astype(np.int64)
    row = np.repeat(np.arange(len(table)), count)
    turn = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    day = first.to_numpy("datetime64[D]")[row] + turn
    # 1970-01-01 was a Thursday, the fourth day of a week that begins with Monday.
    weekday = (day.astype(np.int64) + 3) % 7
    runs = (table[list(WEEK)] == "1").to_numpy(bool)[row, weekday]
    return pd.DataFrame({"service_id": table["service_id"].to_numpy()[row[runs]], "date": day[runs].astype("datetime64[s]")})  # fmt: skip


def _excepted(found: pd.DataFrame, table: pd.DataFrame, notes: Notes) -> pd.DataFrame:
    file = "calendar_dates.txt"
    date = dates(table["date"])
    bad, odd = date.isna(), ~table["exception_type"].isin(["1", "2"])
    notes.rows(file, table.index[bad], "date", "“{}”不是日期，请写如 20250505；此行未采用", "'{}' is no date, write 20250505; the row is left out", values=table["date"][bad])  # fmt: skip
    notes.rows(file, table.index[odd], "exception_type", "“{}”应为 1（加开）或 2（停开）；此行未采用", "'{}' should be 1 (added) or 2 (removed); the row is left out", values=table["exception_type"][odd])  # fmt: skip
    told = pd.DataFrame({"service_id": table["service_id"], "date": date.astype("datetime64[s]")})
    added = told[~bad & (table["exception_type"] == "1")]
    removed = told[~bad & (table["exception_type"] == "2")].assign(gone=True)
    whole = pd.concat([found, added], ignore_index=True).drop_duplicates()
    left = whole.merge(removed.drop_duplicates(), how="left", on=["service_id", "date"])
    return left[left["gone"].isna()][["service_id", "date"]].reset_index(drop=True)
