"""Events: what happened, who did it, before and after. Written once, never changed."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, TextField, Value
from django.db.models.functions import Concat, Now
from django.utils.translation import gettext_lazy as _

from teammates.models.base import PublicModel, key_among
from teammates.models.company import Company
from teammates.models.group import Membership, TeammateGroup

GROUP_ACCESS = "group.access_changed"


class ActorKind(models.TextChoices):
    IDP = "idp", _("Identity provider")
    API = "api", _("API")
    TEAMMATE = "teammate", _("Company admin")
    STAFF = "staff", _("Support staff")
    SYSTEM = "system", _("System")


class EventQuerySet(models.QuerySet["Event"]):
    def of_member(self, company_id: int, public_id: str) -> Self:
        """The company's events of groups to which a teammate came, or which they left (index event_of_member)."""
        came = Q(data__members_added__contains=[public_id])
        named = Event.objects.filter(came | Q(data__members_removed__contains=[public_id]), kind__startswith="group.")
        return self.filter(key_among(named), company=company_id)

    def of_access_through_groups(self, company_id: int, teammate_id: int) -> Self:
        """What groups gave and took while a teammate was in them; of the groups that the teammate is in."""
        group = Concat(
            Value(f"{TeammateGroup.prefix}_"), Func(F("group_id"), function="base36"), output_field=TextField()
        )
        joined = Membership.objects.filter(company=company_id, teammate=teammate_id, created_at__lte=OuterRef("at"))
        joined = joined.annotate(subject=group).filter(subject=OuterRef("subject"))
        changed = Event.objects.filter(company=company_id, kind=GROUP_ACCESS)
        return self.filter(key_among(changed.filter(Exists(joined))), company=company_id)

    def pending(self) -> Self:
        """Events whose effects the worker still owes."""
        return self.filter(pending=True)


class Event(PublicModel):
    """One thing that happened in a company: audit log, outbox of the worker and feed of other systems in one.

    Appended in the transaction of the change itself, so neither exists without the other. A trigger (migration
    0002) refuses to change or delete a row; only `pending` may go from true to false.
    """

    prefix = "evt"

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="events", db_index=False)
    at = models.DateTimeField(auto_now_add=True, db_default=Now())
    kind = models.CharField(_("kind"), max_length=60)
    actor_kind = models.CharField(max_length=10, choices=ActorKind.choices)
    actor = models.CharField(max_length=400, help_text=_("Who, as a person would say it."))
    actor_id = models.CharField(max_length=30, blank=True)
    subject = models.CharField(
        _("subject"), max_length=30, blank=True, help_text=_("Public id of what it happened to.")
    )
    subject_name = models.CharField(max_length=1000, blank=True)
    data = models.JSONField(default=dict)
    pending = models.BooleanField(default=False)

    objects: ClassVar[models.Manager["Event"]] = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["company", "id"], name="event_of_company"),
            models.Index(fields=["company", "subject", "id"], name="event_of_subject"),
            models.Index(fields=["id"], condition=Q(pending=True), name="event_pending"),
            models.Index(fields=["company", "subject", "id"], condition=Q(kind=GROUP_ACCESS), name="event_of_access"),
            # and event_of_member (migration 0007), for of_member
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_name}".strip()


class NoticeKind(models.TextChoices):
    NO_LICENCE = "no_licence", _("No licence left")
    PROVISIONING_FAILING = "provisioning_failing", _("User provisioning is failing")
    PROVISIONING_SILENT = "provisioning_silent", _("The identity provider has gone quiet")
    TOKEN_EXPIRED = "token_expired", _("An API token has expired")
    TOKEN_LAST_DAYS = "token_last_days", _("An API token expires within three days")
    TOKEN_EXPIRING = "token_expiring", _("An API token is about to expire")
    LAST_ADMIN = "last_admin", _("The company was to lose its last admin")
    GROUP_SHRANK = "group_shrank", _("A group lost more than half of its members")
    GROUP_ADOPTED = "group_adopted", _("A group became IdP-managed")
    SUPPORT_ACT = "support_act", _("Support staff changed something")
    ADMIN_ADDED = "admin_added", _("A company admin was added")
    ADMIN_REMOVED = "admin_removed", _("A company admin was removed")
    SYNC_SWITCHED = "sync_switched", _("Teammate Group Sync was switched")
    BLOCK_UNDONE = "block_undone", _("The identity provider undid a block")


# What stops people from working: mailed about at once.
URGENT_NOTICES = (NoticeKind.NO_LICENCE, NoticeKind.PROVISIONING_FAILING, NoticeKind.TOKEN_EXPIRED)
# What will stop people from working, or was not meant perhaps.
SERIOUS_NOTICES = (
    NoticeKind.PROVISIONING_SILENT, NoticeKind.TOKEN_LAST_DAYS, NoticeKind.TOKEN_EXPIRING, NoticeKind.LAST_ADMIN,
    NoticeKind.GROUP_SHRANK, NoticeKind.ADMIN_ADDED, NoticeKind.ADMIN_REMOVED, NoticeKind.BLOCK_UNDONE,
)  # fmt: skip
# What admins do to the company as a whole: the others are mailed at once as well.
SECURITY_NOTICES = (NoticeKind.ADMIN_ADDED, NoticeKind.ADMIN_REMOVED, NoticeKind.SYNC_SWITCHED)
# What holds until something is done about it, as opposed to what happened once. Somebody who closed such a notice
# is not told again while it goes on.
CONDITION_NOTICES = (
    NoticeKind.PROVISIONING_FAILING, NoticeKind.PROVISIONING_SILENT, NoticeKind.TOKEN_EXPIRED,
    NoticeKind.TOKEN_LAST_DAYS, NoticeKind.TOKEN_EXPIRING,
)  # fmt: skip


class Notice(models.Model):
    """Something the company's admins should know, with what to do about it. One open notice per kind and subject.

    by: the admin who did it, who need not be told. closed_at: when somebody dealt with it, or it was over by itself.
    resolved_at: when it was over; a condition that goes on under a closed notice opens no second one.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="notices", db_index=False)
    kind = models.CharField(_("kind"), max_length=20, choices=NoticeKind.choices)
    subject = models.CharField(_("subject"), max_length=30, blank=True)
    text = models.TextField(_("text"))
    by = models.ForeignKey(
        "teammates.Teammate", on_delete=models.SET_NULL, null=True, editable=False, related_name="+", db_index=False
    )
    first_at = models.DateTimeField(_("first time"), auto_now_add=True)
    last_at = models.DateTimeField(_("last time"), auto_now_add=True)
    times = models.PositiveIntegerField(_("times"), default=1)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-last_at", "-pk"]
        indexes = [
            models.Index(fields=["kind", "company", "subject"], condition=Q(resolved_at=None), name="notice_ongoing")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "kind", "subject"], condition=Q(closed_at=None), name="notice_open_once"
            )
        ]

    def __str__(self) -> str:
        return self.text


class NoticeMail(models.Model):
    """A notice stood in a mail to this admin; so nobody is mailed about the same thing twice."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+", db_index=False)
    teammate = models.ForeignKey("teammates.Teammate", on_delete=models.CASCADE, related_name="+", db_index=False)
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="mails")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["teammate", "notice"], name="notice_mailed_once")]
        indexes = [models.Index(fields=["teammate", "at"], name="notice_mail_latest")]

    def __str__(self) -> str:
        return f"{self.notice_id} to {self.teammate_id}"
