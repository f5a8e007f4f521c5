"""What probes and scrapers ask: /healthz, /readyz and /metrics.

They are answered before host names, redirects and sessions are looked at, because a probe comes by address and
over plain HTTP.
"""

from collections.abc import Callable
from typing import Any

import psycopg
import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from redis.backoff import NoBackoff
from redis.retry import Retry

from frontprov import metrics

SECONDS = 2


class ProbeMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        view = VIEWS.get(request.path_info)
        return view(request) if view else self.get_response(request)


def healthz(request: HttpRequest) -> HttpResponse:
    """The process is up; nothing else is asked, so that a dead database does not get it killed."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """PostgreSQL and Redis answer, or which of them does not and why."""
    checks = {"postgresql": _problem(_ask_postgresql), "redis": _problem(_ask_redis)}
    failed = {name: problem for name, problem in checks.items() if problem}
    body = {"status": "failed" if failed else "ok", **{name: checks[name] or "ok" for name in checks}}
    if "redis" in failed:
        body["limits"] = "open: SCIM requests go on and are not limited"
    return JsonResponse(body, status=503 if failed else 200)


def _problem(ask: Callable[[], Any]) -> str | None:
    try:
        ask()
    except (psycopg.Error, redis.RedisError, OSError) as exc:
        return str(exc).strip() or type(exc).__name__
    return None


def _ask_postgresql() -> None:
    """On a connection of its own: it tells a server that is gone from a pool that is busy, and does so quickly."""
    parameters = {**connection.get_connection_params(), "connect_timeout": SECONDS, "autocommit": True}
    with psycopg.connect(**parameters) as own:
        own.execute(f"SET statement_timeout = '{SECONDS}s'")
        own.execute("SELECT 1")


def _ask_redis() -> None:
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, retry=Retry(NoBackoff(), 0)
    )
    with client:
        client.ping()


VIEWS: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/healthz": healthz,
    "/readyz": readyz,
    "/metrics": metrics.view,
}
