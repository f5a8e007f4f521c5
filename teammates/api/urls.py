"""The REST API for other systems: nouns, and under one thing what belongs to it. docs/rest-api.md describes it."""

from django.urls import path, re_path

from teammates.api.endpoint import NothingHere
from teammates.api.views import company, events, groups, places, teammates

app_name = "api"

urlpatterns = [
    path("me", company.Me.as_view(), name="me"),
    path("teammates", teammates.Teammates.as_view(), name="teammates"),
    path("teammates/custom_fields", teammates.CustomFields.as_view(), name="custom-fields"),
    path("teammates/<str:key>", teammates.OneTeammate.as_view(), name="teammate"),
    path("teammates/<str:key>/inboxes", teammates.TeammateInboxes.as_view(), name="teammate-inboxes"),
    path("teammate_groups", groups.Groups.as_view(), name="groups"),
    path("teammate_groups/<str:key>", groups.OneGroup.as_view(), name="group"),
    path("teammate_groups/<str:key>/teammates", groups.GroupTeammates.as_view(), name="group-teammates"),
    path("teammate_groups/<str:key>/teams", groups.GroupTeams.as_view(), name="group-teams"),
    path("teammate_groups/<str:key>/inboxes", groups.GroupInboxes.as_view(), name="group-inboxes"),
    path("teams", places.Teams.as_view(), name="teams"),
    path("teams/<str:key>", places.OneTeam.as_view(), name="team"),
    path("teams/<str:key>/inboxes", places.TeamInboxes.as_view(), name="team-inboxes"),
    path("teams/<str:key>/teammates", places.TeamTeammates.as_view(), name="team-teammates"),
    path("inboxes", places.Inboxes.as_view(), name="inboxes"),
    path("inboxes/<str:key>", places.OneInbox.as_view(), name="inbox"),
    path("events", events.Events.as_view(), name="events"),
    re_path(r"", NothingHere.as_view(), name="nothing"),
]
