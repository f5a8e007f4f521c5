"""Teammate groups and who is in them."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from teammates.models.base import PublicModel, VersionedModel, fold
from teammates.models.company import SCIM_PLANS, Company
from teammates.models.teammate import Status, Teammate

NAME_LENGTH = 1000


class Management(models.TextChoices):
    FRONT = "front", _("Managed here")
    IDP = "idp", _("IdP-managed")
    DORMANT = "dormant", _("Managed here; was IdP-managed before group sync was turned off")


class TeammateGroupQuerySet(models.QuerySet["TeammateGroup"]):
    def managed_here(self) -> Self:
        """Those that are not `is_idp_managed`: the company decides who is in them."""
        return self.exclude(_is_idp_managed())

    def idp_managed(self) -> Self:
        return self.filter(_is_idp_managed())


def _is_idp_managed() -> Q:
    scim_allowed = Q(company__scim_override=True) | Q(company__plan__in=SCIM_PLANS)
    return Q(scim_allowed, management=Management.IDP, company__group_sync_enabled=True)


class TeammateGroup(PublicModel, VersionedModel):
    """A named set of teammates: SCIM's Group (RFC 7643 §4.2). Names are unique in the company, whatever the case."""

    prefix = "cir"

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="groups", db_index=False)
    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    name_key = models.CharField(max_length=NAME_LENGTH, editable=False)
    description = models.TextField(_("description"), blank=True)
    description_from_idp = models.BooleanField(default=False, editable=False)
    external_id = models.CharField(_("ID at the identity provider"), max_length=320, blank=True, editable=False)
    management = models.CharField(max_length=10, choices=Management.choices, default=Management.FRONT, editable=False)
    last_synced_at = models.DateTimeField(null=True, editable=False)
    members = models.ManyToManyField(Teammate, through="Membership", related_name="teammate_groups")

    objects: ClassVar[models.Manager["TeammateGroup"]] = TeammateGroupQuerySet.as_manager()

    class Meta:
        verbose_name = _("teammate group")
        verbose_name_plural = _("teammate groups")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["company", "name_key"], name="group_name_taken"),
            models.UniqueConstraint(fields=["company", "id"], name="group_of_company"),
            models.CheckConstraint(condition=~models.Q(name_key=""), name="group_name_present"),
        ]
        indexes = [models.Index(fields=["company", "external_id"], name="group_external_id")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name_key = fold(self.name)
        super().save(*args, **kwargs)

    @property
    def is_idp_managed(self) -> bool:
        """Whether the identity provider owns name and members; without sync or plan the company edits by hand again."""
        return self.management == Management.IDP and self.company.takes_groups

    @property
    def waits_for_idp(self) -> bool:
        """Whether the identity provider managed it before group sync was off, and will with its next write to it."""
        return self.management == Management.DORMANT and self.company.takes_groups


class MembershipQuerySet(models.QuerySet["Membership"]):
    def visible_to_idp(self) -> Self:
        return self.filter(~Q(teammate__status=Status.DELETED), teammate__removed_by_idp_at=None)

    def effective(self) -> Self:
        """Memberships that count: a blocked member stays in the group and has nothing of it."""
        return self.filter(teammate__status=Status.ACTIVE)


class Membership(models.Model):
    """One teammate in one group. The database holds both to the same company (migration 0002)."""

    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("company")
    )
    group = models.ForeignKey(
        TeammateGroup,
        on_delete=models.CASCADE,
        related_name="memberships",
        db_index=False,
        db_constraint=False,
        verbose_name=_("group"),
    )
    teammate = models.ForeignKey(
        Teammate,
        on_delete=models.CASCADE,
        related_name="memberships",
        db_index=False,
        db_constraint=False,
        verbose_name=_("teammate"),
    )
    confirmed = models.BooleanField(
        _("confirmed by the IdP"),
        default=False,
        help_text=_("In an adopted group, members the identity provider has not named yet are not confirmed."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True, db_default=Now())

    objects: ClassVar[models.Manager["Membership"]] = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["company", "group", "teammate"], name="membership_once"),
        ]
        indexes = [models.Index(fields=["company", "teammate", "group"], name="membership_of_teammate")]

    def __str__(self) -> str:
        return f"{self.teammate} in {self.group}"


# [[primary key, name], …] of the groups of the teammate row `t`; NULL when in none.
GROUPS_OF_TEAMMATE = """(
    SELECT jsonb_agg(jsonb_build_array(g.id, g.name) ORDER BY g.id)::text
    FROM teammates_membership m JOIN teammates_teammategroup g ON g.company_id = m.company_id AND g.id = m.group_id
    WHERE m.company_id = t.company_id AND m.teammate_id = t.id)"""
