"""Notices by e-mail: one mail with all that is new, not one for each.

An admin gets what is new in one mail a day. What is urgent, and what another admin or support staff did to the company,
goes out within minutes, about the same kind once a day at most. What was mailed is remembered row by row, in the
transaction that sends: a mail server that is down loses nothing, and a restart repeats nothing.
"""

import logging
from dataclasses import dataclass
from smtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPException,
    SMTPHeloError,
    SMTPRecipientsRefused,
    SMTPServerDisconnected,
)
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import ngettext

from teammates import sql
from teammates.guidance import guidance
from teammates.models import SECURITY_NOTICES, URGENT_NOTICES, Notice, NoticeKind, NoticeMail, Status, Teammate

logger = logging.getLogger(__name__)

PAGE = 200  # admins looked up at once
AT_ONCE = [*URGENT_NOTICES, *SECURITY_NOTICES, NoticeKind.SUPPORT_ACT]  # that wait for no digest
SHOWN = 20  # notices written out in one mail; the page has all
SERVER_AWAY = (SMTPConnectError, SMTPHeloError, SMTPAuthenticationError, SMTPServerDisconnected)

_DUE = """
SELECT t.id FROM teammates_teammate t
WHERE t.id BETWEEN %(first)s AND %(last)s AND t.is_company_admin AND t.status = %(active)s AND t.notices_by_email
  AND EXISTS (
    SELECT FROM teammates_notice n
    WHERE n.company_id = t.company_id AND n.closed_at IS NULL AND n.kind = ANY(%(kinds)s)
      AND n.by_id IS DISTINCT FROM t.id
      AND NOT EXISTS (SELECT FROM teammates_noticemail m WHERE m.teammate_id = t.id AND m.notice_id = n.id)
      AND CASE WHEN n.kind = ANY(%(urgent)s) THEN NOT EXISTS (
            SELECT FROM teammates_noticemail m JOIN teammates_notice about ON about.id = m.notice_id
            WHERE m.teammate_id = t.id AND m.at > now() - interval '1 day' AND about.kind = n.kind
          ) ELSE n.first_at < now() - interval '1 hour' AND NOT EXISTS (
            SELECT FROM teammates_noticemail m WHERE m.teammate_id = t.id AND m.at > now() - interval '1 day'
          ) END
  )
ORDER BY t.id LIMIT %(most)s
"""  # the hour: what is over by then is nobody's concern, and what comes together goes into one mail
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('notices by e-mail', %s))"
LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Told:
    """A notice as a mail writes it."""

    title: str
    text: str
    advice: str
    link: str
    url: str


def mail_notices() -> int:
    """Mail every admin for whom something is due; how many mails went out.

    Any number of these may run at once. A server that does not answer ends the round, and the next one tries again; a
    mail that the server refuses is in nobody's way.
    """
    sent, after = 0, 0
    connection = get_connection()
    while due := _due(after + 1, LARGEST, PAGE):
        for pk in due:
            try:
                sent += _mail(pk, connection)
            except SERVER_AWAY as error:
                logger.warning("The mail server does not answer (%s); notices are mailed in the next round", error)
                return sent
            except SMTPException as error:
                logger.warning("The mail server did not take the notices for teammate %s: %s", pk, error)
            except OSError as error:
                logger.warning("Mail cannot be sent (%s); notices are mailed in the next round", error)
                return sent
        after = due[-1]
    connection.close()
    return sent


def _due(first: int, last: int, most: int) -> list[int]:
    params = {
        "first": first, "last": last, "most": most, "active": Status.ACTIVE, "urgent": AT_ONCE,
        "kinds": list(dict(Notice._meta.get_field("kind").choices or ())),
    }  # fmt: skip
    return [pk for (pk,) in sql.fetch_all(_DUE, params)]


def _mail(pk: int, connection: BaseEmailBackend) -> bool:
    with transaction.atomic():
        if sql.fetch_one(_LOCK, [pk]) != (True,) or not _due(pk, pk, 1):
            return False  # another worker is at it, or was
        admin = Teammate.objects.select_related("company").get(pk=pk)
        mailed = NoticeMail.objects.filter(teammate=admin, notice=OuterRef("pk"))
        new = list(Notice.objects.filter(~Exists(mailed), company=admin.company, closed_at=None).exclude(by=admin))
        new.sort(key=lambda notice: notice.kind not in AT_ONCE)
        NoticeMail.objects.bulk_create(
            NoticeMail(company_id=admin.tenant_id, teammate=admin, notice=notice) for notice in new
        )
        address = _address(admin)
        if not address:
            return False
        try:
            _message(admin, address, new, connection).send()
        except SMTPRecipientsRefused as error:
            if any(code < 500 for code, _ in error.recipients.values()):
                raise
            logger.warning("No mail can be sent to teammate %s: %s", pk, error)
            return False
        return True


def _address(admin: Teammate) -> str:
    """Where the admin reads mail; nothing when what we know is no address."""
    for address in (admin.email, admin.login):
        try:
            validate_email(address)
        except ValidationError:
            continue
        return address
    return ""


def _message(admin: Teammate, address: str, new: list[Notice], connection: BaseEmailBackend) -> EmailMultiAlternatives:
    with translation.override(settings.LANGUAGE_CODE):
        company = str(admin.company)
        context: dict[str, Any] = {
            "name": admin.name,
            "company": company,
            "notices": [_told(notice) for notice in new[:SHOWN]],
            "more": max(0, len(new) - SHOWN),
            "all_url": settings.PUBLIC_URL + reverse("admin:teammates_notice_changelist"),
            "switch_url": settings.PUBLIC_URL + reverse("admin:teammates_notice_by_email"),
        }
        title = str(new[0].get_kind_display())
        if len(new) > 1:
            title = ngettext(
                "%(title)s, and %(more)s more notice", "%(title)s, and %(more)s more notices", len(new) - 1
            )
            title %= {"title": new[0].get_kind_display(), "more": len(new) - 1}
        mail = EmailMultiAlternatives(
            subject=" ".join(f"{company}: {title}".split()),
            body=render_to_string("teammates/mail/notices.txt", context),
            to=[address],
            headers={"Auto-Submitted": "auto-generated"},
            connection=connection,
        )
        mail.attach_alternative(render_to_string("teammates/mail/notices.html", context), "text/html")
        return mail


def _told(notice: Notice) -> Told:
    guided = guidance(notice, plain=True)
    title, url = str(notice.get_kind_display()), settings.PUBLIC_URL + guided.path
    return Told(title, notice.text, guided.advice, str(guided.link), url)
