from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django_scim.filters import GroupFilterQuery


class ByDisplayName(GroupFilterQuery):
    attr_map = {("displayName", None, None): "name"}


def company_filter(model: Any) -> Callable[..., dict[str, Any]]:
    def kwargs(request: HttpRequest, *args: Any) -> dict[str, Any]:
        return {"company_id": request.user.company_id}

    return kwargs
