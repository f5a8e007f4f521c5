"""The provisioning log: what clients asked, what they were answered, and what came of it.

Both tables are partitioned by time (migration 0002): the meaning of an entry by month, for it is kept, and its bodies
by day, for they are dropped when they have served. Rows are written by scim.log in one statement.
"""

from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from teammates.models import ApiToken, Company
from teammates.models.base import PublicModel, key_among

BEYOND_THE_LOG = "refused, counted only"  # the kind of a ReadCount for refusals that a flood left no entry for


class Client(models.TextChoices):
    ENTRA = "entra", "Microsoft Entra ID"
    OKTA = "okta", "Okta"
    ONELOGIN = "onelogin", "OneLogin"
    GOOGLE = "google", "Google Workspace"
    RIPPLING = "rippling", "Rippling"
    JUMPCLOUD = "jumpcloud", "JumpCloud"
    OTHER = "other", _("Another client")


class Outcome(models.TextChoices):
    CHANGED = "changed", _("Changed")
    UNCHANGED = "unchanged", _("No change")
    NOT_FOUND = "not_found", _("Not found")  # a look-up by id of nobody, which is an answer and no refusal
    REFUSED = "refused", _("Refused")
    FAILED = "failed", _("Failed")


class LogEntryQuerySet(models.QuerySet["LogEntry"]):
    def naming(self, company_id: int, public_id: str) -> Self:
        """Requests about groups that concerned this person (index scim_logentry_members)."""
        named = LogEntry.objects.filter(company=company_id, members__contains=[public_id]).exclude(members=[])
        return self.filter(key_among(named), company=company_id)


class LogEntry(PublicModel):
    """One write, one request that was refused, or one look-up by id that found nobody.

    Reads that were answered are counted, not logged (ReadCount); a look-up that found nobody is both.

    members: public ids of the people whom a request about a group brought in or took out. Of one that was refused, or
    that changed nothing, those whom it named.
    """

    prefix = "log"

    company = models.ForeignKey(Company, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    at = models.DateTimeField()
    token = models.ForeignKey(ApiToken, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False)
    token_name = models.CharField(max_length=200)
    client = models.CharField(max_length=10, choices=Client.choices)
    method = models.CharField(max_length=10)
    path = models.TextField()
    status = models.PositiveSmallIntegerField(_("status"))
    milliseconds = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    text = models.TextField(_("text"), help_text=_("The outcome in plain words."))
    kinds = models.JSONField(default=list, help_text=_("Kinds of the events that the request caused."))
    resource = models.CharField(max_length=30, blank=True, help_text=_("Public id of the teammate or group."))
    resource_name = models.CharField(max_length=1000, blank=True)
    members = ArrayField(models.TextField(), default=list)

    objects: ClassVar[models.Manager["LogEntry"]] = LogEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("provisioning log entry")
        verbose_name_plural = _("provisioning log")
        managed = False
        db_table = "scim_logentry"
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return self.text


class LogBody(models.Model):
    """The request and the answer of an entry, masked; kept for the days the operator sets."""

    id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    request = models.TextField(blank=True)
    answer = models.TextField(blank=True)

    class Meta:
        managed = False
        db_table = "scim_logbody"

    def __str__(self) -> str:
        return str(self.pk)


class ReadCount(models.Model):
    """How many reads of a kind a client made in a minute; and how many refusals there was no room for in the log."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", db_index=False)
    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+", db_index=False)
    minute = models.DateTimeField()
    client = models.CharField(max_length=10, choices=Client.choices)
    kind = models.CharField(_("kind"), max_length=40, help_text=_("Such as: GET Users by userName."))
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "token", "minute", "client", "kind"], name="read_count_once")
        ]
        indexes = [models.Index(fields=["company", "minute"], name="read_count_by_minute")]

    def __str__(self) -> str:
        return f"{self.count} times {self.kind}"
