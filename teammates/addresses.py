"""Where a request comes from, and where the identity provider is to send its own."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

ENTRA_FLAG = "aadOptscim062020"  # has Entra write what is closer to the standard; the door understands both


def tenant_url() -> str:
    """What the guide has an admin enter in Entra (part 1, step 2): the door's address with Microsoft's flag."""
    return f"{settings.PUBLIC_URL}/v2/?{ENTRA_FLAG}"


def client_address(request: HttpRequest) -> str | None:
    """The address of the client, seen past the proxies of this installation (TRUSTED_PROXIES says how many).

    Each proxy appends whom it was called by to X-Forwarded-For, so with n proxies the n-th entry from the end is the
    first one that a client could not have written itself. A request that came past fewer proxies is known by the
    address that it connected from.
    """
    direct = _plain(request.META.get("REMOTE_ADDR", ""))
    if not settings.TRUSTED_PROXIES:
        return direct
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if len(forwarded) < settings.TRUSTED_PROXIES:
        return direct
    return _plain(forwarded[-settings.TRUSTED_PROXIES]) or direct


def client_network(request: HttpRequest) -> str | None:
    """The address, as one counts attempts by: of IPv6 the /64, whose addresses one customer has all to themselves."""
    address = client_address(request)
    if address is not None and isinstance(ip_address(address), IPv6Address):
        return str(ip_network(f"{address}/64", strict=False).network_address)
    return address


def _plain(written: str) -> str | None:
    """An address without the port that some proxies append and the brackets around it; None for what is none."""
    text = written.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)
