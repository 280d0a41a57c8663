"""Tasks on local processes or on a Dask cluster: started, watched, started again where a worker dies.

The only room that knows Dask. Without it (a plain installation) the same tasks run one by one in this process.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from geo.errors import InputError
from geo.text import Text

__all__ = ["Done", "available", "run"]

THREADS = ("ZONEPLAN_THREADS", "NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""A worker is one thread: as many workers as cores then use the cores and no more."""
DEATHS = 2
"""Workers that a task may lose before it counts as what kills them."""
PATIENCE = "30s"
"""How long a scheduler is waited for."""


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
    task: Callable[..., Any], asked: Mapping[str, Sequence[Any]], *, workers: int | None = None, scheduler: str = ""
) -> Iterator[Done]:
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

    Raises
    ------
    InputError
        If Dask is missing where it is needed, or nobody answers at the address.
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
    yield from _dask(task, asked, workers or 1, scheduler)


def _here(task: Callable[..., Any], asked: Mapping[str, Sequence[Any]]) -> Iterator[Done]:
    for key, arguments in asked.items():
        try:
            yield Done(key, task(*arguments))
        except Exception as error:  # whatever one place brings, the others are answered
            yield Done(key, error=_why(error))


def _dask(task: Callable[..., Any], asked: Mapping[str, Sequence[Any]], workers: int, scheduler: str) -> Iterator[Done]:
    import dask
    from distributed import Client, LocalCluster, as_completed

    settings = {
        "distributed.scheduler.allowed-failures": DEATHS,
        "distributed.nanny.pre-spawn-environ": dict.fromkeys(THREADS, "1"),
        "distributed.logging.distributed": "error",
    }
    with ExitStack() as stack:
        stack.enter_context(dask.config.set(settings))
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
        futures = {client.submit(task, *arguments, pure=False): key for key, arguments in asked.items()}
        for future in as_completed(list(futures), loop=client.loop):
            died = future.exception()
            key = futures.pop(future)
            yield Done(key, future.result()) if died is None else Done(key, error=_why(died))


def _why(error: BaseException) -> Text:
    """Return why a task failed, in a planner's words where the program knows them."""
    findings = getattr(error, "findings", None)
    if findings:
        return Text("；".join(f.text_zh for f in findings), "; ".join(f.text_en for f in findings))
    name = type(error).__name__
    if name == "KilledWorker":
        return Text(
            f"处理它的进程先后 {DEATHS + 1} 次被终止，多为内存不足：请减少 --workers 或减小 --tile",
            f"the process at work on it was killed {DEATHS + 1} times, mostly for lack of memory: use fewer --workers or a smaller --tile",
        )
    return Text(f"{name}：{error}", f"{name}: {error}")
