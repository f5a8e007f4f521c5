"""What only a real connection can show of the SCIM door."""

import gzip
import json
from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.installation import Installation


@pytest.fixture(scope="module")
def client(running_server: Installation) -> Iterator[httpx.Client]:
    made = running_server.command(
        "bootstrap", "--company", "Wire", "--slug", "wire", "--admin-email", "admin@wire.test", "--json"
    )
    assert made.returncode == 0, made.stderr
    headers = {
        "Authorization": f"Bearer {json.loads(made.stdout)['token']}",
        "Content-Type": "application/scim+json; charset=utf-8",
    }
    with httpx.Client(base_url=running_server.scim_base_url, headers=headers, timeout=60) as client:
        yield client


def in_chunks(body: bytes, size: int = 7) -> Iterator[bytes]:
    """A body without a Content-Length, as .NET and Java send it: httpx sends a generator in chunks."""
    for start in range(0, len(body), size):
        yield body[start : start + size]


def test_a_body_in_chunks_is_read(client):
    body = json.dumps({"userName": "chunks@wire.test", "displayName": "In chunks " * 50}).encode()

    answer = client.post("/Users", content=in_chunks(body))

    assert "transfer-encoding" in answer.request.headers
    assert (answer.status_code, answer.json()["displayName"]) == (201, "In chunks " * 50)


def test_a_packed_body_in_chunks_is_read(client):
    body = gzip.compress(json.dumps({"userName": "packed@wire.test"}).encode())

    answer = client.post("/Users", content=in_chunks(body), headers={"Content-Encoding": "gzip"})

    assert answer.status_code == 201


def test_a_body_in_chunks_that_never_ends_is_413(client):
    answer = client.post("/Users", content=(b"x" * 100_000 for _ in range(400)))

    assert (answer.status_code, answer.json()["status"]) == (413, "413")


def test_a_connection_serves_one_request_after_another(client):
    """Whatever was refused before it."""
    statuses = [
        client.post("/Users", content=in_chunks(b"{" * 1000)).status_code,
        client.delete("/Users/tea_0").status_code,
        client.get("/Users?filter=userName").status_code,
        client.get("/Users?count=1").status_code,
    ]

    assert statuses == [400, 404, 400, 200]


@pytest.mark.parametrize("method", ["FOO", "OPTIONS", "PUT"])
def test_a_method_of_no_use_is_405_in_scim(client, method):
    answer = client.request(method, "/Users")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")
    assert answer.headers["Content-Type"].startswith("application/scim+json")


def test_a_host_of_another_name_is_refused_in_scim(client):
    answer = client.get("/Users", headers={"Host": "elsewhere.example"})

    assert (answer.status_code, answer.json()["status"]) == (400, "400")
