"""The guide's steps, parts 1 to 6, ticked by what the traffic shows.

Each step says in one sentence what to do and why, with the values to enter, and where it stands: done, to do, or
wrong, with what was seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from scim.admin.traffic import Traffic
from teammates.addresses import tenant_url
from teammates.models import Company

Text = str | Promise
TEMPLATE = "urn:ietf:params:scim:schemas:extension:frontapp:teammate:template"
DESCRIPTION = "urn:ietf:params:scim:schemas:extension:frontapp:group:description"
ACTIVE = 'ToLower(Switch([IsSoftDeleted], , "False", "True", "True", "False"))'


@dataclass(frozen=True)
class Value:
    label: Text
    value: str


@dataclass(frozen=True)
class Step:
    """done: True, False, or None where nothing was seen either way. wrong: what was seen that should be otherwise."""

    title: Text
    text: Text
    done: bool | None
    values: Sequence[Value] = ()
    wrong: str = ""
    link: str = ""
    link_text: Text = ""


@dataclass(frozen=True)
class Part:
    title: Text
    steps: Sequence[Step]
    optional: bool = False

    @property
    def done(self) -> int:
        return sum(step.done is True for step in self.steps)

    @property
    def is_done(self) -> bool:
        return self.done == len(self.steps)


def checklist(company: Company, seen: Traffic, query: str, templates_url: str) -> list[Part]:
    """query: what links of support staff need to stay with this company. templates_url: the list of templates."""
    return [
        Part(_("Part 1: Connect to Microsoft Entra ID"), _connect(seen)),
        Part(_("Part 2: Edit attribute mappings"), _mappings(seen)),
        Part(_("Part 3: Select users or groups to sync"), _people(seen, query)),
        Part(_("Part 4: Provisioning with templates"), _templates(seen, templates_url), optional=True),
        Part(_("Part 5: Syncing groups to teammate groups"), _groups(company, seen, query), optional=True),
        Part(_("Part 6: Map the group description"), _descriptions(seen), optional=True),
    ]


def _connect(seen: Traffic) -> list[Step]:
    return [
        Step(
            _("Create an API token with the Auto-Provisioning scope"),
            _("Press Create token above and copy its value: Microsoft Entra ID signs in with it."),
            bool(seen.provisioning_tokens),
        ),
        Step(
            _("Enter the Tenant URL and the token, and test the connection"),
            _(
                "In the Microsoft Entra admin center, under Enterprise applications, create a non-gallery application; "
                "under Provisioning, choose Automatic, enter the Tenant URL, paste the API token as Secret Token, and "
                "press Test Connection, then Save. This step is ticked when the first request arrives."
            ),
            seen.asked,
            [Value(_("Tenant URL"), tenant_url())],
        ),
    ]


def _mappings(seen: Traffic) -> list[Step]:
    return [
        Step(
            _("Adjustment 1: wrap the mapping of active in ToLower"),
            _(
                "Under Provisioning, Edit attribute mappings, Provision Microsoft Entra ID Users, change the mapping "
                "of active: it then arrives in lower case, which every SCIM server understands."
            ),
            seen.active,
            [Value(_("Expression of active"), ACTIVE)],
            translated("It arrived as %(value)s. We understand that too, but the guide's mapping is safer.")
            % {"value": seen.odd["active"]}
            if seen.active is False
            else "",
        ),
        Step(
            _("Adjustment 2: take the work e-mail from userPrincipalName"),
            _(
                "Change the source attribute of the work e-mail from mail to userPrincipalName, so that everybody's "
                "e-mail address equals the name they sign in with."
            ),
            seen.email,
            [
                Value(_("Target attribute"), 'emails[type eq "work"].value'),
                Value(_("Source attribute"), "userPrincipalName"),
            ],
            translated("Somebody's address is not their userName: %(value)s.") % {"value": seen.odd["email"]}
            if seen.email is False
            else "",
        ),
        Step(
            _("Adjustment 3: apply the mapping of mailNickname only on object creation"),
            _(
                "Open the mapping of mailNickname to externalId and set Apply this mapping to Only during object "
                "creation, so that a person's ID at the identity provider does not change later."
            ),
            seen.external_id_once,
            [Value(_("Apply this mapping"), "Only during object creation")],
            translated("externalId also arrived with an update (%(value)s).") % {"value": seen.odd["external_id_once"]}
            if seen.external_id_once is False
            else "",
        ),
        Step(
            _("Adjustment 4: set externalId as required"),
            _(
                "Under Show advanced options, Edit attribute list, tick Required for externalId, so that nobody is "
                "created without the ID that Microsoft Entra ID finds them by. Ticked when the first one arrives."
            ),
            seen.external_id,
            [Value(_("Attribute"), "externalId")],
        ),
    ]


def _people(seen: Traffic, query: str) -> list[Step]:
    return [
        Step(
            _("Assign people or groups, and start provisioning"),
            _(
                "Under Users and groups, add the people and groups who are to have access; then press Start "
                "provisioning. A cycle runs about every 40 minutes. Ticked when the first person arrives."
            ),
            seen.people,
            link=reverse("admin:scim_logentry_changelist") + query,
            link_text=_("See the provisioning log"),
        ),
    ]


def _templates(seen: Traffic, templates_url: str) -> list[Step]:
    return [
        Step(
            _("Create at least two teammate templates"),
            _("Microsoft Entra ID needs two app roles to choose from; if you need one template only, add a dummy."),
            seen.templates >= 2,
            link=templates_url,
            link_text=_("Teammate templates"),
        ),
        Step(
            _("Create an app role for each template, and map the template attribute"),
            _(
                "Under App registrations, App roles, create a role for each template with its ID as the value (each "
                "template's page has the values to copy); then add the attribute to the user mappings and assign the "
                "roles to people or groups. Ticked when the first person is created from a template."
            ),
            seen.template_used,
            [
                Value(_("Attribute to add (type String)"), TEMPLATE),
                Value(_("Mapping type"), "Expression"),
                Value(_("Expression"), "SingleAppRoleAssignment([appRoleAssignments])"),
                Value(_("Apply this mapping"), "Only during object creation"),
            ],
        ),
    ]


def _groups(company: Company, seen: Traffic, query: str) -> list[Step]:
    return [
        Step(
            _("Enable Teammate Group Sync here"),
            _("Groups that the identity provider sends become teammate groups; look at the preview before you do."),
            company.group_sync_enabled,
            link=reverse("admin:group_sync") + query,
            link_text=_("Teammate Group Sync"),
        ),
        Step(
            _("Turn on the group mappings in Microsoft Entra ID"),
            _(
                "Under Provisioning, Provision Microsoft Entra ID Groups, set Enabled to Yes with the actions Create, "
                "Update and Delete, and assign the groups. Ticked when the first group arrives."
            ),
            seen.groups,
            [Value(_("Target object actions"), "Create, Update, Delete")],
        ),
    ]


def _descriptions(seen: Traffic) -> list[Step]:
    return [
        Step(
            _("Add the description attribute to the group mappings"),
            _(
                "Add the attribute to the attribute list of the groups and a direct mapping from description, applied "
                "always, so that descriptions follow the identity provider. Ticked when the first one arrives."
            ),
            seen.description,
            [
                Value(_("Attribute to add (type String)"), DESCRIPTION),
                Value(_("Mapping type"), "Direct"),
                Value(_("Source attribute"), "description"),
                Value(_("Apply this mapping"), "Always"),
            ],
        ),
    ]
