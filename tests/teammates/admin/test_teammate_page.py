"""One person's page: what is told of them, where each fact comes from, and what happened."""

import re
from typing import Any

import pytest

from teammates.admin.browsers import in_words
from teammates.models import Company, Event, FieldKind, GrantSource, LicencePolicy, Source, Teammate
from teammates.services import groups, teammates
from teammates.services.access import change_grants
from teammates.services.departures import delete_teammate, remove_by_idp
from teammates.services.members import MemberChange
from tests.factories import (
    AccessGrantFactory,
    CustomFieldFactory,
    InboxFactory,
    MembershipFactory,
    TeammateFactory,
    TeammateGroupFactory,
    TeammateTemplateFactory,
)
from tests.scim.conftest import dump
from tests.scim.door import Door, members, op, path_of
from tests.teammates.actors import ADMIN, idp
from tests.teammates.admin.conftest import Browser, entered, text, url_of

TABS = ["Overview", "Custom fields", "Teammate groups", "Workspaces & inboxes", "Sessions", "History"]


@pytest.fixture
def ada(company: Company) -> Teammate:
    return TeammateFactory.create(company=company, first_name="Ada", last_name="Lovelace")


@pytest.mark.parametrize("role", ["admin", "support"])
def test_everybody_who_may_read_a_person_finds_the_same_tabs(
    request: pytest.FixtureRequest, ada: Teammate, role: str
) -> None:
    page = request.getfixturevalue(role).look("change", ada).content.decode()
    assert [" ".join(each.split()) for each in re.findall(r'role="tab"[^>]*>([^<]*)<', page)] == [
        tab.replace("&", "&amp;") for tab in TABS
    ]


def test_the_id_can_be_copied(admin: Browser, ada: Teammate) -> None:
    assert f'value="{ada.public_id}" readonly' in admin.look("change", ada).content.decode()


def test_preferences_are_told_in_words(admin: Browser, company: Company) -> None:
    kept = {"language": "fr", "theme": "dark", "front_chat_available": False}
    page = text(admin.look("change", TeammateFactory.create(company=company, preferences=kept)))
    assert "Language French Appearance Dark front_chat_available False" in page


def test_fields_of_the_identity_provider_say_whose_they_are_and_since_when(admin: Browser, company: Company) -> None:
    scim = Door.of(company)
    scim.create_user("grace@example.com")
    person = Teammate.objects.get(login="grace@example.com")
    scim.patch(person, op("Replace", "name.familyName", "Hopper"))
    page = admin.look("change", person)
    assert "Synced from Microsoft Entra ID" in text(page)
    assert "Last synced on" in text(page)
    assert 'name="first_name"' not in page.content.decode()


def test_a_repeated_request_that_changed_nothing_is_a_sync_too(admin: Browser, company: Company) -> None:
    ada = TeammateFactory.create(company=company, source=Source.IDP)
    scim = Door.of(company)
    assert "Last synced" not in text(admin.look("change", ada))
    scim.patch(ada, op("Replace", "active", True), query="?aadOptscim062020")
    assert "Synced from Microsoft Entra ID" in text(admin.look("change", ada))


def test_who_blocked_somebody_and_when_stands_on_the_first_tab(admin: Browser, ada: Teammate) -> None:
    teammates.block_teammate(ada.tenant_id, ada.pk, actor=idp())
    page = text(admin.look("change", ada))
    assert re.search(r"Blocked since .+, by Identity provider \(Entra\)", page)
    assert "Takes none: free for somebody else" in page


def test_groups_say_who_manages_them_and_what_is_confirmed(admin: Browser, company: Company, ada: Teammate) -> None:
    MembershipFactory.create(group=TeammateGroupFactory.create(company=company, idp=True, name="Sales"), teammate=ada)
    TeammateGroupFactory.create(company=company, name="Desk", with_members=[ada])
    page = text(admin.look("change", ada))
    assert "Sales IdP-managed Not confirmed by the identity provider" in page
    assert "Desk Managed here" in page


def test_each_inbox_says_everything_its_access_comes_from(admin: Browser, company: Company, ada: Teammate) -> None:
    inbox = InboxFactory.create(company=company, name="Mail")
    private = InboxFactory.create(company=company, workspace=inbox.workspace, name="Complaints", is_private=True)
    group = TeammateGroupFactory.create(company=company, name="Desk", with_members=[ada])
    AccessGrantFactory.create(group=group, workspace=inbox.workspace)
    AccessGrantFactory.create(teammate=ada, inbox=inbox)
    AccessGrantFactory.create(teammate=ada, inbox=private, source=GrantSource.TEMPLATE)
    page = text(admin.look("change", ada))
    assert "Mail Group Desk (whole workspace) Own" in page
    assert "Complaints Private Template" in page


