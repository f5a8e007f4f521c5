"""Take away the second factor of somebody who lost it, where no company admin can: support staff, or a last admin."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from teammates.models import Teammate, fold
from teammates.services import two_factor
from teammates.services.events import SYSTEM


class Command(BaseCommand):
    help = "Remove somebody's second factor and end their sessions. Be sure first that it is they who ask."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("login", help="what the person signs in with")
        parser.add_argument("--company", metavar="SLUG", help="short name of the company; left out for support staff")

    def handle(self, *args: Any, **options: Any) -> None:
        people = Teammate.objects.present().filter(login_key=fold(options["login"]), address_released_at=None)
        slug = options["company"]
        person = people.filter(company__slug=slug).first() if slug else people.filter(company=None).first()
        if person is None:
            where = f"in the company {slug}" if slug else "among support staff (name a --company for others)"
            raise CommandError(f"There is no {options['login']} {where}.")
        if not two_factor.is_on(person):
            raise CommandError(f"{person.login} has no second factor.")
        two_factor.reset(person, actor=SYSTEM)
        self.stdout.write(f"Removed the second factor of {person.login}; every session of theirs has ended.")
