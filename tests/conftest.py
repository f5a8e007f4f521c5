"""One pair of embedded servers for the whole test run; each worker has databases of its own on them."""

import os
import shutil
from contextlib import ExitStack

import pytest
from django.conf import settings

_servers = ExitStack()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start PostgreSQL and Redis before the workers, and before pytest-django makes its database."""
    if "PYTEST_XDIST_WORKER" in os.environ or session.config.option.collectonly:
        return
    _servers.callback(shutil.rmtree, settings.DATA_DIR, ignore_errors=True)
    if settings.EMBEDDED_DATABASE or settings.EMBEDDED_REDIS:
        from frontprov.embedded import paths, servers

        _servers.callback(shutil.rmtree, paths.sockets(settings.DATA_DIR), ignore_errors=True)
        _servers.enter_context(servers.running(servers.wanted(durable=False), settings.DATA_DIR))


def pytest_unconfigure() -> None:
    _servers.close()
