"""One pair of embedded servers for the whole test run; each worker has databases of its own on them."""

import os
import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from frontprov.embedded import paths, servers
from tests.settings import PREFIX

ABANDONED_AFTER_SECONDS = 3600
# Files and folders whose tests share what takes long to make: each on one worker, the longest first.
ON_ONE_WORKER = (
    "tests/e2e/journeys/", "tests/e2e/test_running.py", "tests/e2e/test_scim2_tester.py", "tests/e2e/test_wire.py",
)  # fmt: skip
_servers = ExitStack()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start PostgreSQL and Redis before the workers, and before pytest-django makes its database."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    if settings.SETTINGS_MODULE != "tests.settings":
        raise pytest.UsageError("The tests bring their own settings: unset DJANGO_SETTINGS_MODULE.")
    _servers.callback(remove, settings.DATA_DIR)
    if session.config.option.collectonly:
        return
    remove_abandoned_runs()
    _servers.enter_context(servers.running(servers.wanted(durable=False), settings.DATA_DIR))


def pytest_unconfigure() -> None:
    _servers.close()


def shared_by(nodeid: str) -> str:
    """Which of ON_ONE_WORKER a test belongs to; empty for one that may run anywhere."""
    return next((place for place in ON_ONE_WORKER if nodeid.startswith(place)), "")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hand out test by test, but some files whole. (pytest-xdist's own groups take no effect under pytest 9.2.)"""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return shared_by(nodeid) or nodeid

    return Scheduling(config, log)


def remove_abandoned_runs() -> None:
    """End the servers of runs that were killed, which nobody else would."""
    for data_dir in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        old = time.time() - data_dir.stat().st_mtime > ABANDONED_AFTER_SECONDS
        if old and paths.owner(data_dir) == os.geteuid() and servers.stop_unused(data_dir):
            remove(data_dir)


def remove(data_dir: Path) -> None:
    shutil.rmtree(paths.sockets(data_dir), ignore_errors=True)
    shutil.rmtree(data_dir, ignore_errors=True)
