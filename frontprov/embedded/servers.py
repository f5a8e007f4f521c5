"""Have the embedded servers of a data folder running while something needs them.

Under `make run` a supervisor keeps them, and everything else attaches. Without it the first command that needs
them starts them, others attach, and the last to leave stops them. Locks on files tell who is there: the system
takes them back from a process that was killed.
"""

import fcntl
import os
import pwd
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

import psycopg
import redis
from django.conf import settings

from frontprov.embedded import paths
from frontprov.embedded.errors import EmbeddedServerError
from frontprov.embedded.postgresql import PostgreSQL
from frontprov.embedded.redis_server import Redis

START_SECONDS = 60
START_ATTEMPTS = 20
_started: list[subprocess.Popen[bytes]] = []  # kept: a server outlives the function that starts it


class Server(Protocol):
    @property
    def data_dir(self) -> Path: ...
    @property
    def name(self) -> str: ...

    def prepare(self) -> None: ...
    def command(self) -> list[str]: ...
    def check(self) -> None: ...
    def stop(self) -> None: ...


def wanted(*, durable: bool = True) -> list[Server]:
    """The servers to embed: those for which the environment names none."""
    servers: list[Server] = []
    if settings.EMBEDDED_DATABASE:
        servers.append(PostgreSQL(settings.DATA_DIR, durable))
    if settings.EMBEDDED_REDIS:
        servers.append(Redis(settings.DATA_DIR, durable))
    return servers


@contextmanager
def running(servers: Sequence[Server], data_dir: Path) -> Iterator[None]:
    """Run the body with these servers answering; start them before it and stop them after it if need be."""
    if not servers:
        yield
        return
    claim(data_dir)
    with open(data_dir / "servers.starting", "w") as starting, open(data_dir / "servers.in-use", "w") as in_use:
        try:
            with _locked(starting):
                fcntl.flock(in_use, fcntl.LOCK_SH)
                for server in servers:
                    _ensure(server)
            yield
        finally:
            with _locked(starting):
                if not supervised(data_dir) and _last_user(in_use):
                    for server in reversed(servers):
                        server.stop()
                    for process in _started:
                        process.poll()


def stop_unused(data_dir: Path) -> bool:
    """Stop servers that outlived everything that used them; False if somebody uses them still."""
    with (
        open(data_dir / "servers.starting", "w") as starting,
        open(data_dir / "servers.in-use", "w") as in_use,
        _locked(starting),
    ):
        if supervised(data_dir) or not _last_user(in_use):
            return False
        for server in (Redis(data_dir), PostgreSQL(data_dir)):
            server.stop()
        return True


def claim(data_dir: Path) -> None:
    """Make the data folder and the folder of its sockets, or say whose they are."""
    data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
    if (owner := paths.owner(data_dir)) != os.geteuid():
        raise EmbeddedServerError(
            f"{data_dir} belongs to {_name(owner)}: run this as that user, "
            "or name another folder in FRONTPROV_DATA_DIR."
        )
    paths.private_folder(data_dir)
    (data_dir / "log").mkdir(mode=0o700, exist_ok=True)


def supervised(data_dir: Path) -> bool:
    """Whether a `run` has these servers in its care."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(paths.supervisor_socket(data_dir))) == 0


def answers(server: Server) -> bool:
    try:
        server.check()
    except (psycopg.OperationalError, redis.RedisError):
        return False
    return True


def _ensure(server: Server) -> None:
    """Wait for the server if it is in a supervisor's care, else start it unless it answers already.

    It may end at once a few times: PostgreSQL does while the last processes of a killed one are about.
    """
    process: subprocess.Popen[bytes] | None = None
    attempts = 0
    deadline = time.monotonic() + START_SECONDS
    while not answers(server):
        if time.monotonic() > deadline:
            raise EmbeddedServerError(f"{server.name} did not start in {START_SECONDS} seconds.\n{_last_words(server)}")
        if process is not None and process.poll() is not None:
            if attempts == START_ATTEMPTS:
                raise EmbeddedServerError(f"{server.name} does not start.\n{_last_words(server)}")
            process = None
            time.sleep(0.5)
        if process is None and not supervised(server.data_dir):
            process = _start(server)
            attempts += 1
        time.sleep(0.05)
    if isinstance(server, PostgreSQL):
        server.create_database()


def _start(server: Server) -> subprocess.Popen[bytes]:
    """Start a server on its own, out of reach of the terminal's Ctrl-C."""
    server.prepare()
    with _log(server).open("ab") as log:
        process = subprocess.Popen(  # noqa: S603
            server.command(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
        )
    _started.append(process)
    return process


def _log(server: Server) -> Path:
    return server.data_dir / "log" / f"{server.name.lower()}.log"


def _last_words(server: Server) -> str:
    return "".join(_log(server).read_text(errors="replace").splitlines(keepends=True)[-10:])


@contextmanager
def _locked(file: IO[str]) -> Iterator[None]:
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _last_user(in_use: IO[str]) -> bool:
    try:
        fcntl.flock(in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
