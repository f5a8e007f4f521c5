"""The command line: what is printed where, and the exit status."""

import json
import socket
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.simulator.scim_server import TOKEN, ScimServer

SMALL = {"users": 6, "groups": 1, "cycles": 2}


def simulate(base: str, **options: object) -> tuple[object, str]:
    out = StringIO()
    status: object = 0
    given: dict[str, object] = {"base": base, "token": TOKEN} | SMALL | options
    try:
        call_command("entra_simulate", stdout=out, **given)
    except SystemExit as stop:
        status = stop.code
    return status, out.getvalue()


def test_a_run_without_differences_ends_well():
    with ScimServer() as server:
        status, text = simulate(server.base)
    assert status == 0
    assert "The server shows exactly what the directory says" in text


def test_differences_are_shown_and_end_with_status_1():
    class Shouts(ScimServer):
        def show(self, resource, query):
            shown = super().show(resource, query)
            return shown | {"displayName": str(shown["displayName"]).upper()}

    with Shouts() as server:
        status, text = simulate(server.base)
    assert status == 1
    assert "displayName" in text
    assert "'ADA LOVELACE'" in text


def test_json_is_one_object_and_nothing_else(capfd):
    with ScimServer() as server:
        status, text = simulate(f"{server.base}/?aadOptscim062020", json=True)
    report = json.loads(text)
    assert (status, report["ok"], report["dialect"]) == (0, True, "flag")
    assert [cycle["kind"] for cycle in report["cycles"]] == ["initial", "incremental", "quiet"]
    first = report["cycles"][0]
    assert first["operations"]["create_user"] == 6
    assert first["statuses"]["201"] == 7
    assert first["latency_ms"]["max"] >= first["latency_ms"]["p95"] >= first["latency_ms"]["p50"] > 0
    assert (first["failures"], first["differences"]) == ([], [])
    assert TOKEN not in text
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize(
    ("base", "token", "words"),
    [
        ("{base}", "wrong", r"401 \(Unknown token\).*Secret Token"),
        ("{root}/v3", TOKEN, "answered 404.*version"),
        ("localhost:8000/v2", TOKEN, "is no http"),
        ("{base}", "tökèn", "no HTTP header can carry"),
    ],
)
def test_a_run_that_cannot_start_says_why(base, token, words):
    with ScimServer() as server:
        root = server.base.removesuffix("/v2")
        with pytest.raises(CommandError, match=words) as error:
            simulate(base.format(base=server.base, root=root), token=token)
    assert error.value.returncode == 2


def test_a_refused_connection_is_told_in_one_line():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{free.getsockname()[1]}/v2"
        with pytest.raises(CommandError, match=r"cannot be reached: .*refused") as error:
            simulate(base)
    assert error.value.returncode == 2


def test_help_says_how_many_licences_a_run_needs(capsys):
    with pytest.raises(SystemExit):
        call_command("entra_simulate", "--help")
    assert "--users 25 needs 30" in " ".join(capsys.readouterr().out.split())
