"""Bodies, in and out: packed, in every script, with dates and without what is empty (RFC 7644 §3.8, RFC 7643 §2)."""

import gzip
import json
import re
import zlib
from urllib.parse import urlencode

import pytest
from django.test import Client

from scim.content import PACKED_FROM
from scim.models import LogBody
from teammates.models import Teammate
from tests.factories import TeammateFactory, TeammateGroupFactory, make_crowd
from tests.scim.door import ENTERPRISE, LIST, SEARCH, Door, group, members, op, path_of, user

pytestmark = pytest.mark.django_db

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture
def ada(company):
    return TeammateFactory(company=company, login="ada@example.com")


def packed(body):
    return gzip.compress(json.dumps(body).encode())


def raw(scim, path, **headers):
    """The answer as it is on the wire."""
    response = Client().get(f"/v2{path}", headers={"authorization": f"Bearer {scim.token.value}", **headers})
    return response, b"".join(response.streaming_content) if response.streaming else response.content


# --- packed bodies in ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip", " gzip "])
def test_a_packed_body_is_read(scim, coding):
    answer = scim.send("POST", "/Users", packed(user("grace@example.com")), content_encoding=coding)

    assert (answer.status, answer["userName"]) == (201, "grace@example.com")


def test_every_method_with_a_body_reads_packed_ones(scim, ada):
    answers = [
        scim.send("PUT", path_of(ada), packed(user("ada@example.com", title="Countess")), content_encoding="gzip"),
        scim.send("PATCH", path_of(ada), packed({"Operations": [op("add", "nickName", "A")]}), content_encoding="gzip"),
        scim.send("POST", "/.search", packed({"schemas": [SEARCH]}), content_encoding="gzip"),
    ]

    assert [answer.status for answer in answers] == [200, 200, 200]
    assert (answers[1]["title"], answers[1]["nickName"]) == ("Countess", "A")


def test_several_packed_pieces_are_one_body(scim):
    text = json.dumps(user("grace@example.com")).encode()
    pieces = gzip.compress(text[:40]) + gzip.compress(text[40:])

    assert scim.send("POST", "/Users", pieces, content_encoding="gzip").status == 201


def test_the_log_keeps_a_packed_body_unpacked(scim):
    scim.send("POST", "/Users", packed(user("grace@example.com")), content_encoding="gzip")

    assert json.loads(LogBody.objects.latest("id").request)["userName"] == "grace@example.com"


@pytest.mark.parametrize(
    "body",
    [b"{}", b"", b"\x1f\x8b", gzip.compress(b'{"userName": "a"}')[:-9], zlib.compress(b'{"userName": "a"}')],
    ids=["plain", "nothing", "only the beginning", "cut", "deflate"],
)
def test_what_is_said_to_be_packed_and_is_not_is_refused(scim, unchanged, body):
    with unchanged():
        answer = scim.send("POST", "/Users", body, content_encoding="gzip")

    assert answer.refusal == (400, "invalidSyntax")


