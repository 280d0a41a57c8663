"""One browser and one server, behind a prefix, for all tests of the page; what changes the workspace puts it back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import Server, Visit, browsing, copied, started, visiting
from tests.need import need

PREFIX = "gxq/plan"
"""Below which the page stands, as behind a proxy: what is asked for at the root of the server is a fault that a test sees."""


@pytest.fixture(scope="package")
def chrome() -> Iterator[Browser]:
    """Return one browser for all tests of this folder."""
    with browsing(need("chromium")) as browser:
        yield browser


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the bundled workspace, the one that is served."""
    return copied(tmp_path_factory.mktemp("page") / "data")


@pytest.fixture(scope="package")
def server(folder: Path) -> Iterator[Server]:
    """Return one server for all tests of this folder."""
    with started(data=folder, prefix=PREFIX) as there:
        yield there


@pytest.fixture(scope="package")
def address(server: Server) -> str:
    """Return the address of that server."""
    return server.address


@pytest.fixture(scope="package")
def browser(chrome: Browser, address: str) -> Iterator[Visit]:
    with visiting(chrome, address) as visit:
        yield visit


@pytest.fixture
def unopened(browser: Visit) -> Iterator[Visit]:
    """Give the page to a test that opens it; in the end nothing has left the machine and no script has failed."""
    browser.foreign.clear()
    browser.errors.clear()
    yield browser
    browser.page.evaluate("sessionStorage.clear()")
    assert browser.foreign == []
    assert browser.errors == []


@pytest.fixture
def visit(unopened: Visit) -> Visit:
    """Give the page, newly opened."""
    unopened.open()
    return unopened


@pytest.fixture
def fresh(chrome: Browser, address: str) -> Iterator[Visit]:
    """Give the browser of somebody whom the page does not know: no plan and no view is remembered."""
    with visiting(chrome, address) as visit:
        yield visit
        assert visit.foreign == []
        assert visit.errors == []


@pytest.fixture
def changing(folder: Path) -> Iterator[Path]:
    """Give the folder of the served workspace to a test that changes it; afterwards it is as it was."""
    yield folder
    shutil.rmtree(folder)
    copied(folder)
