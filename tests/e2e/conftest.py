"""One running installation for all tests that drive the real server, whichever worker they run on."""

import os
from collections.abc import Iterator

import pytest

from tests.conftest import END_TO_END, kept_together
from tests.e2e.demo import furnish
from tests.e2e.installation import Installation, once, shared


@pytest.fixture(scope="session")
def running_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The real thing: `base_url`, `scim_base_url`, and in `card` the token, admin_email and admin_password.

    All workers use the same one. It is the tests' part to make companies of their own.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with shared(folder / "running-server") as installation:
        yield installation


@pytest.fixture(scope="session")
def furnished_server(running_server: Installation) -> Installation:
    """The same, with something to look at in the demo company."""
    with once(running_server.data_dir.parent / "furnished") as first:
        if first:
            furnish(running_server, users=12)
    return running_server


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Begin with what takes a whole server: it is waited for more than computed, so at the end a worker would idle."""
    result = yield
    items.sort(key=_place)  # after pytest-django has sorted them by their use of its database
    return result


def _place(item: pytest.Item) -> tuple[bool, str, bool]:
    """This folder before the rest, file by file. (pytest-xdist hands out first what is kept together, by its size.)"""
    ending = "ending" in getattr(item, "fixturenames", ())
    return not item.nodeid.startswith(END_TO_END), kept_together(item.nodeid), ending
