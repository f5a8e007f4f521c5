"""Another system with an API token, and what must hold of every answer it gets."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http import HTTPStatus
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from teammates.api import throttling
from teammates.models import ApiToken, Company, Event, Scope
from tests.answers import JsonAnswer, ask
from tests.factories import ApiTokenFactory
from tests.scim.conftest import dump

RATE_LIMIT = {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"}


class Answer(JsonAnswer):
    @property
    def ids(self) -> list[str]:
        return [row["id"] for row in self["_results"]]

    @property
    def names(self) -> list[str]:
        return [row["name"] for row in self["_results"]]

    @property
    def message(self) -> str:
        message: str = self["_error"]["message"]
        return message

    @property
    def details(self) -> str:
        return "\n".join(self["_error"]["details"])


class Api:
    """Speaks to /api/ with one token."""

    def __init__(self, token: ApiToken | str | None) -> None:
        self.token = token
        self.client = Client(raise_request_exception=False)

    def send(
        self, method: str, path: str, body: Any = None, *, content_type: str = "application/json", **headers: str
    ) -> Answer:
        """body: bytes go as they are, anything else as JSON. path: below /api, or an address from an answer."""
        address = path.removeprefix("http://testserver") if path.startswith("http") else f"/api{path}"
        response = ask(self.client, self.token, method, address, body, content_type, headers)
        answer = Answer(response.status_code, response.headers, response.getvalue())
        check_answer(answer)
        return answer

    def get(self, path: str) -> Answer:
        return self.send("GET", path)

    def post(self, path: str, body: Any) -> Answer:
        return self.send("POST", path, body)

    def patch(self, path: str, body: Any) -> Answer:
        return self.send("PATCH", path, body)

    def delete(self, path: str, body: Any = None) -> Answer:
        return self.send("DELETE", path, body)

    def all_pages(self, path: str) -> Iterator[Answer]:
        following: str | None = path
        while following:
            page = self.get(following)
            yield page
            following = page["_pagination"]["next"]


def check_answer(answer: Answer) -> None:
    """JSON or nothing, no redirect, no server error, and failures of the one shape."""
    assert answer.status in (200, 201, 204) or 400 <= answer.status < 500, answer.content
    if answer.status == 204:
        assert answer.content == b""
        return
    assert answer.headers["Content-Type"] == "application/json"
    if answer.status >= 400 and answer.content:
        check_error(answer)


def check_error(answer: Answer) -> None:
    error = answer["_error"]
    assert answer.body.keys() == {"_error"}
    assert error.keys() == {"status", "title", "message", "details"}
    assert (error["status"], error["title"]) == (answer.status, HTTPStatus(answer.status).phrase)
    assert len(error["message"]) > 10
    assert all(isinstance(text, str) for text in error["details"])
    assert ("WWW-Authenticate" in answer.headers) == (answer.status in (401, 403))
    assert ("Allow" in answer.headers) == (answer.status == 405)
    assert ("Retry-After" in answer.headers) == (answer.status == 429)


@pytest.fixture(autouse=True)
def fresh_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins a minute of its own."""
    cache.clear()
    monkeypatch.setattr(throttling, "counter", throttling.Counter())


@pytest.fixture
def token(company: Company) -> ApiToken:
    return ApiTokenFactory.create(company=company, name="Reporting", scopes=[Scope.PROVISIONING])


@pytest.fixture
def api(token: ApiToken) -> Api:
    """Another system of `company`."""
    return Api(token)


@pytest.fixture
def unchanged(db: None) -> Callable[..., AbstractContextManager[None]]:
    """`with unchanged():` what happens inside leaves every row as it was."""

    @contextmanager
    def check() -> Iterator[None]:
        before = dump()
        yield
        assert dump() == before

    return check


@pytest.fixture
def last_event(db: None) -> Callable[[], Event]:
    return lambda: Event.objects.latest("pk")
