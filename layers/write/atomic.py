"""Files that appear whole or not at all: write aside, sync, rename, sync the folder."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from geo.errors import InputError
from geo.text import Text

__all__ = ["sync", "write_bytes", "write_chunks", "write_zip", "writing"]

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The one time stamp of all zip members: the first that the format knows."""


@contextmanager
def writing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a path to write to; when the block ends well, its file becomes ``path`` in one step.

    The path given has the final file name inside a hidden folder beside the target, so that libraries that
    look at the extension, or write side files (SQLite journals), may do as they like. If the block
    raises, or the process is killed, ``path`` is what it was before.

    Raises
    ------
    InputError
        If the folder does not exist, ``path`` is a folder, or the place cannot be written to.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise InputError(
            Text(
                f"文件夹不存在：{target.parent}，请先建立",
                f"the folder {target.parent} does not exist, create it first",
            )
        )
    if target.is_dir():
        raise InputError(Text(f"{target} 是文件夹，请给出文件名", f"{target} is a folder, give a file name"))
    try:
        aside = Path(tempfile.mkdtemp(prefix=f".{target.name[:40]}.", suffix=".tmp", dir=target.parent))
    except OSError as e:
        raise InputError(
            Text(
                f"无法写入 {target.parent}（{e.strerror}），请换一个文件夹",
                f"cannot write to {target.parent} ({e.strerror}), choose another folder",
            )
        ) from e
    try:
        draft = aside / target.name
        yield draft
        sync(draft)
        os.replace(draft, target)
        sync(target.parent)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def write_bytes(path: str | os.PathLike[str], data: bytes) -> Path:
    """Write ``data`` to ``path`` in one step and return the path."""
    return write_chunks(path, (data,))


def write_chunks(path: str | os.PathLike[str], chunks: Iterable[bytes]) -> Path:
    """Write the chunks to ``path`` one after the other, as one step seen from outside; return the path."""
    with writing(path) as draft, draft.open("wb") as file:
        file.writelines(chunks)
    return Path(path)


def write_zip(path: str | os.PathLike[str], members: Mapping[str, bytes | Path]) -> Path:
    """Write a zip in one step; equal members give equal bytes, as no time of day goes in. Return the path.

    Parameters
    ----------
    members
        Name inside the zip → its bytes, or the file that holds them (read in pieces).
    """
    with writing(path) as draft, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            source = io.BytesIO(content) if isinstance(content, bytes) else content.open("rb")
            with source, archive.open(entry, "w", force_zip64=True) as out:
                shutil.copyfileobj(source, out, 1 << 20)
    return Path(path)


def sync(path: Path) -> None:
    """Make sure the file, or the folder's list of names, is on the disk."""
    folder = path.is_dir()
    try:
        # Windows syncs only what is open for writing.
        handle = os.open(path, os.O_RDONLY if folder else os.O_RDWR)
    except PermissionError:
        if folder:
            return  # Windows opens no folder, and keeps its names in a journal of its own
        raise
    try:
        # Some network file systems cannot sync a folder; the rename is still atomic there.
        with suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)
