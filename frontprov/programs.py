"""The long-running programs, each by one command line: `python -m frontprov NAME`.

The supervisor of `manage.py run`, the containers of docker-compose.yml and an operator's own units all start
the same words. Only what a program needs is imported: six of them start at once on a small machine.
"""

import os
import shutil
import sys
from collections.abc import Callable

import psutil
from django.conf import settings

SUPERVISOR, NAME = "SUPERVISOR_SERVER_URL", "SUPERVISOR_PROCESS_NAME"  # what supervisord tells its programs
PATIENCE_SECONDS = 10


def web() -> None:
    """Granian: docs/operations.md has the measurements behind the choice, and the limits it sets."""
    numbers = settings.DATA_DIR / "metrics"
    shutil.rmtree(numbers, ignore_errors=True)  # those of processes that are gone
    numbers.mkdir(mode=0o700, parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(numbers)
    _become(
        *(sys.executable, "-m", "granian", "frontprov.wsgi:application"),
        *("--interface", "wsgi", "--http", "1", "--no-ws"),
        *("--host", settings.BIND, "--port", str(settings.PORT)),
        *("--workers", str(settings.WEB_CONCURRENCY), "--blocking-threads", str(settings.WEB_THREADS)),
        *("--respawn-failed-workers", "--respawn-interval", "0.5"),
        *("--workers-kill-timeout", "15"),
        *("--http1-buffer-size", "65536", "--http1-header-read-timeout", "15000"),
    )


def worker() -> None:
    _celery("worker", "--loglevel", "INFO", "--without-gossip", "--without-mingle")


def beat() -> None:
    settings.DATA_DIR.mkdir(mode=0o711, parents=True, exist_ok=True)  # for its schedule
    _celery("beat", "--loglevel", "INFO")


def postgresql() -> None:
    from frontprov.embedded.postgresql import PostgreSQL

    server = PostgreSQL(settings.DATA_DIR)
    server.stop()  # one that a command started, or that outlived its supervisor
    server.prepare()
    _become(*server.command())


def redis() -> None:
    from frontprov.embedded.redis_server import Redis

    server = Redis(settings.DATA_DIR)
    server.stop()
    server.prepare()
    _become(*server.command())


def announcer() -> None:
    from frontprov.announcer import announce

    announce()


PROGRAMS: dict[str, Callable[[], None]] = {
    "web": web,
    "worker": worker,
    "beat": beat,
    "postgresql": postgresql,
    "redis": redis,
    "announcer": announcer,
}


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
    stubborn = psutil.wait_procs(left, timeout=PATIENCE_SECONDS)[1]
    for process in stubborn:
        process.kill()
    psutil.wait_procs(stubborn, timeout=PATIENCE_SECONDS)  # they keep their port until they are gone


def _become(*command: str) -> None:
    os.execv(command[0], command)  # noqa: S606


def _celery(*arguments: str) -> None:
    from frontprov.celery import app

    app.start([*arguments])
