"""User provisioning in the browser: the state of the connection, the guide's steps, and the provisioning log."""

from scim.admin import entries

__all__ = ["entries"]
