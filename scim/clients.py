"""Which identity provider is asking, told from its traffic. It is noted in the log; nothing else depends on it."""

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
ENTRA_IN_BODY = (b"ResourceManagement/ADSCIM", b'"op":"Add"', b'"op":"Replace"', b'"op":"Remove"', b'"$ref":null')


def client_of(request: HttpRequest, body: bytes = b"") -> Client:
    """The client of a request. Entra may send no User-Agent at all; its flag and its spelling give it away."""
    agent = request.META.get("HTTP_USER_AGENT", "").lower()
    for name, client in BY_USER_AGENT.items():
        if name in agent:
            return client
    if ENTRA_IN_QUERY in request.META.get("QUERY_STRING", "").lower():
        return Client.ENTRA
    compact = body[:2000].replace(b" ", b"")
    if any(mark in compact for mark in ENTRA_IN_BODY):
        return Client.ENTRA
    return Client.OTHER
