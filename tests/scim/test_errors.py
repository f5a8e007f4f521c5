"""The body of a refusal (RFC 7644 §3.12), and its kinship with the library's exceptions."""

import pytest
from django_scim import exceptions as library

from scim import errors

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


def test_the_status_of_an_error_body_is_a_string():
    assert errors.error_body(404, "Gone.") == {"schemas": [ERROR], "status": "404", "detail": "Gone."}
    assert errors.error_body(400, "No.", "invalidValue")["scimType"] == "invalidValue"


@pytest.mark.parametrize(
    ("error", "parent", "status", "scim_type"),
    [
        (errors.InvalidFilter, library.BadRequestError, "400", "invalidFilter"),
        (errors.InvalidSyntax, library.BadRequestError, "400", "invalidSyntax"),
        (errors.InvalidPath, library.BadRequestError, "400", "invalidPath"),
        (errors.NoTarget, library.BadRequestError, "400", "noTarget"),
        (errors.InvalidValue, library.BadRequestError, "400", "invalidValue"),
        (errors.Mutability, library.BadRequestError, "400", "mutability"),
        (errors.TooMany, library.BadRequestError, "400", "tooMany"),
        (errors.InvalidCursor, library.BadRequestError, "400", "invalidCursor"),
        (errors.ExpiredCursor, library.BadRequestError, "400", "expiredCursor"),
        (errors.InvalidCount, library.BadRequestError, "400", "invalidCount"),
        (errors.Uniqueness, library.IntegrityError, "409", "uniqueness"),
    ],
)
def test_each_refusal_has_its_status_and_scim_type(error, parent, status, scim_type):
    refusal = error("Do that instead.")
    assert isinstance(refusal, parent)
    assert isinstance(refusal, errors.ScimError)
    assert refusal.to_dict() == {
        "schemas": [ERROR],
        "status": status,
        "detail": "Do that instead.",
        "scimType": scim_type,
    }


def test_not_found_says_what_it_was_told_to_say():
    refusal = errors.NotFound("No such teammate.")
    assert isinstance(refusal, library.NotFoundError)
    assert refusal.to_dict() == {"schemas": [ERROR], "status": "404", "detail": "No such teammate."}


def test_any_other_status_has_an_error_too():
    assert errors.ScimError("Too large.", status=413).to_dict()["status"] == "413"
    assert errors.ScimError("Reserved.", status=409, scim_type="uniqueness").to_dict()["scimType"] == "uniqueness"
