"""Support staff: people of ours, who belong to no company and may read all of them."""

from teammates.models import Teammate, fold
from teammates.services import security_mail
from teammates.services.logins import alias_from


def ensure_support(email: str, password: str) -> Teammate:
    """The support staff member of this address, made if new, with this password."""
    staff = Teammate.objects.filter(company=None, login_key=fold(email)).first()
    if staff is None:
        staff = Teammate(is_support=True, login=email, email=email, username=alias_from(email))
        if Teammate.objects.filter(company=None, username=staff.username).exists():
            staff.username = alias_from(email.replace("@", "_"))
    staff.set_password(password)
    staff.save()
    return staff


def set_staff_password(pk: int, password: str) -> Teammate:
    """A support staff member's new password; every session that the old one opened ends."""
    staff = Teammate.objects.get(pk=pk, is_support=True)
    staff.set_password(password)
    staff.save(update_fields=["password"])
    staff.sessions.all().delete()
    security_mail.tell_staff(staff, "teammate.password_set")
    return staff


def end_staff_sessions(pk: int) -> int:
    """Sign a support staff member out everywhere; how many sessions there were."""
    staff = Teammate.objects.get(pk=pk, is_support=True)
    staff.session_epoch += 1
    staff.save(update_fields=["session_epoch"])
    return staff.sessions.all().delete()[0]
