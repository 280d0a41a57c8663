"""The sources of a workspace: data/SOURCES.json, and whether each file is still the one it vouches for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geo.errors import Finding, InputError

__all__ = ["read_sources", "sha256", "verify"]

REQUIRED = ("title", "publisher", "licence", "retrieved")


def read_sources(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the records of SOURCES.json by id; an empty dict where the file is absent.

    Raises
    ------
    InputError
        If the file is not JSON of the form id → record, or a record lacks a required field.
    """
    path = folder / "SOURCES.json"
    if not path.is_file():
        return {}
    try:
        records = json.loads(path.read_text("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(
            [Finding("error", f"不是有效的 JSON：{error}", f"is not valid JSON: {error}", path.name)]
        ) from error
    if not isinstance(records, dict):
        raise InputError([Finding("error", "应为“编号 → 记录”的对象", "must be an object of id → record", path.name)])
    records = {k: v for k, v in records.items() if isinstance(v, dict)}
    findings = [
        Finding("error", f"来源“{key}”缺少 {name}", f"source '{key}' lacks {name}", path.name, field=name)
        for key, record in records.items()
        for name in REQUIRED
        if not record.get(name)
    ]
    if findings:
        raise InputError(findings)
    return records


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal text."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def verify(folder: Path, sources: Mapping[str, Mapping[str, Any]]) -> list[Finding]:
    """Return warnings for files that are no longer what their source record vouches for."""
    findings = []
    for key, record in sources.items():
        name, expected = record.get("file"), record.get("sha256")
        if not name or not expected:
            continue
        path = folder / str(name)
        if path.resolve().parent != folder.resolve() or not path.is_file():
            findings.append(
                Finding(
                    "warning",
                    f"来源“{key}”所指文件 {name} 不存在",
                    f"source '{key}' vouches for {name}, which is not there",
                    "SOURCES.json",
                )
            )
        elif sha256(path) != expected:
            findings.append(
                Finding(
                    "warning",
                    f"文件 {name} 与来源记录“{key}”的校验值不同：已被修改，请更新来源记录",
                    f"{name} differs from the checksum of source '{key}': it was changed; update its record",
                    str(name),
                )
            )
    return findings
