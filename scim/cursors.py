"""Cursors for paging without counting (RFC 9865): signed, bound to their query and company, and short-lived."""

import hashlib

from django.core.signing import BadSignature, SignatureExpired, TimestampSigner

from scim.errors import ExpiredCursor, InvalidCursor

SECONDS = 3600  # published as cursorTimeout
_signer = TimestampSigner(sep=".", salt="scim.cursors")  # only characters that need no escaping in a URL


def _query(company_id: int, text: str, sort_by: str, descending: bool) -> str:
    return hashlib.sha256(repr((company_id, text, sort_by, descending)).encode()).hexdigest()[:16]


def write(company_id: int, after: int, text: str, sort_by: str, descending: bool) -> str:
    """The cursor for the page behind `after`: the last id of this page, or how many came before when sorted."""
    return _signer.sign_object([after, _query(company_id, text, sort_by, descending)])


def read(company_id: int, cursor: str, text: str, sort_by: str, descending: bool) -> int:
    """Where the page of a cursor begins; 0 for the empty cursor of a first page.

    Raises ExpiredCursor, InvalidCursor (also for the cursor of another query).
    """
    if not cursor:
        return 0
    try:
        after, query = _signer.unsign_object(cursor, max_age=SECONDS)
    except SignatureExpired:
        raise ExpiredCursor("The cursor is too old. Begin again with an empty cursor.") from None
    except (BadSignature, ValueError, TypeError):
        raise InvalidCursor("This server did not issue this cursor. Begin again with an empty cursor.") from None
    if query != _query(company_id, text, sort_by, descending):
        raise InvalidCursor("The cursor belongs to another query. Keep filter and sorting from page to page.")
    return int(after)
