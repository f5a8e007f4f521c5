"""Celery's entry points: each calls one service."""

from celery import shared_task
from django.db import OperationalError

from teammates.services import effects, notice_mail, notices, passwords, security_mail, sign_in, token_watch
from teammates.services.events import DRAIN_TASK, INVITATION_TASK, SECURITY_TASK
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


@shared_task(
    name=SECURITY_TASK, acks_late=True, ignore_result=True, soft_time_limit=120, max_retries=8,
    autoretry_for=(OperationalError, OSError), retry_backoff=5, retry_backoff_max=600,
)  # fmt: skip
def send_security_mail(teammate_id: int, kind: str, at: str, by: str) -> None:
    security_mail.send(teammate_id, kind, at, by)


@shared_task(name="teammates.resolve_notices", ignore_result=True, soft_time_limit=50)
def resolve_notices() -> None:
    notices.resolve_what_is_over()


@shared_task(name="teammates.watch_tokens", ignore_result=True, soft_time_limit=240)
def watch_tokens() -> None:
    token_watch.watch_tokens()


@shared_task(name="teammates.mail_notices", ignore_result=True, soft_time_limit=300)
def mail_notices() -> None:
    notice_mail.mail_notices()


@shared_task(name="teammates.clear_sign_ins", ignore_result=True, soft_time_limit=300)
def clear_sign_ins() -> None:
    sign_in.clear_what_is_over()
