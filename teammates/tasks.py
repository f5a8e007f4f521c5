"""Celery's entry points: each calls one service."""

from celery import shared_task
from django.db import OperationalError

from teammates.services import effects
from teammates.services.events import DRAIN_TASK


@shared_task(
    name=DRAIN_TASK,
    acks_late=True,
    ignore_result=True,
    soft_time_limit=300,
    max_retries=5,
    autoretry_for=(OperationalError, ConnectionError),
    retry_backoff=2,
    retry_backoff_max=60,
)
def drain_events() -> None:
    effects.drain_events()
