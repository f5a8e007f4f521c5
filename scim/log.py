"""Writing the provisioning log: one entry for every write and every refusal, in one statement.

A look-up by id that finds nobody leaves one as well, and is no refusal: clients look up whom they have just deleted.
A flood of refusals is counted instead, so that it cannot fill the disk (scim.flood).

Writing it never makes a request fail: the request is done by then, and an entry that cannot be written is itself
only logged.
"""

import logging
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

import orjson
from django.http import HttpRequest, HttpResponseBase

from scim.adapters.base import CompanyAdapter
from scim.clients import client_of
from scim.content import is_too_deep
from scim.flood import allowance, of_look_ups
from scim.gone import Gone, gone
from scim.limits import counts
from scim.models import BEYOND_THE_LOG, Outcome
from teammates import sql
from teammates.models import ApiToken, Teammate, TeammateGroup
from teammates.sentences import sentence
from teammates.services.members import MEMBERS_IN_EVENT

logger = logging.getLogger(__name__)

LONGEST_BODY = 20_000  # characters of a request or an answer that are kept
MASK = "•••"
DEEPEST = 20  # levels of a body that are shown
ALWAYS_MASKED = frozenset({"password"})
LAST_OF_A_FLOOD = " Further %s with this token are counted and not logged one by one, until they become fewer."
BEHIND_NAME = re.compile(r"[.\[]")
WORDS = re.compile(r"[a-z0-9_$-]+")
PERSON = re.compile(rb"\b" + Teammate.prefix.encode() + rb"_[0-9a-z]{1,13}\b")  # a public id
MOST_UNCHANGED = 20  # members that an entry keeps of a request that named them and changed nothing
QUIET = frozenset({"teammate.conversations_released", "teammate.access_changed"})  # said by what goes before them

Happened = tuple[str, str, str, dict[str, Any]]

_ENTRY = """
WITH entry AS (
    INSERT INTO scim_logentry (company_id, at, token_id, token_name, client, method, path, status, milliseconds,
                               outcome, text, kinds, members, resource, resource_name)
    VALUES (%s, now(), %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, {name})
    RETURNING id, at)
INSERT INTO scim_logbody (id, at, request, answer) SELECT id, at, %s, %s FROM entry
"""
_WRITE = _ENTRY.format(name="%s")
# A refusal of a change did not read what it was about: the name is looked up along the way.
_WRITE_NAMING = {
    Teammate.prefix: _ENTRY.format(
        name="coalesce((SELECT coalesce(nullif(display_name, ''), nullif(btrim(first_name || ' ' || last_name), ''), "
        "login) FROM teammates_teammate WHERE company_id = %s AND id = %s), '')"
    ),
    TeammateGroup.prefix: _ENTRY.format(
        name="coalesce((SELECT name FROM teammates_teammategroup WHERE company_id = %s AND id = %s), '')"
    ),
}


