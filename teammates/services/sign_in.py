"""Who signs in: the accounts that a login and a password open."""

from teammates import lockout
from teammates.models import ActorKind, Teammate, fold
from teammates.services import sessions
from teammates.services.events import Actor

MOST = 50  # accounts of one login that are looked at


def accounts(login: str, password: str, *, company: str = "") -> list[Teammate]:
    """The accounts of this login that this password fits, whether they may sign in or not; deleted ones never.

    company: the short name of the only company meant.
    Logins are unique within a company, not across them. An unknown login takes the work of a wrong password, so that
    the time it takes names nobody.
    """
    found = Teammate.objects.present().filter(login_key=fold(login), address_released_at=None)
    if company:
        found = found.filter(company__slug=company)
    fitting = [person for person in found.select_related("company")[:MOST] if person.check_password(password)]
    if not fitting:
        Teammate().set_password(password)
    return fitting


def in_person(teammate: Teammate) -> Actor:
    """The actor of what people do to their own account."""
    kind = ActorKind.STAFF if teammate.is_support else ActorKind.TEAMMATE
    return Actor(kind, teammate.name, teammate.public_id)


def clear_what_is_over() -> None:
    """Delete what is left of signing in once it has no effect: sessions that ran out, and failures long past."""
    sessions.clear_expired()
    lockout.clear_expired()
