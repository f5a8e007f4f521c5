"""Whatever a page links to, its filters and pages of a list too, is there for the role that reads it."""

import re
from collections import Counter
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest

from teammates.models import Company, Management
from tests.factories import MembershipFactory, TeammateFactory, TeammateGroupFactory
from tests.teammates.admin.conftest import Browser, one_of_each

LINK = re.compile(r'<a\b[^>]*?\shref="([^"]+)"')
OF_A_PATTERN = 1  # of links that differ in an ID or in a value only
ENDS_THE_SESSION = "/admin/logout/"
THE_WAY_BACK = re.compile(r"_changelist_filters=[^&]*&?|_facets=True&?")  # changes nothing of what a page shows


def pattern(url: str) -> tuple[str, tuple[str, ...]]:
    """A page and the names of what it is asked for, whatever the row and the values."""
    parts = urlsplit(url)
    return re.sub(r"/\d+/", "/n/", parts.path), tuple(sorted(name for name, _value in parse_qsl(parts.query)))


def links_that_lead_nowhere(client: Browser, start: str) -> dict[str, str]:
    """Every link below a page that is no answer of a page, and the page that has it."""
    seen: Counter[Any] = Counter()
    found_on = {start: ""}
    waiting, broken = [start], {}
    while waiting:
        url = waiting.pop()
        response = client.get(url, follow=True)
        if response.status_code >= 400:
            broken[url] = found_on[url]
        if response.streaming or not response["Content-Type"].startswith("text/html"):
            continue
        for link in LINK.findall(response.content.decode()):
            target = THE_WAY_BACK.sub("", urljoin(url, unescape(link)).partition("#")[0])
            if not target.startswith("/admin/") or target in found_on or target == ENDS_THE_SESSION:
                continue
            seen[pattern(target)] += 1
            if seen[pattern(target)] <= OF_A_PATTERN:
                found_on[target] = url
                waiting.append(target)
    assert len(found_on) > 50, "the pages link to one another"
    return broken


@pytest.fixture
def filled(company: Company) -> None:
    """A row of each noun, and a group of which somebody is not confirmed by the identity provider."""
    Company.objects.filter(pk=company.pk).update(group_sync_enabled=True)
    one_of_each(company)
    managed = TeammateGroupFactory.create(company=company, management=Management.IDP)
    MembershipFactory.create(group=managed, teammate=TeammateFactory.create(company=company), confirmed=False)
    TeammateFactory.create(company=company, status="blocked")


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("role", ["admin", "support"])
def test_no_link_leads_nowhere(admin: Browser, support: Browser, role: str) -> None:
    client = admin if role == "admin" else support
    assert links_that_lead_nowhere(client, "/admin/") == {}
