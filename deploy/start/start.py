"""Installs the program beside itself from the wheels of its bundle, once, and starts it: no network, no administrator.

Runs on nothing but the Python that it finds. Every file of the bundle is compared with SHA256SUMS before any is used.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
HOME = HERE / ".venv"
NEEDS = HERE / f"requirements-{sys.version_info[0]}.{sys.version_info[1]}.txt"
# What Windows can open without a setting of its own, and what compiled Python adds to the longest name of a wheel.
LONGEST, COMPILED = 259, len("__pycache__/.cpython-314.pyc.0000000000000")


def say(zh: str, en: str) -> None:
    """Print both languages; one that the terminal cannot write is shown by question marks."""
    for line in (zh, en):
        encoding = sys.stderr.encoding or "ascii"
        print(line.encode(encoding, "replace").decode(encoding), file=sys.stderr, flush=True)


def refuse(zh: str, en: str) -> None:
    """Stop, and say why."""
    say(zh, en)
    sys.exit(1)


def python() -> Path:
    """Return the Python of the program's own environment."""
    return HOME / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def check_system() -> None:
    """Refuse a Python for which there are no wheels here."""
    if not NEEDS.is_file():
        have = "、".join(sorted(p.stem.partition("-")[2] for p in HERE.glob("requirements-*.txt")))
        refuse(
            f"Python {platform.python_version()} 不在支持范围：{have}",
            f"Python {platform.python_version()} is not among {have}",
        )
    if platform.machine().lower() not in ("x86_64", "amd64") or sys.maxsize < 2**32:
        refuse(
            f"需要 64 位（x86_64）的 Python，这里是 {platform.machine()}，{platform.architecture()[0]}",
            f"a 64-bit Python (x86_64) is needed, this one is {platform.machine()}, {platform.architecture()[0]}",
        )
    if not os.access(HERE, os.W_OK):
        refuse(
            f"不能写入 {HERE}：请把整个文件夹复制到自己可写的位置",
            f"{HERE} cannot be written: copy the whole folder to a place of your own",
        )


def check_files() -> None:
    """Refuse a bundle that was not copied whole."""
    for line in (HERE / "SHA256SUMS").read_text("utf-8").splitlines():
        wanted, name = line.split("  ", 1)
        path = HERE / name
        if path.is_file():
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() == wanted:
                    continue
        refuse(
            f"文件缺失或损坏：{name}。请重新复制并解压整个安装包",
            f"missing or damaged: {name}. Copy and unpack the whole bundle again",
        )


def check_depth() -> None:
    """Refuse a folder so deep that Windows could not open what is installed in it."""
    names = [name for wheel in HERE.glob("wheels/*.whl") for name in zipfile.ZipFile(wheel).namelist()]
    over = len(str(HOME / "Lib" / "site-packages")) + 1 + max(map(len, names)) + COMPILED - LONGEST
    if over > 0:
        refuse(
            f"文件夹路径太长（多出 {over} 个字符）：请移到更浅的位置，例如 C:\\zoneplan",
            f"the path of this folder is {over} characters too long: move it up, for example to C:\\zoneplan",
        )


def install() -> None:
    """Make the environment and install into it; a start that was cut off leaves nothing that counts."""
    say("首次启动：正在核对文件…", "First start: comparing the files …")
    check_system()
    check_files()
    if os.name == "nt":
        check_depth()
    say("正在安装（约一分钟，不需要网络）…", "Installing (about a minute, no network needed) …")
    shutil.rmtree(HOME, ignore_errors=True)
    try:
        # Without pip: Debian's python3 has none to give. The one of the bundle installs from where it lies.
        venv.create(HOME, with_pip=False, symlinks=os.name != "nt")
    except OSError as error:
        refuse(f"不能建立 {HOME}：{error}", f"{HOME} cannot be made: {error}")
    # Not compiled: Python compiles what a first answer imports when it imports it, a tenth of all that is installed.
    installer = next(HERE.glob("wheels/pip-*.whl")) / "pip"
    words = [
        str(python()), str(installer), "--isolated", "--disable-pip-version-check", "install", "--quiet", "--no-index",
        "--find-links", str(HERE / "wheels"), "--no-deps", "--only-binary", ":all:", "--require-hashes", "--no-cache-dir",
        "--no-warn-script-location", "--no-compile", "-r", str(NEEDS),
    ]  # fmt: skip
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PYTHONPATH", "PYTHONHOME"))}
    if subprocess.call(words, env=clean):
        refuse("安装没有完成，原因见上面几行", "Installing has failed; the lines above say why")
    # Not before: it is what says that the environment is whole.
    (HOME / "installed").write_bytes(NEEDS.read_bytes())


def compile_behind() -> None:
    """Compile every question at the lowest priority while the map is already open, once; nobody waits for it."""
    mark = HOME / "compiled"
    if mark.exists():
        return
    code = "import sys, pathlib, cli; cli.main(['compile', '--json']) or pathlib.Path(sys.argv[1]).touch()"
    words = [str(python()), "-P", "-c", code, str(mark)]
    void = subprocess.DEVNULL
    if sys.platform == "win32":
        subprocess.Popen(words, stdin=void, stdout=void, stderr=void, creationflags=subprocess.IDLE_PRIORITY_CLASS)
    else:
        subprocess.Popen(["nice", "-n", "19", *words], stdin=void, stdout=void, stderr=void)


def installed() -> bool:
    """Return whether the environment is whole, of this bundle, and its Python still there."""
    mark = HOME / "installed"
    if not (NEEDS.is_file() and mark.is_file() and mark.read_bytes() == NEEDS.read_bytes()):
        return False
    return subprocess.call([str(python()), "-c", ""]) == 0 if python().exists() else False


def main() -> int:
    """Install where needed, and become the program."""
    if not installed():
        install()
    if not sys.argv[1:]:
        compile_behind()
    words = [str(python()), "-P", "-m", "cli", *(sys.argv[1:] or ["serve", "--desktop"])]
    if os.name == "posix":  # elsewhere, to become another program is to start it and leave
        os.execv(words[0], words)
    return subprocess.call(words)


if __name__ == "__main__":
    sys.exit(main())
