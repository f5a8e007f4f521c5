from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class TeammatesConfig(AppConfig):
    name = "teammates"
    verbose_name = "Teammates"

    def ready(self) -> None:
        user_logged_in.connect(_note_sign_in, dispatch_uid="teammates.note_sign_in")


def _note_sign_in(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    from teammates.services.sessions import note_sign_in

    note_sign_in(request, user)
