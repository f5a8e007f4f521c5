"""Run everything in the foreground."""

import errno
import fcntl
import io
import json
import os
import signal
import socket
import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from frontprov import card, programs, supervisor
from frontprov.embedded import servers
from teammates.models import Company

DEMO = {
    "company": "Demo",
    "slug": "demo",
    "plan": "scale",
    "seats": 500,
    "admin_email": "admin@demo.example",
    "support_email": "support@frontprov.example",
    "template": ["Support squad"],
}


class Command(BaseCommand):
    help = "Run everything in the foreground. One program alone: python -m frontprov web (or worker, or beat)."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        data_dir = settings.DATA_DIR
        servers.claim(data_dir)
        if servers.supervised(data_dir):
            pid = supervisor.pid(data_dir)
            raise CommandError(
                f"It is running already on {data_dir} (process {pid}). End it with Ctrl-C there or `kill {pid}`, "
                "or run another one with FRONTPROV_DATA_DIR and PORT of its own."
            )
        starting = (data_dir / "run.starting").open("w")
        try:
            fcntl.flock(starting, fcntl.LOCK_EX | fcntl.LOCK_NB)  # until supervisord takes the place of this process
        except BlockingIOError as exc:
            raise CommandError(f"Another start on {data_dir} is under way.") from exc
        programs.end_leftovers(supervisor.url(data_dir))
        refuse_taken_port()
        try:
            self.prepare()
        except KeyboardInterrupt:
            sys.exit(0)
        self.say("Starting " + ", ".join(supervisor.running()) + f". Logs: {data_dir / 'log'}")
        supervisor.take_over(data_dir)

    def prepare(self) -> None:
        """Have a database that the programs can start on, and on the first start something to look at."""
        embedded = servers.wanted()
        if embedded:
            self.say(f"Starting {' and '.join(server.name for server in embedded)} in {settings.DATA_DIR}")
        with servers.running(embedded, settings.DATA_DIR):
            self.say("Bringing the database up to date")
            call_command("migrate", interactive=False, verbosity=0)
            if not Company.objects.exists():
                self.say("Making a demo company")
                answer = io.StringIO()
                call_command("bootstrap", **DEMO, group_sync=True, json=True, stdout=answer)
                card.save(settings.DATA_DIR, json.loads(answer.getvalue()))

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def refuse_taken_port() -> None:
    """The web server would share a port with another one and get half of the requests each; so look first."""
    with socket.socket(socket.AF_INET6 if ":" in settings.BIND else socket.AF_INET) as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((settings.BIND, settings.PORT))
        except OSError as exc:
            what = "is taken by another program" if exc.errno == errno.EADDRINUSE else os.strerror(exc.errno or 0)
            raise CommandError(
                f"Port {settings.PORT} on {settings.BIND}: {what}. Choose another one: PORT=8001 make run"
            ) from exc
