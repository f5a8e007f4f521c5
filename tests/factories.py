"""Rows for tests, as the product would have made them; no events, so that a test sees only its own.

A teammate made here takes a licence of their company like any other. Passwords are `PASSWORD`; a token's value,
which is stored nowhere, is kept on the instance as `value`.
"""

from typing import Any

import factory
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.db.models import F

from teammates.models import (
    AccessGrant,
    ApiToken,
    Company,
    CustomField,
    FieldKind,
    GrantSource,
    Inbox,
    InboxAccess,
    Management,
    Membership,
    Plan,
    Scope,
    Status,
    Teammate,
    TeammateGroup,
    Workspace,
    new_token_value,
    token_digest,
)
from templates_app.models import TeammateTemplate

PASSWORD = "correct horse battery staple"


class CompanyFactory(factory.django.DjangoModelFactory[Company]):
    class Meta:
        model = Company

    name = factory.Sequence(lambda n: f"Company {n}")
    slug = factory.Sequence(lambda n: f"company-{n}")
    plan = Plan.SCALE
    licence_count = 100
    group_sync_enabled = True


class TeammateFactory(factory.django.DjangoModelFactory[Teammate]):
    """One active teammate with a work e-mail equal to the login. `blocked=True` and `admin=True` say what they say."""

    class Meta:
        model = Teammate

    class Params:
        blocked = factory.Trait(status=Status.BLOCKED)
        admin = factory.Trait(is_company_admin=True)

    company = factory.SubFactory(CompanyFactory)
    login = factory.Sequence(lambda n: f"person{n}@example.com")
    email = factory.SelfAttribute("login")
    emails = factory.LazyAttribute(lambda t: [{"value": t.email, "type": "work", "primary": True}])
    username = factory.Sequence(lambda n: f"person{n}")
    first_name = "Ada"
    last_name = factory.Sequence(lambda n: f"Lovelace {n}")
    password = factory.LazyFunction(lambda: make_password(PASSWORD))

    @classmethod
    def _create(cls, model_class: type[Teammate], *args: Any, **kwargs: Any) -> Teammate:
        company = kwargs.get("company")
        if company is not None and kwargs.get("status", Status.ACTIVE) == Status.ACTIVE:
            Company.objects.filter(pk=company.pk).update(licences_used=F("licences_used") + 1)
            company.licences_used += 1
        return super()._create(model_class, *args, **kwargs)


class SupportFactory(TeammateFactory):
    """Support staff: of no company."""

    company = None  # type: ignore[assignment]
    is_support = True
    login = factory.Sequence(lambda n: f"support{n}@frontprov.example")
    username = factory.Sequence(lambda n: f"support{n}")


class TeammateGroupFactory(factory.django.DjangoModelFactory[TeammateGroup]):
    """A group managed here; `idp=True` makes it IdP-managed. `with_members=[…]` puts teammates in."""

    class Meta:
        model = TeammateGroup
        skip_postgeneration_save = True

    class Params:
        idp = factory.Trait(management=Management.IDP)

    company = factory.SubFactory(CompanyFactory)
    name = factory.Sequence(lambda n: f"Group {n}")

    @factory.post_generation
    def with_members(self: TeammateGroup, create: bool, extracted: list[Teammate] | None, **kwargs: Any) -> None:
        confirmed = self.management == Management.IDP
        Membership.objects.bulk_create(
            Membership(company_id=self.company_id, group=self, teammate=teammate, confirmed=confirmed)
            for teammate in extracted or ()
        )


