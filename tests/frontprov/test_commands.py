"""manage.py: what it says where a command cannot work."""

import os
import subprocess
import sys

from django.conf import settings

from frontprov.settings import BASE_DIR


def test_a_command_without_tables_says_how_they_are_made():
    environment = {
        **os.environ,
        "FRONTPROV_DATA_DIR": str(settings.DATA_DIR),
        "DJANGO_SETTINGS_MODULE": "frontprov.settings",
    }
    command = [sys.executable, "manage.py", "bootstrap", "--company=Initech", "--admin-email=jo@initech.example"]

    answer = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False)

    assert answer.returncode == 1
    assert answer.stderr == (
        "The tables of the database are missing, or those of another version. First: manage.py migrate\n"
    )
