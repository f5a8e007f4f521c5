"""How a company reaches support, said in one way everywhere: in the web admin, in mails and in refusals.

The operator names an address (SUPPORT_URL or SUPPORT_EMAIL); without one the words stand there without a link. Support
staff are never told to ask support: what they can do themselves is said where each of these is used.
"""

from django.conf import settings
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _


def address() -> str:
    """Where a link to support leads; empty where nothing was named."""
    mail: str = settings.SUPPORT_EMAIL
    return settings.SUPPORT_URL or (f"mailto:{mail}" if mail else "")


def ask_support(words: str | Promise = "") -> str:
    """HTML: "ask support", or other words for it, as a link where there is an address."""
    said, url = words or _("ask support"), address()
    return format_html('<a class="fp-link" href="{}">{}</a>', url, said) if url else conditional_escape(str(said))


def with_links(text: str | Promise, **values: str) -> str:
    """HTML of a sentence that has %(ask_support)s in it, and perhaps other values."""
    escaped = {name: conditional_escape(value) for name, value in values.items()}
    return mark_safe(conditional_escape(str(text)) % {"ask_support": ask_support(), **escaped})  # noqa: S308 - see above


def plainly(text: str | Promise) -> str:
    """The same sentence for a mail, with the address written out."""
    return str(text) % {"ask_support": _("ask support") + _named()}


def support() -> str:
    """What support is called at the start of a sentence: "Support", with its address where there is one."""
    return _("Support") + _named()


def _named() -> str:
    named = settings.SUPPORT_URL or settings.SUPPORT_EMAIL
    return f" ({named})" if named else ""
