"""The real servers of folders of their own."""

import os
import shutil
from contextlib import closing

import psycopg
import pytest

from frontprov.embedded import paths, servers
from frontprov.embedded.errors import EmbeddedServerError
from frontprov.embedded.postgresql import PostgreSQL
from frontprov.embedded.redis_server import Redis

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def data_dir(tmp_path):
    folder = tmp_path / "var"
    yield folder
    if folder.exists() and folder.stat().st_uid == os.geteuid():
        servers.stop_unused(folder)
    shutil.rmtree(paths.sockets(folder), ignore_errors=True)


@pytest.fixture
def pair(data_dir):
    return [PostgreSQL(data_dir, durable=False), Redis(data_dir, durable=False)]


def connect(data_dir):
    sockets = str(paths.postgresql_sockets(data_dir))
    return closing(psycopg.connect(host=sockets, user="frontprov", dbname="frontprov", autocommit=True))


def test_servers_run_for_the_time_of_the_body(pair, data_dir):
    with servers.running(pair, data_dir):
        assert all(servers.answers(server) for server in pair)
    assert not any(servers.answers(server) for server in pair)


def test_text_is_compared_by_unicode_rules_on_any_system(pair, data_dir):
    with servers.running(pair[:1], data_dir), connect(data_dir) as connection:
        assert connection.execute("SELECT lower('ÄÖÜ'), current_setting('server_encoding')").fetchone() == (
            "äöü",
            "UTF8",
        )


def test_the_last_to_leave_stops_them(pair, data_dir):
    first, second = servers.running(pair, data_dir), servers.running(pair, data_dir)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert all(servers.answers(server) for server in pair)
    assert not servers.stop_unused(data_dir)
    second.__exit__(None, None, None)
    assert not any(servers.answers(server) for server in pair)


def test_data_outlives_a_kill(pair, data_dir):
    """The pid file, the sockets and the shared memory of a killed server are in nobody's way."""
    with servers.running(pair, data_dir):
        with connect(data_dir) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
            connection.execute("CHECKPOINT")
        pair[0].postmaster().kill()
    assert (data_dir / "postgresql" / "postmaster.pid").exists()
    with servers.running(pair, data_dir), connect(data_dir) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


def test_a_pid_file_of_another_process_is_not_believed(pair, data_dir):
    with servers.running(pair[:1], data_dir):
        pass
    (data_dir / "postgresql" / "postmaster.pid").write_text(f"{os.getpid()}\n{data_dir}/postgresql\n")
    assert pair[0].postmaster() is None
    with servers.running(pair[:1], data_dir):
        assert servers.answers(pair[0])


def test_half_a_cluster_is_thrown_away(pair, data_dir):
    unfinished = data_dir / "postgresql.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    with servers.running(pair[:1], data_dir):
        assert servers.answers(pair[0])
    assert not unfinished.exists()


def test_leftover_servers_are_stopped_when_nobody_uses_them(pair, data_dir):
    servers.claim(data_dir)
    servers._ensure(pair[1])
    assert servers.stop_unused(data_dir)
    assert not servers.answers(pair[1])


def test_a_server_that_does_not_start_says_why(pair, data_dir, monkeypatch):
    monkeypatch.setattr(servers, "START_ATTEMPTS", 2)
    with servers.running(pair[:1], data_dir):
        pass
    (data_dir / "postgresql" / "postgresql.conf").write_text("no_such_setting = 1\n")
    with (
        pytest.raises(EmbeddedServerError, match=r"(?s)PostgreSQL does not start.*no_such_setting"),
        servers.running(pair[:1], data_dir),
    ):
        pass


@as_root
def test_the_account_of_the_server_may_not_connect(pair, data_dir):
    """As root PostgreSQL runs as nobody, and so may other programs; only the system user who started it gets in."""
    with servers.running(pair[:1], data_dir):
        identified = (data_dir / "pg_ident.conf").read_text()
        assert identified == 'frontprov "root" frontprov\n'
        assert (data_dir / "postgresql").stat().st_uid != 0


@as_root
def test_a_restored_copy_that_belongs_to_root_is_handed_over(pair, data_dir):
    with servers.running(pair[:1], data_dir):
        pass
    for path in [data_dir / "postgresql", *(data_dir / "postgresql").rglob("*")]:
        os.chown(path, 0, 0)
    with servers.running(pair[:1], data_dir), connect(data_dir) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@as_root
def test_a_folder_behind_a_private_one_is_reached_as_root(tmp_path):
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    server = PostgreSQL(private / "var", durable=False)
    with servers.running([server], server.data_dir):
        assert servers.answers(server)
    assert private.stat().st_mode & 0o777 == 0o700


@as_root
def test_a_folder_of_another_user_is_left_alone(pair, data_dir):
    data_dir.mkdir()
    os.chown(data_dir, 65534, -1)
    with (
        pytest.raises(EmbeddedServerError, match="belongs to nobody: run this as that user"),
        servers.running(pair, data_dir),
    ):
        pass