class MembershipFactory(factory.django.DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    company = factory.SelfAttribute("group.company")
    group = factory.SubFactory(TeammateGroupFactory)
    teammate = factory.SubFactory(TeammateFactory, company=factory.SelfAttribute("..group.company"))


class WorkspaceFactory(factory.django.DjangoModelFactory[Workspace]):
    class Meta:
        model = Workspace

    company = factory.SubFactory(CompanyFactory)
    name = factory.Sequence(lambda n: f"Workspace {n}")


class InboxFactory(factory.django.DjangoModelFactory[Inbox]):
    class Meta:
        model = Inbox

    company = factory.SubFactory(CompanyFactory)
    workspace = factory.SubFactory(WorkspaceFactory, company=factory.SelfAttribute("..company"))
    name = factory.Sequence(lambda n: f"Inbox {n}")


class AccessGrantFactory(factory.django.DjangoModelFactory[AccessGrant]):
    """Name a `teammate` or a `group`, and a `workspace` or an `inbox`; the company is the holder's."""

    class Meta:
        model = AccessGrant

    teammate = None
    group = None
    company = factory.LazyAttribute(lambda grant: (grant.teammate or grant.group).company)
    source = GrantSource.OWN


class InboxAccessFactory(factory.django.DjangoModelFactory[InboxAccess]):
    class Meta:
        model = InboxAccess

    company = factory.SelfAttribute("teammate.company")
    teammate = factory.SubFactory(TeammateFactory)
    inbox = factory.SubFactory(InboxFactory, company=factory.SelfAttribute("..teammate.company"))


class CustomFieldFactory(factory.django.DjangoModelFactory[CustomField]):
    class Meta:
        model = CustomField

    company = factory.SubFactory(CompanyFactory)
    name = factory.Sequence(lambda n: f"Field {n}")
    kind = FieldKind.TEXT


class TeammateTemplateFactory(factory.django.DjangoModelFactory[TeammateTemplate]):
    class Meta:
        model = TeammateTemplate

    company = factory.SubFactory(CompanyFactory)
    name = factory.Sequence(lambda n: f"Template {n}")


class ApiTokenFactory(factory.django.DjangoModelFactory[ApiToken]):
    """A token that opens SCIM; `token.value` is what a client sends."""

    class Meta:
        model = ApiToken

    company = factory.SubFactory(CompanyFactory)
    name = "Entra"
    scopes = [Scope.PROVISIONING, Scope.AUTO_PROVISIONING]

    @classmethod
    def _create(cls, model_class: type[ApiToken], *args: Any, **kwargs: Any) -> ApiToken:
        value = kwargs.pop("value", None) or new_token_value()
        token = super()._create(model_class, *args, digest=token_digest(value), hint=value[:8], **kwargs)
        token.value = value
        return token


def make_crowd(company: Company, size: int, group: TeammateGroup | None = None) -> None:
    """Thousands of active teammates in a moment, with licences; members of `group` if there is one.

    PostgreSQL counts them as its autovacuum soon would: plans for tables it takes to be empty are slow ones.
    """
    first = TeammateFactory.create(
        company=company, login=f"crowd{company.pk}@example.com", username="crowd", password="!"
    )
    columns = [str(field.column) for field in Teammate._meta.concrete_fields if not field.primary_key]
    copied = {
        "login": "number || login",
        "login_key": "number || login_key",
        "username": "username || number",
        "search_key": "number || search_key",
        "email": "number || email",
        "email_keys": "ARRAY[number || email]",
        "emails": "jsonb_set(emails, '{0,value}', to_jsonb(number || email))",
    }
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO teammates_teammate ({', '.join(columns)}) "
            f"SELECT {', '.join(copied.get(column, column) for column in columns)} "
            "FROM teammates_teammate, generate_series(1, %s) number WHERE id = %s",
            [size - 1, first.pk],
        )
        if group is not None:
            cursor.execute(
                "INSERT INTO teammates_membership (company_id, group_id, teammate_id, confirmed, created_at) "
                "SELECT company_id, %s, id, %s, now() FROM teammates_teammate WHERE company_id = %s AND login LIKE %s",
                [group.pk, group.management == Management.IDP, company.pk, f"%{first.login}"],
            )
        cursor.execute("ANALYZE teammates_teammate, teammates_membership")
    Company.objects.filter(pk=company.pk).update(
        licences_used=F("licences_used") + size - 1, licence_count=F("licence_count") + size
    )
    company.refresh_from_db()
