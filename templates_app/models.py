"""Teammate templates: the defaults a new teammate starts with."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from teammates.models import Company, Inbox, Teammate, Workspace
from teammates.models.base import PublicModel


class TeammateTemplate(PublicModel):
    """Workspace and inbox access, custom fields and preferences for a new teammate (guide, part 4).

    Used once, when a teammate is created; later edits change nobody. Its ids come from the teammates' sequence
    (migration 0002), so that a template's id is never a teammate's.
    """

    prefix = Teammate.prefix

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="templates")
    name = models.CharField(_("name"), max_length=200)
    description = models.CharField(_("description"), max_length=1000, blank=True)
    workspaces = models.ManyToManyField(Workspace, blank=True)
    inboxes = models.ManyToManyField(Inbox, blank=True)
    custom_fields = models.JSONField(
        _("custom fields"), default=dict, blank=True, help_text=_("Values by custom field ID.")
    )
    preferences = models.JSONField(_("preferences"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True, editable=False)

    class Meta:
        verbose_name = _("teammate template")
        verbose_name_plural = _("teammate templates")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint("company", models.functions.Lower("name"), name="template_name_taken"),
        ]

    def __str__(self) -> str:
        return self.name
