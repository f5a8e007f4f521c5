"""API tokens: made, shown once, checked, rotated and revoked."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, count

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, QuerySet
from django.db.models.functions import Cast
from django.http import HttpRequest
from django.utils import timezone

from teammates import rows, sql
from teammates.addresses import client_address
from teammates.errors import InvalidValue, NotFoundInCompany
from teammates.models import ApiToken, Company, Event, NoticeKind, Scope, new_token_value, token_digest
from teammates.services import events, notices
from teammates.services.events import Actor

IDENTITY_PROVIDER = "Microsoft Entra ID"  # as the guide has it, and so the name of its token
HINT_LENGTH = 8
ROTATION_OVERLAP = timedelta(hours=24)
TOUCH_AFTER = timedelta(minutes=1)
EXPIRING_WITHIN = timedelta(days=14)


@dataclass(frozen=True)
class Usage:
    """What a door knows of a token's use.

    client: in words, empty when it is none we know. requests: in the last 24 hours.
    """

    client: str
    requests: int


# Doors that keep count of what tokens are used for; each answers None when it has not seen the token lately.
usage_sources: list[Callable[[ApiToken], Usage | None]] = []

_FIND_ANY = (
    f"SELECT {rows.select_list(ApiToken, 't')}, {rows.select_list(Company, 'c')} "
    "FROM teammates_apitoken t JOIN teammates_company c ON c.id = t.company_id WHERE t.digest = %s"
)
_FIND = f"{_FIND_ANY} AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now())"
_TOUCH = """
UPDATE teammates_apitoken SET last_used_at = now(), last_used_by = %s, last_used_from = %s
WHERE id = %s AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
"""


def find_token(value: str) -> ApiToken | None:
    """The usable token with this value, its company at hand; None for a wrong, revoked or expired one.

    Asks the database every time: revoking works at the next request in every process.
    """
    return _found(_FIND, value)


def find_ended_token(value: str) -> ApiToken | None:
    """The token with this value that was revoked or has expired, its company at hand; it opens nothing."""
    token = _found(_FIND_ANY, value)
    return None if token is None or token.is_usable else token


def _found(statement: str, value: str) -> ApiToken | None:
    row = sql.fetch_one(statement, [token_digest(value)], prepared=True)
    if row is None:
        return None
    token = rows.from_row(ApiToken, row)
    token.company = rows.from_row(Company, row[len(rows.columns(ApiToken)) :])
    return token


def note_use(token: ApiToken, request: HttpRequest) -> None:
    """Remember when, from where and by which client a token was last used, once a minute at most."""
    if token.last_used_at is None or timezone.now() - token.last_used_at > TOUCH_AFTER:
        client = request.META.get("HTTP_USER_AGENT", "")[:200].replace("\x00", "")
        sql.execute(_TOUCH, [client, client_address(request), token.pk])


def usage(token: ApiToken) -> Usage | None:
    """Who has used the token in the last 24 hours and how often; None where nobody kept count."""
    known = [found for found in (source(token) for source in usage_sources) if found is not None]
    return max(known, key=lambda found: found.requests, default=None)


def expiring(within: timedelta = EXPIRING_WITHIN) -> QuerySet[ApiToken]:
    """Tokens of all companies that are usable now and will not be when `within` is over, the soonest first.

    Those that were rotated are left out: they have a successor, and run out because somebody wanted it so.
    """
    now = timezone.now()
    soon = ApiToken.objects.filter(revoked_at=None, expires_at__gt=now, expires_at__lte=now + within)
    return soon.filter(~was_rotated()).select_related("company").order_by("expires_at", "pk")


def was_rotated() -> Exists:
    """Whether another token took the place of one, for a query of tokens."""
    return Exists(
        Event.objects.filter(
            company=OuterRef("company"), subject=Cast(OuterRef("pk"), CharField()), kind="token.rotated"
        )
    )


def rotations(of: Iterable[ApiToken]) -> dict[int, int]:
    """Which token took the place of which, by primary keys: of these tokens and of those whose place they took.

    A successor has its predecessor's name, and so few share it that asking for all of them is one small statement.
    """
    named = {(token.company_id, token.name) for token in of}
    if not named:
        return {}
    companies, names = {company_id for company_id, _ in named}, {name for _, name in named}
    namesakes = ApiToken.objects.filter(company__in=companies, name__in=names).order_by()
    rotated = Event.objects.filter(
        company__in=companies, kind="token.rotated", subject__in=namesakes.values_list(Cast("pk", CharField()))
    )
    return {int(subject): new for subject, new in rotated.order_by("pk").values_list("subject", "data__successor")}


def successor_of(token: ApiToken) -> ApiToken | None:
    """The token that took this one's place when it was rotated last, if it was."""
    new = rotations([token]).get(token.pk)
    return ApiToken.objects.filter(company=token.company_id, pk=new).first() if new is not None else None


