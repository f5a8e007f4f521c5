"""Requests nobody thought of, each made from a number alone, so that any of them can be made again.

They are structured like SCIM: mostly what a client could send, with something odd about it. Attributes come from the
schemas, so that a new one is covered from its first day.
"""

import gzip
import json
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

from scim.attributes import ENTERPRISE_SCHEMA, GROUP_SCHEMA, USER_SCHEMA
from scim.bulk import BULK_REQUEST
from scim.schema import Attribute
from tests.scim.door import DESCRIPTION, ENTERPRISE, FIELDS, GROUP, PATCH_OP, SEARCH, TEMPLATE, USER, group, user

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "get", "X", "X" * 300]
NAMES = sorted({attribute.name for schema in (USER_SCHEMA, GROUP_SCHEMA) for attribute in schema.attributes})
PATHS = [
    *NAMES, "id", "meta", "meta.version", "meta.lastModified", "externalId", "schemas", "name.givenName",
    "emails.value", "emails.primary", "members.value", "members.type", "groups.value", "groups.$ref", USER, GROUP,
    f"{USER}:userName", ENTERPRISE, f"{ENTERPRISE}:manager", f"{ENTERPRISE}:manager.value",
    f"{ENTERPRISE}:department", TEMPLATE, f"{TEMPLATE}:template", FIELDS, f"{FIELDS}:fld_1", f"{FIELDS}:fld_2",
    f"{FIELDS}:fld_3", DESCRIPTION, f"{DESCRIPTION}:description", "nonsense", "a.b.c", "$ref", "", " ", "password",
    'emails[type eq "work"]', 'emails[type eq "work"].value', "roles[primary eq true]", 'members[value eq "{joan}"]',
    'members[value eq "tea_1" or value eq "tea_2"]', "x[y pr]", "emails[", "emails[type]", "emails[]", "a]b",
    'phoneNumbers[type eq "mobile" and not (value sw "+")].value', 'addresses[type eq "work"].formatted',
]  # fmt: skip
KEYS = [*PATHS, "value", "type", "primary", "display", "$ref", "op", "path", "Operations", "schemas"]
WORDS = [
    "", "True", "false", "tea_1", "cir_1", "fld_1", "work", "home", "User", "Group", "a" * 400, "a" * 11_000,
    "2026-01-31T09:30:00Z", 'W/"1"', "*", "null", "0", "-1", "1e5", "9" * 40, "0.1", "\\", '"', "%", "_", "%s", "ß",
    "\u0130", "💩", "a\x00", "\ud800", "'; --", "{{7*7}}", "ada@example.com", "JOAN@EXAMPLE.COM", "Team", " team ",
    "{user}", "{joan}", "{group}", "{foreign}", "Support: {template}", '{"value":"x","displayName":"y"}', "\u202e",
    "é", "e\u0301", "\uff21", "\n", "\t x", "NaN", "fld_", "tea_zzzzzzzzzzzzzzzz", "tea_-1", "tea_1 ", "msiam_access",
]  # fmt: skip
NUMBERS = [0, 1, -1, 2**31, 2**63, -(2**63), 10**30, 0.1, -0.0, 1e308, 1.5, 5, 40]
LITERALS = ["", "true", "null", "1", "1.5", "-9e99", "9" * 400, '"tea_1"', '"2026-01-31T09:30:00Z"', "b", '"', "'a'"]
OPERATORS = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "EQ", "pr", "xx", "=", "in"]
RESOURCES = ["Users", "Groups"]
ITEMS = {"Users": ["{user}", "{joan}", "{blocked}"], "Groups": ["{group}", "{managed}"]}
PLAIN = ["/ServiceProviderConfig", "/ResourceTypes", "/ResourceTypes/User", "/Schemas", f"/Schemas/{USER}", "/Me", "/"]
SEARCHES = ["/Users/.search", "/Groups/.search", "/.search"]
ANYWHERE = ["/Users", "/Groups", "{user}", "{group}", "/Bulk", *SEARCHES, *PLAIN, "/Nothing", "{foreign}", "{removed}"]
PARAMETERS = ["filter", "sortBy", "sortOrder", "startIndex", "count", "cursor", "attributes", "excludedAttributes"]
CONTENT_TYPES = [
    "application/json", "application/scim+json", "APPLICATION/JSON; charset=UTF-8", "application/json; charset=utf-16",
    "text/xml", "text/plain", "", ";", "application/*", "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded", "application/json; charset=nonsense", "application/scim+json; x=\"",
]  # fmt: skip
TAGS = ["*", 'W/"1"', '"1"', 'W/"0"', "W/1", 'W/"1", W/"2"', "nonsense", '"', ",", 'W/"1-abc"', "9" * 400]
AGENTS = ["", "Okta SCIM Client 1.0.0", "Azure", "curl/8", "é".encode().decode("latin-1"), "a" * 1_000]


