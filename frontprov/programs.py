"""The long-running programs, each by one command line: `manage.py run NAME`.

The supervisor of `manage.py run`, the containers of docker-compose.yml and an operator's own units all start
the same words, and get the program itself in the place of the process.
"""

import os
import shutil
import sys
from collections.abc import Callable
from typing import NoReturn

import psutil
from django.conf import settings
from django.core.management import call_command

SUPERVISOR, NAME = "SUPERVISOR_SERVER_URL", "SUPERVISOR_PROCESS_NAME"  # what supervisord tells its programs
PATIENCE_SECONDS = 10


def web() -> list[str]:
    """Granian: docs/operations.md has the measurements behind the choice and the limits it sets."""
    call_command("collectstatic", interactive=False, verbosity=0)
    numbers = settings.DATA_DIR / "metrics"
    shutil.rmtree(numbers, ignore_errors=True)  # those of processes that are gone
    numbers.mkdir(mode=0o700, parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(numbers)
    return [
        *(sys.executable, "-m", "granian", "frontprov.wsgi:application"),
        *("--interface", "wsgi", "--http", "1", "--no-ws"),
        *("--host", settings.BIND, "--port", str(settings.PORT)),
        *("--workers", str(settings.WEB_CONCURRENCY), "--blocking-threads", str(settings.WEB_THREADS)),
        *("--respawn-failed-workers", "--respawn-interval", "0.5"),
        *("--workers-kill-timeout", "15"),
        *("--http1-buffer-size", "65536", "--http1-header-read-timeout", "15000"),
    ]


def worker() -> list[str]:
    return [*_celery(), "worker", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]


def beat() -> list[str]:
    settings.DATA_DIR.mkdir(mode=0o711, parents=True, exist_ok=True)  # for its schedule
    return [*_celery(), "beat", "--loglevel", "INFO"]


PROGRAMS: dict[str, Callable[[], list[str]]] = {"web": web, "worker": worker, "beat": beat}


def become(name: str) -> NoReturn:
    """Turn this process into the program."""
    if SUPERVISOR in os.environ:
        end_leftovers(os.environ[SUPERVISOR], name)
    command = PROGRAMS[name]()
    os.chdir(settings.BASE_DIR)
    os.execv(command[0], command)  # noqa: S606


def end_leftovers(supervisor: str, name: str | None = None) -> None:
    """End what a killed parent left behind: processes that name this supervisor (and program) in their environment.

    A web server's workers survive its main process and keep the port; everything survives the supervisor.
    """
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    left = []
    for process in psutil.process_iter(["environ"]):
        environ = process.info["environ"] or {}
        if process.pid not in own and environ.get(SUPERVISOR) == supervisor and name in (None, environ.get(NAME)):
            left.append(process)
            process.terminate()
    for process in psutil.wait_procs(left, timeout=PATIENCE_SECONDS)[1]:
        process.kill()


def _celery() -> list[str]:
    return [sys.executable, "-m", "celery", "--app", "frontprov"]
