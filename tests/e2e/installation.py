"""A whole installation, started as `make run` starts it, on a port and in a folder of its own."""

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xmlrpc.client import ServerProxy

import httpx
import psutil
from supervisor.xmlrpc import SupervisorTransport

from frontprov.embedded import paths

PROJECT = Path(__file__).resolve().parent.parent.parent
PATIENCE_SECONDS = 120  # of which an idle machine needs a tenth
NOT_INHERITED = ("FRONTPROV_", "DATABASE_", "REDIS_", "DJANGO_", "PYTEST_", "PUBLIC_", "SECRET_", "ALLOWED_")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(condition: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"Waited {PATIENCE_SECONDS} seconds in vain until {what}.")
        time.sleep(0.1)


@dataclass
class Installation:
    data_dir: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    _open_terminal: subprocess.Popen[str] | None = None

    @property
    def base_url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def scim_base_url(self) -> str:
        return f"{self.base_url}/v2"

    @property
    def card(self) -> dict[str, Any]:
        """What bootstrap answered for the demo company: token, admin_email, admin_password, support_email, …"""
        answer: dict[str, Any] = json.loads((self.data_dir / "demo.json").read_text())
        return answer

    @property
    def output(self) -> str:
        """What stands on the terminal."""
        return self._terminal.read_text()

    @property
    def _terminal(self) -> Path:
        return self.data_dir.parent / f"{self.port}.out"

    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
        return {**inherited, "FRONTPROV_DATA_DIR": str(self.data_dir), "PORT": str(self.port)}

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command from a second terminal."""
        command = [sys.executable, "manage.py", *arguments]
        environment = self.environment()
        return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The same command with the same answer, in a terminal that stays open: tests/e2e/terminal.py."""
        if self._open_terminal is None:
            self._open_terminal = subprocess.Popen(
                [sys.executable, "-m", "tests.e2e.terminal"],
                cwd=PROJECT,
                env=self.environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        terminal = self._open_terminal
        assert terminal.stdin is not None
        assert terminal.stdout is not None
        terminal.stdin.write(json.dumps(words) + "\n")
        terminal.stdin.flush()
        answer = terminal.stdout.readline()
        assert answer, f"The terminal is gone, over {' '.join(words)}."
        return subprocess.CompletedProcess(words, **json.loads(answer))

    def close_terminal(self) -> None:
        if self._open_terminal is not None:
            self._open_terminal.communicate(timeout=PATIENCE_SECONDS)
            self._open_terminal = None

    def start(self) -> None:
        with self._terminal.open("ab") as terminal:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "run"],
                cwd=PROJECT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=terminal,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(self.is_up, f"{self.data_dir} is ready")

    def is_up(self) -> bool:
        """Whether it serves; a start that ended early fails the test with its own words."""
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"It ended with exit code {self.process.returncode}:\n{self.output}")
        return self.is_ready()

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.base_url}/readyz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def count_users(self, token: str | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token or self.card['token']}"}
        return httpx.get(f"{self.scim_base_url}/Users?count=0", headers=headers, timeout=10)

    def serves(self) -> bool:
        """Whether both the servers and the door answer."""
        try:
            return self.is_ready() and self.count_users().status_code == 200
        except httpx.HTTPError:
            return False

    def supervised(self) -> dict[str, dict[str, Any]]:
        """supervisord's own account of its programs, by name."""
        transport = SupervisorTransport(None, None, serverurl=f"unix://{paths.supervisor_socket(self.data_dir)}")
        answer: Any = ServerProxy("http://localhost", transport=transport).supervisor.getAllProcessInfo()
        return {program["name"]: program for program in answer}

    def processes(self) -> list[psutil.Process]:
        assert self.process is not None
        supervisor = psutil.Process(self.process.pid)
        return [supervisor, *supervisor.children(recursive=True)]

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it as a terminal or a service manager does, and return the exit code."""
        self.close_terminal()
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(PATIENCE_SECONDS)

    def remove(self) -> None:
        if self.process is not None:
            self.stop()
        shutil.rmtree(paths.sockets(self.data_dir), ignore_errors=True)

    def kill_everything(self) -> None:
        """What a power cut does to processes."""
        for process in (everything := self.processes()):
            process.kill()
        psutil.wait_procs(everything, timeout=PATIENCE_SECONDS)
        assert self.process is not None
        self.process.wait(PATIENCE_SECONDS)


@contextmanager
def shared(folder: Path) -> Iterator[Installation]:
    """The one installation of this folder, for all processes that ask for it.

    Who comes first starts it, and ends it when all others have left. Locks tell who is there, so that nobody waits
    for a process that was killed.
    """
    folder.mkdir(exist_ok=True)
    port = folder / "port"
    with (folder / "starting").open("w") as starting, (folder / "in-use").open("w") as in_use:
        fcntl.flock(starting, fcntl.LOCK_EX)
        fcntl.flock(in_use, fcntl.LOCK_SH)
        installation = Installation(folder / "var")
        is_first = not port.exists()
        try:
            if is_first:
                installation.start()
                port.write_text(str(installation.port))
            else:
                installation.port = int(port.read_text())
            fcntl.flock(starting, fcntl.LOCK_UN)
            yield installation
        finally:
            installation.close_terminal()
            if is_first:
                fcntl.flock(in_use, fcntl.LOCK_EX)
                port.unlink(missing_ok=True)
                installation.remove()


@contextmanager
def once(mark: Path) -> Iterator[bool]:
    """True for the first process that comes, false for all others, who wait until the first has done its work."""
    with mark.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield mark.stat().st_size == 0
        file.write("done")
