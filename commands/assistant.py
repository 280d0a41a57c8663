"""Every command as a tool of an assistant."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from commands.arguments import Commands
from commands.asked import extra
from layers import workspace


def register(commands: Commands, run: Callable[[Sequence[str]], int]) -> None:
    """Add the command that hands all others, and itself, to an assistant; ``run`` runs one by its words."""
    commands.add(
        "mcp", lambda args: _serve(args, commands, run), "供助手提问（MCP，标准输入输出） / the questions as tools for an assistant (MCP, stdio)",
    )  # fmt: skip


def _serve(args: argparse.Namespace, commands: Commands, run: Callable[[Sequence[str]], int]) -> None:
    """Answer an assistant until it goes."""
    assistant = extra("layers.shell.assistant", "mcp")
    told = {
        name: assistant.Command(
            command.description or "",
            tuple(
                assistant.Argument(
                    one.dest, one.option_strings[-1] if one.option_strings else "", one.help or "", one.type if isinstance(one.type, type) else str,
                    tuple(one.choices or ()), "list" if one.nargs in ("+", "*") else "again" if isinstance(one, argparse._AppendAction) else "",
                    isinstance(one, argparse._StoreTrueAction), one.required, None if one.default is argparse.SUPPRESS else one.default,
                )
                for one in command._actions
            ),
        )
        for name, command in commands.all.items()
    }  # fmt: skip
    data = ("--data", str(args.data))
    assistant.serve(assistant.Tools(told, lambda words: run([*data, *words])), workspace.load(args.data).name_zh)