@dataclass
class Odd:
    """One request. token: which credential it carries, `good` or another word for what else it shows."""

    method: str
    path: str
    body: bytes = b""
    content_type: str = "application/scim+json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    token: str = "good"

    @property
    def is_read(self) -> bool:
        """Whether it can change nothing by what it is, whatever the answer."""
        return self.method not in ("POST", "PUT", "PATCH", "DELETE") or ".search" in self.path


def odd_request(seed: int, number: int, places: dict[str, str]) -> Odd:
    """The request of that number. places: what `{user}`, `{group}` and the like stand for."""
    return _Maker(Random(f"{seed}/{number}"), places).request()


class _Maker:
    def __init__(self, random: Random, places: dict[str, str]) -> None:
        self.random = random
        self.pick = random.choice
        self.places = places

    def chance(self, percent: float) -> bool:
        return self.random.random() * 100 < percent

    def some(self, make: Any, most: int, least: int = 0) -> list[Any]:
        return [make() for _ in range(self.random.randint(least, most))]

    # --- values

    def text(self) -> str:
        if self.chance(70):
            return self.pick(WORDS)
        return "".join(chr(self.pick([*range(32, 127), 0x130, 0x4E2D, 0x1F600, 0x7F, 1])) for _ in self.some(int, 12))

    def leaf(self) -> Any:
        return self.pick([None, True, False, self.pick(NUMBERS), self.text(), self.text(), self.text()])

    def value(self, depth: int = 3) -> Any:
        shape = self.random.random()
        if depth == 0 or shape < 0.55:
            return self.leaf()
        inner = partial(self.value, depth - 1)
        return self.some(inner, 4) if shape < 0.75 else {self.key(): inner() for _ in self.some(int, 4)}

    def key(self) -> str:
        return self.pick(KEYS) if self.chance(85) else self.text()

    def plausible(self, attribute: Attribute) -> Any:
        """What the attribute could hold."""
        if attribute.is_complex:
            element = partial(self.element, attribute)
            return self.some(element, 3) if attribute.multi and self.chance(80) else element()
        if attribute.type == "boolean":
            return self.pick([True, False, "True", "false"])
        return self.pick(attribute.canonical) if attribute.canonical and self.chance(50) else self.text()

    def element(self, attribute: Attribute) -> Any:
        if attribute.name == "members":
            return {"value": self.pick(["{user}", "{joan}", "{blocked}", "{foreign}", "tea_zzz"])}
        if self.chance(10):
            return self.text()
        return {sub.name: self.plausible(sub) for sub in attribute.subs if self.chance(50)}

    def entry(self, kind: str) -> tuple[str, Any]:
        """An attribute or a part of one by its path, and mostly a value it could hold."""
        if self.chance(12):
            return self.pick(PATHS), self.value()
        schema = self.pick([USER_SCHEMA, USER_SCHEMA, ENTERPRISE_SCHEMA]) if kind == "Users" else GROUP_SCHEMA
        attribute = self.pick(schema.attributes)
        is_plain = schema is not ENTERPRISE_SCHEMA and self.chance(90)
        path = attribute.name if is_plain else f"{schema.urn}:{attribute.name}"
        if attribute.subs and self.chance(40):
            sub = self.pick(attribute.subs)
            shape = self.pick(['[type eq "work"].', "[primary eq true].", "."]) if attribute.multi else "."
            return f"{path}{shape}{sub.name}", self.plausible(sub)
        return path, self.plausible(attribute)

    # --- bodies

    def resource(self, kind: str) -> Any:
        base = user("new@example.com") if kind == "Users" else group("New")
        if self.chance(20):
            base.pop(self.pick([*base]))
        return {**base, **dict(self.some(partial(self.entry, kind), 3))}

    def operation(self, kind: str) -> Any:
        if self.chance(7):
            return {name: self.value(2) for name in ("op", "path", "value", "Value") if self.chance(75)}
        operation: dict[str, Any] = {"op": self.pick(["add", "Add", "replace", "Replace", "remove", "REMOVE"])}
        if self.chance(30):
            return {**operation, "value": dict(self.some(partial(self.entry, kind), 4))}
        operation["path"], value = self.entry(kind)
        return operation if operation["op"].lower() == "remove" and self.chance(60) else {**operation, "value": value}

    def patch(self, kind: str) -> Any:
        operations: Any = self.some(partial(self.operation, kind), 4, 1)
        return {"schemas": [PATCH_OP], "Operations": self.value() if self.chance(5) else operations}

    def filter(self, depth: int = 2) -> str:
        shape = self.random.random()
        if depth and shape < 0.35:
            left, right = self.filter(depth - 1), self.filter(depth - 1)
            return self.pick([f"{left} and {right}", f"{left} or {right}", f"not ({left})", f"({left}", f"({left})"])
        if shape < 0.5:
            inner = f"{self.pick(['value', 'type', 'primary', 'x'])} {self.pick(OPERATORS)} {self.literal()}"
            return f"{self.pick(PATHS)}[{inner}]"
        return f"{self.pick(PATHS)} {self.pick(OPERATORS)} {self.literal()}"

    def literal(self) -> str:
        if self.chance(40):
            return self.pick(LITERALS)
        return json.dumps(self.text(), ensure_ascii=self.chance(50))

    def parameters(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in self.random.sample(PARAMETERS, self.random.randint(0, 3)):
            if self.chance(10):
                found[name] = self.text()
            elif name == "filter":
                found[name] = self.filter()
            elif name in ("startIndex", "count"):
                found[name] = self.pick([0, 1, 2, 5, 100, -3, 10**30, "1.5"])
            elif name == "sortOrder":
                found[name] = self.pick(["ascending", "Descending"])
            elif name == "cursor":
                found[name] = ""
            elif name == "sortBy":
                found[name] = self.pick(PATHS)
            else:
                found[name] = ",".join(self.some(partial(self.pick, PATHS), 3))
        return found

    def search(self) -> Any:
        body = {"schemas": [SEARCH], **self.parameters()}
        return {**body, self.pick(PARAMETERS): self.value()} if self.chance(20) else body

    def step(self, number: int) -> Any:
        if self.chance(3):
            return self.value()
        kind = self.pick(RESOURCES)
        method = self.pick(["POST", "POST", "PUT", "PATCH", "PATCH", "DELETE"]) if self.chance(97) else "GET"
        path: Any = f"/{kind}" if method == "POST" else self.pick([*ITEMS[kind], f"/{kind}/bulkId:1"])
        if self.chance(3):
            path = self.pick(["/x", "", "/Users/.search", "/Bulk", path + "?a=b", "/v2" + path, 5])
        step = {"method": method, "path": path, "data": self.patch(kind) if method == "PATCH" else self.resource(kind)}
        step["bulkId"] = f"{number}" if self.chance(97) else self.text()
        if self.chance(10):
            step["version"] = self.pick(TAGS)
        if kind == "Groups" and self.chance(40):
            step["data"]["members"] = [{"value": "bulkId:" + self.pick("0123")}]
        return step

    def bulk(self) -> Any:
        steps = [self.step(number) for number in range(self.random.randint(1, 4))]
        body = {"schemas": [BULK_REQUEST], "Operations": self.value() if self.chance(5) else steps}
        return {**body, "failOnErrors": self.pick([1, 2, 0, "1", None, True])} if self.chance(30) else body

    # --- the request

    def request(self) -> Odd:
        kind = self.pick(RESOURCES)
        item = self.pick(ITEMS[kind])
        method, path, body = self.pick(
            [
                lambda: ("GET", self.pick([f"/{kind}", item]), None),
                lambda: ("GET", f"/{kind}", None),
                lambda: ("POST", f"/{kind}", self.resource(kind)),
                lambda: ("PUT", item, self.resource(kind)),
                lambda: ("PATCH", item, self.patch(kind)),
                lambda: ("PATCH", item, self.patch(kind)),
                lambda: ("POST", self.pick(SEARCHES), self.search()),
                lambda: ("POST", "/Bulk", self.bulk()),
                lambda: ("DELETE", item, None),
                lambda: ("GET", self.pick(PLAIN), None),
                lambda: (self.pick(METHODS), self.pick(ANYWHERE), self.value()),
                lambda: (self.pick(METHODS[:5]), f"/{kind}/{quote(self.text(), errors='replace')}", self.patch(kind)),
            ]
        )()
        odd = Odd(method, self.spelt(self.filled(path)), self.encoded(body))
        self.disguise(odd)
        return odd

    def spelt(self, path: str) -> str:
        """The path with a query, and now and then in another spelling."""
        query = urlencode(self.parameters(), errors="replace") if self.chance(60) else ""
        if self.chance(6):
            query = self.pick(
                [f"aadOptscim062020&{query}", "%00=%ff", "filter", "&&&", "filter=a&filter=b", query + "#"]
            )
        if self.chance(4):
            flagged = path + "%3FaadOptscim062020"
            path = self.pick([path + "/", "/" + path, path.replace("/", "//"), flagged, path.lower()])
        return f"{path}?{query}" if query else path

    def filled(self, text: str) -> str:
        for name, place in self.places.items():
            text = text.replace(name, place)
        return text

    def encoded(self, body: Any) -> bytes:
        if body is None and self.chance(95):
            return b""
        text = self.filled(json.dumps(body))
        for place in self.places.values():  # in values, a place is an id
            text = text.replace(f'"value": "{place}"', f'"value": "{place.rpartition("/")[2]}"')
        if self.chance(96):
            return text.encode()
        raw = text.encode()
        return self.pick(
            [
                b"", raw[: len(raw) // 2], raw + b"}", text.encode("utf-16"), b"\xef\xbb\xbf" + raw, b"[" * 3_000,
                b'{"a":' * 60 + b"1" + b"}" * 60, raw.replace(b'"', b"'"), b"\xff\xfe\x00", b"null", b"[]", b"{}",
                b'""', b'{"userName":"a","userName":"b","USERNAME":"c"}', b'{"a":NaN}', b'{"Operations":' + raw + b"}",
                bytes(self.random.randrange(256) if self.chance(2) else byte for byte in raw),
            ]
        )  # fmt: skip

    def disguise(self, odd: Odd) -> None:
        """Headers, and now and then a credential that opens nothing."""
        if self.chance(5):
            odd.content_type = self.pick(CONTENT_TYPES)
        if self.chance(8):
            odd.headers[self.pick(["if-match", "if-none-match"])] = self.pick(TAGS)
        if self.chance(10):
            odd.headers["accept-encoding"] = self.pick(["gzip", "gzip;q=0", "*", "br, gzip;q=0.5", "identity"])
        if self.chance(5):
            odd.headers["accept"] = self.pick(["text/html", "*/*", "application/xml", "nonsense", ""])
        if self.chance(10):
            odd.headers["user-agent"] = self.pick(AGENTS)
        if self.chance(4):
            odd.headers["content-encoding"] = self.pick(["gzip", "x-gzip", "deflate", "identity", "gzip, gzip", ""])
            if "gzip" in odd.headers["content-encoding"] and self.chance(80):
                packed = gzip.compress(odd.body, 1)
                odd.body = packed[: -self.random.randint(1, 12)] if self.chance(20) else packed
        if self.chance(3):
            odd.token = self.pick(["none", "wrong", "basic", "revoked", "empty", "other scope"])
