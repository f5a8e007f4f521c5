"""What a machine without configuration makes up for itself, once, and keeps."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def secret_key(data_dir: Path) -> str:
    """The SECRET_KEY of this data folder: random, made at the first need, readable by its owner only."""
    path = data_dir / "secret-key"
    try:
        if not path.exists():
            data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
            _write_once(path, secrets.token_urlsafe(50))
        return path.read_text()
    except OSError as exc:
        raise ImproperlyConfigured(
            f"Cannot keep a secret key in {data_dir} ({exc.strerror}): "
            "name a folder of your own in FRONTPROV_DATA_DIR, or a key in SECRET_KEY."
        ) from exc


def _write_once(path: Path, text: str) -> None:
    """Put a whole file there or leave what another process put there a moment before."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent)  # mode 0600
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    with suppress(FileExistsError):
        os.link(draft, path)
    os.unlink(draft)
