"""Mail to somebody whose own way of signing in has changed, at once: so that they notice when it was not they.

It is told apart from notices, which are about the company: nobody can turn these mails off.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from celery import current_app
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from teammates.models import Event, Teammate
from teammates.moments import moment
from teammates.services.events import SECURITY_TASK
from teammates.services.mails import address_of, first, forget
from teammates.support import plainly

logger = logging.getLogger(__name__)
SECONDS_BETWEEN = 600  # mails about the same thing to the same person


@dataclass(frozen=True)
class Told:
    """subject: what happened, in a few words. means: what follows from it. amend: what to do besides."""

    subject: str | Promise
    means: str | Promise
    amend: str | Promise = ""


SECOND_FACTOR_IS_THEIRS = _(
    "A second factor that is not yours keeps you out: another company admin removes it on your page, under Teammates."
)
TOLD = {
    "teammate.password_set": Told(
        _("A new password was set for your account"), _("Every browser that was signed in with the old one is out.")
    ),
    "teammate.two_factor_on": Told(
        _("Two-factor sign-in was turned on for your account"),
        _("Signing in takes a code from an app from now on, besides the password."),
        SECOND_FACTOR_IS_THEIRS,
    ),
    "teammate.two_factor_off": Told(
        _("Two-factor sign-in was turned off for your account"), _("Signing in takes the password alone now.")
    ),
    "teammate.two_factor_reset": Told(
        _("The second factor of your account was removed"),
        _("Signing in takes the password alone, until you set up two-factor sign-in again."),
    ),
    "teammate.recovery_codes_made": Told(
        _("New recovery codes were made for your account"), _("The old ones no longer work.")
    ),
}


def tell_of_event(event: Event) -> None:
    """Have the worker write about an event of TOLD."""
    pk = Teammate.pk_of(event.subject)
    by = "" if event.actor_id == event.subject else event.actor
    current_app.send_task(SECURITY_TASK, [pk, event.kind, event.at.isoformat(), by], retry=False)


def tell_staff(teammate: Teammate, kind: str, by: str = "") -> None:
    """The same for support staff, of whom there are no events: when the transaction is committed, if Redis is there."""
    arguments = [teammate.pk, kind, timezone.now().isoformat(), by]

    def send() -> None:
        try:
            current_app.send_task(SECURITY_TASK, arguments, retry=False)
        except Exception:  # the broker's client has many ways to say that Redis is away
            logger.warning("Redis did not take a mail about %s of %s", kind, teammate.public_id, exc_info=True)

    transaction.on_commit(send)


def send(pk: int, kind: str, at: str, by: str) -> None:
    """Write the mail, unless the same was written a moment ago or the person may not sign in any more.

    at: when it happened, in ISO 8601. by: who did it; empty for the person's own doing.
    """
    teammate = Teammate.objects.select_related("company").filter(pk=pk).first()
    if teammate is None or not teammate.is_staff or not address_of(teammate):
        return
    key = f"security-mail-{pk}-{kind}-{bool(by)}"
    if not first(key, SECONDS_BETWEEN):
        return
    try:
        with translation.override(settings.LANGUAGE_CODE):
            _message(teammate, TOLD[kind], moment(datetime.fromisoformat(at)), by).send()
    except Exception:
        forget(key)  # it will be tried again
        raise


def _message(teammate: Teammate, told: Told, when: str, by: str) -> EmailMessage:
    context = {
        "teammate": teammate,
        "told": told,
        "when": when,
        "by": by,
        "password_url": settings.PUBLIC_URL + reverse("admin:ask_password"),
        "account_url": settings.PUBLIC_URL + reverse("admin:account"),
        "ask": plainly("%(ask_support)s"),
    }
    subject = f"{teammate.company.name}: {told.subject}" if teammate.company else str(told.subject)
    return EmailMessage(
        subject=" ".join(subject.split()),
        body=render_to_string("teammates/mail/security.txt", context),
        to=[address_of(teammate)],
        headers={"Auto-Submitted": "auto-generated"},
    )
