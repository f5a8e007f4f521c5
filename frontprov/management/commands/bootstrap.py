"""Make a company ready to be connected: the company, an admin, templates and an API token."""

import json
import re
import secrets
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.text import slugify

from teammates.errors import Refusal
from teammates.models import Company, LicencePolicy, Plan, Status, Teammate, fold
from teammates.services import companies, passwords, staff, teammates, tokens
from teammates.services.events import SYSTEM
from templates_app.models import TeammateTemplate
from templates_app.services import create_template


class Command(BaseCommand):
    help = "Make (or find) a company with an admin, templates and a new API token, ready to be connected to an IdP."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--company", required=True, help="its name")
        parser.add_argument("--slug", help="its short name, which identifies it; made from the name when left out")
        parser.add_argument("--plan", choices=Plan.values, help=f"default for a new company: {Plan.SCALE}")
        parser.add_argument("--seats", type=int, help="licences; default for a new company: 100")
        parser.add_argument("--admin-email", required=True, help="login of a company admin, made if new")
        parser.add_argument("--template", action="append", default=[], metavar="NAME", help="may be repeated")
        parser.add_argument("--group-sync", action="store_true", help="turn on Teammate Group Sync")
        parser.add_argument("--support-email", help="login of a support staff member, made if new")
        parser.add_argument("--json", action="store_true", help="print one line of JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                result = self.make(options)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["json"]:
            self.stdout.write(json.dumps(result))
            return
        for name, value in result.items():
            self.stdout.write(f"{name.replace('_', ' '):16} {value}")
        self.stdout.write("The token and the passwords are shown this once only.")

    def make(self, options: dict[str, Any]) -> dict[str, Any]:
        company = self.company(options)
        password = secrets.token_urlsafe(12)
        admin = self.admin(company, options["admin_email"], password)
        templates = {name: self.template(company, name).public_id for name in options["template"]}
        _, token = tokens.create_provisioning_token(company, actor=SYSTEM)
        result = {
            "company": company.public_id,
            "company_name": company.name,
            "slug": company.slug,
            "scim_base_url": f"{settings.PUBLIC_URL}/v2",
            "token": token,
            "admin_email": admin.login,
            "admin_password": password,
            "templates": templates,
        }
        if options["support_email"]:
            support_password = secrets.token_urlsafe(12)
            support = staff.ensure_support(options["support_email"], support_password)
            result |= {"support_email": support.login, "support_password": support_password}
        return result

    def company(self, options: dict[str, Any]) -> Company:
        slug = options["slug"] or slugify(options["company"])
        if not slug:
            raise CommandError("Give a --slug: none can be made from the name.")
        wanted = {"plan": options["plan"], "licence_count": options["seats"]}
        wanted["group_sync_enabled"] = True if options["group_sync"] else None
        changes = {name: value for name, value in wanted.items() if value is not None}
        company = Company.objects.filter(slug=slug).first()
        if company is not None:
            return companies.update_company(company.pk, changes, actor=SYSTEM, reason="bootstrap")
        settled: dict[str, Any] = {"plan": Plan.SCALE, "licence_count": 100} | changes
        return companies.create_company(
            options["company"],
            slug,
            plan=settled.pop("plan"),
            licences=settled.pop("licence_count"),
            actor=SYSTEM,
            licence_policy=LicencePolicy.REFUSE,
            **settled,
        )

    def admin(self, company: Company, email: str, password: str) -> Teammate:
        found = Teammate.objects.filter(company=company, login_key=fold(email), address_released_at=None).first()
        if found is None:
            first, last = name_from(email)
            draft = Teammate(company=company, login=email, is_company_admin=True)
            draft.first_name, draft.last_name = first, last or company.name
            draft.set_password(password)
            return teammates.create_teammate(draft, actor=SYSTEM)
        passwords.set_password(company.pk, found.pk, password, actor=SYSTEM)  # first: who has one needs no invitation
        if found.status == Status.BLOCKED:
            teammates.unblock_teammate(company.pk, found.pk, actor=SYSTEM)
        return teammates.update_teammate(company.pk, found.pk, {"is_company_admin": True}, actor=SYSTEM)

    def template(self, company: Company, name: str) -> TeammateTemplate:
        found = TeammateTemplate.objects.filter(company=company, name__iexact=name).first()
        return found or create_template(company, name, actor=SYSTEM)


def name_from(email: str) -> tuple[str, str]:
    """First and last name as an address suggests them: ann.lee@… is ("Ann", "Lee"), admin@… is ("Admin", "").

    Clients read the first person they find to learn what a person has here, and expect a name.
    """
    first, *rest = [part.capitalize() for part in re.split(r"[._+-]+", email.partition("@")[0]) if part] or [email]
    return first, " ".join(rest)
