"""A company: the tenant every other row belongs to."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from teammates.models.base import PublicModel


class Plan(models.TextChoices):
    STARTER = "starter", "Starter"
    PROFESSIONAL = "professional", "Professional"
    SCALE = "scale", "Scale"
    ENTERPRISE = "enterprise", "Enterprise"


SCIM_PLANS = (Plan.SCALE, Plan.ENTERPRISE)  # guide, Pricing: "the Scale plan or above"


class LicencePolicy(models.TextChoices):
    REFUSE = "refuse", _("Refuse when every licence is taken")
    ADD = "add", _("Add a licence automatically")


class Company(PublicModel):
    """A customer. Its plan decides whether it may provision; its licences decide how many people it may have."""

    prefix = "cmp"

    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(_("short name"), max_length=80, unique=True)
    plan = models.CharField(_("plan"), max_length=20, choices=Plan.choices, default=Plan.SCALE)
    scim_override = models.BooleanField(
        _("SCIM allowed on this plan"),
        default=False,
        help_text=_("Support staff only: a legacy plan that includes user provisioning."),
    )
    licence_count = models.PositiveIntegerField(_("licences"), default=0)
    licences_used = models.PositiveIntegerField(
        default=0,
        editable=False,
        help_text=_("Teammates who are neither blocked nor deleted. Kept by teammates.services.licences."),
    )
    licence_policy = models.CharField(
        _("when licences run out"), max_length=10, choices=LicencePolicy.choices, default=LicencePolicy.REFUSE
    )
    group_sync_enabled = models.BooleanField(_("Enable Teammate Group Sync from your Identity Provider"), default=False)
    single_replace_adds = models.BooleanField(
        _("Read a replace of one member as an add"),
        default=False,
        help_text=_(
            "Some Entra tenants replace a group's members with one person at a time. Leave this off unless "
            "groups shrink to their last member."
        ),
    )
    requests_per_second = models.PositiveIntegerField(
        _("SCIM requests a second"),
        null=True,
        blank=True,
        help_text=_("How many requests each API token may make; empty for the server's default."),
    )
    masked_attributes = ArrayField(
        models.CharField(max_length=200),
        default=list,
        blank=True,
        help_text=_("Attributes whose values the provisioning log hides, such as phoneNumbers."),
    )
    show_member_refs = models.BooleanField(
        _("Show members.$ref"),
        default=True,
        help_text=_("Turn this off for clients that cannot read it, such as Microsoft's hosted SCIM validator."),
    )
    require_two_factor = models.BooleanField(
        _("Require two-factor sign-in of company admins"),
        default=False,
        help_text=_("Admins without it are asked to set it up before they can go on."),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True, editable=False)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(name=""), name="company_name_present"),
            models.CheckConstraint(
                condition=models.Q(licence_policy=LicencePolicy.ADD)
                | models.Q(licences_used__lte=models.F("licence_count")),
                name="company_within_its_licences",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def scim_allowed(self) -> bool:
        """Whether the plan includes user provisioning (guide, Pricing), or support staff said so."""
        return self.scim_override or self.plan in SCIM_PLANS

    @property
    def takes_groups(self) -> bool:
        """Whether what the identity provider writes of groups is taken."""
        return self.group_sync_enabled and self.scim_allowed
