"""Archives by our own rules: counted before they are unpacked, no links, no ways out, no surprises."""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path, PurePosixPath

from layers.incoming.readers.formats import FORMATS, Opened, advice, of, ranked
from layers.incoming.rows.table import OpenQuestionError, Question, RefusedError, error

__all__ = ["checked", "checked_book", "content", "name_of", "unpack"]

MEMBER_LIMIT = 2_000
TOTAL_LIMIT = 300 * 1024 * 1024
RATIO_LIMIT = 100
RATIO_FROM = 5 * 1024 * 1024


def checked_book(path: Path) -> Path:
    """Return the path of an Excel workbook that keeps an archive's rules.

    Raises
    ------
    RefusedError
        If it breaks one, or its XML declares a document type or entity.
    """
    members = checked(path, ".xlsx")
    if not any(m.filename.lower() in ("xl/workbook.xml", "xl\\workbook.xml") for m in members):
        raise _refuse(
            "不是 Excel 工作簿（.xlsx）；请用 Excel/WPS 另存为 .xlsx",
            "is no Excel workbook (.xlsx); save it as .xlsx in Excel or WPS",
        )
    with zipfile.ZipFile(path) as archive:
        for m in members:
            if not m.is_dir() and m.filename.lower().endswith((".xml", ".rels", ".vml")):
                raw = content(archive, m).replace(b"\0", b"")
                if re.search(rb"<!\s*(DOCTYPE|ENTITY)", raw, re.IGNORECASE):
                    raise _refuse(
                        "（Excel）的 XML 含有 DOCTYPE 或实体，出于安全不接受；请用 Excel 另存",
                        "(the workbook) holds a DOCTYPE or entity and is not taken for safety; save it anew in Excel",
                    )
    return path


def _refuse(zh: str, en: str) -> RefusedError:
    return RefusedError(error(f"压缩包{zh}", f"the archive {en}"))


