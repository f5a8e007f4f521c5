"""The Celery application: every app's tasks.py, on the Redis of the settings."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "frontprov.settings")

app = Celery("frontprov")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
