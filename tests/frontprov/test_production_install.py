"""What requirements.lock leaves out must not be needed: no embedded servers, no development tools."""

import os
import re
import subprocess
import sys

import pytest

from frontprov.settings import BASE_DIR

PROGRAM = """
import sys
from importlib.metadata import packages_distributions
allowed = set(sys.argv[1].split(","))
normal = lambda name: name.lower().replace("_", "-")
missing = {m for m, ds in packages_distributions().items() if not {normal(d) for d in ds} & allowed}

class OnlyTheLocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in missing:
            raise ModuleNotFoundError(f"No module named {name!r} in requirements.lock", name=name)

sys.meta_path.insert(0, OnlyTheLocked())
import frontprov.wsgi, frontprov.programs, frontprov.announcer, supervisor.supervisord, granian.cli
from frontprov.celery import app
from django.core.management import get_commands, load_command_class
for command, home in get_commands().items():
    if home == "frontprov":
        load_command_class(home, command)
app.loader.import_default_modules()
app.connection_for_read().transport
app.Beat, app.Worker
"""


@pytest.fixture(scope="module")
def locked():
    return ",".join(re.findall(r"^([a-z0-9-]+)==", (BASE_DIR / "requirements.lock").read_text(), re.MULTILINE))


def test_every_program_and_command_loads_from_the_locked_dependencies_alone(locked):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "frontprov.settings",
        "DATABASE_URL": "postgres://frontprov@db.example.com/frontprov",
        "REDIS_URL": "redis://cache.example.com:6379/0",
        "SECRET_KEY": "0123456789" * 5,
        "ALLOWED_HOSTS": "scim.example.com",
        "PUBLIC_URL": "https://scim.example.com",
    }
    command = [sys.executable, "-c", PROGRAM, locked]
    answer = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
