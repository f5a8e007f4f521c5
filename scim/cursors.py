"""Cursors for paging without counting (RFC 9865): signed, bound to their query and company, and short-lived."""

import hashlib

from django.core.signing import BadSignature, SignatureExpired, TimestampSigner

from scim.errors import ExpiredCursor, InvalidCursor

SECONDS = 3600  # published as cursorTimeout
_signer = TimestampSigner(sep=".", salt="scim.cursors")  # only characters that need no escaping in a URL


def _digest(query: tuple[object, ...]) -> str:
    return hashlib.sha256(repr(query).encode()).hexdigest()[:16]


def write(after: int, *query: object) -> str:
    """The cursor for the page behind `after`: the last id of this page, or how many came before when sorted.

    query: all that must be the same when it comes back: whose resources, of which kind, which, in which order.
    """
    return _signer.sign_object([after, _digest(query)])


def read(cursor: str, *query: object) -> int:
    """Where the page of a cursor begins; 0 for the empty cursor of a first page. query: as it was written.

    Raises ExpiredCursor, InvalidCursor (also for the cursor of another query).
    """
    if not cursor:
        return 0
    try:
        after, digest = _signer.unsign_object(cursor, max_age=SECONDS)
    except SignatureExpired:
        raise ExpiredCursor("The cursor is too old. Begin again with an empty cursor.") from None
    except (BadSignature, ValueError, TypeError):
        raise InvalidCursor("This server did not issue this cursor. Begin again with an empty cursor.") from None
    if digest != _digest(query):
        raise InvalidCursor("The cursor belongs to another query. Keep filter and sorting from page to page.")
    return int(after)
