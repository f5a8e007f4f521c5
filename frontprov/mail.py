"""Mail where no mail server is named (EMAIL_URL): each one a file, for whoever runs this installation."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail.backends.filebased import EmailBackend


class FolderBackend(EmailBackend):
    """Django's backend that writes files, in a folder that only its owner can read: links in mails open accounts."""

    def __init__(self, *args: Any, file_path: str | None = None, **kwargs: Any) -> None:
        folder = Path(file_path or settings.MAIL_DIR)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        super().__init__(*args, file_path=str(folder), **kwargs)  # type: ignore[misc]
