"""scim2-tester, an independent checker of SCIM servers, against the served endpoint."""

import json

import httpx2
import pytest
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import CheckResult, Status, check_server

from tests.e2e.installation import Installation
from tests.scim.door import TEMPLATE

# What it expects and this server does not do: the template of a teammate is applied at creation and ignored afterwards.
# RFC 7643 §7: an immutable attribute may be given at creation and SHALL NOT be updated. RFC 7644 §3.5.2: a client MAY
# try to add a first value to it, which obliges no server to take it.
EXCEPTIONS = {
    ("check_add_attribute", TEMPLATE): "RFC 7643 §7, RFC 7644 §3.5.2",
    ("check_add_attribute", f"{TEMPLATE}:template"): "RFC 7643 §7, RFC 7644 §3.5.2",
    ("check_replace_attribute", TEMPLATE): "RFC 7643 §7",
}


def is_excepted(result: CheckResult) -> bool:
    return any(result.title == check and f"'{path}'" in str(result.reason) for check, path in EXCEPTIONS)


@pytest.fixture(scope="module")
def results(running_server: Installation) -> list[CheckResult]:
    made = running_server.command(
        "bootstrap", "--company", "Checked", "--slug", "checked", "--admin-email", "admin@checked.test",
        "--group-sync", "--json",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    headers = {"Authorization": f"Bearer {json.loads(made.stdout)['token']}"}
    with httpx2.Client(base_url=running_server.scim_base_url, headers=headers, timeout=60) as client:
        return check_server(SyncSCIMClient(client))


def test_it_finds_no_error(results):
    errors = [result for result in results if result.status in (Status.ERROR, Status.DEVIATION)]

    assert [f"{error.title}: {error.reason}" for error in errors if not is_excepted(error)] == []


def test_it_looked_at_everything(results):
    """An endpoint that is not published would not be checked, and not be missed."""
    looked_at = {(result.resource_type, result.title) for result in results if result.status == Status.SUCCESS}

    for kind in ("User", "Group"):
        for check in ("object_creation", "object_query", "object_replacement", "object_deletion"):
            assert (kind, check) in looked_at
    assert not [result for result in results if result.status == Status.SKIPPED]
