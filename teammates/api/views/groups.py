"""Teammate groups, their members, and what they give access to.

Name, members and deletion of an IdP-managed group are the identity provider's: the services refuse them with a text
that says where to go, and the answer is a 409. Its teams and inboxes stay open.
"""

from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpResponse

from teammates.api import rendering
from teammates.api.content import json_response, nothing
from teammates.api.endpoint import Endpoint, ListEndpoint
from teammates.api.errors import bad_request
from teammates.api.lookups import group_of, places
from teammates.api.serializers import GroupForm, InboxIds, NewGroupForm, TeamIds, TeammateIds
from teammates.api.views.teammates import ShowsTeammates
from teammates.errors import Refusal
from teammates.models import AccessGrant, Inbox, Membership, Status, TeammateGroup, Workspace
from teammates.services import access, groups
from teammates.services.access import Place
from teammates.services.members import MemberChange

P = TypeVar("P", Workspace, Inbox)


class ComesWithItsTeam(Refusal):
    """An inbox cannot be taken from a group that has the whole team."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(
            f"{', '.join(names[:10])}: the group has the inbox because it has its team. Take the team from the group "
            "and grant its other inboxes one by one, or make the inbox private."
        )


class GroupEndpoint(Endpoint):
    def workspaces(self) -> QuerySet[Workspace]:
        return Workspace.objects.filter(company=self.company)

    def inboxes(self) -> QuerySet[Inbox]:
        return Inbox.objects.filter(company=self.company)

    def existing(self, rows: QuerySet[P], field: str, ids: list[str]) -> list[P]:
        """Those of `rows` that the ids name. Raises ValidationError unless it is all of them."""
        found = places(rows, ids)
        missing = set(ids) - {row.public_id for row in found}
        if missing:
            raise bad_request(
                *(f"{field}: {public_id} does not exist in this company." for public_id in sorted(missing)[:10])
            )
        return found

    def grants(self, group: TeammateGroup) -> QuerySet[AccessGrant]:
        return AccessGrant.objects.filter(company=self.company, group=group)

    def change_access(self, group: TeammateGroup, **changes: Any) -> HttpResponse:
        access.change_grants(group, **changes, actor=self.actor)
        return nothing()


class Groups(GroupEndpoint, ListEndpoint):
    def get(self, request: object) -> HttpResponse:
        rows = TeammateGroup.objects.filter(company=self.company).select_related("company")
        return self.listing(rows, lambda row: rendering.group(row, self.base))

    def post(self, request: object) -> HttpResponse:
        sent = self.body(NewGroupForm)
        given: list[Place] = [
            *self.existing(self.workspaces(), "team_ids", sent.get("team_ids", [])),
            *self.existing(self.inboxes(), "inbox_ids", sent.get("inbox_ids", [])),
        ]
        draft = TeammateGroup(name=sent["name"], description=sent.get("description") or "")
        with transaction.atomic():
            group = groups.create_group(self.company, draft, sent.get("teammate_ids", []), actor=self.actor)
            if given:
                access.change_grants(group, grant=given, actor=self.actor)
        group.company = self.company
        shown = rendering.group(group, self.base)
        return json_response(shown, 201, {"Location": shown["_links"]["self"]})


class OneGroup(GroupEndpoint):
    def get(self, request: object, key: str) -> HttpResponse:
        return json_response(rendering.group(group_of(self.company, key), self.base))

    def patch(self, request: object, key: str) -> HttpResponse:
        sent = self.body(GroupForm)
        if "description" in sent:
            sent["description"] = sent["description"] or ""
        groups.update_group(self.company, group_of(self.company, key).pk, sent, actor=self.actor)
        return nothing()

    def delete(self, request: object, key: str) -> HttpResponse:
        groups.delete_group(self.company, group_of(self.company, key).pk, actor=self.actor)
        return nothing()


class GroupTeammates(GroupEndpoint, ShowsTeammates, ListEndpoint):
    def get(self, request: object, key: str) -> HttpResponse:
        """Every member, also the blocked; those who were deleted in the product are nobody's members."""
        members = Membership.objects.filter(company=self.company, group=group_of(self.company, key))
        rows = members.exclude(teammate__status=Status.DELETED).select_related("teammate")
        show = self.renderer()
        return self.listing(rows, lambda row: show(row.teammate), key="teammate_id")

    def post(self, request: object, key: str) -> HttpResponse:
        return self._change(key, MemberChange(add=self.body(TeammateIds)["teammate_ids"]))

    def delete(self, request: object, key: str) -> HttpResponse:
        return self._change(key, MemberChange(remove=self.body(TeammateIds)["teammate_ids"]))

    def _change(self, key: str, step: MemberChange) -> HttpResponse:
        groups.update_group(self.company, group_of(self.company, key).pk, {}, [step], actor=self.actor)
        return nothing()


class GroupTeams(GroupEndpoint, ListEndpoint):
    def get(self, request: object, key: str) -> HttpResponse:
        granted = self.grants(group_of(self.company, key)).exclude(workspace=None)
        rows = self.workspaces().filter(pk__in=granted.values("workspace_id"))
        return self.listing(rows, lambda row: rendering.team(row, self.base))

    def post(self, request: object, key: str) -> HttpResponse:
        sent, group = self.body(TeamIds), group_of(self.company, key)
        return self.change_access(group, grant=self.existing(self.workspaces(), "team_ids", sent["team_ids"]))

    def delete(self, request: object, key: str) -> HttpResponse:
        sent, group = self.body(TeamIds), group_of(self.company, key)
        return self.change_access(group, take=places(self.workspaces(), sent["team_ids"]))


class GroupInboxes(GroupEndpoint, ListEndpoint):
    def get(self, request: object, key: str) -> HttpResponse:
        """What the group gives its members: inboxes granted one by one, and those that come with its teams."""
        grants = self.grants(group_of(self.company, key))
        granted = Q(pk__in=grants.exclude(inbox=None).values("inbox_id"))
        return self.listing(
            self.inboxes().filter(granted | self._with_teams(grants)), lambda row: rendering.inbox(row, self.base)
        )

    def post(self, request: object, key: str) -> HttpResponse:
        sent, group = self.body(InboxIds), group_of(self.company, key)
        return self.change_access(group, grant=self.existing(self.inboxes(), "inbox_ids", sent["inbox_ids"]))

    def delete(self, request: object, key: str) -> HttpResponse:
        sent, group = self.body(InboxIds), group_of(self.company, key)
        named = places(self.inboxes(), sent["inbox_ids"])
        fixed = self.inboxes().filter(self._with_teams(self.grants(group)), pk__in=[row.pk for row in named])
        if names := list(fixed.values_list("name", flat=True)):
            raise ComesWithItsTeam(names)
        return self.change_access(group, take=named)

    def _with_teams(self, grants: QuerySet[AccessGrant]) -> Q:
        return Q(is_private=False, workspace__in=grants.exclude(workspace=None).values("workspace_id"))
