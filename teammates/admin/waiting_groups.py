"""Groups that wait for the identity provider, told in one way wherever they are met.

Turning group sync off leaves a group its link to the identity provider, and turning it on again locks nothing: the
identity provider may not send the group any more, and nobody would be behind the lock. So the group is managed here
until the next write to it, and people have to know what that write takes.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from teammates.admin.actions import some
from teammates.admin.badges import WAITS
from teammates.admin.links import list_beside
from teammates.admin.permissions import looked_at
from teammates.admin.pieces import link
from teammates.models import Company, Management, TeammateGroup

RESTART = _(
    "Groups that do not change in the identity provider are not written to: to have all of them gone through, press "
    "“Restart provisioning” under Provisioning in Microsoft Entra ID."
)


def said_of(group: TeammateGroup) -> str:
    """What has to be known before a waiting group is changed here, for the top of its page."""
    first = translated(
        "%(name)s waits for the identity provider, which managed it before Teammate Group Sync was turned off. It is "
        "managed here until the identity provider's next write to it, and by the identity provider from then on."
    )
    name = translated(
        "Keep its name: a new one stays until the identity provider sends the name again, and a restart looks for the "
        "group by its name and makes a second one where it finds none."
    )
    deleted = translated(
        "Deleted here, it is made anew by the identity provider, without the access that it gives now."
    )
    return " ".join([first % {"name": group.name}, str(RESTART), name, deleted])


def link_in_words(group: TeammateGroup) -> str:
    """What became of the identity provider's link to a group that is managed here and does not wait; or nothing."""
    if group.is_idp_managed or group.waits_for_idp or group.management == Management.FRONT:
        return ""
    if group.management == Management.IDP:
        return translated(
            "The identity provider manages it again as soon as the plan includes user provisioning. Until then it is "
            "managed here."
        )
    if group.company.group_sync_enabled:
        return translated(
            "It was IdP-managed before Teammate Group Sync was turned off, and will be again at the identity "
            "provider's next write to it, once the plan includes user provisioning."
        )
    return translated(
        "It was IdP-managed before Teammate Group Sync was turned off, and will be again at the identity provider's "
        "next write to it after it is turned on."
    )


def facts_of_deleting(groups: Sequence[TeammateGroup]) -> Iterable[str]:
    names = [group.name for group in groups if group.waits_for_idp]
    if names:
        yield ngettext(
            "The identity provider may still have %(names)s. It then makes the group anew, without the access that is "
            "given here; Microsoft Entra ID does so when provisioning is restarted, at the latest. Unassign it there "
            "too.",
            "The identity provider may still have %(names)s. It then makes these groups anew, without the access that "
            "is given here; Microsoft Entra ID does so when provisioning is restarted, at the latest. Unassign them "
            "there too.",
            len(names),
        ) % {"names": some(names)}


def counted_in_words(request: HttpRequest, company: Company, number: int) -> str:
    """HTML: how many groups of the company wait, for what, and where to see them; empty where none does."""
    if not number:
        return ""
    text = ngettext(
        "%(n)s teammate group was IdP-managed before Teammate Group Sync was turned off. It waits for the identity "
        "provider, which manages it again with its next write to it.",
        "%(n)s teammate groups were IdP-managed before Teammate Group Sync was turned off. They wait for the identity "
        "provider, which manages each of them again with its next write to it.",
        number,
    ) % {"n": number}
    shown = ngettext("Show it in the list of groups", "Show them in the list of groups", number)
    url = list_beside(request, "teammates.teammategroup", company.pk, management=Management.DORMANT.value)
    return format_html("{} {} {}", text, RESTART, link(url, shown))


class ManagementFilter(admin.SimpleListFilter):
    """By who manages the group now, as the list says it, and by whether a link to the identity provider rests."""

    title = _("who manages it")
    parameter_name = "management"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        company: Company | None = getattr(request.user, "company", None) or looked_at(request.user)
        waits = company is not None and company.takes_groups
        return [
            (Management.FRONT.value, _("Managed here")),
            (Management.IDP.value, _("IdP-managed")),
            (Management.DORMANT.value, WAITS if waits else _("Was IdP-managed")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case Management.FRONT.value:
                return queryset.managed_here()  # type: ignore[attr-defined]
            case Management.IDP.value:
                return queryset.idp_managed()  # type: ignore[attr-defined]
            case Management.DORMANT.value:
                return queryset.filter(management=Management.DORMANT)
        return queryset
