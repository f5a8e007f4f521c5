"""An identity provider as it appears on the wire: its headers on every request, and how it walks lists."""

from typing import Any

from scim.models import LogEntry
from tests.factories import ApiTokenFactory
from tests.scim.door import PATCH_OP, Answer, Door


class Provider(Door):
    """A client with headers of its own; `content_type` is what it calls its bodies."""

    content_type = "application/scim+json; charset=utf-8"
    headers: dict[str, str] = {}

    @classmethod
    def of(cls, company: Any, **environment: Any) -> "Provider":
        sent = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in cls.headers.items()}
        return cls(ApiTokenFactory.create(company=company), **sent, **environment)

    def send(self, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        more.setdefault("content_type", self.content_type)
        return super().send(method, path, body, **more)

    def walk(self, path: str, count: int) -> list[dict[str, Any]]:
        """Every page from startIndex 1 on, until totalResults are read, as importing clients do."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.get(path, {"startIndex": len(found) + 1, "count": count})
            assert page.status == 200
            assert type(page["totalResults"]) is type(page["itemsPerPage"]) is type(page["startIndex"]) is int
            assert page["startIndex"] == len(found) + 1
            found += page["Resources"]
            if len(found) >= page["totalResults"]:
                return found
            assert page["Resources"], "a page in the middle of the list is empty"

    def operations(self, thing: str, *operations: dict[str, Any], **more: Any) -> Answer:
        """PATCH a path."""
        return self.send("PATCH", thing, {"schemas": [PATCH_OP], "Operations": list(operations)}, **more)


def logged_clients(company: Any) -> set[str]:
    """Which clients the provisioning log has recognised so far."""
    return set(LogEntry.objects.filter(company=company).values_list("client", flat=True))


def member_ids(answer: Answer) -> set[str]:
    return {member["value"] for member in answer.body.get("members", [])}
