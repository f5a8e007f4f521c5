import pytest
from django.db import connection

from frontprov.database.base import DatabaseWrapper


@pytest.fixture
def pooled(transactional_db):
    """A connection as the web server has it; the test run's own are not pooled."""
    settings = {**connection.settings_dict, "OPTIONS": {"pool": {"min_size": 1, "max_size": 1, "timeout": 10}}}
    wrapper = DatabaseWrapper(settings, alias="default")
    yield wrapper
    wrapper.close()
    wrapper.close_pool()


def backend(wrapper):
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def test_a_connection_is_used_again(pooled):
    first = backend(pooled)
    pooled.close()
    assert backend(pooled) == first


def test_a_connection_the_server_ended_meanwhile_is_replaced_unseen(pooled):
    """What a restart of PostgreSQL leaves in the pool would else fail one request each."""
    first = backend(pooled)
    pooled.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [first])
    assert backend(pooled) != first
