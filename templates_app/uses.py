"""What templates give: said where it is about to be deleted."""

from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import ngettext

from teammates.admin.pieces import link
from teammates.models import CustomField, Inbox, Workspace
from templates_app.models import TeammateTemplate


def uses_in_templates(row: Model) -> list[str]:
    """Which templates give a place, or have a value for a custom field."""
    match row:
        case Workspace():
            of_it = TeammateTemplate.objects.filter(company=row.company_id, workspaces=row)
        case Inbox():
            of_it = TeammateTemplate.objects.filter(company=row.company_id, inboxes=row)
        case CustomField():
            of_it = TeammateTemplate.objects.filter(company=row.company_id, custom_fields__has_key=row.public_id)
        case _:
            return []
    pages = [
        link(reverse("admin:templates_app_teammatetemplate_change", args=[pk]), name)
        for pk, name in of_it.values_list("pk", "name")[:20]
    ]
    if not pages:
        return []
    text = ngettext(
        "A template gives it to new teammates, and will not any more:",
        "Templates give it to new teammates, and will not any more:",
        len(pages),
    )
    return [format_html("{} {}", text, format_html_join(", ", "{}", ((page,) for page in pages)))]
