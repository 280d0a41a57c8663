"""What runs until it is stopped: the page, the feeds; and what prepares and judges the machine."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from commands.arguments import Commands, add_year
from commands.asked import extra, show
from geo.errors import InputError
from geo.progress import Step
from geo.text import Text
from layers import home, workspace
from layers.store import take

WORKERS = 64


def register(commands: Commands) -> None:
    """Add these commands."""
    one = commands.add("serve", _serve, "打开网页 / run the page, also from an installed package")
    one.add_argument("--port", type=int, default=8501)
    one.add_argument("--address", default="127.0.0.1", help="监听地址 / address to listen on")
    one.add_argument(
        "--host-name", action="append", default=[],
        help="对外的主机名，可多次 / name the page is asked for by, may be repeated (also ZONEPLAN_HOSTS)",
    )  # fmt: skip
    one.add_argument("--prefix", default="", help="代理下的路径前缀 / path prefix behind a proxy, such as gxq/plan")
    one.add_argument(
        "--workers", type=_whole(WORKERS), default=1,
        help="进程数，约等于处理器核数；每个进程各占一份内存 / processes, about one a core; each has its own memory",
    )  # fmt: skip
    one.add_argument("--metrics", default="", metavar="[ADDRESS:]PORT", help="给 Prometheus 的指标端口，默认只在本机 / where numbers are told to Prometheus, on this machine only unless an address is named (also ZONEPLAN_METRICS)")  # fmt: skip
    one.add_argument("--sessions", type=_whole(100_000), help="同时打开的网页上限 / pages open at once (also ZONEPLAN_SESSIONS)")  # fmt: skip
    one.add_argument("--run-seconds", type=_whole(100_000), help="一次回答的秒数上限 / seconds that one answer may take (also ZONEPLAN_RUN_SECONDS)")  # fmt: skip
    one.add_argument("--upload-mb", type=_whole(100), help="一次上传的大小上限，默认 100 / megabytes of one upload, 100 unless said")  # fmt: skip
    one.add_argument(
        "--desktop", action="store_true",
        help="在独立窗口中打开，关窗即停；没有窗口组件时改用浏览器 / in a window of its own, closing it stops the server; else in the browser",
    )  # fmt: skip
    one = commands.add(
        "feeds",
        _feeds,
        "图层与结果服务（OGC API，只读） / layers and results as OGC API Features and Tiles, read-only",
        scenario=True,
    )
    one.add_argument("--address", default="127.0.0.1", help="监听地址 / address to listen on")
    one.add_argument("--port", type=int, default=8600)
    one.add_argument(
        "--url", help="对外地址，写入所有链接 / address by which clients reach it, written into every link"
    )
    one.add_argument(
        "--service", action="append", default=[], help="提供哪些服务的结果，可重复；默认全部 / results of which services (default: all)"
    )  # fmt: skip
    add_year(one)
    commands.add("compile", _compile, "预编译（安装时一次） / compile every kernel once, at installation")
    commands.add("health", _health, "本机安全能力 / which guards are in force on this machine")


def _whole(most: int) -> Callable[[str], int]:
    """Return what reads a whole number up to ``most``; argparse tells what is wrong with one."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
            raise argparse.ArgumentTypeError(f"1–{most} 的整数 / a whole number from 1 to {most}: {text}")
        return int(text)

    return read


def _serve(args: argparse.Namespace) -> int:
    """Become the server of the page: what stops this process stops the page."""
    from layers import serve  # only this command needs it

    said = {"ZONEPLAN_METRICS": args.metrics, "ZONEPLAN_SESSIONS": args.sessions, "ZONEPLAN_RUN_SECONDS": args.run_seconds}  # fmt: skip
    os.environ.update({name: str(value) for name, value in said.items() if value})
    folder = serve.run_folder()
    told = serve.settings(address=args.address, port=args.port, hosts=args.host_name, prefix=args.prefix, upload_mb=args.upload_mb)  # fmt: skip
    words, more = serve.command(folder, told, args.host_name)
    env = {**os.environ, **more, "ZONEPLAN_DATA": str(Path(args.data).resolve())}
    if Path(args.data).resolve() == take.default_folder():
        env.pop("ZONEPLAN_DATA")  # the page follows the working copy that a first import makes
    if args.desktop:
        from layers import desktop

        prefix = f"{args.prefix.strip('/')}/" if args.prefix.strip("/") else ""
        address = f"http://{'127.0.0.1' if args.address in ('0.0.0.0', '::') else args.address}:{args.port}/{prefix}"
        return desktop.show(words, env, address=address, title="高新区规划图 Zone Planner")
    if args.workers > 1:
        return serve.several(folder, env, told, count=args.workers)
    if os.name == "posix":  # elsewhere, to become another program is to start it and leave
        os.execve(words[0], words, env)
    return subprocess.run(words, env=env, check=False).returncode


def _feeds(args: argparse.Namespace) -> int:
    """Hand out layers and results until stopped."""
    server = extra("layers.feeds.server", "feeds")
    return int(
        server.run(
            args.data, **{k: getattr(args, k) for k in ("scenario", "year", "address", "port", "url", "service")}
        )
    )


def _compile(args: argparse.Namespace) -> None:
    """Compile by asking the bundled workspace every question once."""
    from geo.answers.compiling import compile_all
    from geo.kernel import NOT_KEPT

    def told(step: Step) -> None:
        if not args.json:
            count = f"{step.done:.0f}/{step.whole:.0f}"
            print(f"编译 {count} {step.text.zh} / compiling {count} {step.text.en}", file=sys.stderr, flush=True)

    compile_all(workspace.case(workspace.load(home.SHIPPED), "primary"), told)
    if NOT_KEPT:
        folders = ", ".join(sorted(NOT_KEPT))
        raise InputError(
            Text(
                f"已编译但无法保存（{folders}）：请用环境变量 NUMBA_CACHE_DIR 指定可写的文件夹，否则每个进程都要重新编译",
                f"compiled, but it cannot be kept ({folders}): name a folder that can be written by the environment "
                "variable NUMBA_CACHE_DIR, or every process compiles anew",
            )
        )
    if args.json:
        show({"compiled": True})


def _health(args: argparse.Namespace) -> None:
    from layers.incoming.child.sandbox import GUARDS, capabilities, untold

    guards = capabilities()
    why = untold(guards)
    if args.json:
        show(guards)
    elif why is None:
        print("\n".join(f"{k}: {v}" for k, v in guards.items()))
    else:
        print("\n".join([*(f"{k}: 未能判定 / could not be told" for k in GUARDS), *why]))
