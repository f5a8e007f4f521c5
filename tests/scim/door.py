"""A provisioning client for tests: what Entra and Okta send, and what must hold of any answer."""

import gzip
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.test import Client

from teammates.models import ApiToken
from tests.answers import JsonAnswer, ask
from tests.factories import ApiTokenFactory

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
TEMPLATE = "urn:ietf:params:scim:schemas:extension:frontapp:teammate"
FIELDS = "urn:ietf:params:scim:schemas:extension:frontapp:teammate_custom_fields"
DESCRIPTION = "urn:ietf:params:scim:schemas:extension:frontapp:group"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"

SCIM_TYPES = {  # RFC 7644 §3.12, table 9, and RFC 9865 §2.3
    "invalidFilter", "tooMany", "uniqueness", "mutability", "invalidSyntax", "invalidPath", "noTarget",
    "invalidValue", "invalidVers", "sensitive", "invalidCursor", "expiredCursor", "invalidCount",
}  # fmt: skip


class Answer(JsonAnswer):
    @property
    def ids(self) -> list[str]:
        return [resource["id"] for resource in self["Resources"]]

    @property
    def refusal(self) -> tuple[int, str | None]:
        """Status and scimType of a refusal, for comparison."""
        return self.status, self["scimType"] if "scimType" in self.body else None


class Door:
    """Speaks to /v2/ with one API token; every answer is held to what RFC 7644 §3.8 and §3.12 ask of all of them."""

    prefix = "/v2"

    def __init__(self, token: ApiToken | str | None, **environment: Any) -> None:
        self.token = token
        self.client = Client(**environment)

    @classmethod
    def of(cls, company: Any, **environment: Any) -> "Door":
        return cls(ApiTokenFactory.create(company=company), **environment)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content_type: str = "application/scim+json; charset=utf-8",
        prefix: str | None = None,
        **headers: str,
    ) -> Answer:
        """body: bytes go as they are, anything else as JSON. headers: by name, with underscores for dashes."""
        address = (self.prefix if prefix is None else prefix) + path
        response = ask(self.client, self.token, method, address, body, content_type, headers)
        content = response.getvalue()
        if response.headers.get("Content-Encoding") == "gzip":
            content = gzip.decompress(content)
        answer = Answer(response.status_code, response.headers, content)
        check_answer(answer)
        return answer

    def get(self, path: str, query: Mapping[str, Any] | str = "", **headers: str) -> Answer:
        text = query if isinstance(query, str) else urlencode(query)
        return self.send("GET", f"{path}?{text}" if text else path, **headers)

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        return self.send("POST", path, body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Answer:
        return self.send("PUT", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Answer:
        return self.send("DELETE", path, **headers)

    def patch(self, thing: Any, *operations: dict[str, Any], query: str = "", **headers: str) -> Answer:
        """PATCH a teammate, a group, or what a path names."""
        body = {"schemas": [PATCH_OP], "Operations": list(operations)}
        return self.send("PATCH", path_of(thing) + query, body, **headers)

    def read(self, thing: Any, query: Mapping[str, Any] | str = "", **headers: str) -> Answer:
        return self.get(path_of(thing), query, **headers)

    def find(self, path: str, filter_text: str, **more: Any) -> Answer:
        return self.get(path, {"filter": filter_text, **more})

    def create_user(self, user_name: str = "ada@example.com", **attributes: Any) -> Answer:
        return self.post("/Users", user(user_name, **attributes))

    def create_group(self, name: str = "Support", **attributes: Any) -> Answer:
        return self.post("/Groups", group(name, **attributes))


def path_of(thing: Any) -> str:
    if isinstance(thing, str):
        return thing
    return f"/{'Groups' if thing.public_id.startswith('cir_') else 'Users'}/{thing.public_id}"


def check_answer(answer: Answer) -> None:
    """What holds of every answer: SCIM JSON, no redirect, no server error, no null, errors of the one shape."""
    assert answer.headers["Content-Type"].startswith("application/scim+json"), answer.headers["Content-Type"]
    assert answer.status < 500 or answer.status == 501, answer.content
    assert answer.status in (200, 201, 204, 304) or answer.status >= 400
    if answer.status in (204, 304):
        assert answer.content == b""
        return
    assert "aadoptscim" not in answer.content.decode().lower()
    if not answer.content:
        return  # to HEAD
    assert None not in list(_values(answer.body)), answer.body
    if answer.status >= 400:
        check_error(answer)


def check_error(answer: Answer) -> None:
    """RFC 7644 §3.12: the error schema, the status as a string, a detail for people, a scimType of the list."""
    assert answer["schemas"] == [ERROR]
    assert answer["status"] == str(answer.status)
    assert len(answer["detail"]) > 10
    assert answer.body.keys() <= {"schemas", "status", "detail", "scimType"}
    assert answer.body.get("scimType", "noTarget") in SCIM_TYPES
    if answer.status == 401:
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def _values(document: Any) -> Any:
    if isinstance(document, dict | list):
        for item in document.values() if isinstance(document, dict) else document:
            yield from _values(item)
    else:
        yield document


# --- what clients send --------------------------------------------------------------------------------------------


def op(kind: str, path: str | None = None, value: Any = ..., **more: Any) -> dict[str, Any]:
    """One operation; a path of None and a value not given are left out."""
    operation: dict[str, Any] = {"op": kind, **more}
    if path is not None:
        operation["path"] = path
    if value is not ...:
        operation["value"] = value
    return operation


def user(user_name: str = "ada@example.com", **attributes: Any) -> dict[str, Any]:
    """A POST as Entra sends it with the customer guide's mappings."""
    return {
        "schemas": [USER, ENTERPRISE],
        "externalId": user_name.partition("@")[0],
        "userName": user_name,
        "active": True,
        "emails": [{"primary": True, "type": "work", "value": user_name}],
        "meta": {"resourceType": "User"},
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        **attributes,
    }


def group(name: str = "Support", **attributes: Any) -> dict[str, Any]:
    """A POST as Entra sends it; the second schema is Microsoft's own."""
    return {
        "schemas": [GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": f"object-id-of-{name}",
        "displayName": name,
        "meta": {"resourceType": "Group"},
        **attributes,
    }


def members(*teammates: Any) -> list[dict[str, Any]]:
    """Members as Entra names them."""
    return [{"$ref": None, "value": getattr(teammate, "public_id", teammate)} for teammate in teammates]
