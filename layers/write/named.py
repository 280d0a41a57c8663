"""A file is what its name says: one check for everything that is written out."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from geo.errors import InputError
from geo.text import Text

__all__ = ["as_named"]

ADVICE = {
    ".shp": Text("Shapefile 由多个文件组成，打成一个 zip 写出", "a Shapefile is several files, written as one zip"),
    ".gdb": Text("FileGDB 是文件夹，打成一个 zip 写出", "a FileGDB is a folder, written as one zip"),
    ".pdf": Text("PDF 只用于报告（report）", "PDF is for the report only"),
    ".docx": Text("DOCX 只用于报告（report）", "DOCX is for the report only"),
    ".doc": Text("不写旧版 Word：请写 DOCX", "no old Word file is written: write DOCX"),
    ".xls": Text("不写旧版 Excel：请写 XLSX", "no old Excel file is written: write XLSX"),
}  # fmt: skip


def as_named(path: Path, what: str, endings: Collection[str]) -> Path:
    """Return the path, if its name does not say another kind of file than what is to be written there.

    Parameters
    ----------
    path
        The file asked for; a name without an ending says nothing and is kept.
    what
        The format, as the planner asked for it.
    endings
        The endings that such a file may have, the usual one first.

    Raises
    ------
    InputError
        If the name ends otherwise: nothing is written, and the message names what is possible.
    """
    path, endings = Path(path), list(endings)
    ending = path.suffix.lower()
    if not ending or ending in endings:
        return path
    advice = ADVICE.get(ending, Text("", ""))
    zh, en = (f"；{advice.zh}" if advice.zh else ""), (f"; {advice.en}" if advice.en else "")
    better = path.with_suffix(endings[0]).name
    raise InputError(
        Text(
            f"没有写出 {path.name}：{what} 的文件应以 {'、'.join(endings)} 结尾{zh}。请改用 {better}，或用 --format 选相应的格式",
            f"{path.name} was not written: a file of {what} ends in {', '.join(endings)}{en}. Use {better}, or the format of that name",
        )
    )
