"""Whether a machine can do the work: each thing that must be there, looked at, with what to do where it is not."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from geo.errors import PlanError
from geo.text import Text
from layers import home, workspace
from layers.door.health import ENOUGH_BYTES
from layers.store import Store, take
from layers.store.place import PLANS, folder_of, plans_of
from layers.workspace.form import FORMAT, format_of

__all__ = ["Level", "Line", "examined"]

Level = Literal["ok", "attention", "fault"]
WORDS: dict[Level, Text] = {"ok": Text("正常", "ok"), "attention": Text("注意", "attention"), "fault": Text("故障", "fault")}  # fmt: skip
NOTHING = Text("", "")
OLDEST, NEWEST = (3, 11), (3, 14)
LOCK = home.ROOT / "requirements.txt"


@dataclass(frozen=True)
class Line:
    """One thing that was looked at: how it is, and what to do where it is not well."""

    what: str
    level: Level
    found: Text
    remedy: Text = NOTHING

    def __str__(self) -> str:
        """Return it in both languages, for a shell that cannot ask which."""
        told = f"[{WORDS[self.level]}] {self.what}: {self.found}"
        return f"{told}\n    → {self.remedy}" if self.remedy.zh else told

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "what": self.what, "level": self.level, "zh": self.found.zh, "en": self.found.en,
            "remedy_zh": self.remedy.zh, "remedy_en": self.remedy.en,
        }  # fmt: skip


def examined(folder: Path, *, port: int, lock: Path = LOCK) -> tuple[Line, ...]:
    """Return what was found, one line a thing; never raises for what is wrong with the machine.

    Parameters
    ----------
    folder
        The workspace that is to be served.
    port
        Where the page is to listen.
    lock
        The versions that were tested together, as ``pip`` writes them; an installed package has none.
    """
    looks: tuple[tuple[str, Callable[[], Line]], ...] = (
        ("python", _python), ("libraries", lambda: _libraries(lock)), ("kernels", _kernels), ("fonts", _fonts),
        ("sandbox", _sandbox), ("write", _writes), ("disk", lambda: _disk(folder)), ("workspace", lambda: _workspace(folder)),
        ("store", lambda: _store(folder)), ("restore", lambda: _restore(folder)), ("port", lambda: _port(port)),
    )  # fmt: skip
    return tuple(_guarded(what, look) for what, look in looks)


def _guarded(what: str, look: Callable[[], Line]) -> Line:
    try:
        return look()
    except PlanError as error:
        return Line(what, "fault", error.text)
    except Exception as error:  # what cannot even be looked at is what an operator wants to hear of
        said = f"{type(error).__name__}: {error}"
        return Line(what, "fault", Text(f"无法检查（{said}）", f"could not be looked at ({said})"))


def _python() -> Line:
    found = Text(platform.python_version(), platform.python_version())
    if sys.version_info[:2] < OLDEST:
        return Line("python", "fault", found, Text("请安装 Python 3.11–3.14", "install Python 3.11 to 3.14"))
    if sys.version_info[:2] > NEWEST:
        return Line("python", "attention", found, Text("尚未在此版本上测试；测试过 3.11–3.14", "not tested with this version; 3.11 to 3.14 are"))  # fmt: skip
    return Line("python", "ok", found)


def _libraries(lock: Path) -> Line:
    if not lock.is_file():
        return Line("libraries", "ok", Text("由安装包检查", "checked by the package when it was installed"))
    missing, other, count = [], [], 0
    for name, wanted in _pins(lock):
        count += 1
        try:
            there = metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append(f"{name} {wanted}")
            continue
        if there != wanted:
            other.append(f"{name} {there} ≠ {wanted}")
    names = ", ".join(missing + other)
    remedy = Text("请运行 pip install -r requirements.txt（离线用安装包里的 wheel）", "run pip install -r requirements.txt (offline: with the wheels of the bundle)")  # fmt: skip
    if missing:
        return Line("libraries", "fault", Text(f"缺少或版本不同：{names}", f"missing, or of another version: {names}"), remedy)  # fmt: skip
    if other:
        return Line("libraries", "attention", Text(f"版本与测试过的不同：{names}", f"not the versions that were tested: {names}"), remedy)  # fmt: skip
    return Line("libraries", "ok", Text(f"{count} 个库与锁定版本一致", f"{count} libraries are of the locked versions"))


def _pins(lock: Path) -> Iterator[tuple[str, str]]:
    for line in lock.read_text("utf-8").splitlines():
        name, mark, version = line.partition("#")[0].partition(";")[0].strip().partition("==")
        if mark:
            yield name.partition("[")[0], version


def _kernels() -> Line:
    named = os.environ.get("NUMBA_CACHE_DIR", "").strip()
    places = [Path(named)] if named else [home.ROOT / "geo", Path(os.path.expanduser("~")) / ".cache" / "numba"]
    if any(next(place.rglob("*.nbi"), None) for place in places if place.is_dir()):
        return Line("kernels", "ok", Text("已编译", "compiled"))
    return Line(
        "kernels", "attention", Text("尚未编译，首次提问要多等约半分钟", "not compiled: the first question waits half a minute longer"),
        Text("请运行 zoneplan compile", "run zoneplan compile"),
    )  # fmt: skip


def _fonts() -> Line:
    own = home.ROOT / "layers" / "report" / "fonts"
    if any(p.suffix.lower() in (".ttf", ".otf", ".ttc") and p.stat().st_size for p in own.glob("*")):
        return Line("fonts", "ok", Text("报告用的中文字体在", "the Chinese font of reports is there"))
    return Line("fonts", "fault", Text("缺少报告用的中文字体", "the Chinese font of reports is missing"), Text("请重新安装本程序", "install the program again"))  # fmt: skip


def _sandbox() -> Line:
    from layers.incoming.child.sandbox import GUARDS, capabilities, untold

    guards = capabilities()
    why = untold(guards)
    if why is not None:
        return Line("sandbox", "fault", Text(*(("无法判定：" if k == 0 else "could not be told: ") + " ".join(why) for k in (0, 1))))  # fmt: skip
    lacking = [name for name in GUARDS if not guards.get(name)]
    if lacking:
        names = ", ".join(lacking)
        return Line(
            "sandbox", "attention", Text(f"导入文件的隔离缺少：{names}", f"imports are read without: {names}"),
            Text("landlock 需要 Linux 5.13 以上；只导入可信的文件，或换一台机器", "landlock wants Linux 5.13 or newer; import trusted files only, or use another machine"),
        )  # fmt: skip
    return Line("sandbox", "ok", Text("导入文件的隔离齐全", "imports are read behind every lock"))


def _writes() -> Line:
    place = home.writable()
    remedy = Text("用环境变量 ZONEPLAN_HOME 指定可写的文件夹", "name a folder that can be written by the variable ZONEPLAN_HOME")  # fmt: skip
    if place is None:
        return Line("write", "fault", Text("没有可写的文件夹", "no folder can be written"), remedy)
    try:
        with tempfile.NamedTemporaryFile(prefix="doctor-", dir=place) as file:
            file.write(b"well")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        return Line("write", "fault", Text(f"{place} 写不进去（{error.strerror}）", f"{place} cannot be written ({error.strerror})"), remedy)  # fmt: skip
    return Line("write", "ok", Text(f"可写：{place}", f"can be written: {place}"))


def _disk(folder: Path) -> Line:
    places = [p for p in (home.writable(), folder, Path(tempfile.gettempdir())) if p is not None and p.exists()]
    free, place = min((shutil.disk_usage(p).free, p) for p in places)
    found = Text(f"{place} 剩余 {free // 1_000_000} MB", f"{free // 1_000_000} MB are free at {place}")
    if free < ENOUGH_BYTES:
        need = ENOUGH_BYTES // 1_000_000
        return Line("disk", "fault", found, Text(f"请腾出至少 {need} MB", f"make room: at least {need} MB"))
    return Line("disk", "ok", found)


def _workspace(folder: Path) -> Line:
    number = format_of(workspace.settings(folder))
    found = Text(f"{folder}，格式 {number}", f"{folder}, format {number}")
    if number < FORMAT:
        return Line("workspace", "attention", found, Text(f"可升到格式 {FORMAT}：zoneplan upgrade {folder}", f"can be brought up to format {FORMAT}: zoneplan upgrade {folder}"))  # fmt: skip
    return Line("workspace", "ok", found)


def _store(folder: Path) -> Line:
    path = folder_of(folder) / PLANS
    if not os.environ.get("ZONEPLAN_DB", "").strip() and not path.is_file():
        return Line("store", "ok", Text("还没有保存过方案", "no plan was saved yet"))
    store = plans_of(folder)[0]
    where = path.name if isinstance(store, Store) else "PostgreSQL"
    if wrong := [f for f in store.verify() if f.level == "error"]:
        return Line("store", "fault", Text(wrong[0].text_zh, wrong[0].text_en), Text("请从备份恢复：zoneplan restore", "restore it from a backup: zoneplan restore"))  # fmt: skip
    count = len(store.heads())
    return Line("store", "ok", Text(f"{where} 完好，{count} 个方案", f"{where} is whole, {count} plans"))


def _restore(folder: Path) -> Line:
    from layers.operate import restoring

    found = restoring.left(take.WORKING if folder.resolve() == take.SHIPPED.resolve() else folder.resolve())
    if not found:
        return Line("restore", "ok", Text("没有中断的恢复", "no restore was cut off"))
    names, aside = ", ".join(map(str, found)), "*.aside-*"
    return Line(
        "restore", "attention", Text(f"恢复曾被中断，留下 {names}", f"a restore was cut off and left {names}"),
        Text(f"请再恢复一次（zoneplan restore，会清掉它）；原有的在旁边的 {aside} 里", f"restore once more (zoneplan restore clears it); what was there lies beside it as {aside}"),
    )  # fmt: skip


def _port(port: int) -> Line:
    with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
        return Line("port", "ok", Text(f"端口 {port} 空闲", f"port {port} is free"))
    return Line(
        "port", "attention", Text(f"端口 {port} 已被占用", f"port {port} is in use"),
        Text("若不是本程序在运行，请换端口：zoneplan serve --port", "unless this program is running there, choose another: zoneplan serve --port"),
    )  # fmt: skip