def test_a_small_body_that_unpacks_to_a_large_one_is_413(scim, unchanged, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100_000
    bomb = packed(user("grace@example.com", nickName="x" * 50_000_000))
    assert len(bomb) < settings.DATA_UPLOAD_MAX_MEMORY_SIZE

    with unchanged():
        answer = scim.send("POST", "/Users", bomb, content_encoding="gzip")

    assert answer.status == 413


@pytest.mark.parametrize("coding", ["br", "deflate", "zstd", "gzip, gzip", "nonsense"])
def test_another_coding_is_415_and_says_which_is_read(scim, unchanged, coding):
    with unchanged():
        answer = scim.send("POST", "/Users", packed(user("grace@example.com")), content_encoding=coding)

    assert (answer.status, answer.headers["Accept-Encoding"]) == (415, "gzip")


def test_another_type_is_415_and_says_which_are_read(scim):
    answer = scim.send("POST", "/Users", b"<User/>", content_type="text/xml")

    assert (answer.status, answer.headers["Accept"]) == (415, "application/scim+json, application/json")


# --- packed answers ------------------------------------------------------------------------------------------------


def test_a_long_answer_is_packed_for_those_who_accept_it(scim, company):
    TeammateFactory.create_batch(20, company=company)
    _, plain = raw(scim, "/Users")
    assert len(plain) > PACKED_FROM

    for accepted in ("gzip", "deflate, gzip;q=0.5", "gzip, br", "identity;q=0.5, gzip ; q=1.0"):
        response, content = raw(scim, "/Users", **{"accept-encoding": accepted})
        assert (response["Content-Encoding"], response["Vary"]) == ("gzip", "Accept-Encoding"), accepted
        assert int(response["Content-Length"]) == len(content) < len(plain) // 2
        assert gzip.decompress(content) == plain


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0", "gzip; q=0.000, br", "*", "agzipb"])
def test_it_is_plain_for_all_others(scim, company, accepted):
    TeammateFactory.create_batch(20, company=company)

    response, content = raw(scim, "/Users", **{"accept-encoding": accepted})

    assert "Content-Encoding" not in response
    assert json.loads(content)["totalResults"] == 20


def test_a_short_answer_is_never_packed(scim, ada):
    for path in (path_of(ada), f"/Users?filter=userName+eq+%22{ada.login}%22", "/Users/nobody"):
        response, _ = raw(scim, path, **{"accept-encoding": "gzip"})
        assert "Content-Encoding" not in response


def test_a_streamed_group_is_packed_in_pieces(scim, company):
    team = TeammateGroupFactory(company=company)
    make_crowd(company, 200, team)

    response, content = raw(scim, path_of(team), **{"accept-encoding": "gzip"})

    assert (response.streaming, response["Content-Encoding"]) == (True, "gzip")
    assert len(json.loads(gzip.decompress(content))["members"]) == 200


# --- what stands in them -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accepted", ["application/scim+json", "application/json", "*/*", "text/html", "nonsense", ""])
def test_answers_are_scim_json_whatever_is_accepted(scim, ada, accepted):
    answer = scim.read(ada, accept=accepted, accept_charset="iso-8859-1")

    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/scim+json; charset=utf-8")


SCRIPTS = [
    "Zoë Österåker-Šimůnek", "Łukasz Żółć", "Αθηνά Παπαδοπούλου", "Владимир Ёлкин", "მარიამ", "Հայկ", "שָׁלוֹם דוד",
    "عَبْدُ الرَّحْمٰن", "पूजा शर्मा", "தமிழ்", "ภาษาไทย", "山田 太郎", "김철수", "𠮷野家", "👩🏽‍💻", "e\u0301 é", "\u202eRTL",
    "tab\there", "line\nend", 'quote " and \\', "\u2028\u00a0", "ﬀ ǅ ẞ ß İ \u0131", "\x7f\x01",
    "~!@#$%^&*()+=[]{}|;:',.<>?/`",
]  # fmt: skip


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_text_in_any_script_comes_back_as_it_was_sent(scim, name):
    sent = {
        "name": {"givenName": name, "familyName": name, "formatted": name},
        "displayName": name,
        "title": name,
        ENTERPRISE: {"department": name},
        "addresses": [{"type": "work", "locality": name}],
    }

    created = scim.create_user("ada@example.com", **sent)
    team = scim.create_group(f"Team {name}")

    answers = [created, scim.get(f"/Users/{created['id']}"), scim.find("/Users", f"displayName eq {json.dumps(name)}")]
    for answer in answers:
        found = answer["Resources"][0] if answer["schemas"] == [LIST] else answer.body
        assert {key: found[key] for key in sent} == sent
    escaped = json.dumps(name, ensure_ascii=True)  # as a client that knows ASCII alone sends it
    assert scim.find("/Users", f"displayName eq {escaped}").ids == [created["id"]]
    assert scim.find("/Groups", f"displayName eq {json.dumps('Team ' + name)}").ids == [team["id"]]


def test_answers_are_utf_8_and_not_escaped(scim):
    answer = scim.create_user("ada@example.com", displayName="山田 ü")

    assert '"山田 ü"'.encode() in answer.content


def test_moments_are_utc_with_milliseconds(scim, ada, monkeypatch):
    Teammate.objects.filter(pk=ada.pk).update(
        created_at="2026-01-31T23:59:59.9996+02:00", updated_at="2026-02-01T00:00:00+00:00"
    )

    meta = scim.read(ada)["meta"]

    assert meta["created"] == "2026-01-31T21:59:59.999Z"
    assert meta["lastModified"] == "2026-02-01T00:00:00.000Z"
    assert all(MOMENT.fullmatch(meta[name]) for name in ("created", "lastModified"))
    assert scim.find("/Users", 'meta.created eq "2026-01-31T22:59:59.999+01:00"').ids == [ada.public_id]


def test_what_was_never_changed_was_last_modified_when_it_was_created(scim):
    for answer in (scim.create_user(), scim.create_group()):
        assert answer["meta"]["created"] == answer["meta"]["lastModified"]


def test_what_is_empty_is_left_out(scim):
    empty = {"title": None, "nickName": "", "emails": [], "addresses": [{}], "phoneNumbers": [{"type": "work"}]}
    created = scim.create_user("ada@example.com", **empty, **{ENTERPRISE: {"department": None, "manager": {}}})
    team = scim.create_group("Team", members=[])

    for answer in (created, scim.get(f"/Users/{created['id']}")):
        assert answer.body.keys().isdisjoint(empty.keys() - {"phoneNumbers"})
        assert ENTERPRISE not in answer.body
        assert "groups" not in answer.body
    assert "members" not in scim.get(f"/Groups/{team['id']}").body


def test_null_the_empty_list_and_absence_are_one_state(scim, ada):
    scim.patch(ada, op("add", None, {"title": "x", "nickName": "x", "phoneNumbers": [{"value": "1", "type": "work"}]}))

    for value in (None, [], ""):
        scim.patch(ada, op("add", "phoneNumbers", [{"value": "1", "type": "work"}]))
        answer = scim.patch(ada, op("replace", "phoneNumbers", value), op("replace", "title", value or None))
        assert answer.status == 200
        assert answer.body.keys().isdisjoint({"title", "phoneNumbers"})
        assert scim.find("/Users", "not (phoneNumbers pr) and title eq null").ids == [ada.public_id]


def test_numbers_and_booleans_are_numbers_and_booleans(scim, ada):
    listing = scim.get("/Users", {"startIndex": "1", "count": "1"})

    assert [type(listing[name]) for name in ("totalResults", "startIndex", "itemsPerPage")] == [int] * 3
    assert listing["Resources"][0]["active"] is True
    assert scim.patch(ada, op("Replace", "active", "False"))["active"] is False


def test_a_password_is_taken_and_never_returned_kept_or_found(scim, unchanged):
    created = scim.create_user("ada@example.com", password="correct horse")
    answer = scim.patch(f"/Users/{created['id']}", op("replace", "password", "battery staple"))
    named = scim.get(f"/Users/{created['id']}", "attributes=password,userName")

    for found in (created, answer, named):
        assert found.status in (200, 201)
        assert "password" not in found.body
    assert not Teammate.objects.get().has_usable_password()
    assert scim.find("/Users", "password pr").refusal == (400, "invalidFilter")
    assert not any("horse" in body.request or "staple" in body.request for body in LogBody.objects.all())


# --- HEAD ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/Users", "/Users/{user}", "/Groups", "/Groups/{group}", "/Schemas", "/ServiceProviderConfig"]
)
def test_head_is_get_without_a_body(scim, company, ada, path):
    team = TeammateGroupFactory(company=company, with_members=[ada])
    path = path.format(user=ada.public_id, group=team.public_id)

    head, read = scim.send("HEAD", path), scim.get(path)

    assert (head.status, head.content) == (200, b"")
    assert {name: head.headers.get(name) for name in ("Content-Type", "ETag", "Location")} == {
        name: read.headers.get(name) for name in ("Content-Type", "ETag", "Location")
    }


