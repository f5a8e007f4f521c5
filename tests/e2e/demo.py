"""Something to look at: people and groups as Entra would send them, a workspace, fields and a second template.

Beside the demo company there are others, for what a person meets on the way in: Initech has an admin with two-factor
sign-in, one who is blocked and somebody who is no admin, Umbrella a plan without user provisioning, Hooli nobody but
admins, and Strict asks for a second factor. `both@example.com` is an admin of two. All of them have PASSWORD.

Globex has notices: its licences are used up, its token ends within days, and a group of its own was taken over.
Stark has more people in a group than one page lists, and a notice that somebody closed.
"""

import httpx

from tests.e2e.installation import Installation

PASSWORD = "correct horse battery staple"

ROWS = """
from teammates.models import Company, CustomField, Inbox, TeammateGroup, Workspace
from teammates.services import access, custom_fields, groups, inboxes, teammates, workspaces
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
    office = custom_fields.create_custom_field(company, "Office", "dropdown", options=["Paris", "Dublin"], actor=SYSTEM)
    custom_fields.create_custom_field(company, "Cost centre", "number", actor=SYSTEM)
    create_template(company, "Sales team", description="For new people in sales.", actor=SYSTEM)
    group = TeammateGroup.objects.filter(company=company).order_by("pk").first()
    access.set_grants(group, [support], [], actor=SYSTEM)
    from teammates.models import Teammate
    by_hand = groups.create_group(company, TeammateGroup(name="On call"), actor=SYSTEM)
    first = Teammate.objects.active().filter(company=company).order_by("pk")[:3]
    members = [t.public_id for t in first]
    for each in first:
        in_paris = {"custom_fields": {office.public_id: "Paris"}}
        teammates.update_teammate(company.pk, each.pk, lambda locked: in_paris, actor=SYSTEM)
    groups.update_group(company, by_hand.pk, {}, [MemberChange(add=members)], actor=SYSTEM)
"""

OTHERS = """
from contextlib import suppress
from django_otp.oath import totp
from teammates.errors import LastAdmin
from teammates.models import Company, Notice, Teammate, TeammateGroup
from teammates.services import companies, groups, notices, teammates, two_factor
from teammates.services.events import SYSTEM
from teammates.services.members import MemberChange
def make(name, plan="scale", licences=100, **settings):
    made = companies.create_company(name, name.lower(), plan=plan, licences=licences, actor=SYSTEM, **settings)
    person(made, f"admin@{made.slug}.example")
    return made
def person(company, login, is_company_admin=True, signs_in=True):
    first = login.partition("@")[0].title()
    draft = Teammate(
        company=company, login=login, email=login, first_name=first, last_name=company.name,
        is_company_admin=is_company_admin,
    )
    if signs_in:
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
    stark = make("Stark")
    logins = [f"person{number}@stark.example" for number in range(60)]
    everybody = [person(stark, login, is_company_admin=False, signs_in=False).public_id for login in logins]
    group = groups.create_group(stark, TeammateGroup(name="Everybody"), actor=SYSTEM)
    groups.update_group(stark, group.pk, {}, [MemberChange(add=everybody)], actor=SYSTEM)
    with suppress(LastAdmin):
        teammates.block_teammate(stark.pk, Teammate.objects.get(login="admin@stark.example").pk, actor=SYSTEM)
    notices.close_notice(stark, Notice.objects.get(company=stark).pk, actor=SYSTEM)
""".replace("PASSWORD", PASSWORD)


NOTICED = """
from datetime import timedelta
from django.utils import timezone
from teammates.models import Scope
from teammates.services import token_watch, tokens
globex = Company.objects.filter(slug="globex").first()
if globex is None:
    globex = make("Globex", licences=2, group_sync_enabled=True)
    group = groups.create_group(globex, TeammateGroup(name="Field sales"), actor=SYSTEM)
    admin = Teammate.objects.get(login="admin@globex.example")
    groups.update_group(globex, group.pk, {}, [MemberChange(add=[admin.public_id])], actor=SYSTEM)
    ends = timezone.now() + timedelta(days=2)
    token, value = tokens.create_token(globex, "Microsoft Entra ID", list(Scope), actor=SYSTEM, expires_at=ends)
    token_watch.watch_tokens()
    print(value)
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
    for rows in (ROWS, OTHERS + NOTICED):
        made = server.command("shell", "-v", "0", "-c", rows)
        assert made.returncode == 0, made.stderr
    if token := made.stdout.strip():
        _raise_notices(server, token)


def _raise_notices(server: Installation, token: str) -> None:
    """One licence is left for two people, and a group has the name of one that was made here."""
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=60) as idp:
        for login, expected in (("ada@globex.example", 201), ("grace@globex.example", 400)):
            answer = idp.post(f"{server.scim_base_url}/Users", json={"userName": login})
            assert answer.status_code == expected, answer.text
        answer = idp.post(f"{server.scim_base_url}/Groups", json={"displayName": "Field sales"})
        assert answer.status_code == 201, answer.text
