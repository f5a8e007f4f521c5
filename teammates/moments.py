"""Times as a person reads them."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import gettext as _


def day(at: datetime) -> str:
    return date_format(at)


def moment(at: datetime) -> str:
    return date_format(at, "DATETIME_FORMAT")


def ago(at: datetime) -> str:
    """Just now, 3 minutes ago, 2 days ago."""
    if timezone.now() - at < timedelta(minutes=1):
        return _("just now")
    return _("%(time)s ago") % {"time": timesince(at, depth=1)}


def lasted(start: datetime, end: datetime) -> str:
    """How long something took, in its largest unit."""
    if end - start < timedelta(minutes=1):
        return _("under a minute")
    return timesince(start, end, depth=1)
