"""A small SCIM server of the tests' own, sharing no code with the simulator or with the product.

`ScimServer` does what Entra needs, over real sockets. Subclasses in the tests override one method each and so
make one of the mistakes that servers are known for.
"""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs, urlsplit

TOKEN = "a-secret-token"
VALUE_PATH = re.compile(r'^(\w+)\[(\w+) eq "([^"]*)"\](?:\.(\w+))?$')
Resource = dict[str, Any]


class Refusal(Exception):
    def __init__(self, status: int, detail: str, **headers: str) -> None:
        self.status, self.detail, self.headers = status, detail, headers


class ScimServer:
    """Users and groups in memory. `requests` has every request as (method, target, body)."""

    page_limit: ClassVar[int] = 50

    def __init__(self) -> None:
        self.users: dict[str, Resource] = {}
        self.groups: dict[str, Resource] = {}
        self.requests: list[tuple[str, str, Any]] = []
        self.numbers = count(1)
        self.lock = threading.RLock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body leave in one packet: in two, the client's delayed acknowledgement costs 40 ms each.
            wbufsize = -1

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                sent = self.rfile.read(length) if length else b"null"
                headers: dict[str, str] = {}
                try:
                    status, result = outer.admit(self.headers.get("Authorization"), self.command, self.path, sent)
                except Refusal as refusal:
                    status, headers = refusal.status, refusal.headers
                    result = {"status": str(refusal.status), "detail": refusal.detail}
                content = b"" if result is None else json.dumps(result).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Type", "application/scim+json")
                if status != 204:
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PATCH = do_DELETE = answer

            def log_message(self, *_: object) -> None:
                pass

        self.httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.httpd.daemon_threads = True
        self.base = f"http://127.0.0.1:{self.httpd.server_port}/v2"

    def __enter__(self) -> Self:
        threading.Thread(target=self.httpd.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.httpd.shutdown()
        self.httpd.server_close()

    # Requests

    def admit(self, authorization: str | None, method: str, target: str, sent: bytes) -> tuple[int, Any]:
        if authorization != f"Bearer {TOKEN}":
            raise Refusal(401, "Unknown token")
        with self.lock:
            self.requests.append((method, target, json.loads(sent)))
            return self.handle(method, target, json.loads(sent))

    def handle(self, method: str, target: str, body: Any) -> tuple[int, Any]:
        url = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        match = re.fullmatch(r"/v2/(Users|Groups)(?:/([^/]+))?", url.path)
        if match is None:
            raise Refusal(404, "No such endpoint")
        table = self.users if match[1] == "Users" else self.groups
        if match[2] is None:
            return (200, self.search(table, query)) if method == "GET" else (201, self.create(table, body))
        if match[2] not in table:
            raise Refusal(404, f"No resource {match[2]}")
        resource = table[match[2]]
        if method == "DELETE":
            self.delete(table, match[2])
            return 204, None
        if method == "PATCH":
            self.patch(resource, body)
            return (204, None) if table is self.groups else (200, resource)
        return 200, self.show(resource, query)

    def search(self, table: dict[str, Resource], query: dict[str, str]) -> Resource:
        found = [one for one in table.values() if self.matches(one, query.get("filter"))]
        start = max(int(query.get("startIndex", "1")), 1)
        size = min(int(query.get("count", self.page_limit)), self.page_limit)
        page = [self.show(one, query) for one in found[start - 1 : start - 1 + size]]
        return {"totalResults": len(found), "startIndex": start, "itemsPerPage": len(page), "Resources": page}

    def matches(self, resource: Resource, wanted: str | None) -> bool:
        if wanted is None:
            return True
        attribute, _, literal = wanted.split(" ", 2)
        value = json.loads(literal)
        if attribute == "externalId":
            return bool(resource.get(attribute) == value)
        return str(resource.get(attribute)).lower() == value.lower()

    def show(self, resource: Resource, query: dict[str, str]) -> Resource:
        hidden = query.get("excludedAttributes")
        return {name: value for name, value in resource.items() if name != hidden}

    def create(self, table: dict[str, Resource], body: Resource) -> Resource:
        name = "userName" if table is self.users else "displayName"
        if any(one[name].lower() == body[name].lower() for one in table.values()):
            raise Refusal(409, f"{body[name]} is taken")
        resource = {"id": f"x{next(self.numbers)}"} | {key: body[key] for key in body if key != "schemas"}
        if "active" in resource:
            resource["active"] = self.boolean(resource["active"])
        table[resource["id"]] = resource
        return resource

    def delete(self, table: dict[str, Resource], scim_id: str) -> None:
        del table[scim_id]
        for group in self.groups.values():
            group["members"] = [one for one in group.get("members", []) if one["value"] != scim_id]

    # PATCH

    def patch(self, resource: Resource, body: Resource) -> None:
        for operation in body["Operations"]:
            op, path, value = operation["op"].lower(), operation.get("path"), operation.get("value")
            for name, part in [(path, value)] if path else value.items():
                self.apply(resource, op, name, part)

    def apply(self, resource: Resource, op: str, path: str, value: Any) -> None:
        if path.startswith("members"):
            self.change_members(resource, op, path, value)
            return
        if path.startswith("urn:"):
            schema, _, path = path.rpartition(":")
            resource = resource.setdefault(schema, {})
        if match := VALUE_PATH.match(path):
            resource, path = self.element(resource, match[1], match[3]), match[4]
        elif "." in path:
            outer, _, path = path.partition(".")
            resource = resource.setdefault(outer, {})
        if op == "remove" or value == "":
            resource.pop(path, None)
        elif path == "manager":
            resource[path] = {"value": value}
        else:
            resource[path] = self.boolean(value) if path == "active" else value

    def element(self, resource: Resource, name: str, kind: str) -> Resource:
        elements: list[Resource] = resource.setdefault(name, [])
        for one in elements:
            if one.get("type") == kind:
                return one
        elements.append({"type": kind})
        return elements[-1]

    def change_members(self, group: Resource, op: str, path: str, value: Any) -> None:
        match = VALUE_PATH.match(path)
        named = [match[3]] if match else [one["value"] for one in value]
        unknown = [one for one in named if one not in self.users]
        if op == "add" and unknown:
            raise Refusal(400, f"Unknown members {unknown}")
        self.set_members(group, op, named)

    def set_members(self, group: Resource, op: str, named: list[str]) -> None:
        kept = [one for one in group.get("members", []) if one["value"] not in named]
        group["members"] = kept + ([{"value": one} for one in named] if op == "add" else [])

    def boolean(self, value: Any) -> Any:
        return value.lower() == "true" if isinstance(value, str) else value
