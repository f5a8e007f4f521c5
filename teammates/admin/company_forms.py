"""The forms of a company's page: what its admins set, and what support staff set."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from teammates.admin.forms import LinesField, ServiceForm
from teammates.models import ActorKind, Company, LicencePolicy
from teammates.services.companies import FEWEST_REQUESTS, most_requests
from teammates.services.reasons import REASON_LENGTH

ADVANCED = ("single_replace_adds", "requests_per_second", "masked_attributes", "show_member_refs")
POLICIES = [
    (
        LicencePolicy.REFUSE,
        _("Refuse: nobody can be created or unblocked until a licence is free. Company admins are told."),
    ),
    (LicencePolicy.ADD, _("Add a licence automatically: nobody is kept waiting, and the licence is billed.")),
]


class CompanyForm(ServiceForm):
    actor_kind: ClassVar[ActorKind]  # set on the class that CompanyAdmin makes for each request

    licence_policy = forms.ChoiceField(
        label=_("When licences run out"), choices=POLICIES, widget=UnfoldAdminRadioSelectWidget
    )
    masked_attributes = LinesField(
        label=_("Attributes hidden in the provisioning log"),
        required=False,
        help_text=_(
            "One on each line, by its SCIM name: phoneNumbers, or name.familyName (which hides all of name). The value "
            "is still stored with the teammate; the log shows stars in its place from the next request on. Passwords "
            "are hidden always."
        ),
    )

    class Meta:
        model = Company
        fields = (
            "name", "plan", "scim_override", "licence_count", "licence_policy", "group_sync_enabled",
            "require_two_factor", *ADVANCED,
        )  # fmt: skip
        labels = {
            "single_replace_adds": _("Read a replace of one member as an add"),
            "requests_per_second": _("SCIM requests a second, for each token"),
            "show_member_refs": _("Show members.$ref"),
        }
        help_texts = {
            "scim_override": _("A legacy plan that includes user provisioning."),
            "group_sync_enabled": _(
                "Groups that the identity provider sends become teammate groups. Turned off, its groups can be edited "
                "here again; members and access stay."
            ),
            "single_replace_adds": _(
                "Some Microsoft Entra ID tenants send the members of a group one at a time, each as if it were the "
                "whole list, so that the group shrinks to the last one. Turn this on only if you see that; for every "
                "other client it would keep members who should have left."
            ),
            "require_two_factor": _(
                "Admins without it are asked to set it up before they can go on: you too, as soon as you have saved. "
                "Have your authenticator app at hand."
            ),
            "show_member_refs": _(
                "The address of each member in the answers about groups, as the standard has it. Turn it off only for "
                "a client that cannot read it, such as Microsoft's hosted SCIM validator."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("requests_per_second")
        if field is not None:
            limits = {
                "fewest": FEWEST_REQUESTS,
                "usual": settings.SCIM_REQUESTS_PER_SECOND,
                "most": most_requests(self.actor_kind),
            }
            field.help_text = (
                translated(
                    "From %(fewest)s, which Microsoft Entra ID needs, to %(most)s; empty for the server's own limit of "
                    "%(usual)s. What comes faster is told to wait a moment and try again: nothing is lost."
                )
                % limits
            )


class SupportCompanyForm(CompanyForm):
    """reason: stands beside Save, outside of the form's own element (templates/admin/teammates/company).

    It is asked for where something is changed. stops_provisioning: where a plan is set that ends user provisioning.
    """

    licence_policy = None  # type: ignore[assignment]  # the admins' to set
    masked_attributes = None  # type: ignore[assignment]
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=REASON_LENGTH,
        widget=UnfoldAdminTextInputWidget(attrs={"form": "company_form"}),
        help_text=_("The company's admins are told, with your name; the audit log keeps it."),
    )
    stops_provisioning = forms.BooleanField(
        label=_("User provisioning may stop"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_(
            "Asked for where a plan without it is set: from then on whatever the identity provider sends is refused, "
            "and IdP-managed groups can be changed by the company's admins. Nobody is blocked, and nothing is lost."
        ),
    )

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        chosen = {name: self.cleaned_data[name] for name in ("plan", "scim_override") if name in self.cleaned_data}
        stops = len(chosen) == 2 and self.instance.scim_allowed and not Company(**chosen).scim_allowed
        if stops and not self.cleaned_data.get("stops_provisioning"):
            why = translated("The company's user provisioning would stop with this. Tick this too if that is meant.")
            self.add_error("stops_provisioning", why)
        if {*self.changed_data} - {"reason", "stops_provisioning"} and not self.cleaned_data.get("reason", "reason"):
            why = translated("This field is required. Say why this is changed; nothing is saved yet.")
            self.add_error("reason", why)
        return cleaned
