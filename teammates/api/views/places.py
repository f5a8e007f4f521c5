"""Teams (workspaces) and inboxes, to read."""

from django.db.models import Exists, OuterRef, Q
from django.http import HttpResponse

from teammates.api import rendering
from teammates.api.content import json_response
from teammates.api.endpoint import Endpoint, ListEndpoint
from teammates.api.lookups import inbox_of, team_of
from teammates.api.views.teammates import ShowsTeammates
from teammates.models import AccessGrant, Inbox, Membership, Teammate, Workspace


class Teams(ListEndpoint):
    def get(self, request: object) -> HttpResponse:
        rows = Workspace.objects.filter(company=self.company)
        return self.listing(rows, lambda row: rendering.team(row, self.base))


class OneTeam(Endpoint):
    def get(self, request: object, key: str) -> HttpResponse:
        return json_response(rendering.team(team_of(self.company, key), self.base))


class TeamInboxes(ListEndpoint):
    def get(self, request: object, key: str) -> HttpResponse:
        rows = Inbox.objects.filter(company=self.company, workspace=team_of(self.company, key))
        return self.listing(rows, lambda row: rendering.inbox(row, self.base))


class TeamTeammates(ShowsTeammates, ListEndpoint):
    def get(self, request: object, key: str) -> HttpResponse:
        """Who has the team, by themselves, by template or by a group; the blocked too, who have nothing of it now."""
        grants = AccessGrant.objects.filter(company=self.company, workspace=team_of(self.company, key))
        groups = grants.exclude(group=None).values("group_id")
        memberships = Membership.objects.filter(company=self.company, teammate=OuterRef("pk"), group__in=groups)
        rows = Teammate.objects.present().filter(
            Q(pk__in=grants.exclude(teammate=None).values("teammate_id")) | Exists(memberships), company=self.company
        )
        return self.listing(rows, self.renderer())


class Inboxes(ListEndpoint):
    def get(self, request: object) -> HttpResponse:
        rows = Inbox.objects.filter(company=self.company)
        return self.listing(rows, lambda row: rendering.inbox(row, self.base))


class OneInbox(Endpoint):
    def get(self, request: object, key: str) -> HttpResponse:
        return json_response(rendering.inbox(inbox_of(self.company, key), self.base))
