"""POST /Bulk: many writes in one request, in the order their references need (RFC 7644 §3.7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import resolve
from rest_framework.request import Request

from scim.content import SCIM_JSON, scim_response
from scim.endpoint import ScimEndpoint
from scim.errors import InvalidSyntax, ScimError, error_body
from scim.hooks import PREFIX
from scim.log import Recorder

BULK_REQUEST: Final = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
BULK_RESPONSE: Final = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
METHODS: Final = ("POST", "PUT", "PATCH", "DELETE")
REFERENCE: Final = re.compile(r'(?<=["/])bulkId:([^/"\\\s]+)')  # a whole text, or the last part of a path
PATH: Final = re.compile(r"/(?:Users|Groups)(?:/(?!\.search$)[^/?#]+)?")


class Place(Enum):
    """How an operation stands to the others. BROKEN: a circle is broken here, by creating first and referring later."""

    FREE = "free"
    BROKEN = "broken"
    CIRCULAR = "circular"


@dataclass(frozen=True)
class Step:
    """One operation of a bulk request."""

    method: str
    path: str
    bulk_id: str
    data: bytes
    version: str
    fault: str = ""  # why it cannot be done at all

    def references(self) -> set[str]:
        """The bulkIds that this operation needs to be done first."""
        text = f"{self.path} {self.data.decode()}"
        return {found[1] for found in REFERENCE.finditer(text)}

    def without(self, missing: set[str]) -> Step:
        """The operation without the values that refer to these bulkIds."""
        return replace(self, data=orjson.dumps(_pruned(orjson.loads(self.data), missing)))


class BulkView(ScimEndpoint):
    """Each operation goes through the view it names, as a request of its own: same rules, same log entry."""

    is_write = False  # its operations are

    @property
    def allowed_methods(self) -> list[str]:
        return ["POST"]

    def post(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        body = _by_lower_name(self.load_body())
        steps = _read(body)
        limit = body.get("failonerrors")
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
            raise InvalidSyntax("failOnErrors must be a whole number above 0.")
        done: dict[int, dict[str, Any]] = {}
        created: dict[str, str] = {}
        errors = 0
        referring: list[int] = []
        for number, place in _in_order(steps):
            done[number] = answer = self.run(steps[number], created, place)
            errors += int(answer["status"]) >= 400
            if place is Place.BROKEN and answer["status"] == "201":
                referring.append(number)
            if limit is not None and errors >= limit:
                break
        for number in referring:
            self.refer(steps[number], created, done[number])
        return scim_response({"schemas": [BULK_RESPONSE], "Operations": [done[number] for number in sorted(done)]})

    def run(self, step: Step, created: dict[str, str], place: Place) -> dict[str, Any]:
        """Do one operation; its answer as a bulk response has it. created: ids by bulkId, so far."""
        answer: dict[str, Any] = {"method": step.method}
        if step.bulk_id:
            answer["bulkId"] = step.bulk_id
        path = _filled(step.path, created)
        if not step.fault and step.method != "POST" and not REFERENCE.search(path):
            answer["location"] = self.base + path.lstrip("/")
        if place is Place.BROKEN:
            step = step.without(step.references() - created.keys())
        inner = self.inner_request(step, created)
        response = self.refused_unread(inner, step, created, place) or self.dispatch_to_view(inner)
        answer["status"] = str(response.status_code)
        if response.status_code >= 400:
            return {**answer, "response": orjson.loads(response.content)}  # type: ignore[attr-defined]
        if response.status_code == 201:
            answer["location"] = response.headers["Location"]
            created[step.bulk_id] = answer["location"].rsplit("/", 1)[-1]
        if "ETag" in response.headers:
            answer["version"] = response.headers["ETag"]
        return answer

    def refer(self, step: Step, created: dict[str, str], answer: dict[str, Any]) -> None:
        """Write what was created once more, now with the references that broke a circle (RFC 7644 §3.7.1)."""
        if missing := step.references() - created.keys():
            text = f"It was created without the reference to bulkId {min(missing)}, which this request did not create."
            answer |= {"status": "409", "response": error_body(409, text)}
            return
        whole = replace(step, method="PUT", path=f"{step.path}/{created[step.bulk_id]}")
        response = self.dispatch_to_view(self.inner_request(whole, created))
        if response.status_code >= 400:
            body = orjson.loads(response.content)  # type: ignore[attr-defined]
            answer |= {"status": str(response.status_code), "response": body}
        else:
            answer["version"] = response.headers["ETag"]

    def refused_unread(
        self, inner: HttpRequest, step: Step, created: dict[str, str], place: Place
    ) -> HttpResponse | None:
        """The refusal, logged like any other, of an operation that cannot be read or refers to what is not created."""
        text = step.fault
        if step.fault:
            response = scim_response(error_body(400, text, "invalidSyntax"), 400)
        elif place is Place.CIRCULAR:
            text = "These operations refer to each other in a circle: create first, and refer in a later request."
            response = scim_response(error_body(409, text), 409)
        elif missing := step.references() - created.keys():
            text = f"bulkId {min(missing)} was not created by this request."
            response = scim_response(error_body(400, text, "invalidValue"), 400)
        else:
            return None
        Recorder().write(inner, self.token, response, text)
        return response

    def inner_request(self, step: Step, created: dict[str, str]) -> HttpRequest:
        outer = self.request._request
        inner = HttpRequest()
        inner.method = step.method
        inner.path = inner.path_info = PREFIX.rstrip("/") + _filled(step.path, created)
        inner.META = {
            name: value
            for name, value in outer.META.items()
            if name not in ("QUERY_STRING", "HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH")
        }
        inner._body = _filled(step.data.decode(), created).encode()
        inner._read_started = True  # type: ignore[attr-defined]
        inner.META |= {"CONTENT_TYPE": SCIM_JSON, "CONTENT_LENGTH": str(len(inner._body))}
        if step.version:
            inner.META["HTTP_IF_MATCH"] = step.version
        inner.verified_token = self.token  # type: ignore[attr-defined]
        return inner

    def dispatch_to_view(self, inner: HttpRequest) -> HttpResponseBase:
        view, args, kwargs = resolve(inner.path_info)
        response: HttpResponseBase = view(inner, *args, **kwargs)
        return response


def _by_lower_name(message: dict[str, Any]) -> dict[str, Any]:
    """The parts of a message by their names in lower case: they are read in any (RFC 7643 §2.1)."""
    return {name.lower(): value for name, value in message.items()}


def _read(body: dict[str, Any]) -> list[Step]:
    schemas = body.get("schemas")
    if not isinstance(schemas, list) or BULK_REQUEST not in schemas:
        raise InvalidSyntax(f"A bulk request has the schema {BULK_REQUEST}.")
    operations = body.get("operations")
    if not isinstance(operations, list) or not operations:
        raise InvalidSyntax("A bulk request needs Operations, a list of at least one.")
    most = settings.SCIM_MAX_BULK_OPERATIONS
    if len(operations) > most:
        raise ScimError(f"{len(operations)} operations; send at most {most} in one request.", status=413)
    steps = [_step(operation) for operation in operations]
    named = [step.bulk_id for step in steps if step.bulk_id]
    if len(named) != len(set(named)):
        raise InvalidSyntax("Each bulkId must be used once only.")
    return steps


def _step(operation: Any) -> Step:
    """One of the Operations. What is wrong with one must not stop the others (RFC 7644 §3.7)."""
    if not isinstance(operation, dict):
        raise InvalidSyntax("Each of the Operations must be an object.")
    operation = _by_lower_name(operation)
    method = str(operation.get("method", "")).upper()
    path, bulk_id, version = (operation.get(name) or "" for name in ("path", "bulkid", "version"))
    data = operation.get("data")
    fault = ""
    if method not in METHODS:
        fault = f"The operation needs a method of {', '.join(METHODS)}."
    elif not all(isinstance(text, str) for text in (path, bulk_id, version)) or not PATH.fullmatch(path):
        fault = "The operation needs a path such as /Users or /Groups/cir_1."
    elif method == "POST" and not bulk_id:
        fault = "A POST in a bulk request needs a bulkId."
    elif method != "DELETE" and not isinstance(data, dict):
        fault = f"A {method} in a bulk request needs data, an object."
    if fault:
        return Step(method[:10], "/Bulk", bulk_id if isinstance(bulk_id, str) else "", b"", "", fault)
    return Step(method, path, bulk_id, orjson.dumps(data) if method != "DELETE" else b"", version)


def _in_order(steps: list[Step]) -> Iterator[tuple[int, Place]]:
    """The operations by number, each after those it refers to, else as sent.

    A circle is broken at a new user, of whom everything but the reference can be written first: people may be each
    other's managers. Any other circle is left for the end.
    """
    makers = {step.bulk_id: number for number, step in enumerate(steps) if step.bulk_id and step.method == "POST"}
    needs = {
        number: {makers[name] for name in step.references() if name in makers} for number, step in enumerate(steps)
    }
    places = dict.fromkeys(needs, Place.FREE)
    while True:
        left_out = _at(places, Place.CIRCULAR)
        sorter = TopologicalSorter({number: needs[number] - left_out for number in needs.keys() - left_out})
        try:
            sorter.prepare()
            break
        except CycleError as error:
            circle = set(error.args[1])
            users = [number for number in circle if steps[number].method == "POST" and steps[number].path == "/Users"]
            if users:
                places[min(users)] = Place.BROKEN
                needs[min(users)] -= circle
            else:
                places |= dict.fromkeys(circle, Place.CIRCULAR)
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        for number in ready:
            yield number, places[number]
            sorter.done(number)
    for number in sorted(_at(places, Place.CIRCULAR)):
        yield number, Place.CIRCULAR


def _at(places: dict[int, Place], wanted: Place) -> set[int]:
    return {number for number, place in places.items() if place is wanted}


def _pruned(value: Any, missing: set[str]) -> Any:
    """JSON without the texts that refer to one of these bulkIds, and without what held nothing else."""
    if isinstance(value, dict):
        kept = {key: _pruned(item, missing) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item is not None}
    if isinstance(value, list):
        return [item for item in (_pruned(item, missing) for item in value) if item is not None]
    if isinstance(value, str) and any(found[1] in missing for found in REFERENCE.finditer(f'"{value}"')):
        return None
    return value


def _filled(text: str, created: dict[str, str]) -> str:
    """The text with each `bulkId:…` replaced by the id it came to be."""
    return REFERENCE.sub(lambda found: created.get(found[1], found[0]), text)
