"""The embedded PostgreSQL of a data folder."""

import shutil
import signal
import subprocess
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

from frontprov.embedded import account, paths, wheels
from frontprov.embedded.errors import EmbeddedServerError

DATABASE = "frontprov"
STOP_SECONDS = 60
FORGETFUL = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


@dataclass(frozen=True)
class PostgreSQL:
    """durable: off for tests, whose data nobody misses after a power cut."""

    data_dir: Path
    durable: bool = True
    name = "PostgreSQL"

    @property
    def folder(self) -> Path:
        return self.data_dir / "postgresql"

    def command(self) -> list[str]:
        program = wheels.postgresql("postgres")
        return [
            *account.prefix(program, self.folder),
            str(program),
            *("-D", str(self.folder)),
            *("-p", str(paths.POSTGRESQL_PORT)),
            *("-c", f"unix_socket_directories={paths.postgresql_sockets(self.data_dir)}"),
            *("-c", f"hba_file={self.data_dir / 'pg_hba.conf'}"),
            *("-c", f"ident_file={self.data_dir / 'pg_ident.conf'}"),
            *("-c", "listen_addresses="),
            *(() if self.durable else FORGETFUL),
        ]

    def prepare(self) -> None:
        """Everything before the start: a cluster, who may connect, and nothing left of a killed server."""
        if not self.folder.exists():
            self._initialize()
        elif self.postmaster() is None:
            (self.folder / "postmaster.pid").unlink(missing_ok=True)  # its pid may be another program's by now
            shutil.rmtree(paths.postgresql_sockets(self.data_dir), ignore_errors=True)
        paths.postgresql_sockets(self.data_dir).mkdir(mode=0o700, exist_ok=True)
        account.own(paths.postgresql_sockets(self.data_dir))
        account.own(self.folder)
        self._admit()

    def check(self) -> None:
        """Return if the server answers; raise psycopg.OperationalError if not."""
        self._connect().close()

    def create_database(self) -> None:
        with closing(self._connect()) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def stop(self) -> None:
        """End the sessions, write everything down and leave (PostgreSQL's "fast" shutdown)."""
        if postmaster := self.postmaster():
            postmaster.send_signal(signal.SIGINT)
            try:
                postmaster.wait(STOP_SECONDS)
            except psutil.TimeoutExpired:
                raise EmbeddedServerError(
                    f"PostgreSQL (process {postmaster.pid}) did not stop in {STOP_SECONDS} seconds."
                ) from None

    def postmaster(self) -> psutil.Process | None:
        """The live server of this folder. A pid file alone proves nothing: pids are used again."""
        try:
            pid = int((self.folder / "postmaster.pid").read_text().partition("\n")[0])
            process = psutil.Process(pid)
            words = process.cmdline()  # none if it is a zombie
            if "-D" in words and Path(words[words.index("-D") + 1]).samefile(self.folder):
                return process
        except (OSError, ValueError, IndexError, psutil.Error):
            pass
        return None

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(paths.postgresql_sockets(self.data_dir)),
            port=paths.POSTGRESQL_PORT,
            user=DATABASE,
            dbname="postgres",
            connect_timeout=3,
            autocommit=True,
        )

    def _initialize(self) -> None:
        """Make a cluster beside its place and move it there when complete, so that half a one is never used."""
        unfinished = self.folder.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        account.own(unfinished)
        program = wheels.postgresql("initdb")
        made = subprocess.run(  # noqa: S603
            [
                *account.prefix(program, unfinished),
                program,
                *("--pgdata", unfinished),
                f"--username={DATABASE}",
                "--encoding=UTF8",
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),  # the same on any system
                "--no-instructions",
                *(() if self.durable else ("--no-sync",)),
            ],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            raise EmbeddedServerError(f"PostgreSQL could not make its files in {unfinished}:\n{made.stderr.strip()}")
        unfinished.rename(self.folder)

    def _admit(self) -> None:
        """Nobody but the user who runs this connects, whatever the permissions of the folders say.

        The two files lie outside the server's own folder, where its account cannot change them.
        """
        (self.data_dir / "pg_hba.conf").write_text("local all all peer map=frontprov\n")
        (self.data_dir / "pg_ident.conf").write_text(
            "".join(f'frontprov "{name}" {DATABASE}\n' for name in sorted({account.current(), "root"}))
        )
