#!/usr/bin/env python
"""Django's command line for Frontprov, with the embedded servers running while a command needs them."""

import os
import signal
import sys
from contextlib import AbstractContextManager, nullcontext

WITHOUT_SERVERS = {"run", "card", "check", "entra_simulate", "help", "version"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "frontprov.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db.utils import ProgrammingError
    from psycopg.errors import UndefinedColumn, UndefinedTable

    from frontprov.embedded.errors import EmbeddedServerError

    try:
        with servers_for(sys.argv[1:]):
            execute_from_command_line(sys.argv)
    except (EmbeddedServerError, ImproperlyConfigured) as exc:
        sys.exit(f"{exc}")
    except ProgrammingError as exc:
        if not isinstance(exc.__cause__, UndefinedTable | UndefinedColumn):
            raise
        sys.exit("The tables of the database are missing, or those of another version. First: manage.py migrate")


def servers_for(arguments: list[str]) -> AbstractContextManager[None]:
    if not arguments or arguments[0].startswith("-") or arguments[0] in WITHOUT_SERVERS or "--help" in arguments:
        return nullcontext()
    from django.conf import settings

    if not (settings.EMBEDDED_DATABASE or settings.EMBEDDED_REDIS):
        return nullcontext()
    from frontprov.embedded import servers

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # leave through the clean-up
    return servers.running(servers.wanted(), settings.DATA_DIR)


if __name__ == "__main__":
    main()
