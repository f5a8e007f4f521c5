"""A run for eyes and for programs: progress while it goes, tables at the end, or one JSON object."""

from collections import Counter
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from frontprov.simulator.history import licences_needed
from frontprov.simulator.outcome import Difference, Failure
from frontprov.simulator.run import CycleReport, RunReport
from frontprov.simulator.stats import Statistics, latency

_SUBJECTS = ("users", "manager", "groups", "members")  # the order of a cycle
SHOWN = 20  # failures and differences in the tables; JSON has all of them


class Bar:
    """A progress bar on a terminal; nothing elsewhere, where it would fill a log."""

    def __init__(self, console: Console) -> None:
        columns = (
            TextColumn("{task.description:<31}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        )  # fmt: skip
        self.progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self.task = self.progress.add_task("connecting", total=None)

    def __enter__(self) -> "Bar":
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def start(self, label: str, total: int) -> None:
        if total:  # an empty step would only flicker
            self.progress.reset(self.task, description=label, total=total)

    def advance(self) -> None:
        self.progress.advance(self.task)


def as_json(report: RunReport) -> dict[str, Any]:
    plan = report.plan
    total = Statistics()
    for cycle in report.cycles:
        total.add(cycle.statistics)
    return {
        "ok": report.ok,
        "base": report.base,
        "dialect": plan.dialect,
        "seed": plan.seed,
        "users": plan.users,
        "groups": plan.groups,
        "licences_needed": licences_needed(plan.users),
        "stopped": report.stopped and {"reason": report.stopped.reason, "explanation": report.stopped.explanation},
        "totals": {
            **total.as_json(),
            "seconds": round(sum(cycle.seconds for cycle in report.cycles), 2),
            "failures": sum(len(cycle.failures) for cycle in report.cycles),
            "failed_at_the_end": len(report.escrow),
            "differences": report.differences,
            "resent": sum(cycle.resent for cycle in report.cycles),
        },
        "cycles": [_cycle_as_json(cycle) for cycle in report.cycles],
        "failed_at_the_end": [failure.as_json() for failure in report.escrow],
    }


def _cycle_as_json(cycle: CycleReport) -> dict[str, Any]:
    return {
        "cycle": cycle.number,
        "kind": cycle.kind,
        "seconds": round(cycle.seconds, 2),
        "done": dict(sorted(cycle.done.items())),
        **cycle.statistics.as_json(),
        "resent": cycle.resent,
        "failures": [failure.as_json() for failure in cycle.failures],
        "differences": [difference.as_json() for difference in cycle.differences],
    }


def as_tables(report: RunReport) -> RenderableType:
    parts: list[RenderableType] = [
        _cycles(report.cycles),
        _done(report.cycles),
        _statuses(report.cycles),
    ]
    if any(cycle.failures for cycle in report.cycles):
        parts.append(_failures(report.cycles))
    if report.differences:
        parts.append(_differences(report.cycles))
    if not report.stopped:
        parts.append(_verdict(report))
    return Group(*parts)


def _verdict(report: RunReport) -> Text:
    if report.ok:
        return Text("The server shows exactly what the directory says, after every cycle.", style="bold green")
    parts: list[str] = []
    if report.differences:
        parts.append(f"{report.differences} differences between the server and the directory")
    if report.escrow:
        parts.append(f"{len(report.escrow)} objects not provisioned at the end")
    return Text(" and ".join(parts) + ".", style="bold red")


def _cycles(cycles: list[CycleReport]) -> Table:
    table = Table(title="Cycles (p50, p95 and max in milliseconds)", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("Cycle", no_wrap=True)
    for heading in ("Requests", "Failed", "Differ", "p50", "p95", "max", "Seconds"):
        table.add_column(heading, justify="right")
    for cycle in cycles:
        times = latency(cycle.statistics.all_milliseconds)
        table.add_row(
            f"{cycle.number} {cycle.kind}",
            str(cycle.statistics.operations.total()),
            str(len(cycle.failures)),
            str(len(cycle.differences)),
            *(f"{times[name]:.0f}" for name in ("p50", "p95", "max")),
            f"{cycle.seconds:.1f}",
        )
    return table


def _done(cycles: list[CycleReport]) -> Table:
    """What was done: a row for each kind of thing, a column for each cycle."""
    table = Table(title="Done, by cycle", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("")
    for cycle in cycles:
        table.add_column(str(cycle.number), justify="right")
    total: Counter[str] = sum((cycle.done for cycle in cycles), Counter())
    for kind in sorted(total, key=lambda kind: (_SUBJECTS.index(kind.split()[0]), kind)):
        if not kind.endswith((" skipped", " unchanged")):
            table.add_row(kind, *(str(cycle.done[kind] or "") for cycle in cycles))
    return table


def _statuses(cycles: list[CycleReport]) -> Text:
    total = Statistics()
    for cycle in cycles:
        total.add(cycle.statistics)
    answers = ", ".join(f"{status}: {count}" for status, count in sorted(total.statuses.items()))
    return Text(f"Answers by status: {answers}. Requests sent again: {total.retries}.")


def _failures(cycles: list[CycleReport]) -> Text:
    """Failures of a kind share a paragraph, with the first as the example."""
    kinds: dict[tuple[str, ...], list[tuple[int, Failure]]] = {}
    for cycle in cycles:
        for failure in cycle.failures:
            detail = " ".join(failure.detail.split())[:300]
            answer = f"{failure.status or 'no answer'} ({failure.code} in Entra's log)"
            kinds.setdefault((failure.operation, answer, detail), []).append((cycle.number, failure))
    text = _heading("Failures", len(kinds))
    for (operation, answer, detail), found in list(kinds.items())[:SHOWN]:
        number, first = found[0]
        text.append(f"\n• {operation}: {answer}, {_times(number, len(found))}\n", style="bold")
        text.append(f"  {detail}\n  {first.method} {first.path}, {first.object}")
    return text


def _differences(cycles: list[CycleReport]) -> Text:
    """Differences in one attribute share a paragraph, with the first as the example."""
    kinds: dict[tuple[str, str], list[tuple[int, Difference]]] = {}
    for cycle in cycles:
        for difference in cycle.differences:
            kind = (difference.object.partition(" ")[0], difference.attribute)
            kinds.setdefault(kind, []).append((cycle.number, difference))
    text = _heading("Differences", len(kinds))
    for (noun, attribute), found in list(kinds.items())[:SHOWN]:
        number, first = found[0]
        expected, actual = ("nothing" if side is None else repr(side) for side in (first.expected, first.actual))
        text.append(f"\n• {noun}: {attribute}, {_times(number, len(found))}\n", style="bold")
        text.append(f"  {first.object}: the directory says {expected}, the server shows {actual}")
    return text


def _heading(title: str, kinds: int) -> Text:
    more = f" (the first {SHOWN} kinds of {kinds}; --json has all)" if kinds > SHOWN else ""
    return Text(f"\n{title}{more}", style="italic")


def _times(cycle: int, times: int) -> str:
    return f"in cycle {cycle}" if times == 1 else f"{times} times, first in cycle {cycle}"
