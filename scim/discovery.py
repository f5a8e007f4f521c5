"""What this server can do, told from the same tables that do it (RFC 7644 §4, RFC 7643 §5 to 7)."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpResponseBase
from django_scim import views as django_scim_views
from django_scim.constants import SchemaURI
from django_scim.models import SCIMServiceProviderConfig
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from scim import cursors
from scim.attributes import CORE, GROUP, USER, ResourceType
from scim.content import scim_response
from scim.endpoint import ScimEndpoint
from scim.errors import NotFound
from scim.lists import DEFAULT_COUNT, MAX_COUNT
from scim.views import company_user_resource


class ServiceProviderConfig(SCIMServiceProviderConfig):
    """What works, and nothing else (RFC 7643 §5)."""

    def to_dict(self) -> dict[str, Any]:
        return {
            "schemas": [CORE + "ServiceProviderConfig"],
            "patch": {"supported": True},
            "bulk": {
                "supported": True,
                "maxOperations": settings.SCIM_MAX_BULK_OPERATIONS,
                "maxPayloadSize": settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
            },
            "pagination": {
                "cursor": True,
                "index": True,
                "defaultPaginationMethod": "index",
                "defaultPageSize": DEFAULT_COUNT,
                "maxPageSize": MAX_COUNT,
                "cursorTimeout": cursors.SECONDS,
            },
            "filter": {"supported": True, "maxResults": MAX_COUNT},
            "changePassword": {"supported": False},
            "sort": {"supported": True},
            "etag": {"supported": True},
            "authenticationSchemes": [
                {
                    "type": "oauthbearertoken",
                    "name": "API token",
                    "description": "An API token with the Auto-Provisioning scope, sent as a bearer token.",
                    "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
                    "primary": True,
                }
            ],
            "meta": {"resourceType": "ServiceProviderConfig"},
        }


class DiscoveryView(ScimEndpoint):
    """One thing, or a list of things by id.

    Open to all, as RFC 7644 §4 allows; with a token it also tells of the company's own custom fields. A token that
    does not hold is refused as everywhere.
    """

    @property
    def allowed_methods(self) -> list[str]:
        return ["GET"]

    @property
    def is_anonymous(self) -> bool:
        return "HTTP_AUTHORIZATION" not in self.request.META

    def get_authenticators(self) -> list[Any]:
        return [] if self.is_anonymous else super().get_authenticators()

    def get_permissions(self) -> Sequence[Any]:
        return [] if self.is_anonymous else super().get_permissions()

    def get_throttles(self) -> list[Any]:
        return [] if self.is_anonymous else super().get_throttles()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method in ("GET", "HEAD") and "filter" in request.GET:
            raise PermissionDenied("Discovery cannot be filtered (RFC 7644 §4).")

    def resource_types(self) -> tuple[ResourceType, ...]:
        return USER if self.is_anonymous else company_user_resource(self.company.pk), GROUP

    def one_or_all(self, request: Request, things: list[dict[str, Any]]) -> HttpResponseBase:
        wanted = self.kwargs.get("uuid")
        if wanted is None:
            return scim_response(
                {
                    "schemas": [SchemaURI.LIST_RESPONSE],
                    "totalResults": len(things),
                    "startIndex": 1,
                    "itemsPerPage": len(things),
                    "Resources": things,
                }
            )
        for thing in things:
            if thing["id"].lower() == wanted.lower():
                return scim_response(thing, headers={"Location": thing["meta"]["location"]})
        raise NotFound(f"This server has no {wanted}.")


class ServiceProviderConfigView(DiscoveryView, django_scim_views.ServiceProviderConfigView):
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        document = ServiceProviderConfig(request=request).to_dict()
        document["meta"]["location"] = self.base + "ServiceProviderConfig"
        return scim_response(document)


class ResourceTypesView(DiscoveryView, django_scim_views.ResourceTypesView):
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return self.one_or_all(request, [self.described(resource) for resource in self.resource_types()])

    def described(self, resource: ResourceType) -> dict[str, Any]:
        return {
            "schemas": [CORE + "ResourceType"],
            "id": resource.name,
            "name": resource.name,
            "description": resource.description,
            "endpoint": resource.endpoint,
            "schema": resource.schema.urn,
            "schemaExtensions": [{"schema": extension.urn, "required": False} for extension in resource.extensions],
            "meta": {"resourceType": "ResourceType", "location": f"{self.base}ResourceTypes/{resource.name}"},
        }


class SchemasView(DiscoveryView, django_scim_views.SchemasView):
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        schemas = [schema.as_schema_dict() for resource in self.resource_types() for schema in resource.schemas]
        if not self.is_anonymous and not self.company.show_member_refs:
            for attribute in (a for schema in schemas for a in schema["attributes"] if a["name"] == "members"):
                attribute["subAttributes"] = [sub for sub in attribute["subAttributes"] if sub["name"] != "$ref"]
        for schema in schemas:
            schema["meta"] = {"resourceType": "Schema", "location": f"{self.base}Schemas/{schema['id']}"}
        return self.one_or_all(request, schemas)
