"""A whole run: the connection test, an initial cycle, incremental cycles, a quiet one, and a look after each."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import NAMESPACE_URL, uuid5

from frontprov.simulator.client import ScimClient
from frontprov.simulator.engine import Engine, Progress
from frontprov.simulator.history import History
from frontprov.simulator.job import DialectName, Job
from frontprov.simulator.outcome import Difference, Failure, Stopped
from frontprov.simulator.stats import Statistics
from frontprov.simulator.tenant import Person, Tenant
from frontprov.simulator.verify import Baseline, Verification


@dataclass(frozen=True)
class Plan:
    """What to play. `on_demand` names one person to provision instead of running cycles."""

    users: int
    groups: int
    cycles: int
    seed: int
    dialect: DialectName
    templates: tuple[str, ...] = ()
    descriptions: bool = False
    parallel: int = 4
    on_demand: str | None = None
    clean_up: bool = False


@dataclass
class CycleReport:
    number: int
    kind: str
    seconds: float = 0.0
    done: Counter[str] = field(default_factory=Counter)
    statistics: Statistics = field(default_factory=Statistics)
    failures: list[Failure] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    resent: int = 0  # writes for things that had not changed


@dataclass
class RunReport:
    plan: Plan
    base: str
    cycles: list[CycleReport] = field(default_factory=list)
    escrow: list[Failure] = field(default_factory=list)  # objects that had not come through at the end
    stopped: Stopped | None = None

    @property
    def differences(self) -> int:
        return sum(len(cycle.differences) for cycle in self.cycles)

    @property
    def ok(self) -> bool:
        return self.stopped is None and not self.differences and not self.escrow


class Run:
    def __init__(self, plan: Plan, client: ScimClient, progress: Progress) -> None:
        self.plan = plan
        self.client = client
        alone = plan.on_demand is not None
        self.tenant = Tenant(plan.seed, plan.users, 0 if alone else plan.groups, templates=plan.templates)
        self.job = Job(self.tenant, client, plan.dialect, descriptions=plan.descriptions)
        self.engine = Engine(self.job, parallel=plan.parallel, progress=progress)
        self.report = RunReport(plan, client.url.root)
        self.baseline = Baseline(frozenset(), frozenset())

    def play(self) -> RunReport:
        try:
            if self.plan.on_demand is None:
                self._cycles()
            else:
                self._on_demand(self.plan.on_demand)
        except Stopped as stopped:
            self.report.stopped = stopped
        self.report.escrow += self.job.escrow.values()
        return self.report

    def _cycles(self) -> None:
        history = History(self.tenant)
        with self._cycle("initial") as cycle:
            self._take_baseline()
            self.engine.run_cycle({*self.tenant.people, *self.tenant.groups})
            self._verify(cycle)
        for number in range(2, self.plan.cycles + 1):
            changed, joined = history.advance()
            with self._cycle("incremental") as cycle:
                if number == 2:
                    self.engine.provision_on_demand(joined[0])
                self.engine.run_cycle(changed)
                self._verify(cycle)
        with self._cycle("quiet") as cycle:
            retried = bool(self.job.escrow)
            self.engine.run_cycle(set())
            self._compare(cycle)
            if retried:
                self._verify(cycle)
        if self.plan.clean_up:
            self._clean_up()

    def _on_demand(self, address: str) -> None:
        people = (one for one in self.tenant.people.values() if one.user_principal_name == address)
        person = next(people, None) or self._introduce(address)
        with self._cycle("on demand") as cycle:
            self._take_baseline()
            self.engine.provision_on_demand(person)
            self._verify(cycle)
        if self.plan.clean_up:
            self._clean_up()

    def _introduce(self, address: str) -> Person:
        """A person of that address, with no more about them than it says."""
        local = address.partition("@")[0]
        words = [word.capitalize() for word in local.replace("_", ".").split(".") if word] or [address]
        object_id = str(uuid5(NAMESPACE_URL, address))
        person = Person(
            object_id=object_id,
            user_principal_name=address,
            # Never somebody's real one: people are looked for by it when the address finds nobody.
            mail_nickname=f"{local}.{object_id[:8]}",
            given_name=words[0],
            surname=words[-1],
            display_name=" ".join(words),
            app_role=self.tenant.templates[0] if self.tenant.templates else None,
        )
        self.tenant.people[person.object_id] = person
        return person

    def _clean_up(self) -> None:
        self.report.escrow += self.job.escrow.values()  # deleting what failed must not hide that it did
        with self._cycle("clean-up") as cycle:
            self.engine.run_cycle(self.tenant.retire())
            self._verify(cycle)

    def _take_baseline(self) -> None:
        flag = self.job.flag_for("baseline")
        self.baseline = Baseline.take(self.client, with_groups=bool(self.tenant.groups), flag=flag)

    def _verify(self, cycle: CycleReport) -> None:
        self.engine.progress.start(f"cycle {cycle.number}: reading back", 1)
        cycle.differences += Verification(self.job, self.baseline).run()
        self.engine.progress.advance()

    def _compare(self, cycle: CycleReport) -> None:
        """Nothing has changed, so a job that starts afresh must find nothing to write."""
        pending = self.engine.pending_writes()
        cycle.resent = len(pending)
        cycle.differences += self.job.findings
        cycle.differences += [
            Difference(label, f"{change.path} would be written again", change.value, change.old)
            for label, change in pending
        ]

    @contextmanager
    def _cycle(self, kind: str) -> Iterator[CycleReport]:
        number = len(self.report.cycles) + 1
        cycle = CycleReport(number, kind)
        self.report.cycles.append(cycle)
        self.engine.begin(number)
        began = time.perf_counter()
        try:
            self.engine.test_connection()
            yield cycle
        finally:
            cycle.seconds = time.perf_counter() - began
            cycle.done = self.engine.done
            cycle.failures = self.engine.failures
            cycle.statistics = self.client.take_statistics()
