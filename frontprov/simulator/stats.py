"""Counting requests: by operation, by status, and how long they took."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from threading import Lock
from typing import Any


class Statistics:
    """Thread-safe. Every attempt counts, so a retried request counts as often as it was sent."""

    def __init__(self) -> None:
        self.operations: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.retries = 0
        self.milliseconds: dict[str, list[float]] = defaultdict(list)
        self._lock = Lock()

    def record(self, operation: str, status: int | None, milliseconds: float, *, retry: bool) -> None:
        with self._lock:
            self.operations[operation] += 1
            self.statuses[str(status or "no answer")] += 1
            self.retries += retry
            self.milliseconds[operation].append(milliseconds)

    def add(self, other: "Statistics") -> None:
        self.operations += other.operations
        self.statuses += other.statuses
        self.retries += other.retries
        for operation, times in other.milliseconds.items():
            self.milliseconds[operation] += times

    @property
    def all_milliseconds(self) -> list[float]:
        return [time for times in self.milliseconds.values() for time in times]

    def as_json(self) -> dict[str, Any]:
        return {
            "requests": self.operations.total(),
            "retries": self.retries,
            "operations": dict(sorted(self.operations.items())),
            "statuses": dict(sorted(self.statuses.items())),
            "latency_ms": latency(self.all_milliseconds),
            "latency_ms_by_operation": {name: latency(times) for name, times in sorted(self.milliseconds.items())},
        }


def latency(milliseconds: Sequence[float]) -> dict[str, float]:
    """p50, p95 and max, by nearest rank."""
    ordered = sorted(milliseconds)
    if not ordered:
        return {"p50": 0.0, "p95": 0.0, "max": 0.0}
    rank = {"p50": 0.5, "p95": 0.95, "max": 1.0}
    return {name: round(ordered[math.ceil(share * len(ordered)) - 1], 1) for name, share in rank.items()}
