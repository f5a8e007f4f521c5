import io

import pytest
from rich.console import Console

from frontprov import announcer, card

ANSWER = {
    "token": "fpv_" + "s" * 43,
    "admin_email": "admin@demo.example",
    "admin_password": "a-password",
    "support_email": "support@frontprov.example",
    "support_password": "another-password",
}


def shown(data_dir):
    terminal = io.StringIO()
    card.show(Console(file=terminal, width=80), data_dir)
    return terminal.getvalue()


@pytest.fixture
def public_url(settings):
    settings.PUBLIC_URL = "https://scim.example.com"


def test_the_card_can_be_copied_from(tmp_path, public_url):
    card.save(tmp_path, ANSWER)
    text = shown(tmp_path)
    for piece in ("https://scim.example.com/v2/?aadOptscim062020", "https://scim.example.com/admin/", *ANSWER.values()):
        assert piece in text
    command = next(line for line in text.splitlines() if "entra_simulate" in line)
    assert f"--base https://scim.example.com/v2 --token {ANSWER['token']}" in command


def test_the_card_is_kept_for_its_owner_only(tmp_path):
    card.save(tmp_path, ANSWER)
    assert card.saved(tmp_path) == ANSWER
    assert (tmp_path / "demo.json").stat().st_mode & 0o777 == 0o600


def test_without_a_demo_company_the_card_says_how_to_make_one(tmp_path, public_url):
    text = shown(tmp_path)
    assert "https://scim.example.com/v2/?aadOptscim062020" in text
    assert "manage.py bootstrap" in text


@pytest.mark.parametrize(
    ("event", "tries", "words"),
    [
        ("PROCESS_STATE_EXITED", "0", "web ended unexpectedly"),
        ("PROCESS_STATE_BACKOFF", "3", "web did not start (attempt 3)"),
        ("PROCESS_STATE_FATAL", "0", "web cannot be started"),
        ("PROCESS_STATE_STOPPED", "0", None),
        ("PROCESS_STATE_RUNNING", "0", None),
        ("PROCESS_STATE_BACKOFF", "1", None),
    ],
)
def test_the_terminal_hears_of_crashes_and_of_nothing_else(event, tries, words):
    note = announcer.note_on(event, {"processname": "web", "tries": tries})
    if words is None:
        assert note is None
    else:
        assert note is not None
        assert words in note
        assert "web.log" in note
