"""``zoneplan mcp``: the shell's questions as tools of the Model Context Protocol, for an assistant that the bureau runs itself.

One definition serves both: a tool is a command of the shell, its arguments are the command's, its answer is the command's
``--json``. Only questions are offered: nothing that writes, imports, saves or reads a file of the asker's choice.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import anyio
import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from geo.errors import InputError
from geo.text import Text

__all__ = ["Argument", "Command", "Tools", "serve"]

QUESTIONS = (
    "coverage", "uncertainty", "adequacy", "site", "area", "series", "gain", "crossings", "access", "assign", "locate", "robust", "worth", "programme", "register", "consistency", "projects", "zone", "land",
    "cite", "circles", "monitor", "districts", "feeders",
)  # fmt: skip
"""Commands that only answer; one that this version does not have is left out."""
HIDDEN = frozenset({"help", "json", "data", "out", "candidates", "action", "act", "uncertainty", "ranges"})
"""Arguments that are the server's own, that write or read files, or that choose what a command does: its default is to answer."""
MOST = 2_000
"""Rows of a table told at most; the rest is counted."""
AREA = re.compile(r"\s*(\{|(MULTI)?POLYGON\b)", re.IGNORECASE)
PLAN_NAME = re.compile(r"[^/\\:]{1,120}")
ABOUT = Text(
    "规划者的问题：谁被服务、缺多少学位、在哪里建。每个答案写明方法、参数、依据和来源；“assumed”的数字是假定，请照实转述。",
    "The planner's questions: who is served, how many seats are missing, where to build. Every answer says method, parameters, "
    "basis and sources; a number whose basis is assumed is an assumption, and is to be told as one.",
)


@dataclass(frozen=True)
class Argument:
    """An argument of a command: how the shell calls it (``flag``, empty for one told by its place), its kind, and what it says."""

    name: str
    flag: str
    text: str
    kind: type = str
    choices: tuple[Any, ...] = ()
    many: str = ""
    """``list`` for values after one flag, ``again`` for a flag that may be repeated, empty for one value."""
    switch: bool = False
    required: bool = False
    default: Any = None


@dataclass(frozen=True)
class Command:
    """A command of the shell: what it answers, and its arguments."""

    text: str
    arguments: tuple[Argument, ...]

    @property
    def asked(self) -> dict[str, Argument]:
        """The arguments that an assistant may give, by name."""
        return {one.name: one for one in self.arguments if one.name not in HIDDEN}


