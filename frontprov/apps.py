from django.apps import AppConfig


class FrontprovConfig(AppConfig):
    name = "frontprov"
    verbose_name = "Frontprov"
