"""What is asked of a log: the filters, the days that are often asked for, and the address that says it all."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

MOMENT = "%Y-%m-%dT%H:%M:%S"
DAY = "%Y-%m-%d"
PERIODS = (  # name, and from how many days ago to how many
    (_("Today"), 0, 0),
    (_("Yesterday"), 1, 1),
    (_("Last 7 days"), 6, 0),
    (_("Last 30 days"), 29, 0),
)


class MomentInput(forms.MultiWidget):
    """A day, and a time of it for whoever wants one; an address may have both in one: since=2026-11-25T09:30."""

    use_fieldset = False

    def __init__(self, *, time_label: Any) -> None:
        day = forms.DateInput(attrs={"type": "date"})
        time = forms.TimeInput(attrs={"type": "time", "aria-label": time_label})
        super().__init__({"": day, "time": time})

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_0"

    def decompress(self, value: str | None) -> list[str]:
        day, _t, time = (value or "").partition("T")
        return [day, time]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        day, time = (str(part or "").strip() for part in super().value_from_datadict(data, files, name))
        return f"{day}T{time}" if time and "T" not in day else day

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Seconds are asked for only where an address has them."""
        context: dict[str, Any] = super().get_context(name, value, attrs)
        time = context["widget"]["subwidgets"][1]
        if len(time["value"] or "") > len("09:30"):
            time["attrs"]["step"] = "1"
        return context


class MomentField(forms.Field):
    """A moment in UTC, as far as it was told: with `end`, the end of the day, the minute or the second named."""

    SPANS: ClassVar = {
        MOMENT: timedelta(seconds=1),
        "%Y-%m-%dT%H:%M": timedelta(minutes=1),
        DAY: timedelta(days=1),
    }

    def __init__(self, *, time_label: Any, end: bool = False, **kwargs: Any) -> None:
        self.end = end
        super().__init__(required=False, widget=MomentInput(time_label=time_label), **kwargs)

    def to_python(self, value: Any) -> datetime | None:
        text = (value or "").strip()
        for written, span in self.SPANS.items():
            try:
                moment = datetime.strptime(text, written).replace(tzinfo=UTC)
                return moment + span if self.end else moment
            except (ValueError, OverflowError):
                continue
        if text:
            raise forms.ValidationError(_("Enter a date, such as 2026-11-25; a time, such as 09:30, only with one."))
        return None


class LogForm(forms.Form):
    """The filters of a log, each with a label; what cannot be read is said and left out."""

    q = forms.CharField(label=_("Search"), required=False, max_length=200)
    since = MomentField(label=_("From (UTC)"), time_label=_("Time of From, if you want one"))
    until = MomentField(label=_("To (UTC), included"), time_label=_("Time of To, if you want one"), end=True)

    def clean(self) -> None:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until <= since:
            self.add_error("until", _("This is before From, so it was left out."))

    def given(self) -> dict[str, Any]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}

    @property
    def asks_more(self) -> bool:
        """Whether another filter is used than the search: on a narrow screen they are folded away until then."""
        return bool(self.errors) or any(self.data.get(name) for name in self.fields if name != "q")


def query(request: HttpRequest, *, keep: Sequence[str] | None = None, **changes: str | None) -> str:
    """The query of the address with some of it changed; None takes a part out. keep: leave out all others."""
    parts = request.GET.copy()
    for name in [*parts]:
        if (keep is not None and name not in keep) or not parts[name]:
            del parts[name]
    for name, value in changes.items():
        parts.pop(name, None)
        if value is not None:
            parts[name] = value
    return f"?{parts.urlencode()}" if parts else "?"


def periods(request: HttpRequest) -> list[tuple[Any, str, bool]]:
    """(name, address, whether it is what the page shows) of days that are often asked for; the other filters stay."""
    today = timezone.now().astimezone(UTC)
    found = []
    for name, first, last in PERIODS:
        days = {"since": f"{today - timedelta(days=first):{DAY}}", "until": f"{today - timedelta(days=last):{DAY}}"}
        timed = any(request.GET.get(f"{bound}_time") for bound in days)
        is_shown = not timed and all(request.GET.get(bound) == day for bound, day in days.items())
        found.append((name, query(request, before=None, since_time=None, until_time=None, **days), is_shown))
    return found