class Tools:
    """The questions of a shell as tools.

    Parameters
    ----------
    commands
        The shell's commands by name.
    run
        Runs the shell with words; returns its exit code, prints to standard output and standard error.
    """

    def __init__(self, commands: Mapping[str, Command], run: Callable[[Sequence[str]], int]) -> None:
        self.commands = {name: commands[name] for name in QUESTIONS if name in commands}
        self.run = run
        self.lock = Lock()

    def described(self) -> list[types.Tool]:
        """Return the tools as a client is told of them."""
        return [
            types.Tool(
                name=name, description=command.text or name,
                input_schema={
                    "type": "object", "additionalProperties": False,
                    "properties": {key: _schema(one) for key, one in command.asked.items()},
                    "required": [key for key, one in command.asked.items() if one.required],
                },
                annotations=types.ToolAnnotations(read_only_hint=True, destructive_hint=False, open_world_hint=False),
            )
            for name, command in self.commands.items()
        ]  # fmt: skip

    def words(self, name: str, given: Mapping[str, Any]) -> list[str]:
        """Return the words of the shell for a call.

        Raises
        ------
        InputError
            If there is no such tool or argument, or an argument names a file.
        """
        if name not in self.commands:
            raise InputError(
                Text(
                    f"没有名为“{name}”的工具：{'、'.join(self.commands)}",
                    f"no tool '{name}': {', '.join(self.commands)}",
                )
            )
        known = self.commands[name].asked
        words, last = [name, "--json"], []
        for key, value in given.items():
            if key not in known:
                raise InputError(
                    Text(
                        f"“{name}”没有参数“{key}”：{'、'.join(known)}",
                        f"'{name}' has no argument '{key}': {', '.join(known)}",
                    )
                )
            if value is None:
                continue
            _check(key, value)
            one = known[key]
            if one.switch:
                words += [one.flag] if value else []
                continue
            if isinstance(value, list) and not one.many:  # more words than one would be arguments of their own
                raise InputError(Text(f"“{key}”只能有一个值", f"'{key}' takes one value"))
            values = [_word(v) for v in (value if isinstance(value, list) else [value])]
            if not one.flag:
                last += values
            elif one.many == "list":
                words += [one.flag, *values]
            else:  # --key=value, so that a value that begins with a dash is one
                words += [f"{one.flag}={v}" for v in values]
        return [*words, *(("--", *last) if last else ())]

    def call(self, name: str, given: Mapping[str, Any]) -> tuple[bool, str]:
        """Return whether a call was answered, and the answer as JSON; or what was wrong, in words."""
        try:
            words = self.words(name, given)
        except InputError as error:
            return False, str(error)
        out, wrong = io.StringIO(), io.StringIO()
        with (
            self.lock,
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(wrong),
        ):  # the process has one of each
            try:
                code = self.run(words)
            except SystemExit as stop:  # what argparse refuses
                code = int(stop.code or 0)
        if code:
            return False, wrong.getvalue().strip()
        return True, json.dumps(_shortened(json.loads(out.getvalue())), ensure_ascii=False)


def _schema(one: Argument) -> dict[str, Any]:
    """Return the JSON schema of an argument of the shell."""
    if one.switch:
        return {"type": "boolean", "description": one.text}
    kind: dict[str, Any] = {"type": {int: "integer", float: "number"}.get(one.kind, "string")}
    if one.choices:
        kind["enum"] = list(one.choices)
    told: dict[str, Any] = {"type": "array", "items": kind} if one.many else kind
    told["description"] = one.text
    if isinstance(one.default, str | int | float) and not one.many:
        told["default"] = one.default
    return told


def _check(key: str, value: Any) -> None:
    """Refuse what would have the shell read a file: a plan is one of the store, an area is text."""
    if key == "scenario" and not (isinstance(value, str) and PLAN_NAME.fullmatch(value) and not Path(value).exists()):
        raise InputError(
            Text("方案须为已存方案的名称或 名称@版本", "a plan is named as the store has it: NAME or NAME@REVISION")
        )
    if key == "polygon" and not (isinstance(value, str) and AREA.match(value)):
        raise InputError(Text("范围须为 GeoJSON 或 WKT 文字", "an area is given as GeoJSON or WKT text"))


def _word(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


def _shortened(told: Any) -> Any:
    """Return an answer with tables of at most ``MOST`` rows, and how many were left out."""
    if not isinstance(told, dict):
        return told
    out: dict[str, Any] = {}
    for name, value in told.items():
        out[name] = value[:MOST] if isinstance(value, list) else value
        if isinstance(value, list) and len(value) > MOST:
            out[f"{name}_left_out"] = len(value) - MOST
    return out


def serve(tools: Tools, name: str) -> None:
    """Answer on standard input and output until the client goes."""

    async def listed(_context: Any, _params: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=tools.described())

    async def called(_context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        done, text = await anyio.to_thread.run_sync(tools.call, params.name, params.arguments or {})
        told = json.loads(text) if done else None
        structured = told if isinstance(told, dict) else {"answer": told} if done else None
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=text)], structured_content=structured, is_error=not done
        )

    async def run() -> None:
        server = Server("zoneplan", title=name, instructions=str(ABOUT), on_list_tools=listed, on_call_tool=called)
        async with stdio_server() as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())

    anyio.run(run)
