"""Dates and times are written in one way, and times say their zone."""

import re
from datetime import UTC, date, datetime

import pytest
from django.template import Context, Template
from django.utils.formats import date_format, localize

from frontprov.settings import BASE_DIR
from teammates.sentences import sentence

MOMENT = datetime(2026, 11, 25, 14, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("DATETIME_FORMAT", "25 Nov 2026, 14:05 UTC"),
        ("SHORT_DATETIME_FORMAT", "25 Nov 2026, 14:05 UTC"),
        ("EXACT_FORMAT", "25 Nov 2026, 14:05:09 UTC"),
        ("COLUMN_FORMAT", "25 Nov 2026, 14:05"),
        ("EXACT_COLUMN_FORMAT", "25 Nov 2026, 14:05:09"),
        ("DATE_FORMAT", "25 Nov 2026"),
        ("MONTH_DAY_FORMAT", "25 Nov"),
    ],
)
def test_a_moment_is_written_the_british_way(name, written):
    assert date_format(MOMENT, name) == written
    assert Template(f'{{{{ at|date:"{name}" }}}}').render(Context({"at": MOMENT})) == written


def test_so_is_what_nobody_formats():
    assert (localize(MOMENT), localize(date(2026, 5, 1))) == ("25 Nov 2026, 14:05 UTC", "1 May 2026")
    assert Template("{{ at }}").render(Context({"at": MOMENT})) == "25 Nov 2026, 14:05 UTC"


def test_a_sentence_about_a_moment_does_the_same():
    told = sentence("token.rotated", "Entra", {"expires_at": MOMENT.isoformat()})

    assert told == "Rotated the API token Entra; the old one works until 25 Nov 2026, 14:05 UTC"


def test_no_page_spells_a_format_of_its_own():
    pages = [
        path for app in ("frontprov", "teammates", "templates_app", "scim") for path in (BASE_DIR / app).rglob("*")
    ]
    texts = {path: path.read_text() for path in pages if path.suffix in (".html", ".txt")}

    spelled = {path.name: found for path, text in texts.items() if (found := re.findall(r'\|date:"(?![A-Z_]+")', text))}

    assert len(texts) > 50
    assert spelled == {}
