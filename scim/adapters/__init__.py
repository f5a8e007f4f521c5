"""What a request says, staged and handed to one service: the adapters django-scim2's views work with."""

from scim.adapters.group import GroupAdapter
from scim.adapters.teammate import TeammateAdapter

__all__ = ["GroupAdapter", "TeammateAdapter"]
