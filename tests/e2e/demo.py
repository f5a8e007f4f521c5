"""Something to look at: people and groups as Entra would send them, a workspace, fields and a second template.

Beside the demo company there are others, for what a person meets on the way in: Initech has an admin with two-factor
sign-in, one who is blocked and somebody who is no admin, Umbrella a plan without user provisioning, Hooli nobody but
admins, and Strict asks for a second factor. `both@example.com` is an admin of two. All of them have PASSWORD.
"""

from tests.e2e.installation import Installation

PASSWORD = "correct horse battery staple"

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

OTHERS = """
from django_otp.oath import totp
from teammates.models import Company, Teammate
from teammates.services import companies, teammates, two_factor
from teammates.services.events import SYSTEM
def make(name, plan="scale", **settings):
    made = companies.create_company(name, name.lower(), plan=plan, licences=100, actor=SYSTEM, **settings)
    person(made, f"admin@{made.slug}.example")
    return made
def person(company, login, is_company_admin=True):
    first = login.partition("@")[0].title()
    draft = Teammate(
        company=company, login=login, email=login, first_name=first, last_name=company.name,
        is_company_admin=is_company_admin,
    )
    draft.set_password("PASSWORD")
    return teammates.create_teammate(draft, actor=SYSTEM)
if not Company.objects.filter(slug="initech").exists():
    initech, umbrella = make("Initech"), make("Umbrella", "starter")
    make("Hooli")
    make("Strict", require_two_factor=True)
    for each in (initech, umbrella):
        person(each, "both@example.com")
    person(initech, "plain@initech.example", is_company_admin=False)
    teammates.block_teammate(initech.pk, person(initech, "blocked@initech.example").pk, actor=SYSTEM)
    careful = person(initech, "careful@initech.example")
    two_factor.confirm(careful, f"{totp(two_factor.prepare(careful).bin_key):06}")
""".replace("PASSWORD", PASSWORD)


def furnish(server: Installation, users: int = 24, groups: int = 3) -> None:
    """Provision people and groups with the simulator, then add what only an admin makes."""
    template = next(iter(server.card["templates"].items()))
    played = server.command(
        "entra_simulate", "--base", server.scim_base_url, "--token", server.card["token"],
        "--users", str(users), "--groups", str(groups), "--cycles", "2",
        "--template", f"{template[0]}: {template[1]}",
    )  # fmt: skip
    assert played.returncode == 0, played.stdout + played.stderr
    for rows in (ROWS, OTHERS):
        made = server.command("shell", "-v", "0", "-c", rows)
        assert made.returncode == 0, made.stderr