def predecessor_of(token: ApiToken) -> ApiToken | None:
    """The token whose place this one took, if it is a successor."""
    olds = [old for old, new in rotations([token]).items() if new == token.pk]
    return ApiToken.objects.filter(company=token.company_id, pk__in=olds).first()


def create_token(
    company: Company, name: str, scopes: Sequence[str], *, actor: Actor, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """A new token and its value, which is stored nowhere and can be shown this once only."""
    if not name.strip():
        raise InvalidValue("name", "Give the token a name that says what uses it.")
    if not scopes or set(scopes) - set(Scope.values):
        raise InvalidValue("scopes", f"Choose at least one scope of: {', '.join(map(str, Scope.labels))}.")
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidValue("expires_at", "The expiry lies in the past.")
    value = new_token_value()
    with transaction.atomic():
        token = ApiToken.objects.create(
            company=company,
            name=name.strip(),
            digest=token_digest(value),
            hint=value[:HINT_LENGTH],
            scopes=sorted(set(scopes)),
            created_by=actor.name[:320],
            expires_at=expires_at,
        )
        data = {"scopes": token.scopes, "expires_at": expires_at, "hint": token.hint}
        events.append(company.pk, "token.created", actor, subject=str(token.pk), name=token.name, data=data)
    return token, value


def create_provisioning_token(company: Company, *, actor: Actor) -> tuple[ApiToken, str]:
    """A token for the identity provider, with the scopes that the guide asks for (Part 1), and its value.

    Named after the identity provider, with a number where a token that was not revoked has that name.
    """
    with transaction.atomic():
        Company.objects.select_for_update(no_key=True).get(pk=company.pk)  # two at once get two names
        taken = set(ApiToken.objects.filter(company=company, revoked_at=None).values_list("name", flat=True))
        names = chain([IDENTITY_PROVIDER], (f"{IDENTITY_PROVIDER} {number}" for number in count(2)))
        name = next(name for name in names if name not in taken)
        return create_token(company, name, [Scope.PROVISIONING, Scope.AUTO_PROVISIONING], actor=actor)


def rotate_token(
    company: Company,
    pk: int,
    *,
    actor: Actor,
    overlap: timedelta = ROTATION_OVERLAP,
    expires_at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """A successor with the same name and scopes; the old token works on until the overlap is over.

    overlap: none revokes the old token at once. expires_at: of the successor. Raises InvalidValue for a token that is
    not usable any more, which has nothing to hand over, and for one whose new value is usable.
    """
    with transaction.atomic():
        old = _locked(company, pk)
        if not old.is_usable:
            raise InvalidValue("token", f"{old.name} was revoked or has expired. Create a new token instead.")
        if (newer := successor_of(old)) is not None and newer.is_usable:
            text = (
                f"{old.name} ({old.hint}…) was rotated already. Rotate its new value, which begins with {newer.hint}."
            )
            raise InvalidValue("token", text)
        new, value = create_token(company, old.name, old.scopes, actor=actor, expires_at=expires_at)
        if overlap:
            ends = timezone.now() + overlap
            old.expires_at = min(old.expires_at, ends) if old.expires_at else ends
            old.save(update_fields=["expires_at"])
        data = {"successor": new.pk, "expires_at": old.expires_at}
        events.append(company.pk, "token.rotated", actor, subject=str(old.pk), name=old.name, data=data)
        if not overlap:
            revoke_token(company, old.pk, actor=actor)
        _end_notices(old)
    return new, value


def revoke_token(company: Company, pk: int, *, actor: Actor) -> ApiToken:
    """End the token: the next request that carries it is refused, in every process."""
    with transaction.atomic():
        token = _locked(company, pk)
        if token.revoked_at is None:
            token.revoked_at = timezone.now()
            token.save(update_fields=["revoked_at"])
            events.append(company.pk, "token.revoked", actor, subject=str(token.pk), name=token.name)
            _end_notices(token)
    return token


def _end_notices(token: ApiToken) -> None:
    """Nobody has to think of its expiry any more."""
    kinds = (NoticeKind.TOKEN_EXPIRING, NoticeKind.TOKEN_LAST_DAYS, NoticeKind.TOKEN_EXPIRED)
    notices.resolve(token.company_id, *kinds, subject=str(token.pk))


def _locked(company: Company, pk: int) -> ApiToken:
    token = ApiToken.objects.select_for_update().filter(company=company, pk=pk).first()
    if token is None:
        raise NotFoundInCompany("No such API token in this company.")
    return token