@pytest.mark.parametrize(("path", "status"), [("/Users/nobody", 404), ("/Bulk", 405), ("/.search", 405), ("/Me", 501)])
def test_head_is_refused_where_get_is(scim, path, status):
    assert scim.send("HEAD", path).status == scim.get(path).status == status


def test_head_needs_a_token_too(company):
    assert Door(None).send("HEAD", "/Users").status == 401


# --- how members are written ---------------------------------------------------------------------------------------


def test_members_carry_what_they_are_and_where(scim, company, ada):
    team = scim.create_group("Team", members=members(ada))

    assert team["members"] == [{"value": ada.public_id, "$ref": f"http://testserver/v2{path_of(ada)}", "type": "User"}]
    assert scim.get(team["members"][0]["$ref"].partition("/v2")[2])["id"] == ada.public_id
    company.show_member_refs = False
    company.save()
    read = scim.get(f"/Groups/{team['id']}")
    written = scim.put(f"/Groups/{team['id']}", group("Team", members=members(ada)))
    found = scim.post("/.search", {"schemas": [SEARCH], "filter": "members pr"})["Resources"][0]
    for answer in (read.body, written.body, found):
        assert answer["members"] == [{"value": ada.public_id, "type": "User"}]


@pytest.mark.parametrize("charset", ["utf-16", "iso-8859-1", "UTF-8", "nonsense"])
def test_a_query_is_utf_8_whatever_charset_the_content_type_names(scim, company, charset):
    TeammateFactory(company=company, login="zoë@example.com")

    query = urlencode({"filter": 'userName eq "zoë@example.com"'})
    found = scim.send("GET", f"/Users?{query}", b" ", content_type=f"application/json; charset={charset}")

    assert found["totalResults"] == 1
