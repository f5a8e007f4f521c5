"""make run, as its processes see it: it starts, survives, and ends without a trace."""

import fcntl
import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.e2e.installation import PATIENCE_SECONDS, Installation, wait_until

LONG_ODD_NAME = 'a 100% long, "odd" #name; ' * 7  # 182 characters; a Unix socket's path takes about 100


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    made = Installation(tmp_path_factory.mktemp("run") / LONG_ODD_NAME.strip())
    made.start()
    try:
        yield made
    finally:
        made.remove()


@pytest.fixture
def started(installation: Installation) -> Installation:
    """Running, whatever the test before did to it."""
    if installation.process is None or installation.process.poll() is not None:
        installation.start()
    wait_until(installation.serves, "it serves")
    return installation


@pytest.fixture
def ending(started: Installation) -> Installation:
    """The same for a test that leaves it stopped, and so comes last: a start takes long."""
    return started


@pytest.fixture
def another(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(tmp_path / "var")
    yield made
    made.remove()


def assert_all_gone(processes: list[psutil.Process]) -> None:
    alive = psutil.wait_procs(processes, timeout=PATIENCE_SECONDS)[1]
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


def test_the_card_says_what_to_type_into_the_identity_provider(started):
    wait_until(lambda: "Ctrl-C ends it" in started.output, "the card is shown")
    card = started.card
    for text in (f"{started.base_url}/v2/?aadOptscim062020", card["token"], card["admin_email"]):
        assert text in started.output
    assert started.count_users().status_code == 200
    assert started.output.index("Tenant URL") > 0
    assert (started.data_dir / "demo.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["postgresql", "redis", "web", "worker", "beat"])
def test_the_crash_of_one_program_is_survived(started, name):
    wait_until(lambda: started.supervised()[name]["statename"] == "RUNNING", f"{name} runs")
    victim = started.supervised()[name]["pid"]
    left = psutil.Process(victim).children() if name == "web" else []
    psutil.Process(victim).kill()
    wait_until(lambda: not any(each.is_running() for each in left), "no worker of the old one answers any more")
    wait_until(
        lambda: (now := started.supervised()[name])["statename"] == "RUNNING" and now["pid"] not in (0, victim),
        f"{name} is back",
    )
    wait_until(started.serves, "it serves again")


def test_the_workers_of_a_killed_web_server_do_not_stay(started):
    """They would keep the port and serve on, unsupervised."""
    main = psutil.Process(started.supervised()["web"]["pid"])
    workers = main.children(recursive=True)
    main.kill()
    wait_until(lambda: not any(worker.is_running() for worker in workers), "the workers are gone")
    wait_until(started.serves, "it serves again")


def test_a_crashed_web_worker_is_replaced(started):
    main = psutil.Process(started.supervised()["web"]["pid"])
    before = [each.pid for each in main.children()]
    main.children()[0].kill()
    wait_until(lambda: len({each.pid for each in main.children()} & set(before)) < len(before), "one is gone")
    wait_until(lambda: len(main.children()) == len(before), "it is replaced")
    assert main.pid == started.supervised()["web"]["pid"]


def test_a_second_run_on_the_same_folder_says_that_it_runs_already(started):
    second = started.manage("run")
    assert second.returncode == 1
    assert f"running already on {started.data_dir} (process {started.process.pid})" in second.stderr


def test_a_second_start_at_the_same_moment_is_refused(another):
    another.data_dir.mkdir()
    with (another.data_dir / "run.starting").open("w") as under_way:
        fcntl.flock(under_way, fcntl.LOCK_EX)
        refused = another.manage("run")
    assert refused.returncode == 1
    assert f"Another start on {another.data_dir} is under way." in refused.stderr


def test_a_taken_port_is_named(another):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", another.port))
        taken.listen()
        refused = another.manage("run")
    assert refused.returncode == 1
    assert f"Port {another.port} on 127.0.0.1: is taken by another program." in refused.stderr


def test_a_command_in_a_second_terminal_attaches(started):
    answer = started.manage("bootstrap", "--company", "Second", "--admin-email", "ann@second.example", "--json")
    assert answer.returncode == 0, answer.stderr
    assert started.count_users(json.loads(answer.stdout)["token"]).json()["totalResults"] == 1
    assert started.serves()  # the command left the servers running


def test_two_installations_stand_side_by_side(started, running_server):
    for one, other in ((started, running_server), (running_server, started)):
        assert one.count_users().status_code == 200
        assert one.count_users(other.card["token"]).status_code == 401


def test_one_term_ends_everything_and_a_later_start_keeps_the_data(started):
    token, processes = started.card["token"], started.processes()
    assert started.stop(signal.SIGTERM) == 0
    assert_all_gone(processes)
    started.start()
    assert started.card["token"] == token
    assert started.count_users().json()["totalResults"] >= 1


def test_a_start_after_everything_was_killed_recovers(started):
    """Also if the dead PostgreSQL's process id belongs to another living process by then."""
    started.kill_everything()
    pid_file = started.data_dir / "postgresql" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{pid_file.read_text().split(chr(10), 1)[1]}")
    started.start()
    assert started.count_users().status_code == 200


def test_a_start_after_only_the_supervisor_was_killed_takes_over(started):
    """Its programs run on without it, the database and the port among them."""
    orphans = started.processes()[1:]
    started.process.kill()
    started.process.wait()
    started.start()  # which the orphans may have answered
    assert_all_gone(orphans)
    wait_until(started.serves, "the new ones serve")


def test_after_ctrl_c_a_command_brings_servers_of_its_own_and_takes_them_away(ending):
    processes = ending.processes()
    assert ending.stop(signal.SIGINT) == 0
    assert_all_gone(processes)
    answer = ending.manage("shell", "-c", "from teammates.models import Company; print(Company.objects.count())")
    assert answer.returncode == 0, answer.stderr
    assert int(answer.stdout.split()[-1]) >= 1
    folder = str(ending.data_dir / "postgresql")
    assert not [each for each in psutil.process_iter(["cmdline"]) if folder in (each.info["cmdline"] or [])]
