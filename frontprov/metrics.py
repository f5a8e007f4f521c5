"""Numbers for Prometheus: requests by view and outcome, over all web processes, and the length of the queue."""

import os
import time
from collections.abc import Callable, Iterator

import redis
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import ResolverMatch
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import REGISTRY, Collector

REQUESTS = Histogram(
    "frontprov_request_seconds",
    "Seconds from the first line of a request to its answer",
    ["method", "view", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class MetricsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        start = time.perf_counter()
        response = self.get_response(request)
        view = _name(request.resolver_match) if request.resolver_match else "none"
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(method, view, response.status_code).observe(time.perf_counter() - start)
        return response


def _name(match: ResolverMatch) -> str:
    """The view's name with the app in front, which the SCIM door leaves out."""
    return match.view_name if match.namespace else f"{match.func.__module__.partition('.')[0]}:{match.view_name}"


class QueueCollector(Collector):
    """Tasks nudged and not yet taken by a worker; silent while Redis does not answer."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2) as client:
                length = client.llen("celery")
        except redis.RedisError:
            return
        yield GaugeMetricFamily("frontprov_queue_length", "Celery tasks waiting for a worker", value=length)


def view(request: HttpRequest) -> HttpResponse:
    """Where several processes serve, each keeps its numbers in files that are added up here."""
    registry = CollectorRegistry()
    registry.register(QueueCollector())
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.MultiProcessCollector(registry)
        return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    return HttpResponse(generate_latest(registry) + generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)
