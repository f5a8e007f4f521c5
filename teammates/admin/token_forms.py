"""What is asked when an API token is made, and when it is rotated."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from teammates.admin.forms import ServiceForm
from teammates.models import ApiToken, Scope

LIFETIMES = [
    ("", _("Never: until somebody revokes it")),
    ("30", _("In 30 days, for a trial")),
    ("90", _("In 90 days")),
    ("180", _("In 6 months")),
    ("365", _("In a year: rotate it with your other yearly chores")),
]
OVERLAPS = [
    ("0", _("Not at all: it ends now. For a value that got into the wrong hands")),
    ("1", _("1 hour")),
    ("24", _("24 hours")),
    ("168", _("7 days")),
]


def lifetime_field(label: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=LIFETIMES,
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_(
            "A period ends at the time of day it is now. After that every request with the token is refused and user "
            "provisioning stops, unless you rotated it before. Company admins are reminded in time."
        ),
    )


def in_days(days: str) -> datetime | None:
    return timezone.now() + timedelta(days=int(days)) if days else None


class TokenForm(ServiceForm):
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        choices=Scope.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        initial=[Scope.PROVISIONING, Scope.AUTO_PROVISIONING],
        help_text=_(
            "Auto-Provisioning lets an identity provider in over SCIM: it may create, change and block teammates and "
            "sync groups. Provisioning lets other systems use the REST API. For Microsoft Entra ID choose both; Okta "
            "needs Auto-Provisioning only."
        ),
    )
    lifetime = lifetime_field(_("Expires"))
    expires_on = forms.DateField(
        label=_("Or on a day of your own"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
        help_text=_("It works until this day ends (UTC)."),
    )

    class Meta:
        model = ApiToken
        fields = ("name", "scopes")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "name" in self.fields:
            self.fields["name"].help_text = translated(
                "What uses the token, so that its purpose is plain in a year: Microsoft Entra ID, for example."
            )

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        if cleaned.get("lifetime") and cleaned.get("expires_on"):
            self.add_error("expires_on", translated("Choose one of the two: a period above, or this day."))
        return cleaned

    def expires_at(self) -> datetime | None:
        day: date | None = self.cleaned_data["expires_on"]
        if day is not None:
            return datetime.combine(day, time.max.replace(microsecond=0), UTC)
        return in_days(self.cleaned_data["lifetime"])


class RotationForm(forms.Form):
    overlap = forms.TypedChoiceField(
        label=_("How long the old token keeps working"),
        choices=OVERLAPS,
        coerce=int,
        initial="24",
        widget=UnfoldAdminRadioSelectWidget,
        help_text=_("Time to enter the new one in the identity provider. Both work until then."),
    )
    lifetime = lifetime_field(_("The new token expires"))
