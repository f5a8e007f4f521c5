"""A teammate: one person's account in one company, and the Django user model."""

import re
import unicodedata
from typing import Any, ClassVar, Self

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Coalesce, Concat, Lower, NullIf, Trim
from django.utils.translation import gettext_lazy as _

from teammates.models.base import PublicModel, VersionedModel, fold, key_among
from teammates.models.company import Company

WORD = re.compile(r"[^\W_]+")
WORD_LENGTH = 64  # characters of a word that a search looks at
LOGIN_LENGTH = 320  # the longest e-mail address there is: 64 + "@" + 255


def words_of(text: str) -> list[str]:
    """The words by which a person is looked for, in order and once each: in lower case, without accents."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", fold(text)) if not unicodedata.combining(c))
    return list(dict.fromkeys(word[:WORD_LENGTH] for word in WORD.findall(plain)))


def by_name() -> models.Func:
    """The name that the product shows (`Teammate.name`), to put people in its order: without case and accents.

    It works in any PostgreSQL, whatever the locale of the cluster. No index has it: 100,000 people of a company are
    looked through in less than a fifth of a second, by the few who ask for this order.
    """
    full = Trim(Concat("first_name", models.Value(" "), "last_name", output_field=models.TextField()))
    empty = models.Value("")
    name = Coalesce(NullIf("display_name", empty), NullIf(full, empty), "login", output_field=models.TextField())
    apart = models.Func(name, template="normalize(%(expressions)s, NFKD)")
    marks = models.Value("[\u0300-\u036f]")
    plain = models.Func(apart, marks, empty, models.Value("g"), function="regexp_replace")
    return Lower(plain, output_field=models.TextField())


class FindsWords(models.Expression):
    """Whether a teammate's words begin with those of a query: the expression of the index teammate_words.

    It works in any PostgreSQL, with no extension, whatever the locale of the cluster. The company is one of the
    words, so that a common name is not read for all companies.
    """

    def __init__(self, company: models.F, key: models.F, query: models.Value) -> None:
        super().__init__(output_field=models.BooleanField())
        self.parts: list[Any] = [company, key, query]

    def get_source_expressions(self) -> list[Any]:
        return self.parts

    def set_source_expressions(self, exprs: Any) -> None:
        self.parts = list(exprs)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        (company, _), (key, _), (query, params) = (compiler.compile(each) for each in self.parts)
        words = f"array_to_tsvector(array_remove(string_to_array('#' || {company}::text || ' ' || {key}, ' '), ''))"
        return f"{words} @@ {query}::tsquery", params


class Status(models.TextChoices):
    ACTIVE = "active", _("Active")
    BLOCKED = "blocked", _("Blocked")
    DELETED = "deleted", _("Deleted")


class Source(models.TextChoices):
    HAND = "hand", _("Added by hand")
    IDP = "idp", _("Identity provider")


class TeammateQuerySet(models.QuerySet["Teammate"]):
    def active(self) -> Self:
        return self.filter(status=Status.ACTIVE)

    def with_password(self) -> Self:
        """Who has ever set a password for the web admin: nobody signs in without."""
        return self.exclude(password="").exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)

    def present(self) -> Self:
        """Everyone who was not deleted in the product; the blocked are present."""
        return self.exclude(status=Status.DELETED)

    def visible_to_idp(self) -> Self:
        """Whom SCIM shows: not deleted in the product, and not removed by a SCIM DELETE (RFC 7644 §3.6)."""
        return self.present().filter(removed_by_idp_at=None)

    def found_by(self, term: str, company_id: int | None = None) -> Self:
        """Whose names, login, addresses or ids have words that begin with each word of `term`.

        company_id: the only company to look in, if it is one.
        """
        return self.filter(finds_teammates(term, company_id))


def finds_teammates(term: str, company_id: int | None = None, path: str = "") -> models.Q | models.Func:
    """The condition of `found_by`; path: of the teammate, from another model ("teammate__")."""
    words = words_of(term)
    if not words:
        return models.Q(pk__in=[])
    parts = [f"'{word}':*" for word in words] + ([f"'#{company_id}'"] if company_id is not None else [])
    found = FindsWords(models.F("company_id"), models.F("search_key"), models.Value(" & ".join(parts)))
    return key_among(Teammate._base_manager.filter(found), f"{path}pk")


class TeammateManager(BaseUserManager["Teammate"].from_queryset(TeammateQuerySet)):  # type: ignore[misc]
    def get_by_natural_key(self, username: str | None) -> "Teammate":
        """Staff by login; company people sign in through `teammates.services.sign_in`, which asks for a company."""
        return self.get(company=None, login_key=fold(username or ""))


class Teammate(PublicModel, VersionedModel, AbstractBaseUser):
    """One person's account in one company: the product's teammate, SCIM's User (RFC 7643 §4.1).

    Support staff are the rows without a company. What the identity provider sent and no column holds is kept in
    `profile`, in the provider's own shape, so that it is echoed exactly as sent.
    """

    prefix = "tea"
    USERNAME_FIELD = "login"

    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, null=True, blank=True, related_name="teammates", db_index=False
    )
    login = models.CharField(
        _("login"), max_length=LOGIN_LENGTH, help_text=_("What the person signs in with; SCIM's userName.")
    )
    login_key = models.CharField(max_length=LOGIN_LENGTH, editable=False)
    external_id = models.CharField(_("ID at the identity provider"), max_length=LOGIN_LENGTH, blank=True)
    email = models.CharField(_("e-mail"), max_length=LOGIN_LENGTH, blank=True)
    emails = models.JSONField(default=list, blank=True, editable=False)
    email_keys = ArrayField(models.TextField(), default=list, blank=True, editable=False)
    search_key = models.TextField(
        default="", editable=False, help_text=_("Words to be found by, as `words_of` makes them.")
    )
    username = models.CharField(
        _("alias"),
        max_length=64,
        help_text=_("For mentions. Lower-case letters, digits and underscores; set at creation."),
    )
    first_name = models.CharField(_("first name"), max_length=1000, blank=True)
    last_name = models.CharField(_("last name"), max_length=1000, blank=True)
    display_name = models.CharField(_("display name"), max_length=1000, blank=True)
    profile = models.JSONField(default=dict, blank=True, editable=False)
    custom_fields = models.JSONField(_("custom fields"), default=dict, blank=True)
    preferences = models.JSONField(_("preferences"), default=dict, blank=True)

    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.ACTIVE)
    source = models.CharField(_("source"), max_length=10, choices=Source.choices, default=Source.HAND)
    is_company_admin = models.BooleanField(_("company admin"), default=False)
    notices_by_email = models.BooleanField(
        _("notices by e-mail"),
        default=True,
        db_default=True,
        help_text=_("Company admins: whether notices are mailed."),
    )
    is_support = models.BooleanField(_("support staff"), default=False, editable=False)
    created_from_template = models.CharField(max_length=20, blank=True, editable=False)
    session_epoch = models.PositiveIntegerField(
        default=0, editable=False, help_text=_("Grows when every session of this person must end.")
    )
    removed_by_idp_at = models.DateTimeField(null=True, editable=False)
    address_released_at = models.DateTimeField(null=True, editable=False)
    last_seen_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[TeammateManager] = TeammateManager()
    groups_now: list[Any]  # (primary key, name) of each group, on rows that a service locked

    class Meta:
        verbose_name = _("teammate")
        verbose_name_plural = _("teammates")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "login_key"],
                condition=models.Q(address_released_at=None),
                name="teammate_login_taken",
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                fields=["company", "username"], name="teammate_username_taken", nulls_distinct=False
            ),
            models.UniqueConstraint(fields=["company", "id"], name="teammate_of_company"),
            models.CheckConstraint(condition=~models.Q(login=""), name="teammate_login_present"),
            models.CheckConstraint(
                condition=models.Q(company=None, is_support=True) | models.Q(company__isnull=False, is_support=False),
                name="teammate_of_a_company_or_support",
            ),
            models.CheckConstraint(
                condition=models.Q(is_support=False) | models.Q(is_company_admin=False),
                name="support_is_no_admin",
            ),
            models.CheckConstraint(
                condition=models.Q(address_released_at=None)
                | models.Q(status=Status.DELETED)
                | models.Q(removed_by_idp_at__isnull=False),
                name="only_a_left_address_is_released",
            ),
            models.CheckConstraint(
                condition=models.Q(removed_by_idp_at=None) | ~models.Q(status=Status.ACTIVE),
                name="removed_teammate_is_not_active",
            ),
        ]
        indexes = [
            models.Index(fields=["company", "external_id"], name="teammate_external_id"),
            models.Index(fields=["company", "status", "id"], name="teammate_by_status"),
            models.Index(fields=["company", "id"], name="teammate_admins", condition=models.Q(is_company_admin=True)),
            models.Index(
                fields=["company", "created_from_template"],
                name="teammate_from_template",
                condition=~models.Q(created_from_template=""),
            ),
            models.Index(fields=["company", "login_key", "id"], name="teammate_by_login"),
            GinIndex(fields=["email_keys"], name="teammate_email_keys", fastupdate=False),
            # and teammate_words (migration 0007), for FindsWords
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.refresh_keys()
        super().save(*args, **kwargs)

    def refresh_keys(self) -> None:
        """Derive the columns that look-ups use from the ones people write."""
        self.login_key = fold(self.login)
        values = (entry.get("value") for entry in self.emails if isinstance(entry, dict))
        self.email_keys = [fold(value) for value in values if isinstance(value, str)]
        named = (self.login, self.display_name, self.first_name, self.last_name, self.username, self.external_id)
        self.search_key = " ".join(words_of(" ".join([*named, self.email, *self.email_keys])))

    @property
    def tenant_id(self) -> int:
        """The primary key of the company. Support staff have none, and no service that asks for it is for them."""
        if self.company_id is None:
            raise ValueError("support staff belong to no company")
        return self.company_id

    @property
    def name(self) -> str:
        """How the product writes the person: display name, else first and last name, else the login."""
        return self.display_name or f"{self.first_name} {self.last_name}".strip() or self.login

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        """Django's word for "may sign in" (blocked and deleted teammates may not)."""
        return self.status == Status.ACTIVE

    @property
    def is_blocked(self) -> bool:
        return self.status == Status.BLOCKED

    @property
    def has_password(self) -> bool:
        """Whether a password for the web admin was ever set; see `TeammateQuerySet.with_password`."""
        return bool(self.password) and not self.password.startswith(UNUSABLE_PASSWORD_PREFIX)

    @property
    def is_staff(self) -> bool:
        """Django's word for "may open the web admin": company admins and support staff, nobody else."""
        return self.is_active and (self.is_company_admin or self.is_support)

    def get_session_auth_hash(self) -> str:
        """Part of every session: a new epoch ends them all, in every process, at their next request."""
        return f"{self.session_epoch}.{super().get_session_auth_hash()}"

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Who may open the web admin may use it; what they may touch there is decided page by page."""
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff
