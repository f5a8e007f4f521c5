"""Company settings in the browser: one module for each noun.

Pages are doors like any other: they read the models and hand what was entered to a service. Who may do what is in
`permissions`, what all pages share is in `base`, actions that ask first are in `actions`.
"""

from teammates.admin import (
    companies,
    custom_fields,
    events,
    groups,
    memberships,
    notices,
    places,
    teammates,
    tokens,
)

__all__ = [
    "companies",
    "custom_fields",
    "events",
    "groups",
    "memberships",
    "notices",
    "places",
    "teammates",
    "tokens",
]
