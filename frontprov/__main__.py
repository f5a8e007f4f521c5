"""Run one program in the foreground: `python -m frontprov web`, or worker, or beat."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured

from frontprov.embedded.errors import EmbeddedServerError


def main(arguments: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "frontprov.settings")
    from frontprov.programs import PROGRAMS, SUPERVISOR, end_leftovers

    if len(arguments) != 1 or arguments[0] not in PROGRAMS:
        sys.exit(f"usage: python -m frontprov {'|'.join(PROGRAMS)}")
    name = arguments[0]
    if SUPERVISOR in os.environ:
        end_leftovers(os.environ[SUPERVISOR], name)
    PROGRAMS[name]()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (EmbeddedServerError, ImproperlyConfigured) as exc:
        sys.exit(str(exc))
