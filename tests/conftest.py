"""One pair of embedded servers for the whole test run; each worker has databases of its own on them."""

import os
import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.conf import settings

from frontprov.embedded import paths, servers
from tests.settings import PREFIX

ABANDONED_AFTER_SECONDS = 3600
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


def remove_abandoned_runs() -> None:
    """End the servers of runs that were killed, which nobody else would."""
    for data_dir in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        old = time.time() - data_dir.stat().st_mtime > ABANDONED_AFTER_SECONDS
        if old and paths.owner(data_dir) == os.geteuid() and servers.stop_unused(data_dir):
            remove(data_dir)


def remove(data_dir: Path) -> None:
    shutil.rmtree(paths.sockets(data_dir), ignore_errors=True)
    shutil.rmtree(data_dir, ignore_errors=True)
