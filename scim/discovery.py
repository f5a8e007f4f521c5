"""What this server can do, told from the same tables that do it (RFC 7644 §4, RFC 7643 §5 to 7)."""

from typing import Any

from django.conf import settings
from django.http import HttpResponseBase
from django_scim import views as django_scim_views
from django_scim.constants import SchemaURI
from django_scim.models import SCIMServiceProviderConfig
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from scim.attributes import CORE, GROUP, ResourceType
from scim.content import scim_response
from scim.endpoint import ScimEndpoint
from scim.errors import NotFound
from scim.hooks import PREFIX, base_location
from scim.lists import MAX_COUNT
from scim.views import company_user_resource


class ServiceProviderConfig(SCIMServiceProviderConfig):
    """What works, and nothing else (RFC 7643 §5)."""

    def to_dict(self) -> dict[str, Any]:
        return {
            "schemas": [CORE + "ServiceProviderConfig"],
            "documentationUri": f"{settings.PUBLIC_URL}/docs/entra",
            "patch": {"supported": True},
            "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
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
    """One thing, or a list of things by id."""

    @property
    def base(self) -> str:
        return base_location(self.request) + PREFIX

    @property
    def allowed_methods(self) -> list[str]:
        return ["GET"]

    def resource_types(self) -> tuple[ResourceType, ...]:
        return company_user_resource(self.company.pk), GROUP

    def one_or_all(self, request: Request, things: list[dict[str, Any]]) -> HttpResponseBase:
        if "filter" in request.GET:
            raise PermissionDenied("Discovery cannot be filtered (RFC 7644 §4).")
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
        for schema in schemas:
            schema["meta"] = {"resourceType": "Schema", "location": f"{self.base}Schemas/{schema['id']}"}
        return self.one_or_all(request, schemas)
