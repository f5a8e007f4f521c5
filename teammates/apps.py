from django.apps import AppConfig


class TeammatesConfig(AppConfig):
    name = "teammates"
    verbose_name = "Teammates"
