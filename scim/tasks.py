"""Celery's entry points: each calls one function."""

from celery import shared_task

from scim import upkeep, watch


@shared_task(name="scim.keep_partitions", ignore_result=True, soft_time_limit=600)
def keep_partitions() -> None:
    upkeep.keep_partitions()


@shared_task(name="scim.collect_reads", ignore_result=True, soft_time_limit=50)
def collect_reads() -> None:
    upkeep.collect_reads()


@shared_task(name="scim.watch_connections", ignore_result=True, soft_time_limit=280)
def watch_connections() -> None:
    watch.watch_connections()