def test_the_sessions_are_named_by_browser_and_ended_at_once(admin: Browser, company: Company, browser: Any) -> None:
    other = TeammateFactory.create(company=company, admin=True)
    theirs = browser(other)
    theirs.get("/admin/teammates/teammate/")
    page = admin.look("change", other)
    assert "Signed-in browsers" in text(page)
    assert 'form="action-sign_out"' in page.content.decode()
    admin.act("sign_out", other)
    assert theirs.get("/admin/teammates/teammate/").status_code == 302
    assert "Signed in nowhere" in text(admin.look("change", other))


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0 Safari/537.36 Edg/126.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Version/17.5 Safari/605.1.15", "Safari on macOS"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) CriOS/126.0 Mobile Safari/604.1", "Chrome on iPhone"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "Unknown"),
    ],
)  # fmt: skip
def test_a_browser_in_words(agent: str, said: str) -> None:
    assert in_words(agent) == said


def test_a_deleted_person_is_not_said_to_be_synced(admin: Browser, company: Company) -> None:
    person = TeammateFactory.create(company=company, source=Source.IDP)
    assert "the next cycle brings them here" in text(admin.look("change", person))
    delete_teammate(company.pk, person.pk, actor=ADMIN)
    page = text(admin.look("change", person))
    assert "the next cycle brings them here" not in page
    assert "nothing that the identity provider sends reaches this person any more" in page


def test_somebody_whom_the_identity_provider_removed_can_come_back(admin: Browser, company: Company) -> None:
    person = TeammateFactory.create(company=company, source=Source.IDP)
    Door.of(company).delete(path_of(person))
    page = text(admin.look("change", person))
    assert "the next cycle brings them here" not in page
    assert "The identity provider removed this person" in page


# --- history ---


def test_history_tells_what_happened_by_whom_and_what_was_there_before(admin: Browser, ada: Teammate) -> None:
    teammates.update_teammate(ada.tenant_id, ada.pk, {"last_name": "King"}, actor=ADMIN)
    page = text(admin.look("change", ada))
    assert "Changed last name of Ada King by Grace Hopper" in page
    assert "Last name Lovelace King" in page


def test_history_tells_of_the_groups_somebody_came_to_and_left(admin: Browser, company: Company, ada: Teammate) -> None:
    group = TeammateGroupFactory.create(company=company, name="Desk")
    for step in (MemberChange(add=[ada.public_id]), MemberChange(remove=[ada.public_id])):
        groups.update_group(company, group.pk, {}, [step], actor=idp())
    page = text(admin.look("change", ada))
    assert page.index("Removed from the group Desk") < page.index("Added to the group Desk")


def test_history_of_a_person_tells_nothing_else_of_a_group(admin: Browser, company: Company, ada: Teammate) -> None:
    group = TeammateGroupFactory.create(company=company, name="Desk")
    step = MemberChange(add=[ada.public_id])
    groups.update_group(company, group.pk, {"description": "Night shifts"}, [step], actor=idp())
    page = text(admin.look("change", ada))
    assert "Added to the group Desk" in page
    assert "Night shifts" not in page


def test_history_tells_what_a_group_gave_and_that_it_was_deleted(
    admin: Browser, company: Company, ada: Teammate
) -> None:
    group = TeammateGroupFactory.create(company=company, name="Desk", with_members=[ada])
    change_grants(group, grant=[InboxFactory.create(company=company, name="Leads")], actor=ADMIN)
    page = text(admin.look("change", ada))
    assert "Changed the access of group Desk: inbox Leads given" in page
    groups.delete_group(company, group.pk, actor=ADMIN)
    assert "Left the group Desk: it was deleted" in text(admin.look("change", ada))


def test_history_begins_with_what_the_identity_provider_was_refused(
    admin: Browser, company: Company, ada: Teammate
) -> None:
    group = TeammateGroupFactory.create(company=company, idp=True, name="Sales")
    scim = Door.of(company)
    scim.patch(group, op("Add", "members", members(ada, "tea_zzz")))
    scim.patch(ada, op("Replace", "active", "perhaps"))
    page = text(admin.look("change", ada))
    assert "Refused lately" in page
    assert "Group Sales · Refused: No teammate of this company has the id tea_zzz" in page
    assert "Refused: active must be" in page


def test_history_goes_page_by_page(admin: Browser, ada: Teammate) -> None:
    for number in range(45):
        teammates.update_teammate(ada.tenant_id, ada.pk, {"last_name": f"King {number}"}, actor=ADMIN)
    seen, address = 0, url_of("change", ada)
    while True:
        page = admin.get(address).content.decode()
        seen += page.count("Changed last name")
        older = re.search(r'href="(\?events_before=\d+)#history"', page)
        if older is None:
            break
        address = url_of("change", ada) + older[1]
    assert seen == 45


