"""Print the connection card again."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from rich.console import Console

from frontprov import card


class Command(BaseCommand):
    help = "Print the connection card of the demo company again."

    def handle(self, *args: Any, **options: Any) -> None:
        card.show(Console(), settings.DATA_DIR)
