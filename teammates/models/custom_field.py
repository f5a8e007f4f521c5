"""Custom fields of teammates: the definitions. The values are on the teammate, by field id."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from teammates.models.base import PublicModel
from teammates.models.company import Company


class FieldKind(models.TextChoices):
    TEXT = "text", _("Text")
    NUMBER = "number", _("Number")
    YES_NO = "yes_no", _("Yes/no")
    DROPDOWN = "dropdown", _("Dropdown")
    TEAMMATE = "teammate", _("Teammate")
    INBOX = "inbox", _("Inbox")


class CustomField(PublicModel):
    """A fact a company keeps about its teammates, which the identity provider can fill in by the field's id."""

    prefix = "fld"

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="custom_fields")
    name = models.CharField(_("name"), max_length=200)
    description = models.CharField(_("description"), max_length=1000, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=FieldKind.choices)
    options = ArrayField(
        models.CharField(max_length=200), default=list, blank=True, help_text=_("The choices of a dropdown.")
    )

    idp_sent_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text=_("When an identity provider last sent a new value for anybody, to the day."),
    )

    class Meta:
        verbose_name = _("custom field")
        verbose_name_plural = _("custom fields")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint("company", Lower("name"), name="custom_field_name_taken"),
            models.CheckConstraint(
                condition=Q(kind=FieldKind.DROPDOWN) | Q(options=[]), name="only_a_dropdown_has_options"
            ),
        ]

    def __str__(self) -> str:
        return self.name
