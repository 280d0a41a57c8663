"""The file that a planner gives, copied byte by byte: no link followed, no device read, its hash taken."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import Any, NoReturn

from geo.text import Text
from layers.incoming.readers.formats import extensions, of

__all__ = ["RefusedHereError", "copied", "shapefile_parts"]

SIZE_LIMIT = 100 * 1024 * 1024


class RefusedHereError(Exception):
    """The file is not even copied; ``text`` says why and what to do."""

    def __init__(self, zh: str, en: str) -> None:
        self.text = Text(zh, en)
        super().__init__(en)


def copied(source: Path, folder: Path, extension: str) -> tuple[str, dict[str, str], str]:
    """Copy the file, and a shapefile's parts, under plain names; return them and the hash of the original."""
    if extension == ".gdb" and source.is_dir() and not source.is_symlink():
        return _copied_folder(source, folder)
    found = of(extension)
    if found is None:
        taken = " ".join(extensions())
        raise RefusedHereError(
            f"不支持的文件类型“{extension or source.name}”；可导入：{taken}",
            f"files of type '{extension or source.name}' are not taken; use one of {taken}",
        )
    if found.advice:
        raise RefusedHereError(*found.advice)
    wanted = {extension: source, **_parts(source, found.parts)}
    digest = hashlib.sha256()
    total = 0
    parts: dict[str, str] = {}
    for part, origin in sorted(wanted.items(), key=lambda kv: kv[0] != extension):
        target = folder / f"in{part}"
        total += _copy(origin, target, digest, SIZE_LIMIT - total)
        parts[part] = target.name
    return parts[extension], parts, digest.hexdigest()


def shapefile_parts(path: str | os.PathLike[str]) -> dict[str, Path]:
    """Return the parts beside a .shp that are read with it, by extension; the case of names does not matter."""
    shapefile = of(".shp")
    return _parts(Path(path), shapefile.parts if shapefile else ())


def _parts(source: Path, wanted: tuple[str, ...]) -> dict[str, Path]:
    if not wanted:
        return {}
    try:
        beside = sorted(source.parent.iterdir())
    except OSError:
        return {}
    found = [p for p in beside if p.suffix.lower() in wanted and p.stem.casefold() == source.stem.casefold()]
    exact = [p for p in found if p.stem == source.stem] or found
    return {p.suffix.lower(): p for p in exact}


def _copied_folder(source: Path, folder: Path) -> tuple[str, dict[str, str], str]:
    digest = hashlib.sha256()
    home = folder / "in.gdb"
    home.mkdir()
    total = 0
    for i, origin in enumerate(sorted(source.iterdir())):
        if i > 2_000:
            raise RefusedHereError("文件夹内文件过多", "the folder holds too many files; zip only the geodatabase")
        if stat.S_ISREG(origin.lstat().st_mode):
            total += _copy(origin, home / origin.name, digest, SIZE_LIMIT - total)
    return home.name, {}, digest.hexdigest()


def _copy(origin: Path, target: Path, digest: Any, room: int) -> int:
    """Copy one regular file of at most ``room`` bytes, hashing it; links and devices are not followed."""
    try:
        handle = os.open(
            origin,
            os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0),
        )
    except (FileNotFoundError, ValueError):
        raise RefusedHereError(f"找不到文件 {origin.name}", f"there is no file {origin.name}; check the path") from None
    except OSError:
        raise RefusedHereError(
            f"无法打开 {origin.name}（链接、目录或无权限）；请给出文件本身",
            f"cannot open {origin.name} (a link, a folder, or no permission); give the file itself",
        ) from None
    state = os.fstat(handle)
    with os.fdopen(handle, "rb") if stat.S_ISREG(state.st_mode) else _closed(handle, origin.name) as file:
        copied = 0
        with open(target, "wb") as out:
            while block := file.read(1 << 20):
                copied += len(block)
                if max(copied, state.st_size) > room:
                    size = max(copied, state.st_size) >> 20
                    raise RefusedHereError(
                        f"文件过大（{size} MB，最多 {SIZE_LIMIT >> 20} MB）；请分幅或抽稀",
                        f"the file is too large ({size} MB, at most {SIZE_LIMIT >> 20} MB); split or simplify it",
                    )
                out.write(block)
                digest.update(block)
    return copied


def _closed(handle: int, name: str) -> NoReturn:
    os.close(handle)
    raise RefusedHereError(
        f"{name} 不是普通文件；请给出文件本身", f"{name} is not a regular file; give the file itself"
    )
