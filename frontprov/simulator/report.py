"""A run for eyes and for programs: progress while it goes, tables at the end, or one JSON object."""

from typing import Any

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from frontprov.simulator.history import licences_needed
from frontprov.simulator.outcome import Difference, Failure
from frontprov.simulator.run import CycleReport, RunReport
from frontprov.simulator.stats import Statistics, latency

SHOWN = 20  # failures and differences in the tables; JSON has all of them


class Bar:
    """A progress bar on a terminal; nothing elsewhere, where it would fill a log."""

    def __init__(self, console: Console) -> None:
        columns = (
            TextColumn("{task.description:<22}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        )  # fmt: skip
        self.progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self.task = self.progress.add_task("connecting", total=None)

    def __enter__(self) -> "Bar":
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def start(self, label: str, total: int) -> None:
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
    parts: list[RenderableType] = [_cycles(report.cycles), _statuses(report.cycles)]
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
    parts = []
    if report.differences:
        parts.append(f"{report.differences} differences between the server and the directory")
    if report.escrow:
        parts.append(f"{len(report.escrow)} objects not provisioned at the end")
    return Text(" and ".join(parts) + ".", style="bold red")


def _cycles(cycles: list[CycleReport]) -> Table:
    table = Table(title="Cycles", title_justify="left")
    table.add_column("Cycle")
    for heading in ("Users", "Managers", "Groups", "Members"):
        table.add_column(heading)
    for heading in ("Requests", "Failed", "Differences", "p50 ms", "p95 ms", "max ms", "Seconds"):
        table.add_column(heading, justify="right")
    for cycle in cycles:
        times = latency(cycle.statistics.all_milliseconds)
        table.add_row(
            f"{cycle.number} {cycle.kind}",
            _done(cycle, "users "),
            str(cycle.done["manager references"] or ""),
            _done(cycle, "groups "),
            _done(cycle, "members "),
            str(cycle.statistics.operations.total()),
            str(len(cycle.failures)),
            str(len(cycle.differences)),
            *(f"{times[name]:.0f}" for name in ("p50", "p95", "max")),
            f"{cycle.seconds:.1f}",
        )
    return table


def _done(cycle: CycleReport, prefix: str) -> str:
    words = sorted(name.removeprefix(prefix) for name in cycle.done if name.startswith(prefix))
    return ", ".join(
        f"{cycle.done[prefix + word]} {word}"
        for word in words
        if word not in ("skipped", "unchanged") and cycle.done[prefix + word]
    )


def _statuses(cycles: list[CycleReport]) -> Text:
    total = Statistics()
    for cycle in cycles:
        total.add(cycle.statistics)
    answers = ", ".join(f"{status}: {count}" for status, count in sorted(total.statuses.items()))
    return Text(f"Answers by status: {answers}. Requests sent again: {total.retries}.")


def _failures(cycles: list[CycleReport]) -> Table:
    """Failures of a kind share a row, with the first as the example."""
    kinds: dict[tuple[str, ...], list[tuple[int, Failure]]] = {}
    for cycle in cycles:
        for failure in cycle.failures:
            detail = " ".join(failure.detail.split())
            kind = (failure.operation, failure.method, str(failure.status or "none"), failure.code, detail[:300])
            kinds.setdefault(kind, []).append((cycle.number, failure))
    table = _table("Failures", len(kinds), ("Cycle", "Times", "Step", "Answer", "In Entra's log", "Detail", "First"))
    for (step, method, answer, code, detail), found in list(kinds.items())[:SHOWN]:
        number, first = found[0]
        example = f"{first.object}: {method} {first.path}"
        table.add_row(*map(escape, (str(number), str(len(found)), step, answer, code, detail, example)))
    return table


def _differences(cycles: list[CycleReport]) -> Table:
    """Differences in one attribute share a row, with the first as the example."""
    kinds: dict[tuple[str, str], list[tuple[int, Difference]]] = {}
    for cycle in cycles:
        for difference in cycle.differences:
            kind = (difference.object.partition(" ")[0], difference.attribute)
            kinds.setdefault(kind, []).append((cycle.number, difference))
    headings = ("Cycle", "Times", "Attribute", "First", "The directory says", "The server shows")
    table = _table("Differences", len(kinds), headings)
    for (_, attribute), found in list(kinds.items())[:SHOWN]:
        number, first = found[0]
        sides = ["nothing" if side is None else repr(side) for side in (first.expected, first.actual)]
        table.add_row(*map(escape, (str(number), str(len(found)), attribute, first.object, *sides)))
    return table


def _table(title: str, rows: int, headings: tuple[str, ...]) -> Table:
    more = f" (the first {SHOWN} kinds of {rows}; --json has all)" if rows > SHOWN else ""
    table = Table(title=title + more, title_justify="left")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table
