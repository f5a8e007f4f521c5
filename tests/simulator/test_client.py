"""URLs, retries, and which answers end the run."""

import httpx
import pytest

from frontprov.simulator.client import LONGEST_DELAY, ScimClient, TenantUrl
from frontprov.simulator.outcome import Refused, Stopped


class Client(ScimClient):
    """Gets these answers one after the other; `seen` has the requests, `waits` the pauses."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.queue = list(answers)
        self.seen: list[httpx.Request] = []
        self.waits: list[float] = []
        url = TenantUrl.parse("http://scim.example/v2")
        transport = httpx.MockTransport(self.answer)
        super().__init__(url, "t0ken", connections=1, transport=transport, sleep=self.waits.append)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        found = self.queue.pop(0) if len(self.queue) > 1 else self.queue[0]
        if isinstance(found, Exception):
            raise found
        return found


def empty_list():
    return httpx.Response(200, json={"totalResults": 0, "Resources": []})


@pytest.mark.parametrize(
    "base", ["https://h/v2", "https://h/v2/", "https://h/v2/?aadOptscim062020", "https://h/v2?AADOPTSCIM062020=true"]
)
def test_every_form_of_the_tenant_url_leads_to_the_same_address(base):
    url = TenantUrl.parse(base)
    assert url.join("Users", "count=1", flag=False) == "https://h/v2/Users?count=1"
    assert url.join("Users", "count=1", flag=True) == "https://h/v2/Users?aadOptscim062020&count=1"
    assert url.join("Users", "", flag=True) == "https://h/v2/Users?aadOptscim062020"
    assert url.flag == ("aad" in base.lower())


def test_parameters_of_the_servers_own_stay_on_every_request():
    url = TenantUrl.parse("https://h/scim?tenant=a%20b&aadOptscim062020")
    assert url.join("Groups/1", "", flag=True) == "https://h/scim/Groups/1?aadOptscim062020&tenant=a+b"


@pytest.mark.parametrize("base", ["scim.example/v2", "ftp://scim.example", "https://"])
def test_something_that_is_no_address_is_told_at_once(base):
    with pytest.raises(Stopped, match="no http"):
        TenantUrl.parse(base)


def test_a_filter_is_encoded_as_entra_does_it():
    client = Client(empty_list())
    client.query("match", "Users", "userName", 'o\'brien+x "y"\\@h.example', flag=False)
    assert client.seen[0].url.raw_path.decode() == (
        "/v2/Users?filter=userName+eq+%22o%27brien%2Bx+%5C%22y%5C%22%5C%5C%40h.example%22"
    )


def test_requests_look_like_the_provisioning_service():
    client = Client(httpx.Response(201, json={"id": "1"}))
    client.create("create", "Users", {"displayName": "Zoë"}, flag=False)
    headers = client.seen[0].headers
    assert headers["Content-Type"] == "application/scim+json; charset=utf-8"
    assert headers["Authorization"] == "Bearer t0ken"
    assert "User-Agent" not in headers
    assert client.seen[0].content == '{"displayName": "Zoë"}'.encode()


def test_busy_servers_are_asked_again_after_the_time_they_name():
    client = Client(httpx.Response(429, headers={"Retry-After": "3"}), httpx.Response(503), empty_list())
    client.query("match", "Users", "userName", "x", flag=False)
    assert client.waits == [3.0, 0.5]
    assert client.statistics.retries == 2
    assert dict(client.statistics.statuses) == {"429": 1, "503": 1, "200": 1}


def test_an_unreasonable_retry_after_is_cut():
    client = Client(empty_list(), httpx.Response(429, headers={"Retry-After": "86400"}), empty_list())
    client.query("match", "Users", "userName", "x", flag=False)
    client.query("match", "Users", "userName", "x", flag=False)
    assert client.waits == [LONGEST_DELAY]


def test_a_server_that_stays_broken_fails_the_object_only():
    client = Client(empty_list(), httpx.Response(500, json={"detail": "out of order"}))
    client.query("match", "Users", "userName", "x", flag=False)
    with pytest.raises(Refused, match="out of order") as refused:
        client.patch("update", "Users", "1", {}, flag=False)
    assert (refused.value.status, refused.value.code) == (500, "InternalServerError")
    assert client.waits == [0.25, 0.5, 1.0, 2.0]


def test_an_interrupted_connection_is_tried_again():
    client = Client(empty_list(), httpx.ConnectError("reset"), httpx.ReadTimeout("slow"), empty_list())
    client.query("match", "Users", "userName", "x", flag=False)
    assert client.query("match", "Users", "userName", "x", flag=False) == []


def test_a_server_that_is_gone_ends_the_run():
    client = Client(empty_list(), httpx.ConnectError("refused"))
    client.query("match", "Users", "userName", "x", flag=False)
    for _ in range(2):
        with pytest.raises(Refused):
            client.patch("update", "Users", "1", {}, flag=False)
    with pytest.raises(Stopped, match="cannot be reached: refused"):
        client.patch("update", "Users", "1", {}, flag=False)


def test_a_server_that_never_answered_is_told_after_two_attempts():
    client = Client(httpx.ConnectError("refused"))
    with pytest.raises(Stopped, match="cannot be reached: refused"):
        client.query("match", "Users", "userName", "x", flag=False)
    assert len(client.seen) == 2


@pytest.mark.parametrize("status", [401, 403])
def test_bad_credentials_mean_quarantine(status):
    client = Client(httpx.Response(status, json={"detail": "token revoked"}))
    with pytest.raises(Stopped, match=r"token revoked.*quarantine"):
        client.patch("update", "Users", "1", {}, flag=False)
    assert len(client.seen) == 1


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404, text="<h1>Not found</h1>"),
        httpx.Response(200, text="<html>", headers={"Content-Type": "text/html"}),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"Resources": []}),
    ],
)
def test_a_query_that_is_not_answered_with_a_list_means_there_is_no_scim(answer):
    with pytest.raises(Stopped, match=r"SCIM|ListResponse"):
        Client(answer).query("match", "Users", "userName", "x", flag=False)


def test_redirects_are_not_followed():
    client = Client(httpx.Response(301, headers={"Location": "/v2/Users/"}))
    with pytest.raises(Refused, match="redirect to /v2/Users/"):
        client.create("create", "Users", {}, flag=False)


def test_a_created_resource_needs_an_id():
    with pytest.raises(Refused, match="no id"):
        Client(httpx.Response(201, json={"userName": "x"})).create("create", "Users", {}, flag=False)
