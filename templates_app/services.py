"""Creating a teammate from a template: the only moment a template is used (guide, part 4)."""

import json
import re

from django.db import transaction

from teammates.errors import InvalidValue, UnknownTemplate
from teammates.models import Company, GrantSource, Inbox, Teammate, Workspace
from teammates.services import events
from teammates.services.access import copy_grants_to
from teammates.services.events import Actor
from teammates.services.teammates import create_teammate
from templates_app.models import TeammateTemplate

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
    template = find_template(draft.company_id or 0, template_value, actor) if template_value else None
    if template is None:
        return create_teammate(draft, actor=actor)
    draft.created_from_template = template.public_id
    draft.custom_fields = {**template.custom_fields, **draft.custom_fields}
    draft.preferences = {**template.preferences, **draft.preferences}

    def grant(created: Teammate) -> None:
        workspaces = Workspace.objects.filter(teammatetemplate=template, company_id=created.company_id)
        inboxes = Inbox.objects.filter(teammatetemplate=template, company_id=created.company_id)
        copy_grants_to(
            created,
            workspaces.values_list("pk", flat=True),
            inboxes.values_list("pk", flat=True),
            source=GrantSource.TEMPLATE,
        )
        events.append(
            created.company_id or 0, "teammate.access_changed", actor,
            subject=created.public_id, name=created.name, data={"template": template.public_id},
        )  # fmt: skip

    return create_teammate(draft, actor=actor, then=grant)


def create_template(company: Company, name: str, *, actor: Actor, description: str = "") -> TeammateTemplate:
    """A new, empty template. Raises InvalidValue when the name is missing or taken (in any case)."""
    if not name.strip():
        raise InvalidValue("name", "A teammate template needs a name.")
    if TeammateTemplate.objects.filter(company=company, name__iexact=name.strip()).exists():
        raise InvalidValue("name", f"There is a teammate template named {name.strip()} already. Use another name.")
    with transaction.atomic():
        template = TeammateTemplate.objects.create(company=company, name=name.strip(), description=description)
        events.append(company.pk, "template.created", actor, subject=template.public_id, name=template.name)
    return template
