"""Two-factor sign-in: a code from an app after the password, and recovery codes for the day the phone is gone.

The devices are django-otp's: one TOTP device (RFC 6238), and one device with recovery codes, each good for one
sign-in. Wrong codes make the next try wait (1, 2, 4 … seconds), besides being counted by teammates.lockout.
"""

import hashlib
import logging
import math
import re
import secrets
from base64 import b32encode
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from django.db import transaction
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from teammates.models import Teammate
from teammates.services import events, security_mail, sessions, staff
from teammates.services.events import OF_SIGNING_IN, Actor
from teammates.services.notices import tell_of_support_act
from teammates.services.reasons import require_reason, told
from teammates.services.sign_in import in_person

logger = logging.getLogger(__name__)
RECOVERY_CODES = 10
APP, RECOVERY = "app", "recovery codes"  # names of the two devices


@dataclass(frozen=True)
class Answer:
    """What came of a code. device: which accepted it; wait: seconds until one may try again; left: recovery codes."""

    device: Any = None
    wait: int = 0
    left: int | None = None


def is_on(teammate: Teammate) -> bool:
    return TOTPDevice.objects.filter(user=teammate, confirmed=True).exists()


def recovery_codes_left(teammate: Teammate) -> int:
    return StaticToken.objects.filter(device__user=teammate).count()


def prepare(teammate: Teammate) -> TOTPDevice:
    """The device being set up: its secret stays the same until a code from it confirms it."""
    device = TOTPDevice.objects.filter(user=teammate, confirmed=False).order_by("pk").first()
    return device or TOTPDevice.objects.create(user=teammate, name=APP, confirmed=False)


def secret_to_type(device: TOTPDevice) -> str:
    """The secret in the form in which apps take it, in groups of four."""
    text = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def address_to_scan(device: TOTPDevice) -> str:
    """What the QR code says (the Key URI format of authenticator apps). Somebody in two companies has two entries."""
    company = device.user.company
    issuer = f"Frontprov {company.name}".replace(":", " ") if company else "Frontprov support"
    secret = b32encode(device.bin_key).decode().rstrip("=")
    label = quote(f"{issuer}:{device.user.login}")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer}, quote_via=quote)}"


def confirm(teammate: Teammate, code: str) -> tuple[Answer, list[str]]:
    """Turn two-factor sign-in on with a first code from the app; the recovery codes, which are shown this once."""
    with transaction.atomic():
        answer = _check(TOTPDevice, teammate, _plain(code), confirmed=False)
        if answer.device is None:
            return answer, []
        TOTPDevice.objects.filter(user=teammate).exclude(pk=answer.device.pk).delete()
        answer.device.confirmed = True
        answer.device.save(update_fields=["confirmed"])
        codes = _new_codes(teammate)
        _record(teammate, "teammate.two_factor_on", in_person(teammate))
        return answer, codes


def check(teammate: Teammate, code: str) -> Answer:
    """Whether this is the person's code: six digits from the app, or one of the recovery codes, which it uses up."""
    plain = _plain(code)
    if re.fullmatch(r"[0-9]{6}", plain):
        return _check(TOTPDevice, teammate, plain)
    with transaction.atomic():
        answer = _check(StaticDevice, teammate, _kept(plain))
        if answer.device is None:
            return answer
        left = recovery_codes_left(teammate)
        _record(teammate, "teammate.recovery_code_used", in_person(teammate), left=left)
        return Answer(answer.device, left=left)


def new_recovery_codes(teammate: Teammate) -> list[str]:
    """Ten new codes instead of the old ones."""
    with transaction.atomic():
        codes = _new_codes(teammate)
        _record(teammate, "teammate.recovery_codes_made", in_person(teammate))
        return codes


def turn_off(teammate: Teammate) -> None:
    """Turn it off for oneself. The door has asked for the password and a code."""
    with transaction.atomic():
        _remove(teammate)
        _record(teammate, "teammate.two_factor_off", in_person(teammate))


def reset(teammate: Teammate, *, actor: Actor, reason: str = "") -> None:
    """Take somebody's second factor away, who lost it; their sessions end.

    Support staff need a reason, and the company's admins get a notice. Raises InvalidValue for a reason that is missing
    or too long.
    """
    require_reason(actor, reason)
    with transaction.atomic():
        _remove(teammate)
        if teammate.company_id is None:
            staff.end_staff_sessions(teammate.pk)
        else:
            sessions.end_sessions(teammate.company_id, teammate.pk, actor=actor)
        kind, why = "teammate.two_factor_reset", told(reason)
        _record(teammate, kind, actor, **why)
        if teammate.company_id is not None:
            tell_of_support_act(teammate.company_id, actor, kind, teammate.name, why)


def _check(model: Any, teammate: Teammate, code: str, *, confirmed: bool = True) -> Answer:
    """Ask one device, under a lock, so that no code counts twice; the count of failures is kept in any case."""
    with transaction.atomic():
        devices = model.objects.select_for_update().filter(user=teammate, confirmed=confirmed)
        device = devices.order_by("pk").first()
        if device is None:
            return Answer()
        allowed, why = device.verify_is_allowed()
        if not allowed:
            return Answer(wait=max(1, math.ceil((why["locked_until"] - timezone.now()).total_seconds())))
        return Answer(device) if device.verify_token(code) else Answer()


def _new_codes(teammate: Teammate) -> list[str]:
    StaticDevice.objects.filter(user=teammate).delete()
    device = StaticDevice.objects.create(user=teammate, name=RECOVERY)
    drawn = [b32encode(secrets.token_bytes(8)).decode().lower()[:12] for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=_kept(code)) for code in drawn)
    return ["-".join((code[:4], code[4:8], code[8:])) for code in drawn]


def _remove(teammate: Teammate) -> None:
    TOTPDevice.objects.filter(user=teammate).delete()
    StaticDevice.objects.filter(user=teammate).delete()


def _plain(code: str) -> str:
    """A code as people type it: spaces, dashes and capitals do not count."""
    return re.sub(r"[\s-]", "", code).lower()


def _kept(code: str) -> str:
    """What is stored of a recovery code: 60 random bits need no slower hash, and a column has 16 characters."""
    return hashlib.sha256(f"frontprov.recovery.{code}".encode()).hexdigest()[:16]


def _record(teammate: Teammate, kind: str, actor: Actor, **data: Any) -> None:
    """An event of the company; support staff have none, so theirs is a line in the log, and a mail from here."""
    if teammate.company_id is None:
        logger.info("%s of support staff %s by %s", kind, teammate.public_id, actor.name)
        if kind in OF_SIGNING_IN:
            security_mail.tell_staff(teammate, kind, "" if actor.id == teammate.public_id else actor.name)
    else:
        events.append(teammate.company_id, kind, actor, subject=teammate.public_id, name=teammate.name, data=data)
