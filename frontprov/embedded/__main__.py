"""Become one of the embedded servers: `python -m frontprov.embedded postgresql`, which a supervisor starts."""

import os
import sys

from django.conf import settings

from frontprov.embedded.errors import EmbeddedServerError
from frontprov.embedded.postgresql import PostgreSQL
from frontprov.embedded.redis_server import Redis

SERVERS: dict[str, type[PostgreSQL | Redis]] = {"postgresql": PostgreSQL, "redis": Redis}


def main(name: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "frontprov.settings")
    server = SERVERS[name](settings.DATA_DIR)
    server.stop()  # one that a command started, or that outlived its supervisor
    server.prepare()
    command = server.command()
    os.chdir("/")
    os.execv(command[0], command)  # noqa: S606


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except EmbeddedServerError as exc:
        sys.exit(str(exc))