@dataclass
class Recorder:
    """Collects what is known of one request while it runs.

    adapter: of a request about one resource; its actor holds the events the request caused and the remarks on it.
    asked_for: the id of the one resource that the path names.
    """

    started: float = field(default_factory=time.monotonic)
    adapter: CompanyAdapter | None = None
    asked_for: str = ""

    def write(self, request: HttpRequest, token: ApiToken, response: HttpResponseBase, error: str) -> None:
        """Write the entry of a finished request. error: the text of the refusal, if it was one."""
        try:
            entry = self._entry(request, token, response, error)
            if entry is not None:
                sql.execute(*entry, prepared=True)
        except Exception:  # whatever it is, the request is done and its answer stands
            logger.exception("The provisioning log could not be written")

    def _entry(
        self, request: HttpRequest, token: ApiToken, response: HttpResponseBase, error: str
    ) -> tuple[str, Sequence[Any]] | None:
        """The statement and its parameters; None when a flood of refusals leaves no room for this one."""
        body = b"" if "HTTP_CONTENT_ENCODING" in request.META else getattr(request, "_body", b"")  # still packed
        hidden = _hidden(token.company.masked_attributes)
        happened, remarks, resource = self._what()
        name = self._name(happened, hidden)
        answer = b"" if response.streaming else response.content  # type: ignore[attr-defined]
        text = in_words(error, happened, remarks, self.adapter.names if self.adapter is not None else None)
        is_look_up = self._found_nobody(request, response)
        if response.status_code >= 400:
            room = of_look_ups if is_look_up else allowance
            left, keeps_bodies = room.take(token.pk, min(len(body), LONGEST_BODY) + len(answer))
            if not left:
                if not is_look_up:  # which was counted as a read
                    counts.note(token, request, BEYOND_THE_LOG)
                return None
            if not keeps_bodies:
                body = answer = b""
            if response.status_code == 404 and self.asked_for:
                model = TeammateGroup if "/groups" in request.path.lower() else Teammate
                who = gone(token.company_id, model, self.asked_for)
                text = looked_up(model, self.asked_for, who) if is_look_up else f"{text}{_how_they_went(who)}"
                name, resource = (who.name, who.public_id) if who is not None else (name, resource)
            text += LAST_OF_A_FLOOD % ("look-ups of nobody" if is_look_up else "refusals") if left == 1 else ""
        statement = _WRITE
        named: list[Any] = [name[:1000]]
        if self.adapter is not None and resource and not name:
            statement, named = _WRITE_NAMING[resource[:3]], [token.company_id, self.adapter.obj.pk]
        return statement, [
            token.company_id,
            token.pk,
            token.name,
            client_of(request, token.pk, body),
            str(request.method)[:10],
            _clean(_shown_path(request, hidden))[:2000],
            response.status_code,
            round((time.monotonic() - self.started) * 1000),
            Outcome.NOT_FOUND if is_look_up else outcome_of(response.status_code, happened),
            _clean(text),
            orjson.dumps([kind for kind, *_ in happened]).decode(),
            [] if "members" in hidden else members_of(happened) or _named_in(request, body, response, error),
            resource,
            *named,
            _clean(masked(body, hidden)),
            _clean(masked(answer, hidden)),
        ]

    def _found_nobody(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        return response.status_code == 404 and bool(self.asked_for) and request.method in ("GET", "HEAD")

    def _what(self) -> tuple[Sequence[Happened], Sequence[str], str]:
        """The events, the remarks, and the id of the resource, as far as they came to be known."""
        if self.adapter is None:
            return [], [], ""
        actor, obj = self.adapter.actor, self.adapter.obj
        return actor.happened or [], actor.remarks, obj.public_id if obj.pk else ""

    def _name(self, happened: Sequence[Happened], hidden: frozenset[str]) -> str:
        """The name of the resource: as it was read or made, as its event has it, or as a refused POST has it."""
        if self.adapter is None:
            return ""
        if self.adapter.obj.name or happened:
            return str(self.adapter.obj.name or happened[0][2])
        document = getattr(self.adapter, "document", {}) if self.adapter.obj.pk is None else {}
        shown = (str(document.get(key, "")) for key in ("displayName", "userName") if key.lower() not in hidden)
        return _clean(next(filter(None, shown), ""))


def members_of(happened: Iterable[Happened]) -> list[str]:
    """Whom the events of groups brought in or took out, by public id, each once."""
    found: dict[str, None] = {}
    for kind, _, _, data in happened:
        if kind.startswith("group."):
            found |= dict.fromkeys([*data.get("members_added", ()), *data.get("members_removed", ())])
    return list(found)


def _named_in(request: HttpRequest, body: bytes, response: HttpResponseBase, error: str) -> list[str]:
    """Whom a request about a group named that did nothing: of one that was refused all, of another a few.

    The text of a refusal may say who was meant by something that is no id.

    A client may send the whole list of a large group again and again, and none of them is looked for because of that.
    """
    if "/groups" not in request.path.lower():
        return []
    refused = response.status_code >= 400
    most = MEMBERS_IN_EVENT if refused else MOST_UNCHANGED
    found: dict[str, None] = {}
    for match in PERSON.finditer(error.encode("utf-8", "replace") + b"\n" + body):
        found[match[0].decode()] = None
        if len(found) > most:
            return list(found)[:most] if refused else []
    return list(found)


def outcome_of(status: int, happened: Sequence[Any]) -> Outcome:
    if status >= 500:
        return Outcome.FAILED
    if status >= 400:
        return Outcome.REFUSED
    return Outcome.CHANGED if happened else Outcome.UNCHANGED


def looked_up(model: type[Teammate] | type[TeammateGroup], public_id: str, who: Gone | None) -> str:
    """A look-up by id that found nobody. who: whose id it was."""
    noun = "User" if model is Teammate else "Group"
    if who is None:
        return (
            f"Looked up {public_id[:100]}: answered that there is no such {noun}. No {noun} of this company has this "
            "ID, or had it."
        )
    whom = f"{who.name}, who" if model is Teammate else f"the group {who.name}, which"
    return f"Looked up {whom} {who.went}: answered that there is no such {noun}."


def _how_they_went(who: Gone | None) -> str:
    """What is added to a refusal of a change of who or what is gone."""
    return f" {who.name} ({who.public_id}) {who.went}." if who is not None else ""


def in_words(
    error: str, happened: Sequence[Happened], remarks: Sequence[str], names: Mapping[str, str] | None = None
) -> str:
    """The outcome as a person would say it. names: of custom fields, by their ids; a template's is in an event."""
    if error:
        return f"Refused: {error}"
    templates = {data["template"]: data["template_name"] for *_, data in happened if "template_name" in data}
    names = {**(names or {}), **templates}
    told = [sentence(kind, name, data, names) for kind, _, name, data in happened if kind not in QUIET]
    said = ". ".join(told) if told else "No change: everything was as asked already"
    return ". ".join([said, *(remark.rstrip(".") for remark in remarks)]) + "."


def _hidden(attributes: Iterable[str]) -> frozenset[str]:
    """The attributes to hide, in lower case: of `name.givenName`, of a name with its URN or a filter, the attribute."""
    names = (BEHIND_NAME.split(name.rpartition(":")[2].strip().lower())[0] for name in attributes)
    return ALWAYS_MASKED | {name for name in names if name}


def _shown_path(request: HttpRequest, hidden: frozenset[str]) -> str:
    """The path with its query, unless that speaks of a hidden attribute."""
    query = request.META.get("QUERY_STRING", "")
    if not query:
        return request.path
    return f"{request.path}?{MASK if _mentions(unquote_plus(query), hidden) else query}"


def masked(body: bytes, hidden: frozenset[str] = ALWAYS_MASKED) -> str:
    """A body fit to be kept: secrets and the hidden attributes masked, and cut when it is long."""
    if not body:
        return ""
    lowered = body.lower()
    could_hide = b"\\u" in body or b"\x00" in body  # a name escaped, or in UTF-16
    if not could_hide and not any(name.encode() in lowered for name in hidden):  # nothing to hide: nothing to read
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
    facts = {key.lower(): item for key, item in value.items()}
    path = facts.get("path")
    covered = isinstance(path, str) and _is_hidden(path, hidden)
    shown = {}
    for key, item in value.items():
        name = key.lower()
        if _is_hidden(key, hidden) or (covered and name == "value"):
            shown[key] = MASK
        elif covered and name == "path":
            shown[key] = f"{item[: item.index('[')]}[{MASK}]" if "[" in item else item
        elif name == "filter" and isinstance(item, str) and _mentions(item, hidden):
            shown[key] = MASK
        else:
            shown[key] = _hide(item, hidden, depth + 1)
    return shown


def _is_hidden(path: str, hidden: frozenset[str]) -> bool:
    """Whether a key or a PATCH path names a hidden attribute, by its last part or any before it."""
    parts = path.lower().replace("[", ".").replace(":", ".").split(".")
    return any(part in hidden for part in parts)


def _mentions(text: str, hidden: frozenset[str]) -> bool:
    """Whether a filter or a query names a hidden attribute somewhere."""
    return not hidden.isdisjoint(WORDS.findall(text.lower()))


def _clean(text: str) -> str:
    """Without what PostgreSQL's text cannot hold."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
