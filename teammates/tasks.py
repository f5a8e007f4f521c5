"""Celery's entry points: each calls one service."""

from celery import shared_task
from django.db import OperationalError

from teammates.services import effects, passwords
from teammates.services.events import DRAIN_TASK, INVITATION_TASK
from teammates.services.passwords import LINKS_TASK


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


@shared_task(
    name=LINKS_TASK, acks_late=True, ignore_result=True, soft_time_limit=120, max_retries=5,
    autoretry_for=(OperationalError, OSError), retry_backoff=5, retry_backoff_max=300,
)  # fmt: skip
def send_password_links(login_key: str) -> None:
    passwords.send_links(login_key)


@shared_task(
    name=INVITATION_TASK, acks_late=True, ignore_result=True, soft_time_limit=120, max_retries=8,
    autoretry_for=(OperationalError, OSError), retry_backoff=5, retry_backoff_max=600,
)  # fmt: skip
def send_invitation(teammate_id: int) -> None:
    passwords.send_invitation(teammate_id)
