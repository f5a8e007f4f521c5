"""Passwords for the web admin, and the links by e-mail with which a person sets one: when forgotten, or as a new admin.

A link is signed, not stored. It holds a fingerprint of what a used link changes, so it works once; a block, a
sign-out everywhere or another address end it too.
"""

import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from celery import current_app
from django.conf import settings
from django.core import signing
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from teammates import rows
from teammates.errors import Refusal
from teammates.lockout import unlock
from teammates.models import LOGIN_LENGTH, Teammate, fold
from teammates.services import events, staff
from teammates.services.events import SYSTEM, Actor
from teammates.services.locks import lock_teammate
from teammates.services.mails import address_of, first, forget
from teammates.services.notices import all_or_nothing
from teammates.services.sign_in import in_person

logger = logging.getLogger(__name__)
LINKS_TASK = "teammates.send_password_links"
RESET, INVITATION = "reset", "invitation"
SECONDS = {RESET: 3600, INVITATION: 7 * 24 * 3600}
SECONDS_BETWEEN_MAILS = 120  # to one login, however often it is asked for


class LinkIsOver(Refusal):
    """The link was used, is too old, or belongs to somebody who may not sign in any more."""

    def __init__(self) -> None:
        super().__init__(_("This link was used already or is too old. Ask for a new one."))


class MailIsAway(Refusal):
    """Nothing takes the request for a mail just now."""

    def __init__(self) -> None:
        super().__init__(_("No mail can be sent at this moment. Try again in a few minutes."))


def set_password(company_id: int, pk: int, password: str, *, actor: Actor, by_link: bool = False) -> Teammate:
    """Set the password for the web admin; every session that the old one opened ends.

    by_link: whether the person came with a link that was sent to their address.
    """
    with all_or_nothing(company_id):
        teammate = lock_teammate(company_id, pk)
        teammate.set_password(password)
        rows.update(teammate, ["password"], new_version=False)
        data: dict[str, Any] = {"sessions_ended": teammate.sessions.all().delete()[0]}
        if by_link:
            data["by_link"] = True
        events.append(
            company_id, "teammate.password_set", actor, subject=teammate.public_id, name=teammate.name, data=data
        )
        return teammate


# --- links ---


def link_for(teammate: Teammate, purpose: str) -> str:
    token = signing.dumps([teammate.pk, _fingerprint(teammate)], salt=_salt(purpose))
    return settings.PUBLIC_URL + reverse("admin:set_password", args=[token])


def account_behind(token: str, *, lock: bool = False) -> Teammate:
    """Whose password the link sets. Raises LinkIsOver."""
    for purpose, seconds in SECONDS.items():
        try:
            pk, fingerprint = signing.loads(token, salt=_salt(purpose), max_age=seconds)
        except signing.BadSignature:  # another purpose, too old, or no link of ours
            continue
        people = Teammate.objects.select_related("company")
        people = people.select_for_update(of=("self",), no_key=True) if lock else people
        teammate = people.filter(pk=pk).first()
        if teammate is not None and teammate.is_staff and constant_time_compare(fingerprint, _fingerprint(teammate)):
            return teammate
    raise LinkIsOver


def set_by_link(token: str, password: str) -> Teammate:
    """Set the password of the account behind the link, which ends its sessions and its lock. Raises LinkIsOver."""
    with transaction.atomic():
        teammate = account_behind(token, lock=True)
        if teammate.company_id is None:
            staff.set_staff_password(teammate.pk, password)
            logger.info("A support staff member set a new password by a link: %s", teammate.public_id)
        else:
            actor = in_person(teammate)
            set_password(teammate.company_id, teammate.pk, password, actor=actor, by_link=True)
    unlock(teammate.login)
    return teammate


def _salt(purpose: str) -> str:
    return f"frontprov.password.{purpose}"


def _fingerprint(teammate: Teammate) -> str:
    state = f"{teammate.password}|{teammate.session_epoch}|{teammate.last_login}|{teammate.login}|{teammate.email}"
    return salted_hmac("frontprov.password", state, algorithm="sha256").hexdigest()[:32]


# --- a forgotten password ---


def ask_for_links(login: str) -> None:
    """Have the worker find the accounts and write: the one who asks learns nothing, also not from the time it takes.

    Raises MailIsAway when the queue takes nothing, whoever asks.
    """
    try:
        current_app.send_task(LINKS_TASK, [fold(login)[:LOGIN_LENGTH]], retry=False)
    except Exception as error:  # the broker's client has many ways to say that Redis is away
        logger.warning("Redis did not take a request for a password link", exc_info=True)
        raise MailIsAway from error


def send_links(login_key: str) -> int:
    """Write to those who may sign in with this login, one mail to each address; how many mails."""
    throttle = "password-links-" + hashlib.sha256(login_key.encode()).hexdigest()
    if not first(throttle, SECONDS_BETWEEN_MAILS):
        return 0
    admins = Teammate.objects.active().filter(Q(is_company_admin=True) | Q(is_support=True), login_key=login_key)
    by_address: dict[str, list[Teammate]] = defaultdict(list)
    for teammate in admins.select_related("company"):
        if address := address_of(teammate):
            by_address[address].append(teammate)
    try:
        for address, people in by_address.items():
            with transaction.atomic():
                for teammate in people:
                    _record(teammate, "teammate.password_link_sent", SYSTEM, address)
                _send(RESET, _("Set a new password for Frontprov"), address, people)
    except Exception:
        forget(throttle)  # it will be tried again
        raise
    return len(by_address)


# --- a new admin ---


def invite_admin(company_id: int, pk: int, *, actor: Actor) -> bool:
    """Send a company admin a link, valid for a week, with which they set their first password.

    False, and nothing is sent, when the person has no web admin (only active company admins have) or no address. The
    mail follows from the event, so a Redis that is away delays it and loses nothing. Raises NotFoundInCompany.
    """
    with transaction.atomic():
        teammate = lock_teammate(company_id, pk)
        address = address_of(teammate)
        if not teammate.is_staff or not address:
            return False
        _record(teammate, "teammate.invited", actor, address)
        return True


def invite_new_admin(teammate: Teammate, was_admin: bool, *, actor: Actor) -> None:
    """The same, in the caller's transaction, for somebody who has just become one and never had a password.

    was_admin: whether they were one before, and not blocked.
    """
    if teammate.is_staff and not was_admin and not teammate.has_password and (address := address_of(teammate)):
        _record(teammate, "teammate.invited", actor, address)


def send_invitation(pk: int) -> None:
    """Write the mail of an invitation, unless the world moved on."""
    teammate = Teammate.objects.select_related("company").filter(pk=pk).first()
    if teammate is None or not teammate.is_staff or not address_of(teammate):
        return
    _send(INVITATION, _("Your Frontprov company settings"), address_of(teammate), [teammate])


# --- small things ---


def _record(teammate: Teammate, kind: str, actor: Actor, address: str) -> None:
    if teammate.company_id is not None:
        data = {"to": address}
        events.append(teammate.company_id, kind, actor, subject=teammate.public_id, name=teammate.name, data=data)


def _send(purpose: str, subject: str, address: str, people: Iterable[Teammate]) -> None:
    accounts = [(teammate, link_for(teammate, purpose)) for teammate in people]
    text = render_to_string(f"teammates/mail/{purpose}.txt", {"accounts": accounts, "address": settings.PUBLIC_URL})
    send_mail(subject, text, None, [address])
