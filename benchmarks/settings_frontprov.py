"""This server, as it runs; the budget of the token aside, which would end the measurement."""

from frontprov.settings import *  # noqa: F403

SCIM_REQUESTS_PER_SECOND = 10**9
