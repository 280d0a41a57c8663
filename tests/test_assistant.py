"""An assistant asks the planner's questions through the SDK's own client: the answers are the shell's, and nothing can be changed or read."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import ClientSession, StdioServerParameters, stdio_client

import cli
from tests.browser import copied
from tests.need import ROOT

AREA = "POLYGON((117.6 39.05,117.7 39.05,117.7 39.1,117.6 39.05))"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the bundled place."""
    return copied(tmp_path_factory.mktemp("assistant") / "data")


def asked(folder: Path, *calls: tuple[str, dict[str, Any]]) -> tuple[list[Any], list[Any]]:
    """Return the tools, and the results of calls."""

    async def go() -> tuple[list[Any], list[Any]]:
        server = StdioServerParameters(
            command=sys.executable, args=[str(ROOT / "cli.py"), "--data", str(folder), "mcp"], cwd=str(folder)
        )
        async with stdio_client(server) as (reading, writing), ClientSession(reading, writing) as session:
            await session.initialize()
            tools = (await session.list_tools()).tools
            return tools, [await session.call_tool(name, given) for name, given in calls]

    return asyncio.run(go())


def shell(folder: Path, *words: str) -> Any:
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        assert cli.main(["--data", str(folder), *words, "--json"]) == 0
    return json.loads(told.getvalue())


def test_the_answers_are_those_of_the_shell(folder: Path) -> None:
    tools, results = asked(
        folder,
        ("coverage", {"service": "primary", "limit": 800}),
        ("zone", {"zone_id": "haiyang"}),
        ("area", {"polygon": AREA}),
        ("series", {"service": "primary", "years": [2025, 2030], "growth": "held"}),
    )
    names = [tool.name for tool in tools]
    assert {
        "coverage",
        "adequacy",
        "site",
        "area",
        "gain",
        "locate",
        "assign",
        "access",
        "crossings",
        "register",
        "zone",
        "series",
    } <= set(names)
    assert not {"import", "export", "report", "scenario", "build", "serve", "batch", "feeds", "mcp"} & set(names)
    assert all(tool.annotations.read_only_hint and tool.description for tool in tools)
    for tool in tools:
        assert not {"out", "data", "json", "candidates"} & set(tool.input_schema["properties"])
    said = [one.structured_content for one in results]
    assert not any(one.is_error for one in results)
    assert said == [
        shell(folder, "coverage", "--service", "primary", "--limit", "800"), shell(folder, "zone", "haiyang"),
        shell(folder, "area", "--polygon", AREA),
        shell(folder, "series", "--service", "primary", "--years", "2025", "2030", "--growth", "held"),
    ]  # fmt: skip
    assert all(one["basis"] and one["method_zh"] and one["sources"] for one in said)


def test_what_is_wrong_is_said_and_nothing_is_read_or_written(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("POLYGON((hidden", "utf-8")
    before = sorted(p.name for p in folder.rglob("*"))
    calls: list[tuple[str, dict[str, Any]]] = [
        ("coverage", {"service": "cinema"}), ("coverage", {"service": "primary", "limit": "far"}), ("export", {"layer": "schools"}),
        ("coverage", {"service": "primary", "out": str(tmp_path / "x")}), ("coverage", {"service": "primary", "scenario": str(secret)}),
        ("coverage", {"service": "primary", "scenario": "workspace.toml"}), ("area", {"polygon": str(secret)}),
        ("area", {"polygon": ["POLYGON((0 0,1 1,1 0,0 0))", "--data=/"]}), ("zone", {"zone_id": "--help"}), ("zone", {"zone_id": "海洋"}),
        ("coverage", {"service": "primary", "limit": -5}), ("site", {"service": "primary", "lon": 117.65}), ("coverage", {"service": ["primary", "--data=/"]}),
        ("monitor", {"act": "template"}), ("monitor", {"act": ["add", "I01"]}), ("zone", {"zone_id": ["haiyang", "x"]}),
    ]  # fmt: skip
    _, results = asked(folder, *calls)
    for (name, given), one in zip(calls, results, strict=True):
        text = one.content[0].text
        assert one.is_error and text, (name, given, text)
        assert "hidden" not in text and "Traceback" not in text, text
    assert sorted(p.name for p in folder.rglob("*") if "cache" not in p.parts) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["secret.txt"]