def checked(path: Path, kind: str) -> list[zipfile.ZipInfo]:
    """Return the members of an archive that keeps all rules; nothing is unpacked yet.

    Raises
    ------
    RefusedError
        If it is damaged, too large, encrypted, overlapping, or names a path outside.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            start = archive.start_dir
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, IndexError, UnicodeError, OverflowError):
        raise _refuse("已损坏或不完整；请重新压缩", "is damaged or cut short; pack it again") from None
    if len(members) > MEMBER_LIMIT:
        raise _refuse(
            f"内文件过多（{len(members)}，最多 {MEMBER_LIMIT}）；请只打包需要的文件",
            f"has too many members ({len(members)}, at most {MEMBER_LIMIT}); pack only what is needed",
        )
    if sum(m.file_size for m in members) > TOTAL_LIMIT:
        raise _refuse(
            f"解压后过大（最多 {TOTAL_LIMIT >> 20} MB）；请拆分",
            f"is too large unpacked (at most {TOTAL_LIMIT >> 20} MB); split it",
        )
    seen: set[str] = set()
    for m in members:
        _member(m, seen, kind)
    order = sorted(members, key=lambda m: m.header_offset)
    ends = [*(m.header_offset for m in order[1:]), start][: len(order)]
    if any(m.header_offset + 30 + m.compress_size > end for m, end in zip(order, ends, strict=True)):
        raise _refuse(
            "内的文件互相重叠（压缩炸弹）；不接受", "has overlapping members (a bomb) and is not taken; pack it again"
        )
    return members


def _member(m: zipfile.ZipInfo, seen: set[str], kind: str) -> None:
    name = name_of(m)
    if m.flag_bits & 1:
        raise _refuse("已加密；请去掉密码后重新压缩", "is encrypted; pack it again without a password")
    if m.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise _refuse("的压缩方法不支持；请用普通 ZIP 压缩", "uses an unsupported compression; pack it as plain ZIP")
    mode = m.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _refuse(
            f"内含符号链接或特殊文件（{name[:60]}）；不接受",
            f"holds a link or special file ({name[:60]}); pack the files themselves",
        )
    parts = PurePosixPath(name).parts
    if name.startswith("/") or re.match(r"^[A-Za-z]:", name) or ".." in parts or "\0" in m.filename or len(name) > 500:
        raise _refuse(
            f"内的路径指向包外（{name[:60]}）；不接受",
            f"names a path outside itself ({name[:60]}); pack it again with plain names",
        )
    if m.file_size > RATIO_FROM and m.file_size > RATIO_LIMIT * max(m.compress_size, 1):
        raise _refuse(
            f"压缩比异常（{name[:60]}，疑似压缩炸弹）；不接受",
            f"has an absurd compression ratio ({name[:60]}, a bomb?); pack it again",
        )
    if name.casefold() in seen and not m.is_dir():
        raise _refuse(
            f"内有重名文件（{name[:60]}）；请删除重复", f"holds two members of one name ({name[:60]}); delete one"
        )
    seen.add(name.casefold())
    if (
        kind == ".xlsx"
        and re.search(r"vbaProject|\.bin$|externalLinks/.*\.bin", name)
        and "printerSettings" not in name
        and "vbaProject" in name
    ):
        raise _refuse(
            "（Excel）含有宏；请另存为不含宏的 .xlsx", "(the workbook) holds macros; save it as .xlsx without them"
        )


def name_of(m: zipfile.ZipInfo) -> str:
    """Return the name of a member: UTF-8 where flagged, else by its bytes (UTF-8, then GBK)."""
    name = m.filename
    if not m.flag_bits & 0x800:
        try:
            raw = name.encode("cp437")
            try:
                name = raw.decode("utf-8")
            except UnicodeDecodeError:
                name = raw.decode("gb18030")
        except UnicodeError:
            name = m.filename
    return name.replace("\\", "/")


def content(archive: zipfile.ZipFile, m: zipfile.ZipInfo) -> bytes:
    """Return the bytes of a member, or refuse one that is damaged or not as large as it says."""
    try:
        with archive.open(m) as file:
            raw = file.read(m.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise _refuse(
            "内的文件已损坏（校验不符）；请重新压缩", "holds a damaged member (checksum); pack it again"
        ) from None
    if len(raw) != m.file_size:
        raise _refuse(
            "内文件的大小与声明不符；请重新压缩", "holds a member of another size than declared; pack it again"
        )
    return raw


def unpack(file: Opened, folder: Path) -> Opened:
    """Return the one data set in an archive, unpacked below ``folder``.

    Raises
    ------
    RefusedError
        If the archive breaks a rule or holds no data.
    OpenQuestionError
        If it holds several data sets and the answer ``dataset`` names none.
    """
    members = [
        m
        for m in checked(file.path, file.kind)
        if not m.is_dir() and not re.search(r"(^|/)(__MACOSX/|\.DS_Store|Thumbs\.db)", name_of(m))
    ]
    sets = _sets(members, file.kind)
    if not sets:
        raise _empty(members)
    # Not the key of the layer inside it: a package holds a GeoPackage of many layers, and both have to be answered.
    chosen = next(iter(sets)) if len(sets) == 1 else file.answers.get("dataset")
    if chosen is None or str(chosen) not in sets:
        order = sorted(sets, key=lambda n: (PurePosixPath(n).stem.casefold() != file.layer, n))
        raise OpenQuestionError([Question("dataset", f"压缩包里有 {len(sets)} 个数据集，导入哪一个？", f"The archive holds {len(sets)} data sets; which one to import?",
                                          tuple((n, n, n) for n in order), order[0])])  # fmt: skip
    made = folder / "data"
    made.mkdir()
    with zipfile.ZipFile(file.path) as archive:
        if str(chosen).endswith("/") or sets[str(chosen)][0][0] == ".gdb":
            return replace(file, kind=".gdb", path=_geodatabase(archive, sets[str(chosen)], made), parts={})
        parts: dict[str, Path] = {}
        for extension, m in sets[str(chosen)]:
            parts[extension] = made / f"in{extension}"
            parts[extension].write_bytes(content(archive, m))
    first = sets[str(chosen)][0][0]
    return replace(file, kind=first, path=parts[first], parts=parts)


def _geodatabase(archive: zipfile.ZipFile, files: list[tuple[str, zipfile.ZipInfo]], made: Path) -> Path:
    home = made / "in.gdb"
    home.mkdir()
    for _, m in files:
        name = PurePosixPath(name_of(m)).name
        if re.fullmatch(r"[A-Za-z0-9_.\-]{1,80}", name):
            (home / name).write_bytes(content(archive, m))
    return home


def _sets(members: list[zipfile.ZipInfo], kind: str) -> dict[str, list[tuple[str, zipfile.ZipInfo]]]:
    """Return the data sets by name: (extension, member), the leading part first."""
    named = {name_of(m): m for m in members}
    sets: dict[str, list[tuple[str, zipfile.ZipInfo]]] = {}
    for name, m in named.items():
        p = PurePosixPath(name)
        if p.suffix.lower() == ".gdbtable":
            sets.setdefault(f"{p.parent}/" if str(p.parent) != "." else "gdb/", []).append((".gdb", m))
    for home in sets:
        folder = PurePosixPath("." if home == "gdb/" else home)
        sets[home] = [(".gdb", m) for n, m in named.items() if PurePosixPath(n).parent == folder]
    if sets and kind != ".kmz":
        return sets
    for wanted in (ranked(1), ranked(2)) if kind != ".kmz" else ({".kml"},):
        for name, m in named.items():
            p = PurePosixPath(name)
            extension = p.suffix.lower()
            if extension not in wanted:
                continue
            sets[name] = [(extension, m), *_parts(named, name, extension)]
        if sets:
            break
    if kind == ".kmz" and len(sets) > 1:
        main = [n for n in sets if n.lower() == "doc.kml"] or [n for n in sets if "/" not in n]
        sets = {main[0]: sets[main[0]]} if main else sets
    return sets


def _parts(named: dict[str, zipfile.ZipInfo], name: str, extension: str) -> list[tuple[str, zipfile.ZipInfo]]:
    """Return the members that belong to a file: those of its name with another extension."""
    found = of(extension)
    if found is None or not found.parts:
        return []
    # Nobody reads a .cpg, but one that does not unpack shows that the archive is damaged.
    wanted = {*found.parts, ".cpg"}
    stem = name[: -len(extension)].casefold()
    return [
        (e, m)
        for n, m in named.items()
        if (e := PurePosixPath(n).suffix.lower()) in wanted and n[: -len(e)].casefold() == stem
    ]


def _empty(members: list[zipfile.ZipInfo]) -> RefusedError:
    suffixes = {PurePosixPath(name_of(m)).suffix.lower() for m in members}
    if suffixes & {p for f in FORMATS for p in f.parts}:
        return _refuse(
            "缺少 .shp；请把 .shp .shx .dbf .prj 一起压缩", "lacks the .shp; pack .shp, .shx, .dbf and .prj together"
        )
    if suffixes & {e for f in FORMATS if f.archive for e in f.extensions}:
        return _refuse(
            "里还是压缩包；请解压后把数据文件直接压缩",
            "holds another archive; unpack it and pack the data files directly",
        )
    for suffix in sorted(suffixes):
        if said := advice(suffix):
            return RefusedError(error(f"压缩包里是 {suffix}：{said.zh}", f"the archive holds a {suffix}: {said.en}"))
    return _refuse(
        "里没有可导入的数据（Shapefile、GeoPackage、FileGDB、GeoJSON、KML、CSV…）",
        "holds nothing to import (shapefile, GeoPackage, FileGDB, GeoJSON, KML, CSV ...); check what was packed",
    )
