"""Ask two files with a kernel each, every time in a process of its own.

``python -m tests.kernel_asked FOLDER`` reads numba, which takes a second, and then forks for each line of its standard
input: what is done between the import of the files and the first call, and what the environment is. Each answers with the
number and with how many functions had to be compiled.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import Any

from numba.core import config, event

import geo.kernel  # noqa: F401 - read ahead, as numba is

__all__ = ["main"]


def answer(between: str, environment: dict[str, str]) -> list[Any]:
    """Return the answer of the town, and how many functions had to be compiled for it."""
    os.environ.update(environment)
    config.reload_config()
    seen = event.RecordingListener()
    event.register("numba:compile", seen)
    import town  # type: ignore[import-not-found]

    exec(between, {})
    return [town.cost(3), sum(e.is_start for _, e in seen.buffer)]


def main(folder: str) -> None:
    """Answer each line by a fork, one after the other."""
    os.chdir(folder)
    sys.path.insert(0, folder)
    # A file that is changed within a second would be taken for what it was: Python looks at whole seconds.
    sys.dont_write_bytecode = True
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                told = json.dumps(answer(**json.loads(line)))
            except BaseException:
                told = json.dumps(traceback.format_exc())
            print(told, flush=True)
            os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(sys.argv[1])
