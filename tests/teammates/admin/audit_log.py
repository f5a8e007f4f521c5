"""How the tests read the audit log: its pages and its file."""

import csv
import io
from typing import Any

from teammates.models import Event
from tests.teammates.admin.conftest import Browser, url_of


def listed(page: Any) -> list[Event]:
    return list(page.context["cl"].result_list)


def listed_on_all_pages(client: Browser, **query: Any) -> list[Event]:
    seen, page = [], client.look("changelist", Event, **query)
    while True:
        seen += listed(page)
        if not page.context["earlier_url"]:
            return seen
        page = client.get(url_of("changelist", Event) + page.context["earlier_url"])


def sentences(page: Any) -> list[str]:
    return [event.sentence for event in page.context["cl"].result_list]


def rows_of(response: Any) -> list[dict[str, str]]:
    content = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))
