"""How far a click travels: the files that run, the rooms they lie in, and the files that the question goes through."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from geo import answers
from geo.case import Case
from layers import workspace

ROOT = Path(__file__).resolve().parent.parent
MOST = 12


class Trip:
    """What a question passes through while it is answered: counted by the interpreter itself, not by reading."""

    def __init__(self) -> None:
        self.files: dict[str, int] = {}
        self.asked: dict[str, int] = {}
        self.turns = 0
        self._last = ""

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> None:
        name = frame.f_code.co_filename
        if event != "call" or not name.startswith(str(ROOT)) or "/.venv/" in name or "/tests/" in name:
            return
        file = str(Path(name).relative_to(ROOT))
        self.files[file] = self.files.get(file, 0) + 1
        self.turns += file != self._last
        self._last = file
        if any(isinstance(v, Case) for v in frame.f_locals.values()):
            self.asked[file] = self.asked.get(file, 0) + 1

    @property
    def rooms(self) -> set[str]:
        """The rooms entered: a package of geo is one room, a module beside it another."""
        return {str(Path(*Path(f).parts[:2]).with_suffix("")) for f in self.files}


@pytest.fixture(scope="module")
def trip() -> Trip:
    """Follow one click on the bundled place, after the same click has been answered before."""
    place = workspace.load(ROOT / "data")
    case = workspace.case(place, "primary", 2025)
    answers.site(case, 117.66, 39.06)
    found = Trip()
    sys.setprofile(found)
    try:
        answers.site(workspace.case(place, "primary", 2025), 117.66, 39.06)
    finally:
        sys.setprofile(None)
    return found


def test_the_question_goes_through_few_files(trip: Trip) -> None:
    assert 0 < len(trip.asked) <= MOST, sorted(trip.asked)
    assert "geo/answers/site.py" in trip.asked and "geo/case/case.py" in trip.asked


def test_a_click_enters_few_rooms(trip: Trip) -> None:
    """Engines (network, assignment) are rooms with one door each; what lies behind the door is listed below."""
    assert 0 < len(trip.rooms) <= MOST, sorted(trip.rooms)


def test_a_click_runs_no_more_files_than_it_did(trip: Trip) -> None:
    """Every file whose code runs, the engines' inner ones too: 21 before the rooms were parted, and 135 turns."""
    # 26 when the house was laid; whose seats count, whose residents, what is known and which measure holds came after,
    # and what no click changes, which is kept in a file of its own: a third of the time;
    # what a place has in a year stands beside the case, whose file was too long to be read at once.
    assert len(trip.files) <= 32, sorted(trip.files)
    assert trip.turns <= 160  # 135 then; the same four, asked about each service
