"""Tasks on local processes or on a Dask cluster: started, watched, started again where a worker dies.

The only room that knows Dask. Without it (a plain installation) the same tasks run one by one in this process.
"""

from __future__ import annotations

import logging
import os
import socket
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

from geo.errors import Finding, InputError, PlanError
from geo.progress import Progress, Step
from geo.text import Text
from layers.home import program

__all__ = ["Done", "available", "run"]

THREADS = ("ZONEPLAN_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""A worker is one thread: as many workers as cores then use the cores and no more."""
DEATHS = 2
"""Workers that a task may lose before it counts as what kills them."""
DEAF = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"
"""Ctrl-C reaches all processes of a terminal: this one ends the local workers, which then need not complain one by one."""
PATIENCE = "30s"
"""How long a scheduler is waited for."""
JOINING = 900
"""How long the first worker is waited for [s]: a cluster may have to start a machine."""
ALIKE = ("python", "dask", "distributed", "cloudpickle", "msgpack", "numpy", "pandas")
"""What workers and this process must have in the same version."""
ONE = Lock()
"""The shell writes into the one standard output of its process: of several threads of a worker one answers at a time."""


@dataclass(frozen=True)
class Done:
    """What became of one task: its result, or why there is none."""

    key: str
    result: Any = None
    error: Text | None = None


def available() -> bool:
    """Return whether Dask is installed."""
    return find_spec("distributed") is not None


def run(
    task: Callable[..., Any], asked: Mapping[str, Sequence[Any]], *, workers: int | None = None, scheduler: str = "",
    sees: Mapping[str, Sequence[Path]] | None = None, progress: Progress | None = None,
) -> Iterator[Done]:  # fmt: skip
    """Run ``task(*arguments)`` for every key of ``asked``, yielding each as it ends; one that fails stops no other.

    Parameters
    ----------
    task
        A function of a module that the workers can import.
    asked
        Arguments by key; small things only, paths rather than tables.
    workers
        Local processes. Where not given: as many as cores and tasks, or this very process where there is one task or no Dask.
    scheduler
        Address of a Dask scheduler, such as tcp://10.0.0.5:8786, in place of local processes.
    sees
        By key: files and folders that a worker of a cluster must see; where it does not, the task fails and says so.
    progress
        Told when no worker has joined the cluster yet.

    Raises
    ------
    InputError
        If Dask is missing where it is needed, nobody answers at the address, or its workers run another program.
    """
    if workers is None and not scheduler:
        workers = min(os.cpu_count() or 1, len(asked)) if available() else 1
        if workers < 2:
            yield from _here(task, asked)
            return
    if not available():
        raise InputError(
            Text(
                "缺少 distributed：请运行 pip install 'zoneplan[scale]'（源码目录：pip install -r requirements-scale.txt）",
                "distributed is missing: pip install 'zoneplan[scale]' (in a checkout: pip install -r requirements-scale.txt)",
            )
        )
    yield from _dask(task, asked, workers or 1, scheduler, sees or {}, progress or (lambda _step: None))


def _here(task: Callable[..., Any], asked: Mapping[str, Sequence[Any]]) -> Iterator[Done]:
    for key, arguments in asked.items():
        try:
            yield Done(key, task(*arguments))
        except Exception as error:  # whatever one place brings, the others are answered
            yield Done(key, error=_why(error))


def _dask(
    task: Callable[..., Any], asked: Mapping[str, Sequence[Any]], workers: int, scheduler: str,
    sees: Mapping[str, Sequence[Path]], tell: Progress,
) -> Iterator[Done]:  # fmt: skip
    import dask
    from distributed import Client, LocalCluster, as_completed
    from distributed.utils import silence_logging_cmgr
    from distributed.versions import VersionMismatchWarning

    settings = {
        "distributed.scheduler.allowed-failures": DEATHS,
        "distributed.nanny.pre-spawn-environ": dict.fromkeys(THREADS, "1"),
        "distributed.worker.preload": [DEAF],
    }
    with ExitStack() as stack:
        stack.enter_context(dask.config.set(settings))
        stack.enter_context(silence_logging_cmgr(logging.CRITICAL))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore", VersionMismatchWarning)  # refused below, in a planner's words
        address: Any = scheduler or stack.enter_context(
            LocalCluster(
                n_workers=workers, threads_per_worker=1, memory_limit=0, host="127.0.0.1", dashboard_address="127.0.0.1:0", silence_logs=50
            )
        )  # fmt: skip
        try:
            client = stack.enter_context(Client(address, timeout=PATIENCE, set_as_default=False))
        except (OSError, TimeoutError, ValueError) as error:
            raise InputError(
                Text(
                    f"连不上调度器 {scheduler}（{error}）：请核对地址，形如 tcp://主机:8786，并确认 dask scheduler 已启动",
                    f"no scheduler answers at {scheduler} ({error}): check the address (tcp://HOST:8786) and that dask scheduler runs",
                )
            ) from error
        if scheduler:
            _alike(client)
        seen = {key: [str(path) for path in paths] for key, paths in sees.items()} if scheduler else {}
        futures = {
            client.submit(
                _at_work, program() if scheduler else "", seen.get(key, ()), task, *arguments, pure=False
            ): key
            for key, arguments in asked.items()
        }
        if scheduler:
            _joined(client, scheduler, tell)
        for future in as_completed(list(futures), loop=client.loop):
            key = futures.pop(future)
            try:
                done = Done(key, future.result())
            except Exception as error:  # whatever one place brings, the others are answered
                done = Done(key, error=_why(error))
            yield done


def _at_work(told: str, sees: Sequence[str], task: Callable[..., Any], *arguments: Any) -> Any:
    """Do a task in a worker, which on a cluster must run the program that is told and see these files."""
    if told and told != program():
        raise InputError(_other("zoneplan", socket.gethostname(), program(), told))
    if unseen := [path for path in sees if not Path(path).exists()]:
        host = socket.gethostname()
        raise InputError(
            Text(
                f"计算节点 {host} 上看不到 {'、'.join(unseen)}：请把同一共享文件夹以相同路径挂载到每个节点",
                f"the worker on {host} does not see {', '.join(unseen)}: mount the same shared folder under the same path on every machine",
            )
        )
    with ONE:
        return task(*arguments)


def _alike(client: Any) -> None:
    """Refuse a scheduler and workers of other versions: their answers would not be those of this program."""
    told = client.get_versions()
    here = told["client"]["packages"]
    away: list[tuple[str, Any, tuple[str, ...]]] = [
        (f"scheduler {client.scheduler.address}", told["scheduler"]["packages"], ("dask", "distributed"))
    ]
    away += [(f"worker {address}", one["packages"], ALIKE) for address, one in told["workers"].items()]
    wrong = [
        _other(name, who, found.get(name), here[name])
        for who, found, names in away
        for name in names
        if found.get(name) != here[name]
    ]
    if not wrong:  # else the workers may not even read what they are sent
        programs = client.run(_program_there(), on_error="return")
        wrong = [_other("zoneplan", f"worker {a}", p, program()) for a, p in programs.items() if p != program()]
    if wrong:
        raise InputError(Text("；".join(t.zh for t in wrong), "; ".join(t.en for t in wrong)))


def _program_there() -> Callable[[], str | None]:
    """Return a function that is sent as it stands, to workers which may lack this program."""

    def told() -> str | None:
        try:
            from layers.home import program
        except ImportError:
            return None
        return program()

    return told


def _other(name: str, where: str, found: object, here: str) -> Text:
    there = found if isinstance(found, str) else None
    return Text(
        f"{where} 上的 {name} 为 {there or '无'}，此处为 {here}：请安装同一版本并重启该进程",
        f"{where} has {name} {there or 'not at all'}, here it is {here}: install the same version and start it again",
    )


def _joined(client: Any, scheduler: str, tell: Progress) -> None:
    """Wait for the first worker; asked for after the tasks were sent, since some clusters start workers only for tasks."""
    if client.scheduler_info(n_workers=-1)["workers"]:
        return
    command = f"dask worker {scheduler} --nthreads 1"
    tell(Step(Text(f"还没有计算节点接入调度器，等待中：{command}", f"no worker has joined the scheduler yet, waiting: {command}")))  # fmt: skip
    try:
        client.wait_for_workers(1, timeout=f"{JOINING}s")
    except TimeoutError as error:
        raise InputError(
            Text(
                f"{JOINING} 秒内没有计算节点接入调度器 {scheduler}：请运行 {command}",
                f"no worker joined the scheduler {scheduler} within {JOINING} s: run {command}",
            )
        ) from error


def _why(error: BaseException) -> Text:
    """Return why a task failed, in a planner's words where the program knows them."""
    if isinstance(error, PlanError):
        return Text("；".join(_told(error.findings, zh=True)), "; ".join(_told(error.findings, zh=False)))
    name = type(error).__name__
    if name == "KilledWorker":
        return Text(
            f"处理它的进程先后 {DEATHS + 1} 次被终止，多为内存不足：请减少 --workers 或减小 --tile",
            f"the process at work on it was killed {DEATHS + 1} times, mostly for lack of memory: use fewer --workers or a smaller --tile",
        )
    if isinstance(error, CancelledError):
        return Text(
            "与调度器的连接中断：请重新启动 dask scheduler 与 dask worker，再次运行同一命令，已答完的不再问",
            "the scheduler is gone: start dask scheduler and dask worker again, then the same command; what is answered is not asked again",
        )
    return Text(f"{name}：{error}", f"{name}: {error}")


def _told(findings: Iterable[Finding], *, zh: bool) -> Iterator[str]:
    for found in findings:
        row = (f"第 {found.row} 行" if zh else f"row {found.row}") if found.row is not None else None
        where = " ".join(str(t) for t in (found.file, row, found.field) if t)
        said = found.text_zh if zh else found.text_en
        yield f"{where}{'：' if zh else ': '}{said}" if where else said
