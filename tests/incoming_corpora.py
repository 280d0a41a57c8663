"""Both corpora, written once a run whichever test files ask for them: name this module in ``pytest_plugins``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hostile import hostile, legit
from tests.hostile.__main__ import Ground, ground


@pytest.fixture(scope="session")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[legit.Case]:
    """Every legitimate file with its truth."""
    return legit.corpus(tmp_path_factory.mktemp("legit"))


@pytest.fixture(scope="session")
def attack() -> Iterator[tuple[Ground, list[hostile.Bad]]]:
    """Every hostile file, and the canaries that they try to reach."""
    with ground() as place:
        place.folder.mkdir()
        yield place, hostile.corpus(place.folder, place.canary, place.secret, place.outside)
