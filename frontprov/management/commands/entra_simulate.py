"""`manage.py entra_simulate`: play Microsoft Entra ID against a SCIM endpoint and verify the result."""

import argparse
import json
import logging
import sys
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console, RenderableType

from frontprov.simulator.client import ScimClient, TenantUrl
from frontprov.simulator.history import licences_needed
from frontprov.simulator.outcome import Stopped
from frontprov.simulator.report import Bar, as_json, as_tables
from frontprov.simulator.run import Plan, Run

EPILOG = f"""
The number of active people stays about --users, but a cycle's arrivals may come before its departures: have about
6 % more licences than --users, and at least {licences_needed(25) - 25} more. --users 25 needs {licences_needed(25)},
--users 200 needs {licences_needed(200)}, besides the licences of people who are there already. The same --seed plays
the same people again; a second run finds and takes over what the first one left.

Exit status: 0 the server shows what the directory says; 1 differences, or objects that could not be provisioned;
2 the run could not be finished (no connection, no SCIM, or answers that put the job into quarantine).
"""


class Command(BaseCommand):
    help = (
        "Play Microsoft Entra ID's provisioning service against any SCIM endpoint: initial and incremental cycles "
        "with joiners, movers, renames, leavers, returns, deletions and groups. After each cycle the server is read "
        "back and compared with the directory, attribute by attribute. It writes to that server: made-up people, "
        "which --clean-up deletes again."
    )
    requires_system_checks: list[str] = []
    needs_servers = False  # neither a database nor Redis of our own

    def add_arguments(self, parser: CommandParser) -> None:
        parser.epilog = EPILOG
        parser.add_argument("--base", required=True, help="Tenant URL, with or without ?aadOptscim062020")
        parser.add_argument("--token", required=True, help="Secret Token")
        parser.add_argument("--users", type=_at_least(1), default=25, help="people in the directory (default 25)")
        parser.add_argument("--groups", type=_at_least(0), default=4, help="groups in the directory (default 4)")
        parser.add_argument("--cycles", type=_at_least(1), default=3, help="initial cycle included (default 3)")
        parser.add_argument("--seed", type=_at_least(0), default=1, help="which directory and history (default 1)")
        parser.add_argument(
            "--dialect",
            choices=("flag", "noflag", "mixed"),
            help="request shapes with or without aadOptscim062020, or both; by default as --base says",
        )
        parser.add_argument(
            "--template",
            action="append",
            default=[],
            metavar="ROLE",
            help="app role for new people, e.g. 'Support squad: tea_6nvkx'; repeat it for several",
        )
        parser.add_argument("--descriptions", action="store_true", help="map group descriptions too")
        parser.add_argument("--parallel", type=_at_least(1), default=4, help="requests at once (default 4)")
        parser.add_argument("--on-demand", metavar="UPN", help="provision this one person and stop")
        parser.add_argument("--clean-up", action="store_true", help="delete the people and groups afterwards")
        parser.add_argument("--timeout", type=float, default=30.0, help="seconds to wait for an answer (default 30)")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")

    def handle(self, *args: Any, **options: Any) -> None:
        logging.getLogger("httpx").setLevel(logging.WARNING)  # a line per request would drown the bar
        progress = Console(stderr=True, no_color=options["no_color"] or None)
        try:
            url = TenantUrl.parse(options["base"])
            plan = Plan(
                users=options["users"],
                groups=options["groups"],
                cycles=options["cycles"],
                seed=options["seed"],
                dialect=options["dialect"] or ("flag" if url.flag else "noflag"),
                templates=tuple(options["template"]),
                descriptions=options["descriptions"],
                parallel=options["parallel"],
                on_demand=options["on_demand"],
                clean_up=options["clean_up"],
            )
            client = ScimClient(url, options["token"], connections=options["parallel"], timeout=options["timeout"])
        except Stopped as stopped:
            raise CommandError(stopped.explanation, returncode=2) from None
        try:
            with Bar(progress) as bar:
                report = Run(plan, client, bar).play()
        except KeyboardInterrupt:
            raise CommandError("Interrupted. What was sent until then stays on the server.", returncode=130) from None
        finally:
            client.close()
        if options["json"]:
            self.stdout.write(json.dumps(as_json(report), ensure_ascii=False))
        elif not report.stopped or any(cycle.done for cycle in report.cycles):
            self._print(as_tables(report), no_color=options["no_color"])
        if report.stopped:
            raise CommandError(f"Stopped ({report.stopped.reason}): {report.stopped.explanation}", returncode=2)
        if not report.ok:
            sys.exit(1)

    def _print(self, tables: RenderableType, *, no_color: bool) -> None:
        console = Console(no_color=no_color or None)
        if not console.is_terminal:
            console.width = 150  # a file has no width; the tables need about this much
        with console.capture() as text:
            console.print(tables)
        self.stdout.write(text.get())


def _at_least(least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        number = int(text)
        if number < least:
            raise argparse.ArgumentTypeError(f"{number} is less than {least}")
        return number

    return parse
