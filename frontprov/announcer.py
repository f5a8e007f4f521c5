"""Speaks to the terminal of `manage.py run`: the card when everything answers, and a line when a program ends.

A listener of supervisord (supervisord.org/events.html): events come on standard input, the protocol's answers go
to standard output, and what people read to standard error.
"""

import sys
import threading
import time

import httpx
from django.conf import settings
from rich.console import Console
from supervisor.childutils import get_headers, listener

from frontprov import card

READY_SECONDS = 60


def announce() -> None:
    console = Console(stderr=True)
    threading.Thread(target=_show_card_when_ready, args=[console], daemon=True).start()
    while True:
        headers, payload = listener.wait(sys.stdin, sys.stdout)
        note = note_on(headers["eventname"], get_headers(payload))
        if note:
            console.print(note, soft_wrap=True, highlight=False)
        listener.ok(sys.stdout)


def note_on(event: str, process: dict[str, str]) -> str | None:
    """The line for one event, if it is worth one: a program that was asked to stop is no news."""
    name = process["processname"]
    log = settings.DATA_DIR / "log" / f"{name}.log"
    if event == "PROCESS_STATE_EXITED":
        return f"{name} ended unexpectedly and is started again. Its log: {log}"
    if event == "PROCESS_STATE_BACKOFF" and int(process["tries"]) > 1:
        return f"{name} did not start (attempt {process['tries']}) and is tried again. Its log: {log}"
    if event == "PROCESS_STATE_FATAL":
        return f"{name} cannot be started. Its log: {log}"
    return None


def _show_card_when_ready(console: Console) -> None:
    host = "127.0.0.1" if settings.BIND == "0.0.0.0" else settings.BIND  # noqa: S104 - compared, not bound
    problem = _wait_until_ready(f"http://{host}:{settings.PORT}/readyz")
    if problem:
        console.print(f"Not ready after {READY_SECONDS} seconds: {problem}. Logs: {settings.DATA_DIR / 'log'}")
        return
    card.show(console, settings.DATA_DIR)
    console.print("Ctrl-C ends it.")


def _wait_until_ready(url: str) -> str | None:
    """None once the address answers 200, else what it said last."""
    problem = "no answer"
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            answer = httpx.get(url, timeout=5, trust_env=False)
        except httpx.HTTPError as exc:
            problem = f"the web server does not answer ({exc})"
        else:
            if answer.status_code == httpx.codes.OK:
                return None
            problem = answer.text
        time.sleep(0.2)
    return problem
