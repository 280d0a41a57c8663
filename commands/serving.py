"""What runs until it is stopped: the page, the feeds; and what prepares and judges the machine."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
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
        "--workers", type=_workers, default=1,
        help="进程数，约等于处理器核数；每个进程各占一份内存 / processes, about one a core; each has its own memory",
    )  # fmt: skip
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


def _workers(text: str) -> int:
    """Return a number of processes; argparse tells what is wrong with it."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= WORKERS):
        raise argparse.ArgumentTypeError(f"1–{WORKERS} 的整数 / a whole number from 1 to {WORKERS}: {text}")
    return int(text)


def _serve(args: argparse.Namespace) -> int:
    """Become the server of the page: what stops this process stops the page."""
    from layers import serve  # only this command needs it

    words, more = serve.command(
        serve.run_folder(), address=args.address, port=args.port, hosts=args.host_name, prefix=args.prefix
    )
    env = {**os.environ, **more, "ZONEPLAN_DATA": str(Path(args.data).resolve())}
    if Path(args.data).resolve() == take.default_folder():
        env.pop("ZONEPLAN_DATA")  # the page follows the working copy that a first import makes
    if args.desktop:
        from layers import desktop

        prefix = f"{args.prefix.strip('/')}/" if args.prefix.strip("/") else ""
        address = f"http://{'127.0.0.1' if args.address in ('0.0.0.0', '::') else args.address}:{args.port}/{prefix}"
        return desktop.show(words, env, address=address, title="高新区规划图 Zone Planner")
    if args.workers > 1:
        folder = Path(more["ZONEPLAN_RUN"])
        return serve.several(
            folder,
            env,
            address=args.address,
            port=args.port,
            count=args.workers,
            hosts=args.host_name,
            prefix=args.prefix,
        )
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
