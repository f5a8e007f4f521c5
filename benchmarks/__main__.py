"""Runs the subjects turn by turn and prints what a request costs each of them.

Each subject is a process of its own that calls its WSGI application, so what is measured is the CPU of one request
from the environ to the last byte of the answer, without a web server. The turns alternate, so that a machine that
slows down slows all of them; the ratios are taken turn by turn.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

SUBJECTS = ("floor", "frontprov", "stock")
ROOT = Path(__file__).resolve().parent.parent


class Subject:
    """One subject in its process: a line of JSON in, a line of JSON out."""

    def __init__(self, name: str, users: int, group: int) -> None:
        self.name = name
        command = [sys.executable, "-m", "benchmarks.subject", name, str(users), str(group)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.cases: list[str] = self._read()

    def _read(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} stopped with status {self.process.wait()}")
        return json.loads(line)

    def run(self, case: str, requests: int) -> dict[str, float]:
        """CPU and wall milliseconds of one request, over so many."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([case, requests]) + "\n")
        result: dict[str, float] = self._read()
        return result


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench ARGS=", description=__doc__)
    parser.add_argument("--users", type=int, default=20_000, help="people in the company")
    parser.add_argument("--group", type=int, default=5_000, help="members of the group")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=100, help="requests per case and round")
    parser.add_argument("--only", nargs="*", default=SUBJECTS, choices=SUBJECTS)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="frontprov-bench-")
    os.environ |= {"FRONTPROV_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "frontprov.settings", "LOG_LEVEL": "ERROR"}
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    import django

    django.setup()
    from django.conf import settings

    from frontprov.embedded import servers

    try:
        with servers.running(servers.wanted(), settings.DATA_DIR):
            measure(options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(options: argparse.Namespace) -> None:
    subjects = [Subject(name, options.users, options.group) for name in SUBJECTS if name in options.only]
    cases = subjects[0].cases
    taken: dict[tuple[str, str], list[dict[str, float]]] = {}
    for turn in range(options.rounds + 1):  # the first turn warms everything up
        for case in cases:
            for subject in subjects[turn % len(subjects) :] + subjects[: turn % len(subjects)]:
                slow = subject.name == "stock" and "group" in case
                result = subject.run(case, 2 if slow else options.requests)
                if turn:
                    taken.setdefault((case, subject.name), []).append(result)
    report(cases, subjects, taken, options)


def report(cases: list[str], subjects: list[Subject], taken: dict[Any, Any], options: argparse.Namespace) -> None:
    print(
        f"{options.users} people, a group of {options.group}; median of {options.rounds} turns of {options.requests} "
        "requests (stock: 2 for groups); CPU of the web process, milliseconds a request"
    )
    head = "".join(f"{s.name:>12}" for s in subjects)
    ratios = [s.name for s in subjects if s.name != "floor"] if subjects[0].name == "floor" else []
    print(f"{'':34}{head}" + "".join(f"{name + '/floor':>17}" for name in ratios))
    for case in cases:
        figures = {s.name: [turn["cpu"] for turn in taken[case, s.name]] for s in subjects}
        line = "".join(f"{statistics.median(values):12.2f}" for values in figures.values())
        for name in ratios:
            pairs = [own / floor for own, floor in zip(figures[name], figures["floor"], strict=True)]
            line += f"{statistics.median(pairs):17.2f}"
        print(f"{case:34}{line}")


if __name__ == "__main__":
    main()
