"""What a token may do here: everything with the Provisioning scope, nothing without it."""

from typing import Any, cast

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from teammates.models import ApiToken, Scope


class HasProvisioning(BasePermission):
    """The Provisioning scope is necessary and enough, on every plan. Auto-Provisioning opens SCIM, and only that."""

    def has_permission(self, request: Request, view: Any) -> bool:
        token = cast(ApiToken, request.auth)
        if Scope.PROVISIONING not in token.scopes:
            raise PermissionDenied(
                f"The API token {token.name} lacks the Provisioning scope. Create a token with that scope in Company "
                "settings > Developers > API tokens."
            )
        return True
