"""Templates made and changed, and a teammate created from one: the only moment it is used (guide, part 4)."""

import json
import re
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from teammates.errors import InvalidValue, NotFoundInCompany, UnknownTemplate
from teammates.models import Company, CustomField, FieldKind, GrantSource, Inbox, Teammate, Workspace
from teammates.preferences import clean_preferences
from teammates.services import events
from teammates.services.access import copy_grants_to
from teammates.services.events import Actor
from teammates.services.naming import name_kept_unique, required_name
from teammates.services.teammates import create_teammate
from templates_app.models import TeammateTemplate

CHANGEABLE = frozenset({"name", "description", "workspaces", "inboxes", "custom_fields", "preferences"})
ID_IN_TEXT = re.compile(r"(?<![0-9A-Za-z_])tea_[0-9a-z]+(?![0-9A-Za-z_])", re.IGNORECASE)


def find_template(company_id: int, value: str, actor: Actor) -> TeammateTemplate | None:
    """The template that an app role names, in any of the forms in which it arrives.

    The id; a text that holds it, as the display name of an app role does ("Support squad: tea_6nvkx"); a JSON text
    with `value` and `displayName`; or a template's exact name. A value with nothing of the kind (Entra's built-in
    roles) is no template: None, with a remark. Raises UnknownTemplate for an id that is no template here.
    """
    text = value.strip()
    for candidate in _readings(text):
        by_name = TeammateTemplate.objects.filter(company_id=company_id, name__iexact=candidate).first()
        if by_name is not None:
            return by_name
        ids = ID_IN_TEXT.findall(candidate)
        if ids:
            return _by_id(company_id, ids[-1])
    if text:
        actor.remarks.append(f"{text[:200]!r} names no teammate template: created without one.")
    return None


def _readings(text: str) -> list[str]:
    """The texts to look for a template in, the most telling first."""
    if text.startswith("{"):
        try:
            parsed = json.loads(text)
        except ValueError:
            return [text]
        if isinstance(parsed, dict):
            inner = [parsed.get(key) for key in ("value", "displayName", "display")]
            return [item.strip() for item in inner if isinstance(item, str) and item.strip()]
    return [text] if text else []


def _by_id(company_id: int, public_id: str) -> TeammateTemplate:
    pk = TeammateTemplate.pk_of(public_id.lower())
    template = TeammateTemplate.objects.filter(company_id=company_id, pk=pk).first() if pk is not None else None
    if template is None:
        raise UnknownTemplate(public_id)
    return template


def create_from_template(draft: Teammate, template_value: str, *, actor: Actor) -> Teammate:
    """Create the teammate that `draft` describes, with the template that `template_value` names, if any.

    Everything happens in one transaction. Values the draft brings win over the template's. A template never makes
    a company admin. Raises UnknownTemplate and what `create_teammate` raises; then nobody is created.
    """
    template = find_template(draft.tenant_id, template_value, actor) if template_value else None
    if template is None:
        return create_teammate(draft, actor=actor)
    draft.created_from_template = template.public_id
    draft.custom_fields = {**_custom_fields_of(template), **draft.custom_fields}
    draft.preferences = {**template.preferences, **draft.preferences}

    def grant(created: Teammate) -> None:
        workspaces = Workspace.objects.filter(teammatetemplate=template, company_id=created.tenant_id)
        inboxes = Inbox.objects.filter(teammatetemplate=template, company_id=created.tenant_id)
        copy_grants_to(
            created,
            workspaces.values_list("pk", flat=True),
            inboxes.values_list("pk", flat=True),
            source=GrantSource.TEMPLATE,
        )
        events.append(
            created.tenant_id, "teammate.access_changed", actor,
            subject=created.public_id, name=created.name,
            data={"template": template.public_id, "template_name": template.name},
        )  # fmt: skip

    return create_teammate(draft, actor=actor, then=grant)


def _custom_fields_of(template: TeammateTemplate) -> dict[str, Any]:
    """The template's values for the custom fields that there still are, without inboxes that there are no more."""
    if not template.custom_fields:
        return {}
    kinds = {field.public_id: field.kind for field in CustomField.objects.filter(company_id=template.company_id)}
    known = {key: value for key, value in template.custom_fields.items() if key in kinds}
    named = {key: Inbox.pk_of(value) or 0 for key, value in known.items() if kinds[key] == FieldKind.INBOX}
    present = set(Inbox.objects.filter(company=template.company_id, pk__in=named.values()).values_list("pk", flat=True))
    return {key: value for key, value in known.items() if key not in named or named[key] in present}


def create_template(
    company: Company, name: str, *, actor: Actor, description: str = "", **settings: Any
) -> TeammateTemplate:
    """A new template. settings: see CHANGEABLE.

    Raises InvalidValue when the name is missing or taken (in any case), or a setting cannot be.
    """
    with transaction.atomic():
        template = TeammateTemplate(company=company)
        _assign(template, {"name": name, "description": description, **settings})
        data = {"after": _for_event(template)}
        events.append(company.pk, "template.created", actor, subject=template.public_id, name=template.name, data=data)
    return template


def update_template(company: Company, pk: int, changes: Mapping[str, Any], *, actor: Actor) -> TeammateTemplate:
    """Apply what differs (see CHANGEABLE); nobody created before is touched. Raises NotFoundInCompany, InvalidValue."""
    with transaction.atomic():
        template = _locked(company, pk)
        before = _for_event(template)
        _assign(template, changes)
        data = events.difference(before, _for_event(template))
        if data["after"]:
            events.append(
                company.pk, "template.updated", actor, subject=template.public_id, name=template.name, data=data
            )
    return template


def delete_template(company: Company, pk: int, *, actor: Actor) -> None:
    """Delete the template; whoever was created from it keeps everything. Raises NotFoundInCompany."""
    with transaction.atomic():
        template = _locked(company, pk)
        data = {"before": _for_event(template)}
        events.append(company.pk, "template.deleted", actor, subject=template.public_id, name=template.name, data=data)
        template.delete()


def _assign(template: TeammateTemplate, changes: Mapping[str, Any]) -> None:
    """Put the changes on the row and save it with what it gives access to."""
    if set(changes) - CHANGEABLE:
        raise AssertionError(f"a template has no {set(changes) - CHANGEABLE}")
    for name in changes.keys() & {"description", "custom_fields", "preferences"}:
        setattr(template, name, changes[name])
    template.name = required_name(changes.get("name", template.name), "A teammate template")
    template.preferences = clean_preferences(template.preferences)
    text = f"There is a teammate template named {template.name} already. Use another name."
    with name_kept_unique("template_name_taken", text):
        template.save()
    for name in changes.keys() & {"workspaces", "inboxes"}:
        if any(place.company_id != template.company_id for place in changes[name]):
            raise InvalidValue(name, "A template gives access within its own company only.")
        getattr(template, name).set(changes[name])


def _for_event(template: TeammateTemplate) -> dict[str, Any]:
    plain = {name: getattr(template, name) for name in ("name", "description", "custom_fields", "preferences")}
    places: list[Workspace | Inbox] = [*template.workspaces.order_by("pk"), *template.inboxes.order_by("pk")]
    return {**plain, "access": [place.public_id for place in places]}


def _locked(company: Company, pk: int) -> TeammateTemplate:
    template = TeammateTemplate.objects.select_for_update(no_key=True).filter(company=company, pk=pk).first()
    if template is None:
        raise NotFoundInCompany("No such teammate template in this company.")
    return template
