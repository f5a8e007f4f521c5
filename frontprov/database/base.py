"""The database engine: django.db.backends.postgresql with psycopg's pool and a check that costs nothing.

A restarted PostgreSQL leaves dead connections in the pool, each good for one failed request. Django's remedy,
CONN_HEALTH_CHECKS, asks the server in front of every request, for about a tenth of a small request's time.
A server that ends a connection says so on it, and that can be seen without asking.
"""

from select import POLLIN, poll
from typing import Any

import psycopg
from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection:
        connection = super().get_new_connection(conn_params)
        while self.pool and has_ended(connection):
            connection.close()
            self.pool.putconn(connection)  # which replaces it
            connection = super().get_new_connection(conn_params)
        return connection


def has_ended(connection: psycopg.Connection) -> bool:
    """Whether the server has hung up: between requests it sends nothing, so anything to read is its farewell."""
    if connection.closed:
        return True
    watch = poll()
    watch.register(connection.fileno(), POLLIN)
    return bool(watch.poll(0))
