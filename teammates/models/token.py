"""API tokens: what the identity provider and other systems authenticate with."""

import hashlib
import secrets
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from teammates.models.company import Company


class Scope(models.TextChoices):
    PROVISIONING = "provisioning", _("Provisioning")
    AUTO_PROVISIONING = "auto_provisioning", _("Auto-Provisioning")


TOKEN_PREFIX = "fpv_"


def new_token_value() -> str:
    """A token a person can recognise by its start and nobody can guess: 256 random bits."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def token_digest(value: str) -> bytes:
    """What is stored of a token. The value is random, so one round of SHA-256 is as strong as many."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).digest()


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self) -> Self:
        """Neither revoked nor expired."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), revoked_at=None)


class ApiToken(models.Model):
    """A credential of the company, not of a person, so nothing stops when the admin who made it leaves."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=200)
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    hint = models.CharField(max_length=12, editable=False, help_text=_("The first characters, to recognise it by."))
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope.choices))
    created_at = models.DateTimeField(_("created"), auto_now_add=True, editable=False)
    created_by = models.CharField(max_length=320, blank=True, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    last_used_by = models.CharField(
        max_length=200, blank=True, editable=False, help_text=_("Client, as it names itself.")
    )
    last_used_from = models.GenericIPAddressField(_("last used from"), null=True, editable=False)

    objects: ClassVar[models.Manager["ApiToken"]] = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(scopes=[]), name="api_token_has_a_scope"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_usable(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > timezone.now())
