"""What the traffic of a company shows of how its identity provider is set up.

Told from the people and groups there are, and from the latest requests about people whose bodies are still kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.db.models import Q

from teammates import sql
from teammates.models import ApiToken, Company, Management, Scope, Source

REQUESTS = 200  # of the latest about people, that are read
ENTRIES = 2_000  # among which they are looked for
_BODIES = """
SELECT e.method, b.request FROM (
    SELECT id, at, method, path FROM scim_logentry WHERE company_id = %s ORDER BY at DESC, id DESC LIMIT %s
) e JOIN scim_logbody b ON b.id = e.id AND b.at = e.at
WHERE e.path LIKE '/v2/Users%%' AND e.method IN ('POST', 'PUT', 'PATCH') AND b.request <> ''
ORDER BY e.at DESC, e.id DESC LIMIT %s
"""
_FACTS = """
SELECT EXISTS (SELECT 1 FROM teammates_teammate WHERE company_id = %(company)s AND source = %(idp)s),
       EXISTS (SELECT 1 FROM teammates_teammate WHERE company_id = %(company)s AND external_id > ''),
       EXISTS (SELECT 1 FROM teammates_teammate
               WHERE company_id = %(company)s AND source = %(idp)s AND created_from_template > ''),
       EXISTS (SELECT 1 FROM teammates_teammategroup
               WHERE company_id = %(company)s AND (management <> %(front)s OR last_synced_at IS NOT NULL)),
       EXISTS (SELECT 1 FROM teammates_teammategroup WHERE company_id = %(company)s AND description_from_idp),
       (SELECT count(*) FROM templates_app_teammatetemplate WHERE company_id = %(company)s)
"""


@dataclass
class Traffic:
    """What was seen. Those that may be None are told by the latest request that shows them, if one does.

    active: came as a boolean or in lower case. email: the work address was the userName. external_id_once: externalId
    came with a creation. odd: what came instead, by the name.
    """

    tokens: list[ApiToken] = field(default_factory=list)
    people: bool = False
    external_id: bool = False
    template_used: bool = False
    groups: bool = False
    description: bool = False
    templates: int = 0
    active: bool | None = None
    email: bool | None = None
    external_id_once: bool | None = None
    odd: dict[str, str] = field(default_factory=dict)

    @property
    def asked(self) -> bool:
        """Whether a token was ever used: Test Connection is enough."""
        return any(token.last_used_at for token in self.tokens)

    @property
    def provisioning_tokens(self) -> list[ApiToken]:
        """Usable, and good for SCIM."""
        return [token for token in self.tokens if token.is_usable and Scope.AUTO_PROVISIONING in token.scopes]


def traffic_of(company: Company) -> Traffic:
    """Three statements, each over a bounded number of rows or stopping at the first that answers."""
    tokens = ApiToken.objects.filter(Q(revoked_at=None) | Q(last_used_at__isnull=False), company=company)
    params = {"company": company.pk, "idp": Source.IDP, "front": Management.FRONT}
    seen = Traffic(list(tokens.order_by("-pk")[:100]), *(sql.fetch_one(_FACTS, params) or ()))
    for method, text in sql.fetch_all(_BODIES, [company.pk, ENTRIES, REQUESTS]):
        try:
            body = orjson.loads(text)
        except orjson.JSONDecodeError:
            continue  # it was cut, for its length
        if isinstance(body, dict):
            _read(seen, method, body)
    return seen


def _read(seen: Traffic, method: str, body: dict[str, Any]) -> None:
    """Add what one request shows. They come latest first, and the latest that shows something decides."""
    values = dict(_values(body))
    if "active" in values:
        active = values["active"]
        _note(seen, "active", active in (True, False) or active == str(active).lower(), str(active))
    name, address = values.get("username"), values.get("email")
    if isinstance(name, str) and isinstance(address, str):
        _note(seen, "email", name.lower() == address.lower(), f"{address} ≠ {name}")
    if "externalid" in values:
        seen.external_id = True
        _note(seen, "external_id_once", method == "POST", str(values["externalid"]))


def _note(seen: Traffic, name: str, is_so: bool, example: str) -> None:
    if getattr(seen, name) is None:
        setattr(seen, name, is_so)
        if not is_so:
            seen.odd[name] = example[:200]


def _values(body: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The attributes that matter here, by their names in lower case, of a resource or of a PATCH."""
    operations = next((value for key, value in body.items() if key.lower() == "operations"), None)
    if not isinstance(operations, list):
        yield from _of_resource(body)
        return
    for operation in operations:
        if not isinstance(operation, dict):
            continue
        facts = {key.lower(): value for key, value in operation.items()}
        path, value = facts.get("path"), facts.get("value")
        if isinstance(path, str):
            yield from _of_resource({path: value})
        elif isinstance(value, dict):
            yield from _of_resource(value)


def _of_resource(resource: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in resource.items():
        name = key.lower()
        if name in ("active", "username", "externalid"):
            yield name, value
        elif name == "emails" and isinstance(value, list):
            for entry in value:
                if isinstance(entry, dict) and str(entry.get("type", "")).lower() == "work":
                    yield "email", entry.get("value")
        elif name.replace(" ", "") == 'emails[typeeq"work"].value':
            yield "email", value
