"""The least that could answer: Django without middleware, one view, two statements."""

from frontprov.settings import *  # noqa: F403

MIDDLEWARE: list[str] = []
ROOT_URLCONF = "benchmarks.floor"
