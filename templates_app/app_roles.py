"""The app role that makes Microsoft Entra ID send a template's ID (guide, part 4, steps 3 to 6)."""

import json
import uuid
from typing import Any

from templates_app.models import TeammateTemplate

LONGEST_DESCRIPTION = 500
NAMESPACE = uuid.UUID("0f6d9d2e-6c39-5f0c-9a52-8b4b5a3f7d11")


def display_name(template: TeammateTemplate) -> str:
    return f"{template.name}: {template.public_id}"


def description(template: TeammateTemplate) -> str:
    """Entra wants one; the guide recommends that it names the template."""
    text = f"Creates teammates from the template {template.name}. {template.description}".strip()
    return text[:LONGEST_DESCRIPTION]


def manifest_entry(template: TeammateTemplate) -> dict[str, Any]:
    """The entry for `appRoles` in the manifest of the app registration.

    The id is the same whenever it is asked for, so that an entry pasted twice is one role.
    """
    return {
        "allowedMemberTypes": ["User"],  # what the form calls Users/Groups
        "description": description(template),
        "displayName": display_name(template),
        "id": str(uuid.uuid5(NAMESPACE, template.public_id)),
        "isEnabled": True,
        "value": template.public_id,
    }


def manifest_text(template: TeammateTemplate) -> str:
    return json.dumps(manifest_entry(template), indent=4, ensure_ascii=False)
