"""What `manage.py check --deploy` looks at besides Django's own points."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register


@register(Tags.security, deploy=True)
def mail_is_sent(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.EMAIL_URL:
        return []
    text = f"EMAIL_URL is not set: links to set a password are written into {settings.MAIL_DIR}, and nobody gets them."
    return [
        Warning(text, hint="For example EMAIL_URL=smtp+tls://user:password@mail.example.com:587", id="frontprov.W001")
    ]
