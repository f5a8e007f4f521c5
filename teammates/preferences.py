"""The preferences a teammate template sets and a teammate starts with: which there are and what each may be.

They are kept as names and values in one JSON column. Names that are not in this table come from elsewhere, and are
kept as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from teammates.errors import InvalidValue

LONGEST_SIGNATURE = 10_000
Text = str | Promise

LANGUAGES: tuple[tuple[str, Text], ...] = (
    ("en-GB", _("English (United Kingdom)")),
    ("en-US", _("English (United States)")),
    ("de", _("German")),
    ("es", _("Spanish")),
    ("fr", _("French")),
    ("it", _("Italian")),
    ("ja", _("Japanese")),
    ("nl", _("Dutch")),
    ("pt-BR", _("Portuguese (Brazil)")),
)


@cache
def time_zones() -> tuple[tuple[str, Text], ...]:
    """The zones that are named after a place, and UTC."""
    areas = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
    places = sorted(name for name in available_timezones() if name.partition("/")[0] in areas)
    return (("UTC", "UTC"), *((name, name.replace("_", " ")) for name in places))


@dataclass(frozen=True)
class Preference:
    """key: its name in storage. choices: none for a text of its own."""

    key: str
    label: Text
    help: Text
    choices: tuple[tuple[str, Text], ...] = ()


@cache
def all_preferences() -> tuple[Preference, ...]:
    return (
        Preference(
            "time_zone",
            _("Time zone"),
            _("Times are shown in it, and working hours follow it."),
            time_zones(),
        ),
        Preference("language", _("Language"), _("Of the product itself; messages are not translated."), LANGUAGES),
        Preference(
            "default_view",
            _("Opens with"),
            _("The list of conversations that is shown first."),
            (
                ("assigned", _("Conversations assigned to them")),
                ("inboxes", _("All conversations of their inboxes")),
                ("unassigned", _("Conversations that nobody has taken")),
            ),
        ),
        Preference(
            "notifications",
            _("Notifications"),
            _("What the person is notified of."),
            (
                ("all", _("Every new message in their inboxes")),
                ("assigned", _("Mentions and conversations assigned to them")),
                ("mentions", _("Mentions only")),
                ("none", _("Nothing")),
            ),
        ),
        Preference(
            "theme",
            _("Appearance"),
            _("Light, dark, or as the person's computer is set."),
            (("system", _("As the computer is set")), ("light", _("Light")), ("dark", _("Dark"))),
        ),
        Preference("signature", _("Signature"), _("Text at the end of the person's first messages.")),
    )


def in_words(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Name and value of each, as pages write them; those of the table first, in its order."""
    pairs = dict(values)
    known = [(each, pairs.pop(each.key)) for each in all_preferences() if each.key in pairs]
    written = [(str(each.label), str(dict(each.choices).get(value, value))) for each, value in known]
    return [*written, *((key, str(value)) for key, value in pairs.items())]


def clean_preferences(values: Any) -> dict[str, Any]:
    """The values, held to the table; other names stay. Raises InvalidValue naming what is not possible."""
    if not isinstance(values, Mapping):
        raise InvalidValue("preferences", "Preferences are names and values.")
    for preference in all_preferences():
        value = values.get(preference.key)
        if value is None:
            continue
        allowed = [choice for choice, _label in preference.choices]
        if allowed and value not in allowed:
            raise InvalidValue(preference.key, f"{preference.label} cannot be {str(value)[:100]!r}.")
        if not allowed and not (isinstance(value, str) and len(value) <= LONGEST_SIGNATURE):
            raise InvalidValue(preference.key, f"{preference.label} is a text of {LONGEST_SIGNATURE} characters.")
    return dict(values)
