"""One subject of the benchmark in a process of its own."""

import importlib
import io
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

LOGIN = "person7@bench.example"
TOKEN = "bench-token-of-no-worth"

Case = Callable[[int], tuple[str, str, str, Any]]


def cases(ids: dict[str, str], prefix: str) -> dict[str, Case]:
    """What is asked of each subject, by name: request number → method, path, query string, body."""
    user, member, group = ids["user"], ids["member"], ids["group"]
    by_login = "filter=" + quote_plus(f'userName eq "{LOGIN}"')
    by_name = "excludedAttributes=members&filter=" + quote_plus('displayName eq "Everybody"')
    value: Any = [{"value": member}]

    def patch(op: str, path: str, new: Any) -> dict[str, Any]:
        return {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{"op": op, "path": path, "value": new}]}  # fmt: skip

    return {
        "user look-up by userName": lambda n: ("GET", f"{prefix}/Users", by_login, None),
        "user read": lambda n: ("GET", f"{prefix}/Users/{user}", "", None),
        "user PATCH name": lambda n: (
            "PATCH", f"{prefix}/Users/{user}", "", patch("replace", "name.givenName", f"Ann {n % 50}")),
        "user PATCH, nothing new": lambda n: (
            "PATCH", f"{prefix}/Users/{user}", "", patch("replace", "userName", LOGIN)),
        "group look-up by displayName": lambda n: ("GET", f"{prefix}/Groups", by_name, None),
        "group member added, removed": lambda n: (
            "PATCH", f"{prefix}/Groups/{group}", "", patch("add" if n % 2 else "remove", "members", value)),
    }  # fmt: skip


def main() -> None:
    name, users, group = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    os.environ["DJANGO_SETTINGS_MODULE"] = f"benchmarks.settings_{name}"
    import django

    django.setup()
    from django.core.wsgi import get_wsgi_application

    subject = importlib.import_module(f"benchmarks.subject_{name}")
    ids = subject.prepare(users, group, LOGIN, TOKEN)
    application = get_wsgi_application()
    asked = cases(ids, subject.PREFIX)
    for case in asked.values():
        for number in range(2):
            call(application, case(number), TOKEN)
    print(json.dumps(list(asked)), flush=True)
    for line in sys.stdin:
        case_name, requests = json.loads(line)
        case = asked[case_name]
        environs = [environ(case(number), TOKEN) for number in range(requests)]
        cpu, wall = time.process_time(), time.perf_counter()
        for one in environs:
            send(application, one)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        print(json.dumps({"cpu": cpu / requests * 1000, "wall": wall / requests * 1000}), flush=True)


def environ(asked: tuple[str, str, str, Any], token: str) -> dict[str, Any]:
    method, path, query, body = asked
    content = b"" if body is None else json.dumps(body).encode()
    return {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": "localhost",
        "SERVER_PORT": "80", "HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(content), "wsgi.errors": sys.stderr, "CONTENT_LENGTH": str(len(content)),
        "CONTENT_TYPE": "application/scim+json", "HTTP_AUTHORIZATION": f"Bearer {token}",
    }  # fmt: skip


def send(application: Any, one: dict[str, Any]) -> tuple[str, bytes]:
    status: list[str] = []
    answer = application(one, lambda text, headers, *rest: status.append(text))
    content = b"".join(answer)
    answer.close()
    return status[0], content


def call(application: Any, asked: tuple[str, str, str, Any], token: str) -> None:
    status, content = send(application, environ(asked, token))
    if not status.startswith("2"):
        raise SystemExit(f"{asked}: {status} {content[:500]!r}")


if __name__ == "__main__":
    main()
