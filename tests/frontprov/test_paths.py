import os

import pytest

from frontprov.embedded import paths
from frontprov.embedded.errors import EmbeddedServerError


@pytest.fixture
def short(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "SHORT", tmp_path)
    return tmp_path


def test_a_socket_has_a_short_path_however_long_the_data_folder_is(tmp_path):
    data_dir = tmp_path / ("x" * 200) / ("a folder with spaces " * 10)
    postgresql = paths.postgresql_sockets(data_dir) / f".s.PGSQL.{paths.POSTGRESQL_PORT}.lock"
    for path in (postgresql, paths.redis_socket(data_dir), paths.supervisor_socket(data_dir)):
        assert len(os.fsencode(path)) < 100
        assert " " not in str(path)


def test_two_data_folders_never_share_sockets(tmp_path):
    assert paths.sockets(tmp_path / "a") != paths.sockets(tmp_path / "b")


def test_another_spelling_of_the_same_folder_finds_the_same_sockets(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert paths.sockets(tmp_path / "link") == paths.sockets(tmp_path / "real" / ".." / "real")


def test_others_may_not_look_into_the_folder_of_the_sockets(short, tmp_path):
    folder = paths.private_folder(tmp_path / "var")
    assert folder.stat().st_mode & 0o777 == 0o711


@pytest.mark.parametrize("prepare", ["writable by others", "a link elsewhere"])
def test_a_folder_somebody_else_prepared_is_refused(short, tmp_path, prepare):
    place = paths.sockets(tmp_path / "var").parent
    if prepare == "a link elsewhere":
        (tmp_path / "elsewhere").mkdir()
        place.symlink_to(tmp_path / "elsewhere")
    else:
        place.mkdir()
        place.chmod(0o777)
    with pytest.raises(EmbeddedServerError, match="is not a private folder of this user"):
        paths.private_folder(tmp_path / "var")


@pytest.mark.parametrize(
    ("url", "celery"),
    [
        ("unix:///run/redis.sock?db=3", "redis+socket:///run/redis.sock?virtual_host=3"),
        ("redis://cache.example.com:6379/1", "redis://cache.example.com:6379/1"),
        ("rediss://cache.example.com:6379/1", "rediss://cache.example.com:6379/1"),
    ],
)
def test_celery_reads_the_same_redis_in_its_own_spelling(url, celery):
    assert paths.celery_url(url) == celery
