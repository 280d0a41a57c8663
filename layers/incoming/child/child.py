"""The process that parses uploads: started clean, locked in, one file each, plain data back.

Run as a program, never imported by the server. It loads the libraries once, then waits on a socket; for each
task it forks itself (it has one thread and no file open), and the fork locks itself in before it touches
the file. With ``--once`` it does a single task from its standard input (systems without fork).
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import sysconfig
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
END = b"\n#end"  # after a whole answer; without it the child has died


def _load() -> None:
    """Import what the readers need before any fork, so that a child starts at once."""
    sys.path.insert(0, str(ROOT))
    import encodings.big5
    import encodings.gb18030
    import encodings.gbk
    import encodings.idna
    import encodings.utf_16
    import xml.etree.ElementTree

    import geopandas
    import openpyxl
    import pyarrow.parquet
    import pyogrio
    import pyproj
    import rasterio

    import geo.crs
    import geo.schema
    import layers.incoming.child.work

    pyproj.Transformer.from_crs("EPSG:4548", "EPSG:4326", always_xy=True).transform(500000.0, 4320000.0)
    with rasterio.Env():
        pass
    del (
        encodings, xml, geopandas, openpyxl, pyarrow, pyogrio, geo, layers,
    )  # fmt: skip


def _library_paths() -> list[str]:
    paths = sysconfig.get_paths()
    return sorted(
        {
            *(paths[k] for k in ("stdlib", "platstdlib", "purelib", "platlib")),
            *(
                "/usr/lib",
                "/usr/lib64",
                "/lib",
                "/lib64",
                "/usr/local/lib",
                "/dev/null",
                "/dev/urandom",
                "/usr/share/zoneinfo",
            ),
            str(ROOT / "geo"),
            str(ROOT / "layers"),
        }
    )


def answer(task: dict[str, Any]) -> bytes:
    """Lock this process in, do ``task`` and return its answer as JSON."""
    from layers.incoming.child import confine, work

    folder = str(task["folder"])
    os.chdir(folder)
    os.environ["TMPDIR"] = folder
    taken = {
        "limits": confine.limit(seconds=int(task["seconds"]), megabytes=int(task["megabytes"])),
        "landlock": confine.lock_files(_library_paths(), [folder]),
        "calls": confine.deny_calls(writes=True),
    }
    if task["do"] == "capabilities":
        return json.dumps(taken | {"drivers": work.unexpected_drivers()}).encode()
    if task["do"] == "probe":
        return json.dumps(work.probe(task, confine)).encode()
    guarded = bool(taken["landlock"]) or bool(taken["calls"])
    return json.dumps(
        work.do(task, guarded=guarded, close=lambda: confine.deny_calls(writes=False)), allow_nan=False
    ).encode()


def _work(task: dict[str, Any], out: int) -> None:
    """Answer into the file descriptor ``out`` and leave without any clean-up of the parent's state."""
    try:
        done = answer(task)
    except MemoryError:
        done = b'{"failed": "memory"}'
    except RecursionError:
        done = b'{"failed": "depth"}'
    except BaseException as error:
        kind = "memory" if "bad_alloc" in str(error) else "shape" if "GEOS" in type(error).__name__ else "error"
        done = json.dumps({"failed": kind, "kind": type(error).__name__, "text": str(error)[:300]}).encode()
    with contextlib.suppress(OSError):
        view = memoryview(done + END)
        while view:
            view = view[os.write(out, view) :]
    os._exit(0)


def serve(control: socket.socket) -> None:
    """Fork one child a task until the parent goes away; kill a child when told to."""
    children: set[int] = set()
    while True:
        message, handles, _, _ = socket.recv_fds(control, 65_536, 1)
        for pid in list(children):
            if os.waitpid(pid, os.WNOHANG)[0]:
                children.discard(pid)
        if not message:
            for pid in children:
                os.kill(pid, signal.SIGKILL)
            return
        task = json.loads(message)
        if task["do"] == "kill":
            if task["pid"] in children:
                os.kill(task["pid"], signal.SIGKILL)
            continue
        pid = os.fork()
        if pid == 0:
            control.close()
            os.write(handles[0], b"%d\n" % os.getpid())
            with open(Path(task["folder"]) / "task.json", "rb") as file:
                _work(task | json.load(file), handles[0])
        children.add(pid)
        os.close(handles[0])


def main() -> None:
    """Serve the socket given as the first argument, or do one task from standard input."""
    _load()
    if sys.argv[1] == "--once":
        _work(json.load(sys.stdin), sys.stdout.fileno())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(fileno=int(sys.argv[1])) as control:
        control.sendall(b"ready")
        serve(control)


if __name__ == "__main__":
    main()
