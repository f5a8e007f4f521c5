"""Commands of manage.py one after another in one process, for tests that prepare much: `python -m tests.e2e.terminal`.

Each line of standard input holds the words of one command as JSON, each line of standard output what came of it.
A process for each command, as people have it, is `Installation.manage`; it takes two seconds to import everything.
"""

import io
import json
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import Any


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "frontprov.settings"
    import django

    django.setup()
    answers = sys.stdout
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), file=answers, flush=True)


def answer(words: list[str]) -> dict[str, Any]:
    from django.core.management import CommandError, call_command

    output, errors, status = io.StringIO(), io.StringIO(), 0
    with redirect_stdout(output), redirect_stderr(errors):
        try:
            call_command(*words)
        except CommandError as refused:
            status = refused.returncode
            errors.write(f"CommandError: {refused}")
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return {"returncode": status, "stdout": output.getvalue(), "stderr": errors.getvalue()}


if __name__ == "__main__":
    main()
