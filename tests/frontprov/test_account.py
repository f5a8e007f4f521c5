import os
import shutil

import pytest

from frontprov.embedded import account
from frontprov.embedded.errors import EmbeddedServerError


@pytest.fixture(autouse=True)
def forget():
    account.prefix.cache_clear()
    yield
    account.prefix.cache_clear()


def test_an_ordinary_user_runs_postgresql_as_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert account.prefix(tmp_path / "postgres", tmp_path) == ()


def test_where_no_account_can_reach_the_folder_the_ways_out_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(account, "_candidates", lambda: iter([("false",)]))
    with pytest.raises(EmbeddedServerError, match=r"Run this as an ordinary user, .* or name a server in DATABASE_URL"):
        account.prefix(tmp_path / "postgres", tmp_path)


def test_without_a_tool_to_change_the_user_the_missing_one_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(EmbeddedServerError, match="setpriv"):
        account.prefix(tmp_path / "postgres", tmp_path)


def test_a_user_id_without_a_name_is_refused_in_words(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000_000)
    with pytest.raises(EmbeddedServerError, match="User id 4000000000 has no name on this system"):
        account.current()
