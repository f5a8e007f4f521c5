"""The last days as bars, drawn by the server: the page needs no script and no other host for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from scim.cycles import DaySums

WIDTH, HEIGHT = 720.0, 160.0
KINDS = (
    ("created", _("Created")),
    ("updated", _("Updated")),
    ("blocked", _("Blocked")),
    ("refused", _("Refused")),
)


@dataclass(frozen=True)
class Bar:
    kind: str
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True)
class Chart:
    bars: Sequence[Bar]
    top: int
    first: date
    last: date
    totals: Sequence[tuple[str, str | Promise, int]]
    days: Sequence[DaySums]

    @property
    def is_empty(self) -> bool:
        return not self.bars


def chart(days: Sequence[DaySums]) -> Chart:
    """Stacked bars, one for each day; numbers as text with a point, whatever the language of the page."""
    top = max((day.created + day.updated + day.blocked + day.refused for day in days), default=0)
    step = WIDTH / max(1, len(days))
    bars = []
    for place, day in enumerate(days):
        base = HEIGHT
        for kind, _name in KINDS:
            count = getattr(day, kind)
            if count:
                height = max(1.5, HEIGHT * count / top)
                base -= height
                bars.append(
                    Bar(
                        kind,
                        f"{place * step + step * 0.15:.1f}",
                        f"{max(0.0, base):.1f}",
                        f"{step * 0.7:.1f}",
                        f"{height:.1f}",
                    )
                )
    totals = [(kind, name, sum(getattr(day, kind) for day in days)) for kind, name in KINDS]
    return Chart(bars, top, days[0].day, days[-1].day, totals, days)
