"""What only a real connection can show of the REST API's door."""

import gzip
import json
from collections.abc import Iterator

import httpx
import pytest

from tests.e2e.installation import Installation
from tests.e2e.test_wire import in_chunks


@pytest.fixture(scope="module")
def client(running_server: Installation) -> Iterator[httpx.Client]:
    made = running_server.manage(
        "bootstrap", "--company", "Api wire", "--slug", "api-wire", "--admin-email", "admin@api-wire.test", "--json"
    )
    assert made.returncode == 0, made.stderr
    connection = json.loads(made.stdout)
    base = connection["scim_base_url"].removesuffix("/v2") + "/api"
    headers = {"Authorization": f"Bearer {connection['token']}", "Content-Type": "application/json"}
    with httpx.Client(base_url=base, headers=headers, timeout=60) as client:
        yield client


@pytest.fixture
def admin(client: httpx.Client) -> str:
    """The address of the company's only teammate."""
    (teammate,) = client.get("/teammates").json()["_results"]
    return f"/teammates/{teammate['id']}"


@pytest.mark.parametrize(("packed", "headers"), [(bytes, {}), (gzip.compress, {"Content-Encoding": "gzip"})])
def test_a_body_in_chunks_is_read(client, admin, packed, headers):
    name = "In chunks " * 20 + str(len(headers))

    answer = client.patch(admin, content=in_chunks(packed(json.dumps({"first_name": name}).encode())), headers=headers)

    assert "transfer-encoding" in answer.request.headers
    assert (answer.status_code, client.get(admin).json()["first_name"]) == (204, name)


def test_a_body_in_chunks_that_never_ends_is_413(client, admin):
    answer = client.patch(admin, content=(b"x" * 100_000 for _ in range(400)))

    assert (answer.status_code, answer.json()["_error"]["status"]) == (413, 413)


def test_a_connection_serves_one_request_after_another(client, admin):
    """Whatever was refused before it."""
    statuses = [
        client.patch(admin, content=in_chunks(b"{" * 1000)).status_code,
        client.get("/teammates/tea_0").status_code,
        client.get(admin).status_code,
    ]

    assert statuses == [400, 404, 200]