def test_history_has_nothing_of_another_company(
    admin: Browser, ada: Teammate, other_company: Company, company: Company
) -> None:
    stranger = TeammateFactory.create(company=other_company)
    teammates.block_teammate(other_company.pk, stranger.pk, actor=ADMIN)
    assert "Blocked" not in text(admin.look("change", ada))


# --- what is said before something is done ---


def test_adding_says_what_it_takes_and_what_is_left(admin: Browser, company: Company) -> None:
    Company.objects.filter(pk=company.pk).update(licence_count=10)
    assert "A new teammate takes a licence. 1 of 10 licences are taken, 9 left." in text(admin.look("add", Teammate))


def test_unblocking_says_how_many_licences_it_takes_and_that_they_do_not_suffice(
    admin: Browser, company: Company
) -> None:
    people = TeammateFactory.create_batch(3, company=company, blocked=True)
    Company.objects.filter(pk=company.pk).update(licence_count=2)
    page = text(admin.act("unblock", *people, confirmed=False))
    assert "This takes 3 licences. 1 of 2 licences are taken, 1 left." in page
    assert "the first 1 are unblocked" in page
    Company.objects.filter(pk=company.pk).update(licence_policy=LicencePolicy.ADD)
    assert "one is added automatically" in text(admin.act("unblock", *people, confirmed=False))


def test_blocking_says_how_many_licences_it_frees(admin: Browser, company: Company) -> None:
    people = [*TeammateFactory.create_batch(2, company=company), TeammateFactory.create(company=company, blocked=True)]
    page = text(admin.act("block", *people, confirmed=False))
    assert "This frees 2 licences." in page
    assert f"nothing to do for the others that were chosen: {people[2]} ({people[2].login}): they are blocked" in page


def test_the_last_admin_is_told_before_and_after_trying(admin: Browser, admin_person: Teammate) -> None:
    page = admin.look("change", admin_person)
    assert "is the last company admin who can sign in" in text(page)
    assert not {"block", "delete"} & {button.name for button in page.context["buttons"]}
    assert "can neither be blocked nor removed" in text(admin.act("delete", admin_person, confirmed=False))
    assert "can neither be blocked nor removed" in text(admin.act("delete", admin_person))


def test_with_a_second_admin_nobody_is_the_last(admin: Browser, admin_person: Teammate, company: Company) -> None:
    TeammateFactory.create(company=company, admin=True)
    page = admin.look("change", admin_person)
    assert "the last company admin" not in text(page)
    assert {"block", "delete"} <= {button.name for button in page.context["buttons"]}


def test_an_admin_who_waits_for_their_password_is_named_on_the_page_of_the_last(
    admin: Browser, admin_person: Teammate, company: Company
) -> None:
    TeammateFactory.create(company=company, admin=True, display_name="Bob", password="!")
    assert "Bob is a company admin and has not set a password yet" in text(admin.look("change", admin_person))


# --- the list ---


def listed(client: Browser, **query: Any) -> set[Teammate]:
    return set(client.look("changelist", Teammate, **query).context["cl"].result_list)


def test_the_list_says_licence_groups_and_when_somebody_was_seen(admin: Browser, company: Company) -> None:
    ada = TeammateFactory.create(company=company, login="zoe@example.com", blocked=True)
    for name in ("A", "B", "C"):
        TeammateGroupFactory.create(company=company, name=name, with_members=[ada])
    page = text(admin.look("changelist", Teammate))
    assert "Blocked Free By hand A, B and 1 more — Never" in page


def test_the_list_is_narrowed_by_source_admin_group_and_template(
    admin: Browser, admin_person: Teammate, company: Company
) -> None:
    template = TeammateTemplateFactory.create(company=company)
    ada = TeammateFactory.create(company=company, source=Source.IDP, created_from_template=template.public_id)
    group = TeammateGroupFactory.create(company=company, with_members=[ada])
    TeammateFactory.create(company=company, blocked=True)
    for query in ({"source": "idp"}, {"group": group.pk}, {"template": template.pk}):
        assert listed(admin, **query) == {ada}
    assert listed(admin, is_company_admin="yes") == {admin_person}


def test_a_filter_by_another_companys_group_finds_nobody_and_names_nothing(
    admin: Browser, foreign: dict[str, Any]
) -> None:
    page = admin.look("changelist", Teammate, group=foreign["group"].pk)
    assert not page.context["cl"].result_list
    assert foreign["group"].name not in text(page)


