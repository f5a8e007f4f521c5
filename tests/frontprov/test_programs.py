import os
import subprocess
import sys

import pytest
from django.conf import settings

from frontprov import programs
from frontprov.celery import app

SUPERVISOR = "unix:///run/frontprov-test.sock"


@pytest.fixture
def leftover():
    started = []

    def start(supervisor, name, *command):
        environment = {**os.environ, programs.SUPERVISOR: supervisor, programs.NAME: name}
        process = subprocess.Popen(command or ["sleep", "60"], env=environment, stdout=subprocess.PIPE)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_what_a_killed_parent_left_is_ended(leftover):
    own, other_program, other_installation = (
        leftover(SUPERVISOR, "web"),
        leftover(SUPERVISOR, "worker"),
        leftover("unix:///run/another.sock", "web"),
    )
    programs.end_leftovers(SUPERVISOR, "web")
    assert own.poll() is not None
    assert (other_program.poll(), other_installation.poll()) == (None, None)
    programs.end_leftovers(SUPERVISOR)
    assert other_program.poll() is not None
    assert other_installation.poll() is None


def test_what_is_deaf_to_a_request_to_end_is_gone_afterwards(leftover, monkeypatch):
    """And its port is free, which the next start looks at."""
    monkeypatch.setattr(programs, "PATIENCE_SECONDS", 1)
    deaf = leftover(SUPERVISOR, "web", "sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 1; done")
    assert deaf.stdout.readline() == b"deaf\n"
    programs.end_leftovers(SUPERVISOR)
    assert deaf.poll() is not None


def test_an_unknown_program_gets_the_known_ones_named():
    answer = subprocess.run([sys.executable, "-m", "frontprov", "wbe"], capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert "web|worker|beat" in answer.stderr


def test_a_refused_configuration_is_a_sentence_and_no_traceback():
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "frontprov.settings", "DATABASE_URL": "postgres://db/x"}
    command = [sys.executable, "-m", "frontprov", "web"]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert answer.stderr.startswith("DATABASE_URL is set, so SECRET_KEY must be too")


def test_beat_starts_only_tasks_that_the_worker_knows():
    app.loader.import_default_modules()

    unknown = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} - set(app.tasks)

    assert unknown == set()
