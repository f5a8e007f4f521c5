"""The HTTP side of the provisioning service: URLs, retries, and what an answer means for the job.

Sources: Microsoft, "Application provisioning in quarantine status", "Develop and plan provisioning for a SCIM
endpoint in Microsoft Entra ID"; RFC 7644.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Any, Literal
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit, urlunsplit

import httpx

from frontprov.simulator.dialect import FLAG, Body
from frontprov.simulator.outcome import Refused, Stopped
from frontprov.simulator.stats import Statistics

Endpoint = Literal["Users", "Groups"]

PAGE_SIZE = 100
ATTEMPTS = 5
FIRST_DELAY = 0.25  # seconds; doubled for each further attempt
LONGEST_DELAY = 20.0  # seconds; a longer Retry-After is cut to this
LOST_REQUESTS = 3  # so many requests in a row without an answer to any attempt mean that the server is gone

CREDENTIALS = (
    "Entra takes 401 and 403 for bad credentials and puts the whole provisioning job into quarantine at once, "
    "whatever the number of failures. Check the Secret Token (not revoked, not expired, with the Auto-Provisioning "
    "scope) and that the plan includes SCIM."
)


@dataclass(frozen=True)
class TenantUrl:
    """The address from the setup page, taken apart: `https://host/v2/?aadOptscim062020` has the flag."""

    root: str  # without a slash at the end
    flag: bool
    query: str  # parameters of the server's own, kept on every request

    @classmethod
    def parse(cls, url: str) -> "TenantUrl":
        parts = urlsplit(url.strip())
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Stopped("bad address", f"{url!r} is no http:// or https:// address.")
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        kept = [(name, value) for name, value in pairs if name.lower() != FLAG.lower()]
        root = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
        query = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in kept)
        return cls(root, len(kept) != len(pairs), query)

    def join(self, path: str, parameters: str, *, flag: bool) -> str:
        query = "&".join(filter(None, (FLAG if flag else "", self.query, parameters)))
        return f"{self.root}/{path}" + (f"?{query}" if query else "")


class ScimClient:
    """Requests to one SCIM server. Safe to share between threads.

    Each public method names its `operation` for the statistics and takes `flag`: whether this request carries
    `aadOptscim062020`. Raises Refused for one object's trouble and Stopped when the job cannot go on.
    """

    def __init__(
        self,
        url: TenantUrl,
        token: str,
        *,
        connections: int,
        timeout: float = 30.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = url
        self.statistics = Statistics()
        self._sleep = sleep
        self._answered = False
        self._lost = 0
        self._lock = Lock()
        try:
            headers = {"Authorization": f"Bearer {token}", "Accept": "application/scim+json"}
            self._http = httpx.Client(
                headers=headers,
                timeout=timeout,
                transport=transport,
                limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            )
        except UnicodeEncodeError:
            raise Stopped("bad token", "The token holds characters that no HTTP header can carry.") from None
        # Entra was seen without one, and gateways were seen to refuse that; better to meet it here.
        del self._http.headers["User-Agent"]

    def close(self) -> None:
        self._http.close()

    def take_statistics(self) -> Statistics:
        """What was counted since the last call."""
        taken, self.statistics = self.statistics, Statistics()
        return taken

    def query(
        self, operation: str, endpoint: Endpoint, attribute: str, value: str, *, flag: bool
    ) -> list[dict[str, Any]]:
        """Resources whose attribute equals value. Entra writes spaces as `+` and everything else as %XX."""
        literal = json.dumps(value, ensure_ascii=False)
        parameters = f"filter={quote_plus(f'{attribute} eq {literal}')}"
        if endpoint == "Groups":
            parameters = f"excludedAttributes=members&{parameters}"
        listed = self._list(operation, endpoint, parameters, flag=flag)
        return listed[0]

    def pages(self, operation: str, endpoint: Endpoint, *, flag: bool) -> Iterator[dict[str, Any]]:
        """Every resource, page by page, as startIndex and count allow (RFC 7644 §3.4.2.4)."""
        start = 1
        while True:
            resources, total = self._list(operation, endpoint, f"startIndex={start}&count={PAGE_SIZE}", flag=flag)
            yield from resources
            start += len(resources)
            if not resources or start > total:
                return

    def read(self, operation: str, endpoint: Endpoint, scim_id: str, *, members: bool, flag: bool) -> dict[str, Any]:
        parameters = "excludedAttributes=members" if endpoint == "Groups" and not members else ""
        return self._resource(operation, "GET", f"{endpoint}/{quote(scim_id, safe='')}", parameters, None, flag)

    def create(self, operation: str, endpoint: Endpoint, body: Body, *, flag: bool) -> dict[str, Any]:
        return self._resource(operation, "POST", endpoint, "", body, flag)

    def patch(self, operation: str, endpoint: Endpoint, scim_id: str, body: Body, *, flag: bool) -> None:
        self._send(operation, "PATCH", f"{endpoint}/{quote(scim_id, safe='')}", "", body, flag)

    def delete(self, operation: str, endpoint: Endpoint, scim_id: str, *, flag: bool) -> None:
        self._send(operation, "DELETE", f"{endpoint}/{quote(scim_id, safe='')}", "", None, flag)

    def _list(
        self, operation: str, endpoint: Endpoint, parameters: str, *, flag: bool
    ) -> tuple[list[dict[str, Any]], int]:
        try:
            answer = self._json(operation, "GET", endpoint, parameters, None, flag)
        except Refused as refusal:
            if refusal.status == 404:
                raise Stopped(
                    "not SCIM",
                    f"GET {refusal.path} answered 404. A query always has an answer, an empty list if need be; Entra "
                    "takes this server for no SCIM server and quarantines the job. Is the address complete, with its "
                    "version (…/v2)?",
                ) from None
            raise
        resources = answer.get("Resources") or []
        total = answer.get("totalResults")
        if not isinstance(resources, list) or not isinstance(total, int) or isinstance(total, bool):
            raise Stopped("not SCIM", f"GET /{endpoint} is no ListResponse: totalResults is {total!r}.")
        return resources, total

    def _resource(
        self, operation: str, method: str, path: str, parameters: str, body: Body | None, flag: bool
    ) -> dict[str, Any]:
        resource = self._json(operation, method, path, parameters, body, flag)
        if not isinstance(resource.get("id"), str) or not resource["id"]:
            raise Refused(method, f"/{path}", None, "The answer has no id.", code="MissingId")
        return resource

    def _json(
        self, operation: str, method: str, path: str, parameters: str, body: Body | None, flag: bool
    ) -> dict[str, Any]:
        response = self._send(operation, method, path, parameters, body, flag)
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            kind = response.headers.get("Content-Type", "no content type")
            raise Stopped("not SCIM", f"{method} /{path} answered {response.status_code} with {kind}, not with SCIM.")
        return answer

    def _send(
        self, operation: str, method: str, path: str, parameters: str, body: Body | None, flag: bool
    ) -> httpx.Response:
        url = self.url.join(path, parameters, flag=flag)
        shown = f"/{path}" + (f"?{parameters}" if parameters else "")
        response, trouble = self._attempts(operation, method, url, body)
        if response is None:
            raise Refused(method, shown, None, trouble, code="WebExceptionProtocolError")
        status = response.status_code
        if status in (401, 403):
            answer = f"{method} {shown} answered {status} ({_detail(response).rstrip('. ')})."
            raise Stopped("quarantine", f"{answer} {CREDENTIALS}")
        if not 200 <= status < 300:
            raise Refused(method, shown, status, _detail(response))
        return response

    def _attempts(self, operation: str, method: str, url: str, body: Body | None) -> tuple[httpx.Response | None, str]:
        """The last answer, or None and why there was none."""
        response, trouble = None, ""
        for attempt in range(ATTEMPTS):
            if attempt:
                self._sleep(_delay(response, attempt))
            response, trouble = self._attempt(operation, method, url, body, retry=attempt > 0)
            if response is None:
                if attempt and not self._answered:
                    break  # a wrong address should be told soon
                continue
            self._answered = True
            if not _passing(response.status_code):
                break
        with self._lock:
            self._lost = 0 if response is not None else self._lost + 1
            if not self._answered or self._lost >= LOST_REQUESTS:
                raise Stopped("no answer", f"{self.url.root} cannot be reached: {trouble}")
        return response, trouble

    def _attempt(
        self, operation: str, method: str, url: str, body: Body | None, *, retry: bool
    ) -> tuple[httpx.Response | None, str]:
        headers = {} if body is None else {"Content-Type": "application/scim+json; charset=utf-8"}
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        began = time.perf_counter()
        response, trouble = None, ""
        try:
            response = self._http.request(method, url, headers=headers, content=content)
        except httpx.TransportError as error:
            trouble = str(error) or type(error).__name__
        except (httpx.InvalidURL, ValueError) as error:
            raise Stopped("bad address", f"{self.url.root} cannot be asked: {error}") from error
        milliseconds = (time.perf_counter() - began) * 1000
        status = None if response is None else response.status_code
        self.statistics.record(operation, status, milliseconds, retry=retry)
        return response, trouble


def _passing(status: int) -> bool:
    """Whether the same request may succeed a little later."""
    return status == 429 or (status >= 500 and status != 501)


def _delay(response: httpx.Response | None, attempt: int) -> float:
    """Seconds to wait before this attempt: what Retry-After asks for, within reason, or twice as long each time."""
    backoff = FIRST_DELAY * 2 ** (attempt - 1)
    asked = None if response is None else response.headers.get("Retry-After")
    if not asked:
        return backoff
    try:
        seconds = float(asked)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(asked) - datetime.now(UTC)).total_seconds()
        except (TypeError, ValueError):
            return backoff
    return min(max(seconds, 0.0), LONGEST_DELAY)


def _detail(response: httpx.Response) -> str:
    """The server's own explanation: SCIM's `detail` (RFC 7644 §3.12), or the beginning of whatever it sent."""
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if isinstance(answer, dict) and answer.get("detail"):
        return str(answer["detail"])
    if 300 <= response.status_code < 400:
        return f"A redirect to {response.headers.get('Location')}; Entra does not follow one with a body."
    return response.text.strip()[:300] or response.reason_phrase