@pytest.mark.parametrize("value", ["abc", "-1", "9" * 30, "\0"])
def test_a_filter_by_what_can_be_no_group_finds_nobody(admin: Browser, value: str) -> None:
    assert listed(admin, group=value) == set()


@pytest.mark.parametrize(
    "term",
    ["jose", "José", "NÚÑEZ", "jose nun", "nunez jose", "partner.example", "j.nunez@partner.example", "jn", "o'b"],
)
def test_a_person_is_found_by_the_beginnings_of_their_words(admin: Browser, company: Company, term: str) -> None:
    jose = TeammateFactory.create(
        company=company, first_name="José", last_name="Núñez O'Brien", login="j.nunez@partner.example", username="jn"
    )
    TeammateFactory.create(company=company)
    assert listed(admin, q=term) == {jose}


@pytest.mark.parametrize("term", ["'", "&", "a' | 'b", ":*", "\\", "!a", "#1", "unez", "\0", "x" * 5000])
def test_odd_terms_find_nobody_and_break_nothing(admin: Browser, company: Company, term: str) -> None:
    TeammateFactory.create(company=company, first_name="José", last_name="Núñez")
    page = admin.look("changelist", Teammate, q=term)
    assert page.status_code == 200


def test_who_was_renamed_is_found_by_the_new_name_only(admin: Browser, company: Company, ada: Teammate) -> None:
    teammates.update_teammate(company.pk, ada.pk, {"last_name": "King"}, actor=ADMIN)
    assert listed(admin, q="king") == {ada}
    assert listed(admin, q="lovelace") == set()


# --- joining groups ---


def test_somebody_joins_groups_on_their_own_page(
    admin: Browser, admin_person: Teammate, company: Company, ada: Teammate
) -> None:
    sales, night = (TeammateGroupFactory.create(company=company, name=name) for name in ("Sales", "Night shift"))
    sent = entered(admin.look("change", ada)) | {"join_groups": [sales.pk, night.pk]}
    assert admin.save("change", ada, **sent).status_code == 302
    assert set(ada.teammate_groups.all()) == {sales, night}
    for group in (sales, night):
        event = Event.objects.get(company=company, kind="group.updated", subject=group.public_id)
        assert (event.actor_id, event.data["members_added"]) == (admin_person.public_id, [ada.public_id])


def test_joining_a_managed_group_is_refused_at_the_field_and_nothing_else_is_saved(
    admin: Browser, company: Company, ada: Teammate
) -> None:
    plain = TeammateGroupFactory.create(company=company, name="Night shift")
    managed = TeammateGroupFactory.create(company=company, idp=True, name="Sales")
    sent = entered(admin.look("change", ada)) | {"join_groups": [plain.pk, managed.pk], "first_name": "Adele"}
    before = dump()
    response = admin.save("change", ada, **sent)
    (error,) = response.context["adminform"].form.errors["join_groups"]
    assert "Sales is managed by your identity provider, so its members cannot be changed here." in error
    assert dump() == before


def test_choices_of_groups_say_which_are_managed(admin: Browser, company: Company) -> None:
    TeammateGroupFactory.create(company=company, name="Night shift")
    TeammateGroupFactory.create(company=company, idp=True, name="Sales")
    found = admin.choices("teammates.membership", "group").json()["results"]
    assert {choice["text"] for choice in found} == {"Night shift", "Sales (IdP-managed)"}


def test_choices_of_people_say_who_is_blocked(admin: Browser, company: Company, admin_person: Teammate) -> None:
    bob = TeammateFactory.create(company=company, first_name="Bob", last_name="Hale", blocked=True)
    found = admin.choices("teammates.membership", "teammate").json()["results"]
    chosen = [choice["text"] for choice in found]
    assert set(chosen) == {f"Grace Hopper ({admin_person.login})", f"Bob Hale (blocked, {bob.login})"}


def test_a_custom_field_says_that_the_person_it_names_is_blocked(admin: Browser, company: Company) -> None:
    boss = TeammateFactory.create(company=company, first_name="Bob", last_name="Hale", blocked=True)
    manager = CustomFieldFactory.create(company=company, kind=FieldKind.TEAMMATE)
    person = TeammateFactory.create(company=company, custom_fields={manager.public_id: boss.public_id})
    assert f"Bob Hale (blocked, {boss.login})" in text(admin.look("change", person))


def test_whom_the_identity_provider_removed_joins_no_group(admin: Browser, company: Company, ada: Teammate) -> None:
    remove_by_idp(company.pk, ada.pk, actor=idp())
    assert "Add to teammate groups" not in text(admin.look("change", ada))
