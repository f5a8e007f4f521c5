"""User provisioning for a shared inbox: the project around the apps."""

from frontprov.celery import app as celery_app

__all__ = ["celery_app"]
