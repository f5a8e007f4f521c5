"""Where the embedded servers of a data folder listen.

A data folder may have a long name; a Unix socket may not (about 100 bytes). So sockets live in a short folder
whose name follows from the data folder's, and every command finds them without asking anybody.
"""

import hashlib
import os
import stat
from pathlib import Path

from frontprov.embedded.errors import EmbeddedServerError

SHORT = Path("/tmp")  # noqa: S108 - the folder made in it is checked by `private_folder`; TMPDIR differs by terminal
POSTGRESQL_PORT = 5432  # only a part of the socket's name: nothing listens on TCP


def owner(data_dir: Path) -> int:
    """The user id a data folder belongs to: who made it, or who is about to."""
    return data_dir.stat().st_uid if data_dir.exists() else os.geteuid()


def sockets(data_dir: Path) -> Path:
    key = hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:12]
    return SHORT / f"frontprov-{owner(data_dir)}" / key


def postgresql_sockets(data_dir: Path) -> Path:
    return sockets(data_dir) / "postgresql"


def redis_socket(data_dir: Path) -> Path:
    return sockets(data_dir) / "redis.sock"


def supervisor_socket(data_dir: Path) -> Path:
    return sockets(data_dir) / "supervisor.sock"


def database_url(data_dir: Path) -> str:
    return f"postgres://frontprov@:{POSTGRESQL_PORT}/{postgresql_sockets(data_dir)}/frontprov"


def redis_url(data_dir: Path, database: int = 0) -> str:
    return f"unix://{redis_socket(data_dir)}?db={database}"


def celery_url(redis_url: str) -> str:
    """The same Redis in Celery's spelling: `redis+socket://…?virtual_host=0` for a Unix socket."""
    if not redis_url.startswith("unix://"):
        return redis_url
    return redis_url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=", 1)


def private_folder(data_dir: Path) -> Path:
    """Make the folder of the sockets, and refuse one that somebody else prepared.

    Others may pass through it, because as root PostgreSQL has another user, but may neither list nor write.
    """
    folder = sockets(data_dir)
    for each in (folder.parent, folder):
        each.mkdir(mode=0o711, exist_ok=True)
        found = each.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
            raise EmbeddedServerError(f"{each} is not a private folder of this user: remove it and start again.")
    return folder
