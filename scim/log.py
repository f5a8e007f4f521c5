"""Writing the provisioning log: one entry for every write and every refusal, in one statement.

Writing it never makes a request fail: the request is done by then, and an entry that cannot be written is itself
only logged.
"""

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponseBase

from scim.adapters.base import CompanyAdapter
from scim.clients import client_of
from scim.content import is_too_deep
from scim.models import Outcome
from teammates import sql
from teammates.models import ApiToken
from teammates.sentences import sentence

logger = logging.getLogger(__name__)

LONGEST_BODY = 20_000  # characters of a request or an answer that are kept
MASK = "•••"
DEEPEST = 20  # levels of a body that are shown
ALWAYS_MASKED = frozenset({"password"})
QUIET = frozenset({"teammate.conversations_released", "teammate.access_changed"})  # said by what goes before them

Happened = tuple[str, str, str, dict[str, Any]]

_WRITE = """
WITH entry AS (
    INSERT INTO scim_logentry (company_id, at, token_id, token_name, client, method, path, status, milliseconds,
                               outcome, text, kinds, resource, resource_name)
    VALUES (%s, now(), %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    RETURNING id, at)
INSERT INTO scim_logbody (id, at, request, answer) SELECT id, at, %s, %s FROM entry
"""


@dataclass
class Recorder:
    """Collects what is known of one request while it runs.

    adapter: of a request about one resource; its actor holds the events the request caused and the remarks on it.
    """

    started: float = field(default_factory=time.monotonic)
    adapter: CompanyAdapter | None = None

    def write(self, request: HttpRequest, token: ApiToken, response: HttpResponseBase, error: str) -> None:
        """Write the entry of a finished request. error: the text of the refusal, if it was one."""
        try:
            sql.execute(_WRITE, self._params(request, token, response, error))
        except Exception:  # whatever it is, the request is done and its answer stands
            logger.exception("The provisioning log could not be written")

    def _params(self, request: HttpRequest, token: ApiToken, response: HttpResponseBase, error: str) -> Sequence[Any]:
        body = getattr(request, "_body", b"")
        happened, remarks, resource, name = self._what()
        answer = b"" if response.streaming else response.content  # type: ignore[attr-defined]
        return [
            token.company_id,
            token.pk,
            token.name,
            client_of(request, body),
            str(request.method),
            _clean(request.get_full_path())[:2000],
            response.status_code,
            round((time.monotonic() - self.started) * 1000),
            outcome_of(response.status_code, happened),
            _clean(in_words(error, happened, remarks)),
            orjson.dumps([kind for kind, *_ in happened]).decode(),
            resource,
            name[:1000],
            _clean(masked(body, token.company.masked_attributes)),
            _clean(masked(answer, token.company.masked_attributes)),
        ]

    def _what(self) -> tuple[Sequence[Happened], Sequence[str], str, str]:
        """The events, the remarks, and the resource by id and name, as far as they came to be known."""
        if self.adapter is None:
            return [], [], "", ""
        actor, obj = self.adapter.actor, self.adapter.obj
        return actor.happened or [], actor.remarks, obj.public_id if obj.pk else "", obj.name


def outcome_of(status: int, happened: Sequence[Any]) -> Outcome:
    if status >= 500:
        return Outcome.FAILED
    if status >= 400:
        return Outcome.REFUSED
    return Outcome.CHANGED if happened else Outcome.UNCHANGED


def in_words(error: str, happened: Sequence[Happened], remarks: Sequence[str]) -> str:
    """The outcome as a person would say it."""
    if error:
        return f"Refused: {error}"
    told = [sentence(kind, name, data) for kind, _, name, data in happened if kind not in QUIET]
    said = ". ".join(told) if told else "No change: everything was as asked already"
    return ". ".join([said, *(remark.rstrip(".") for remark in remarks)]) + "."


def masked(body: bytes, attributes: Iterable[str] = ()) -> str:
    """A body fit to be kept: secrets and the named attributes hidden, and cut when it is long."""
    if not body:
        return ""
    hidden = ALWAYS_MASKED | {name.lower() for name in attributes}
    lowered = body.lower()
    if b"\\u" not in body and not any(
        name.encode() in lowered for name in hidden
    ):  # nothing to hide, so nothing to read
        return _cut(body.decode("utf-8", "replace"))
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return MASK  # what cannot be read cannot be searched for secrets
    if is_too_deep(parsed):
        return MASK
    return _cut(orjson.dumps(_hide(parsed, hidden)).decode())


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_BODY else f"{text[:LONGEST_BODY]}… ({len(text)} characters)"


def _hide(value: Any, hidden: frozenset[str], depth: int = 0) -> Any:
    if depth > DEEPEST:
        return MASK
    if isinstance(value, list):
        return [_hide(item, hidden, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    path = value.get("path")
    covered = isinstance(path, str) and _is_hidden(path, hidden)
    return {
        key: MASK if _is_hidden(key, hidden) or (covered and key.lower() == "value") else _hide(item, hidden, depth + 1)
        for key, item in value.items()
    }


def _is_hidden(path: str, hidden: frozenset[str]) -> bool:
    """Whether a key or a PATCH path names a hidden attribute, by its last part or any before it."""
    parts = path.lower().replace("[", ".").replace(":", ".").split(".")
    return any(part in hidden for part in parts)


def _clean(text: str) -> str:
    """Without what PostgreSQL's text cannot hold."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
