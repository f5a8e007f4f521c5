"""The connection card: what to type into the identity provider, and how to sign in."""

import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from teammates.addresses import tenant_url


def saved(data_dir: Path) -> dict[str, Any] | None:
    """What bootstrap answered for the demo company, kept so that a later start prints the same card."""
    try:
        answer: dict[str, Any] = json.loads(_file(data_dir).read_text())
    except FileNotFoundError:
        return None
    return answer


def save(data_dir: Path, answer: dict[str, Any]) -> None:
    descriptor = os.open(_file(data_dir), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(answer, file, indent=2)


def simulator_command(token: str) -> str:
    base = f"{settings.PUBLIC_URL}/v2"
    return f".venv/bin/python manage.py entra_simulate --base {base} --token {token} --users 20 --groups 3 --cycles 2"


def show(console: Console, data_dir: Path) -> None:
    demo = saved(data_dir)
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="bold")
    rows.add_column(overflow="fold")
    rows.add_row("Tenant URL", tenant_url())
    if demo:
        rows.add_row("Secret Token", demo["token"])
        rows.add_row("Admin pages", f"{settings.PUBLIC_URL}/admin/")
        rows.add_row("Company admin", f"{demo['admin_email']}   password {demo['admin_password']}")
        rows.add_row("Support staff", f"{demo['support_email']}   password {demo['support_password']}")
        hint = Group(Text("Play the Entra client against it, in another terminal:"), simulator_command(demo["token"]))
    else:
        rows.add_row("Admin pages", f"{settings.PUBLIC_URL}/admin/")
        hint = Group("A company with an admin and a token: .venv/bin/python manage.py bootstrap --help")
    if not settings.EMAIL_URL:
        rows.add_row("Mail", f"written into {data_dir / 'mail'}")
    console.print(Panel(rows, title="Frontprov", title_align="left", padding=(1, 2), expand=False))
    console.print(hint, soft_wrap=True, highlight=False)


def _file(data_dir: Path) -> Path:
    return data_dir / "demo.json"
