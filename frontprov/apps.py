from django.apps import AppConfig


class FrontprovConfig(AppConfig):
    name = "frontprov"
    verbose_name = "Frontprov"

    def ready(self) -> None:
        """Have every task on this Celery application, also where a task is only sent (a web process, a command)."""
        from frontprov import celery, checks  # noqa: F401
