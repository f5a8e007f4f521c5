"""Workspaces, inboxes, who was granted them and who reaches them."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from teammates.models.base import PublicModel
from teammates.models.company import Company
from teammates.models.group import TeammateGroup
from teammates.models.teammate import Status, Teammate


class Workspace(PublicModel):
    """A team's place in the product, holding inboxes."""

    prefix = "tim"

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="workspaces", db_index=False)
    name = models.CharField(_("name"), max_length=200)

    class Meta:
        verbose_name = _("workspace")
        verbose_name_plural = _("workspaces")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint("company", Lower("name"), name="workspace_name_taken"),
            models.UniqueConstraint(fields=["company", "id"], name="workspace_of_company"),
        ]

    def __str__(self) -> str:
        return self.name


class Inbox(PublicModel):
    """A shared inbox in a workspace. Access to the workspace reaches it, unless it is private."""

    prefix = "inb"

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="inboxes", db_index=False)
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, related_name="inboxes", db_constraint=False, verbose_name=_("workspace")
    )
    name = models.CharField(_("name"), max_length=200)
    is_private = models.BooleanField(_("private"), default=False, help_text=_("Must be granted one by one."))

    class Meta:
        verbose_name = _("inbox")
        verbose_name_plural = _("inboxes")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint("company", "workspace", Lower("name"), name="inbox_name_taken"),
            models.UniqueConstraint(fields=["company", "id"], name="inbox_of_company"),
        ]

    def __str__(self) -> str:
        return self.name


class GrantSource(models.TextChoices):
    OWN = "own", _("Own")
    TEMPLATE = "template", _("From the template")


class AccessGrant(models.Model):
    """Access to one workspace or one inbox, given to one teammate or one group."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    teammate = models.ForeignKey(
        Teammate, on_delete=models.CASCADE, null=True, blank=True, related_name="grants", db_constraint=False
    )
    group = models.ForeignKey(
        TeammateGroup,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="grants",
        db_constraint=False,
    )
    workspace = models.ForeignKey(
        Workspace, on_delete=models.CASCADE, null=True, blank=True, related_name="grants", db_constraint=False
    )
    inbox = models.ForeignKey(
        Inbox, on_delete=models.CASCADE, null=True, blank=True, related_name="grants", db_constraint=False
    )
    source = models.CharField(_("source"), max_length=10, choices=GrantSource.choices, default=GrantSource.OWN)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "teammate", "group", "workspace", "inbox", "source"],
                name="grant_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=Q(teammate=None) ^ Q(group=None), name="grant_to_a_teammate_or_a_group"),
            models.CheckConstraint(
                condition=Q(workspace=None) ^ Q(inbox=None), name="grant_of_a_workspace_or_an_inbox"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.teammate or self.group}: {self.workspace or self.inbox}"


class InboxAccessQuerySet(models.QuerySet["InboxAccess"]):
    def effective(self) -> Self:
        return self.filter(teammate__status=Status.ACTIVE)


class InboxAccess(models.Model):
    """Who reaches which inbox: the union of own, template and group grants, recomputed by the worker.

    Rows stay while a teammate is blocked and have no effect then: ask `effective()`.
    """

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    teammate = models.ForeignKey(
        Teammate, on_delete=models.CASCADE, related_name="inbox_access", db_index=False, db_constraint=False
    )
    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE, related_name="access", db_constraint=False)

    objects: ClassVar[models.Manager["InboxAccess"]] = InboxAccessQuerySet.as_manager()

    class Meta:
        verbose_name_plural = _("inbox access")
        constraints = [models.UniqueConstraint(fields=["company", "teammate", "inbox"], name="inbox_access_once")]

    def __str__(self) -> str:
        return f"{self.teammate} reaches {self.inbox}"
