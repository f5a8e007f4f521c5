"""Which identity provider is asking, told from its traffic. It is noted in the log; nothing else depends on it."""

import re

from django.http import HttpRequest

from scim.models import Client

BY_USER_AGENT = {
    "okta": Client.OKTA,
    "onelogin": Client.ONELOGIN,
    "google": Client.GOOGLE,
    "rippling": Client.RIPPLING,
    "jumpcloud": Client.JUMPCLOUD,
    "azure": Client.ENTRA,
    "entra": Client.ENTRA,
    "microsoft": Client.ENTRA,
}
ENTRA_IN_QUERY = "aadoptscim"
ENTRA_IN_BODY = (
    b"ResourceManagement/ADSCIM",
    b'"op":"Add"',
    b'"op":"Replace"',
    b'"op":"Remove"',
    b'"$ref":null',
    b'"meta":{"resourceType":"User"}',  # in what it creates; others leave meta to the server
    b'"meta":{"resourceType":"Group"}',
)
OKTA_IN_BODY = re.compile(rb'"externalId":"00[ug][0-9A-Za-z]{17}"')  # Okta's own ids of users and groups
BEGINNING = 2_000  # bytes of a body that are looked at
MOST_SEEN = 10_000
_seen: dict[tuple[int, str], Client] = {}  # by token and User-Agent


def client_of(request: HttpRequest, token_id: int, body: bytes = b"") -> Client:
    """The client of a request: by its User-Agent, else by what only one client writes.

    Entra may send no User-Agent at all, and proxies put their own in its place. What says nothing of its client (a
    DELETE, a look-up) is taken to be of the client that this process saw last with the same token and User-Agent.
    """
    agent = request.META.get("HTTP_USER_AGENT", "").lower()
    for name, client in BY_USER_AGENT.items():
        if name in agent:
            return client
    told = _told_by(request, body)
    if told is None:
        return _seen.get((token_id, agent), Client.OTHER)
    if len(_seen) >= MOST_SEEN:
        _seen.clear()
    _seen[token_id, agent] = told
    return told


def _told_by(request: HttpRequest, body: bytes) -> Client | None:
    if ENTRA_IN_QUERY in request.META.get("QUERY_STRING", "").lower():
        return Client.ENTRA
    compact = re.sub(rb"\s", b"", body[:BEGINNING])
    if OKTA_IN_BODY.search(compact):
        return Client.OKTA
    return Client.ENTRA if any(mark in compact for mark in ENTRA_IN_BODY) else None
