"""A restore that is killed at any moment, and one onto a mounted disk. Issue 14."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from geo.scenario import Scenario
from layers.operate import doctor, restoring
from layers.operate.archive import back_up
from layers.store.place import plans_of
from tests.need import ROOT, need
from tests.village import village

MOMENTS = ("extracted", "rename")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = village(tmp_path / "规划 甲" / "place")
    plans_of(folder)[0].save(Scenario("甲", closed=("S01",)), base_rev=0)
    return folder


def _killed_at(moment: str, times: int, file: Path, folder: Path) -> None:
    """Restore in this process, which kills itself at the n-th time that it comes to a moment."""
    owner = Path if moment == "rename" else restoring.archive
    real, left = getattr(owner, moment), [times]

    def dies(*told):  # type: ignore[no-untyped-def]
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*told)

    setattr(owner, moment, dies)
    restoring.restore(file, folder, replace=True)


@pytest.mark.parametrize(("moment", "times"), [("extracted", 1), ("extracted", 2), ("rename", 1), ("rename", 2)])
def test_a_restore_that_is_killed_is_told_and_the_next_one_clears_it(
    place: Path, tmp_path: Path, moment: str, times: int
) -> None:
    file, heads = tmp_path / "b.zip", plans_of(place)[0].heads()
    back_up(place, file)
    plans_of(place)[0].save(Scenario("乙"), base_rev=0)
    one = multiprocessing.get_context("spawn").Process(target=_killed_at, args=(moment, times, file, place))
    one.start()
    one.join(300)
    assert one.exitcode == -signal.SIGKILL
    (cut,) = restoring.left(place)
    told = {line.what: line for line in doctor.examined(place, port=0)}["restore"]
    assert told.level == "attention" and str(cut) in told.found.zh
    done = restoring.restore(file, place, replace=True)
    assert (restoring.left(place), list(place.parent.glob(".restore-*"))) == ((), [])
    assert plans_of(place)[0].heads() == heads
    # What was there before is still there: put aside by the one that was killed, or by this one.
    aside = list(place.parent.glob("place.aside-*"))
    assert "乙" in {name for folder in aside for name in plans_of(folder)[0].names()}
    assert (len(aside), len(done.aside)) == ((1, 0) if moment == "rename" and times == 2 else (1, 1))


def test_what_a_running_restore_prepares_is_not_cleared(place: Path, tmp_path: Path) -> None:
    used = tmp_path / "规划 甲" / ".restore-used"
    used.mkdir()
    handle = restoring._held(used)
    assert handle is not None
    assert restoring.left(place) == ()
    os.close(handle)
    assert restoring.left(place) == (used,)


MOUNTED = """
import os, sys
from pathlib import Path
from layers.operate import restoring
from layers.store.place import plans_of
from geo.scenario import Scenario
file, place = map(Path, sys.argv[1:])
assert os.path.ismount(place)
done = restoring.restore(file, place)
assert done.aside == (), list(Path(done.aside[0]).iterdir())
assert plans_of(place)[0].names() == ["甲"]
plans_of(place)[0].save(Scenario("乙"), base_rev=0)
(place / "notes.txt").write_text("mine")
(aside,) = map(Path, restoring.restore(file, place, replace=True).aside)
assert aside.parent == place and (aside / "notes.txt").read_text() == "mine"
assert plans_of(aside)[0].names() == ["乙", "甲"]
assert plans_of(place)[0].names() == ["甲"] and not (place / "notes.txt").exists()
assert restoring.left(place) == () and not list(place.glob(".restore-*"))
plan = restoring.planned(file, place)  # what was put aside is no part of the workspace
assert {row["action"] for row in plan.rows} == {"same"}, plan.rows
restoring.restore(file, place, replace=True)  # in the same second: another name
assert len(list(place.glob("workspace.aside-*"))) == 2
"""


def test_onto_a_mounted_disk_the_files_change_places_one_by_one(place: Path, tmp_path: Path) -> None:
    file, disk = tmp_path / "b.zip", tmp_path / "disk"
    back_up(place, file)
    disk.mkdir()
    inside = f'mount -t tmpfs none "$2" && exec "{sys.executable}" -c "$0" "$1" "$2"'
    words = [need("unshare"), "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "sh", "-c", inside]
    done = subprocess.run(
        [*words, MOUNTED, str(file), str(disk)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
