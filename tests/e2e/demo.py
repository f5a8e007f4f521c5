"""Something to look at: people and groups as Entra would send them, a workspace, fields and a second template."""

from tests.e2e.installation import Installation

ROWS = """
from teammates.models import Company, CustomField, Inbox, TeammateGroup, Workspace
from teammates.services import access, custom_fields, groups, inboxes, workspaces
from teammates.services.events import SYSTEM
from teammates.services.members import MemberChange
from templates_app.models import TeammateTemplate
from templates_app.services import create_template
company = Company.objects.get(slug="demo")
if not company.workspaces.exists():
    support = workspaces.create_workspace(company, "Support", actor=SYSTEM)
    sales = workspaces.create_workspace(company, "Sales", actor=SYSTEM)
    desk = inboxes.create_inbox(company, support, "Help desk", actor=SYSTEM)
    inboxes.create_inbox(company, support, "Escalations", is_private=True, actor=SYSTEM)
    inboxes.create_inbox(company, sales, "Leads", actor=SYSTEM)
    custom_fields.create_custom_field(company, "Office", "dropdown", options=["Paris", "Dublin"], actor=SYSTEM)
    custom_fields.create_custom_field(company, "Cost centre", "number", actor=SYSTEM)
    create_template(company, "Sales team", description="For new people in sales.", actor=SYSTEM)
    group = TeammateGroup.objects.filter(company=company).order_by("pk").first()
    access.set_grants(group, [support], [], actor=SYSTEM)
    from teammates.models import Teammate
    by_hand = groups.create_group(company, TeammateGroup(name="On call"), actor=SYSTEM)
    members = [t.public_id for t in Teammate.objects.active().filter(company=company).order_by("pk")[:3]]
    groups.update_group(company, by_hand.pk, {}, [MemberChange(add=members)], actor=SYSTEM)
"""


def furnish(server: Installation, users: int = 24, groups: int = 3) -> None:
    """Provision people and groups with the simulator, then add what only an admin makes."""
    template = next(iter(server.card["templates"].items()))
    played = server.command(
        "entra_simulate", "--base", server.scim_base_url, "--token", server.card["token"],
        "--users", str(users), "--groups", str(groups), "--cycles", "2",
        "--template", f"{template[0]}: {template[1]}",
    )  # fmt: skip
    assert played.returncode == 0, played.stdout + played.stderr
    made = server.command("shell", "-c", ROWS)
    assert made.returncode == 0, made.stderr
