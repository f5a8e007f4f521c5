"""Looking ahead at the expiry of API tokens, so that no connection stops by surprise."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.formats import date_format

from teammates.models import ApiToken, Event, NoticeKind
from teammates.services import notices, tokens
from teammates.services.notices import Condition

AHEAD = timedelta(days=14)
LAST_DAYS = timedelta(days=3)
TOLD_FOR = timedelta(days=30)  # after the expiry of a token that was in use
KINDS = (NoticeKind.TOKEN_EXPIRING, NoticeKind.TOKEN_LAST_DAYS, NoticeKind.TOKEN_EXPIRED)


def watch_tokens() -> None:
    """Raise a notice for each token that expires soon or has expired in use; close those that are over.

    A rotated token has a successor and is left alone: it is meant to expire.
    """
    now = timezone.now()
    found = [*tokens.expiring(within=AHEAD), *_expired_in_use(now)]
    rotated = _rotated(found)
    notices.settle(KINDS, [_condition(token, now) for token in found if token.pk not in rotated])


def _expired_in_use(now: datetime) -> Iterable[ApiToken]:
    """Tokens that something used until they expired, and that no other token has taken the place of since."""
    successor = ApiToken.objects.filter(
        company=OuterRef("company"), scopes__contains=OuterRef("scopes"), last_used_at__gt=OuterRef("expires_at")
    )
    expired = ApiToken.objects.filter(revoked_at=None, expires_at__lte=now, expires_at__gt=now - TOLD_FOR)
    return expired.filter(~Exists(successor), last_used_at__gt=F("expires_at") - TOLD_FOR)


def _rotated(found: list[ApiToken]) -> set[int]:
    events = Event.objects.filter(
        company__in={token.company_id for token in found},
        subject__in={str(token.pk) for token in found},
        kind="token.rotated",
    )
    return {int(pk) for pk in events.values_list("subject", flat=True)}


def _condition(token: ApiToken, now: datetime) -> Condition:
    expires_at = token.expires_at
    assert expires_at is not None
    moment = date_format(expires_at, "DATETIME_FORMAT")
    used = f"It was last used by {token.last_used_by or 'a client'}" if token.last_used_at else "It was never used"
    if expires_at <= now:
        text = f"The API token {token.name} expired on {moment}. What used it is refused."
        return token.company_id, NoticeKind.TOKEN_EXPIRED, str(token.pk), text
    kind = NoticeKind.TOKEN_LAST_DAYS if expires_at - now <= LAST_DAYS else NoticeKind.TOKEN_EXPIRING
    text = f"The API token {token.name} expires on {moment}; then what uses it is refused. {used}."
    return token.company_id, kind, str(token.pk), text
