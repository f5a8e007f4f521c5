"""One pair of embedded servers for the whole test run; each worker has databases of its own on them."""

import os
import shutil
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from frontprov.embedded import paths, servers
from tests.settings import PREFIX

ABANDONED_AFTER_SECONDS = 3600
END_TO_END = "tests/e2e/"
JOURNEYS = f"{END_TO_END}journeys/"
ON_ANY_WORKER = f"{END_TO_END}test_accessibility.py"  # its tests share no more than the server, and are many
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
    for telling in [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]:
        telling.join(timeout=0 if telling.daemon else None)  # it tells Redis of the last reads (scim.limits)
    _servers.close()


def kept_together(nodeid: str) -> str:
    """The file or folder whose tests share what can be made once only; empty for a test that may run anywhere."""
    if not nodeid.startswith(END_TO_END) or nodeid.startswith(ON_ANY_WORKER):
        return ""
    return JOURNEYS if nodeid.startswith(JOURNEYS) else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hand out test by test, but whole what is kept together. (pytest 9.2 ignores pytest-xdist's own groups.)"""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return kept_together(nodeid) or nodeid

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
