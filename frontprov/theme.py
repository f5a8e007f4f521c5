"""How the web admin looks, and what a page of it may load.

The theme is django-unfold's; its colours and our own parts are in static/frontprov/theme.css. Everything comes from
this server. Scripts are files of ours and the theme's (which brings the build of Alpine that needs no eval); styles
may stand in attributes, where the theme has some, and nowhere else in a page.
"""

from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from django.templatetags.static import static

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Frontprov",
    "SITE_HEADER": "frontprov.admin_menu.header",
    "SITE_SUBHEADER": "frontprov.admin_menu.subheader",
    "SITE_SYMBOL": "mail",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("frontprov/favicon.svg")},
    ],
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [lambda request: static("frontprov/theme.css")],
    "SCRIPTS": [lambda request: static("frontprov/expressions.js"), lambda request: static("frontprov/page.js")],
    "ACCOUNT": {"navigation": "frontprov.admin_menu.account"},
    "COMMAND": {"search_models": True, "show_history": False},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "navigation": "frontprov.admin_menu.navigation",
    },
    "TABS": "frontprov.admin_menu.tabs",
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "style-src-attr": [UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
